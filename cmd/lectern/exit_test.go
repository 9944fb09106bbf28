package main

import (
	"testing"

	"github.com/lectern-project/lectern/internal/book"
)

func TestExitCodes(t *testing.T) {
	for _, code := range book.Codes() {
		if exitCodes[code] == 0 {
			t.Errorf("the code %q has no exit code", code)
		}
	}
	if got := exitCode(book.Errorf(book.Forbidden, "no")); got != exitAuthentication {
		t.Errorf("forbidden exits with %d, want %d", got, exitAuthentication)
	}
}
