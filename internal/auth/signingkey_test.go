package auth

import (
	"bytes"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/lectern-project/lectern/internal/book"
)

func TestLoadOrCreateKey(t *testing.T) {
	path := filepath.Join(t.TempDir(), "signing.key")
	keys := make([][]byte, 8)
	var all sync.WaitGroup
	for i := range keys {
		all.Go(func() {
			key, err := LoadOrCreateKey(path)
			if err != nil {
				t.Error(err)
			}
			keys[i] = key
		})
	}
	all.Wait()
	for _, key := range keys {
		if len(key) < MinKeyBytes || !bytes.Equal(key, keys[0]) {
			t.Errorf("keys differ or are short: %x and %x", key, keys[0])
		}
	}
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the key's file has mode %v, %v", info.Mode(), err)
	}
	if entries, err := os.ReadDir(filepath.Dir(path)); err != nil || len(entries) != 1 {
		t.Errorf("left behind: %v, %v", entries, err)
	}
	again, err := LoadOrCreateKey(path)
	if err != nil || !bytes.Equal(again, keys[0]) {
		t.Errorf("the second time: %x, %v", again, err)
	}
}

func TestLoadBadKey(t *testing.T) {
	for name, content := range map[string]string{"empty": "", "short": "abcd", "no hex": "zz"} {
		path := filepath.Join(t.TempDir(), name)
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		_, err := LoadOrCreateKey(path)
		wantCode(t, err, book.Invalid)
	}
	_, err := LoadOrCreateKey(filepath.Join(t.TempDir(), "absent", "key"))
	wantCode(t, err, book.Unavailable)
	_, err = New(nil, Config{SigningKey: make([]byte, MinKeyBytes-1)})
	wantCode(t, err, book.Invalid)
}
