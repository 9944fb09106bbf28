package httpapi

import (
	"encoding/base64"

	"github.com/lectern-project/lectern/internal/book"
)

// PageQuery is how lists are paged through. It is exported because huma fills no other embedded
// structs.
type PageQuery struct {
	Limit  int    `query:"limit" minimum:"1" maximum:"200" default:"50" doc:"The most items to return."`
	Cursor string `query:"cursor" maxLength:"1024" doc:"next_cursor of the page before; leave it out for the first page."`
}

// after is the key that the page starts after, "" for the first page.
func (q PageQuery) after() (string, error) {
	key, err := base64.RawURLEncoding.Strict().DecodeString(q.Cursor)
	if err != nil || !isText(string(key)) {
		return "", errCursor()
	}
	return string(key), nil
}

func errCursor() error {
	return book.Errorf(book.Invalid, "the cursor is none that this list gave; start again without")
}

// nextCursor returns a list's next_cursor: nil when this is the last page.
func nextCursor(more bool, key string) *string {
	if !more {
		return nil
	}
	cursor := base64.RawURLEncoding.EncodeToString([]byte(key))
	return &cursor
}

// cutPage takes the one item more than limit that was asked for to see whether there is more.
func cutPage[T any](items []T, limit int) (page []T, more bool) {
	if len(items) > limit {
		return items[:limit], true
	}
	return items, false
}
