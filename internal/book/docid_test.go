package book

import (
	"strings"
	"testing"
)

func TestValidateDocID(t *testing.T) {
	for id, valid := range map[string]bool{
		"module1/what-is-physical-ai":      true,
		"Part Two/Deep/custom":             true,
		"ch01-00.md":                       true,
		"kapitel/über":                     true,
		"باب/پہلا":                         true,
		"...":                              true,
		strings.Repeat("x", MaxDocIDBytes): true,

		"":                                   false,
		"/a":                                 false,
		"a/":                                 false,
		"a//b":                               false,
		".":                                  false,
		"..":                                 false,
		"a/../b":                             false,
		"a/./b":                              false,
		`a\b`:                                false,
		"a\nb":                               false,
		"a\x00b":                             false,
		"a\u007fb":                           false,
		"a\u202eb":                           false, // turns the direction of text
		"u\u0308ber":                         false, // not NFC
		"a\xffb":                             false,
		strings.Repeat("x", MaxDocIDBytes+1): false,
	} {
		err := ValidateDocID(id)
		if (err == nil) != valid {
			t.Errorf("%.40q: %v", id, err)
		}
		if err != nil && CodeOf(err) != Invalid {
			t.Errorf("%.40q: code %s", id, CodeOf(err))
		}
	}
}

func FuzzValidateDocID(f *testing.F) {
	f.Add("a/b")
	f.Add("../\x00")
	f.Fuzz(func(t *testing.T, id string) {
		if ValidateDocID(id) != nil {
			return
		}
		if strings.ContainsAny(id, "\\\x00\n") || strings.HasPrefix(id, "/") ||
			strings.Contains("/"+id+"/", "/../") || len(id) > MaxDocIDBytes {
			t.Errorf("%q is valid", id)
		}
	})
}
