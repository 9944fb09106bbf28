package auth

import (
	"crypto/rand"
	"encoding/hex"
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/lectern-project/lectern/internal/book"
)

// MinKeyBytes is the length of the shortest signing key: HS256 asks for as many bits as its hash
// has (RFC 7518, section 3.2).
const MinKeyBytes = 32

// LoadOrCreateKey returns the signing key in the file at path. A file that is absent is made, with
// a random key and readable by its owner only. Of several processes that make it at once, one
// wins and all return its key. Invalid when the file holds no key.
func LoadOrCreateKey(path string) ([]byte, error) {
	key, err := loadKey(path)
	if !errors.Is(err, fs.ErrNotExist) {
		return key, err
	}
	if err := createKey(path); err != nil && !errors.Is(err, fs.ErrExist) {
		return nil, book.Wrap(book.Unavailable, err, "the signing key cannot be written to %s; "+
			"make its folder writable", path)
	}
	return loadKey(path)
}

func loadKey(path string) ([]byte, error) {
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	if err != nil {
		return nil, book.Wrap(book.Unavailable, err, "the signing key in %s cannot be read", path)
	}
	key, err := hex.DecodeString(string(text))
	if err != nil || len(key) < MinKeyBytes {
		return nil, book.Errorf(book.Invalid, "%s does not hold a signing key; delete it to have a "+
			"new one made, which signs everybody out", path)
	}
	return key, nil
}

// createKey writes a new key beside path and links it there, so that nobody ever reads half a key
// and a key that is there is never replaced.
func createKey(path string) error {
	key := make([]byte, 2*MinKeyBytes)
	rand.Read(key)
	file, err := os.CreateTemp(filepath.Dir(path), ".signing-key-*") // mode 0600
	if err != nil {
		return err
	}
	defer os.Remove(file.Name())
	_, err = file.WriteString(hex.EncodeToString(key))
	if err := errors.Join(err, file.Sync(), file.Close()); err != nil {
		return err
	}
	return os.Link(file.Name(), path)
}
