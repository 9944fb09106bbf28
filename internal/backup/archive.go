// Package backup writes all that a book consists of into one file, and reads it back into any pair
// of stores.
//
// An archive is a tar file compressed with zstd. Its entries are JSON: manifest.json; pages of
// accounts and of API keys; one entry for each conversation; one for each document, in the order of revisions, with its text,
// its chunks and their vectors; and end.json, with counts and the SHA-256 of all entries before it.
// An archive without its end is none. docs/backup.md describes it, docs/adr/0016 says why.
package backup

import (
	"archive/tar"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"hash"
	"io"
	"time"

	"github.com/klauspost/compress/zstd"

	"github.com/lectern-project/lectern/internal/book"
)

// Names of entries, or of the folders that they are in.
const (
	manifestName      = "manifest.json"
	accountsName      = "accounts"
	keysName          = "keys"
	conversationsName = "conversations"
	documentName      = "documents"
	endName           = "end.json"
)

// maxEntry is the largest entry, in bytes: more than the longest document takes with its vectors.
const maxEntry = 1 << 30

// Summary says what an archive holds. Missing counts chunks whose point had gone from the index;
// they are embedded when the archive is restored.
type Summary struct {
	Documents     int `json:"documents"`
	Chunks        int `json:"chunks"`
	Accounts      int `json:"accounts"`
	Keys          int `json:"keys"`
	Conversations int `json:"conversations"`
	Vectors       int `json:"vectors"`
	Missing       int `json:"vectors_missing"`
}

func (s *Summary) addDocument(d document) {
	s.Documents++
	s.Chunks += len(d.Chunks)
	for _, c := range d.Chunks {
		if c.Vectors != nil {
			s.Vectors++
		} else {
			s.Missing++
		}
	}
}

// end is the last entry.
type end struct {
	Summary
	SHA256 string `json:"sha256"`
}

// writer writes an archive.
type writer struct {
	at      time.Time
	zip     *zstd.Encoder
	tar     *tar.Writer
	digest  hash.Hash
	numbers map[string]int // of entries in each folder
	summary Summary
}

func newWriter(w io.Writer, at time.Time) (*writer, error) {
	// One after the other: no goroutines to end, no blocks to keep.
	zip, err := zstd.NewWriter(w, zstd.WithEncoderConcurrency(1))
	if err != nil {
		return nil, err
	}
	return &writer{
		at: at, zip: zip, tar: tar.NewWriter(zip), digest: sha256.New(), numbers: map[string]int{},
	}, nil
}

// putIn adds the next entry of a folder.
func (a *writer) putIn(folder string, record any) error {
	a.numbers[folder]++
	return a.put(fmt.Sprintf("%s/%08d.json", folder, a.numbers[folder]), record)
}

func (a *writer) put(name string, record any) error {
	body, err := json.Marshal(record)
	if err != nil {
		return book.Wrap(book.Internal, err, "a row cannot be written as JSON")
	}
	sum(a.digest, name, body)
	err = a.tar.WriteHeader(&tar.Header{
		Name: name, Size: int64(len(body)), Mode: 0o600, ModTime: a.at, Format: tar.FormatUSTAR,
	})
	if err == nil {
		_, err = a.tar.Write(body)
	}
	return unwritable(err)
}

// close adds the end.
func (a *writer) close() error {
	last := end{Summary: a.summary, SHA256: hex.EncodeToString(a.digest.Sum(nil))}
	if err := a.put(endName, last); err != nil {
		return err
	}
	if err := a.tar.Close(); err != nil {
		return unwritable(err)
	}
	return unwritable(a.zip.Close())
}

func unwritable(err error) error {
	if err == nil {
		return nil
	}
	return book.Wrap(book.Unavailable, err, "the archive could not be written")
}

// sum adds an entry to the digest.
func sum(digest hash.Hash, name string, body []byte) {
	_, _ = fmt.Fprintf(digest, "%s %d\n", name, len(body))
	_, _ = digest.Write(body)
}
