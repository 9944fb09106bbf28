package book

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// MaxDocIDBytes is the longest doc_id, in bytes.
const MaxDocIDBytes = 512

// ValidateDocID returns nil for a valid doc_id and otherwise an Invalid error that says what is
// wrong. A doc_id is NFC UTF-8 of 1 to 512 bytes; its segments, split by "/", are not empty, not
// "." and not ".."; it has no control or format characters and no backslash. Case matters.
func ValidateDocID(id string) error {
	switch {
	case id == "":
		return Errorf(Invalid, "doc_id is empty; give the document a name such as \"module1/intro\"")
	case len(id) > MaxDocIDBytes:
		return Errorf(Invalid, "doc_id has %d bytes; at most %d are allowed", len(id), MaxDocIDBytes)
	case !utf8.ValidString(id):
		return Errorf(Invalid, "doc_id is not valid UTF-8")
	case !norm.NFC.IsNormalString(id):
		return Errorf(Invalid, "doc_id %q is not in Unicode normal form C; normalise it", id)
	}
	for _, r := range id {
		if r == '\\' || unicode.IsControl(r) || unicode.Is(unicode.Cf, r) {
			return Errorf(Invalid, "doc_id %q holds the character %U; use letters, digits, "+
				"punctuation and \"/\"", id, r)
		}
	}
	for segment := range strings.SplitSeq(id, "/") {
		if segment == "" || segment == "." || segment == ".." {
			return Errorf(Invalid, "doc_id %q has the segment %q; segments between \"/\" must be "+
				"names, not empty, \".\" or \"..\"", id, segment)
		}
	}
	return nil
}
