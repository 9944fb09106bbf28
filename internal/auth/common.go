package auth

import (
	"crypto/sha256"
	_ "embed"
	"encoding/hex"
	"strings"
	"sync"
)

// commonDigits is how much of a hash the list has: enough that no other password meets it by chance.
const commonDigits = 12

//go:embed common.txt
var commonText string

// commonPasswords holds the first hexadecimal digits of the SHA-256 hashes of the most frequent
// passwords that are long enough, in lower case: see NOTICE.
var commonPasswords = sync.OnceValue(func() map[string]bool {
	set := map[string]bool{}
	for line := range strings.Lines(commonText) {
		set[strings.TrimSpace(line)] = true
	}
	return set
})

// isCommon reports whether the password is one of those that are guessed first, in whatever case.
func isCommon(password string) bool {
	sum := sha256.Sum256([]byte(strings.ToLower(password)))
	return commonPasswords()[hex.EncodeToString(sum[:])[:commonDigits]]
}
