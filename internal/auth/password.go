package auth

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"fmt"
	"runtime"
	"strings"
	"unicode/utf8"

	"golang.org/x/crypto/argon2"
	"golang.org/x/text/unicode/norm"

	"github.com/lectern-project/lectern/internal/book"
)

// Bounds of a password's length, in characters (code points).
const (
	MinPasswordChars = 8
	MaxPasswordChars = 128
)

// argon2id parameters: OWASP's password storage cheat sheet, second of the equal choices.
const (
	argonMemory  = 19 * 1024 // KiB
	argonTime    = 2
	argonThreads = 1
	saltBytes    = 16
	hashBytes    = 32
)

// hasher hashes passwords, at most as many at a time as leave half of the processors free: a rush
// of sign-ins waits here and neither takes all memory nor stops searches.
type hasher struct {
	slots chan struct{}
	// nobody is the hash of a password that nobody knows. It is what the password of an account
	// that is not there is compared with, so that the answer takes as long as any other.
	nobody string
}

func newHasher() *hasher {
	h := &hasher{slots: make(chan struct{}, max(1, runtime.GOMAXPROCS(0)/2))}
	h.nobody = encode(randomBytes(saltBytes), randomBytes(hashBytes))
	return h
}

func validatePassword(password string) error {
	if !utf8.ValidString(password) {
		return book.Errorf(book.Invalid, "the password is not valid UTF-8")
	}
	n := utf8.RuneCountInString(password)
	if n < MinPasswordChars || n > MaxPasswordChars {
		return book.Errorf(book.Invalid, "a password has %d to %d characters, this one has %d",
			MinPasswordChars, MaxPasswordChars, n)
	}
	return nil
}

// hash returns the PHC string of the password with a fresh salt. It fails only with ctx.
func (h *hasher) hash(ctx context.Context, password string) (string, error) {
	salt := randomBytes(saltBytes)
	key, err := h.derive(ctx, password, salt, argonTime, argonMemory, argonThreads)
	if err != nil {
		return "", err
	}
	return encode(salt, key), nil
}

// matches reports whether encoded is the password's hash. An empty or unreadable hash matches
// nothing and takes as long as another. It fails only with ctx.
func (h *hasher) matches(ctx context.Context, encoded, password string) (bool, error) {
	stored, ok := decode(encoded)
	if !ok {
		stored, _ = decode(h.nobody)
	}
	key, err := h.derive(ctx, password, stored.salt, stored.time, stored.memory, stored.threads)
	if err != nil {
		return false, err
	}
	return subtle.ConstantTimeCompare(key, stored.key) == 1 && ok, nil
}

// derive normalises the password first, so that it does not matter how a keyboard composes an
// accent (as RFC 8265's OpaqueString does).
func (h *hasher) derive(
	ctx context.Context, password string, salt []byte, time, memory uint32, threads uint8,
) ([]byte, error) {
	select {
	case h.slots <- struct{}{}:
		defer func() { <-h.slots }()
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	text := norm.NFC.String(password)
	return argon2.IDKey([]byte(text), salt, time, memory, threads, hashBytes), nil
}

// passwordHash is a parsed PHC string.
type passwordHash struct {
	memory, time uint32
	threads      uint8
	salt, key    []byte
}

// phcFormat is the PHC string format of argon2id:
// https://github.com/P-H-C/phc-string-format/blob/master/phc-sf-spec.md
const phcFormat = "$argon2id$v=%d$m=%d,t=%d,p=%d$%s"

func encode(salt, key []byte) string {
	b64 := base64.RawStdEncoding
	return fmt.Sprintf(phcFormat, argon2.Version, argonMemory, argonTime, argonThreads,
		b64.EncodeToString(salt)+"$"+b64.EncodeToString(key))
}

func decode(encoded string) (passwordHash, bool) {
	var p passwordHash
	var version int
	var tail string
	n, err := fmt.Sscanf(encoded, phcFormat, &version, &p.memory, &p.time, &p.threads, &tail)
	if err != nil || n != 5 || version != argon2.Version || p.time == 0 || p.threads == 0 {
		return passwordHash{}, false
	}
	salt, key, _ := strings.Cut(tail, "$")
	b64 := base64.RawStdEncoding.Strict()
	var errSalt, errKey error
	p.salt, errSalt = b64.DecodeString(salt)
	p.key, errKey = b64.DecodeString(key)
	return p, errSalt == nil && errKey == nil && len(p.key) == hashBytes
}

func randomBytes(n int) []byte {
	b := make([]byte, n)
	rand.Read(b) // never fails: crypto/rand
	return b
}
