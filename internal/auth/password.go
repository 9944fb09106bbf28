package auth

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"fmt"
	"strings"
	"unicode/utf8"

	"golang.org/x/crypto/argon2"
	"golang.org/x/text/unicode/norm"

	"github.com/lectern-project/lectern/internal/book"
	"github.com/lectern-project/lectern/internal/limit"
)

// Bounds of a password's length, in characters (code points).
const (
	MinPasswordChars = 8
	MaxPasswordChars = 128
)

const (
	saltBytes = 16
	hashBytes = 32
)

// argon are parameters of argon2id.
type argon struct {
	memory  uint32 // KiB
	time    uint32
	threads uint8
}

// argonDefault is the second of the equal choices in OWASP's password storage cheat sheet.
var argonDefault = argon{memory: 19 * 1024, time: 2, threads: 1}

// hasher hashes passwords, as many at a time as its gate lets through.
type hasher struct {
	argon argon // for new hashes
	gate  *limit.Gate
	// nobody is the hash of a password that nobody knows. It is what the password of an account
	// that is not there is compared with, so that the answer takes as long as any other.
	nobody string
}

func newHasher(a argon, gate *limit.Gate) *hasher {
	h := &hasher{argon: a, gate: gate}
	h.nobody = encode(a, randomBytes(saltBytes), randomBytes(hashBytes))
	return h
}

// validatePassword returns Invalid for a password that u may not have.
func validatePassword(password string, u book.User) error {
	if !utf8.ValidString(password) {
		return book.Errorf(book.Invalid, "the password is not valid UTF-8")
	}
	n := utf8.RuneCountInString(password)
	if n < MinPasswordChars || n > MaxPasswordChars {
		return book.Errorf(book.Invalid, "a password has %d to %d characters, this one has %d",
			MinPasswordChars, MaxPasswordChars, n)
	}
	if isCommon(password) || strings.EqualFold(password, u.Username) ||
		strings.EqualFold(password, u.Email) {
		return book.Errorf(book.Invalid, "this password is among those that are guessed first; "+
			"choose another, such as four words that have nothing to do with each other")
	}
	return nil
}

// hash returns the PHC string of the password with a fresh salt. It fails only with ctx, and with
// Unavailable when too many are hashed already.
func (h *hasher) hash(ctx context.Context, password string) (string, error) {
	salt := randomBytes(saltBytes)
	key, err := h.derive(ctx, password, salt, h.argon)
	if err != nil {
		return "", err
	}
	return encode(h.argon, salt, key), nil
}

// matches reports whether encoded is the password's hash. An empty or unreadable hash matches
// nothing and takes as long as another. It fails as hash does.
func (h *hasher) matches(ctx context.Context, encoded, password string) (bool, error) {
	stored, ok := decode(encoded)
	if !ok {
		stored, _ = decode(h.nobody)
	}
	key, err := h.derive(ctx, password, stored.salt, stored.argon)
	if err != nil {
		return false, err
	}
	return subtle.ConstantTimeCompare(key, stored.key) == 1 && ok, nil
}

// outdated reports whether encoded was made with other parameters than new hashes are.
func (h *hasher) outdated(encoded string) bool {
	stored, ok := decode(encoded)
	return ok && stored.argon != h.argon
}

// derive normalises the password first, so that it does not matter how a keyboard composes an
// accent (as RFC 8265's OpaqueString does).
func (h *hasher) derive(
	ctx context.Context, password string, salt []byte, a argon,
) ([]byte, error) {
	leave, err := h.gate.Enter(ctx)
	if err != nil {
		return nil, err
	}
	defer leave()
	text := norm.NFC.String(password)
	return argon2.IDKey([]byte(text), salt, a.time, a.memory, a.threads, hashBytes), nil
}

// passwordHash is a parsed PHC string.
type passwordHash struct {
	argon
	salt, key []byte
}

// phcFormat is the PHC string format of argon2id:
// https://github.com/P-H-C/phc-string-format/blob/master/phc-sf-spec.md
const phcFormat = "$argon2id$v=%d$m=%d,t=%d,p=%d$%s"

func encode(a argon, salt, key []byte) string {
	b64 := base64.RawStdEncoding
	return fmt.Sprintf(phcFormat, argon2.Version, a.memory, a.time, a.threads,
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
