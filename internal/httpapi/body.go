package httpapi

import (
	"bytes"
	"errors"
	"io"
	"mime"
	"net/http"
	"os"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/lectern-project/lectern/internal/book"
	"github.com/lectern-project/lectern/internal/markdown"
)

// The media types of request bodies.
const (
	jsonType = "application/json"
	formType = "application/x-www-form-urlencoded"
)

// Limits of request bodies.
const (
	smallBody = 64 << 10
	queryBody = 512 << 10 // with a conversation
	// ingestBody holds a text of the largest size in which every character beyond ASCII is
	// escaped: \uXXXX takes at most three times the bytes of UTF-8.
	ingestBody = 3*markdown.MaxSourceBytes + 256<<10
	// maxNesting is how deep arrays and objects of a body may lie in each other.
	maxNesting = 64
)

// readTimeout bounds how long a client may take to send its body: a moment, and longer the larger
// it may be.
func readTimeout(limit int64) time.Duration {
	return 15*time.Second + time.Duration(limit/(1<<20))*2*time.Second
}

// readBody reads and checks the body that a route takes, and puts what it read back into r. Bodies
// are read whole before anything is decoded, so that one bound holds for all of them and a
// handler's time does not count against the client's.
func readBody(w http.ResponseWriter, r *http.Request, contentType string, limit int64) *Problem {
	given, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if r.Header.Get("Content-Type") != "" && (err != nil || given != contentType) {
		return problemOfStatus(http.StatusUnsupportedMediaType,
			"this takes a body of type "+contentType+"; say so in Content-Type")
	}
	r.Header.Set("Content-Type", contentType)
	data, problem := readAll(w, r, limit)
	if problem != nil {
		return problem
	}
	if contentType == jsonType {
		if message := checkJSON(data); message != "" {
			return problemOfStatus(http.StatusBadRequest, message)
		}
	}
	r.Body = io.NopCloser(bytes.NewReader(data))
	return nil
}

func readAll(w http.ResponseWriter, r *http.Request, limit int64) ([]byte, *Problem) {
	tooLarge := newProblem(book.Errorf(book.TooLarge, "the body is too large; at most %d bytes "+
		"are allowed here", limit))
	if r.ContentLength > limit {
		return nil, tooLarge
	}
	// The deadline is taken back afterwards: while a handler runs, a deadline that passes would
	// count as a client that has gone away. Not every writer knows deadlines; then there is none.
	control := http.NewResponseController(w)
	_ = control.SetReadDeadline(time.Now().Add(readTimeout(limit)))
	data, err := io.ReadAll(io.LimitReader(r.Body, limit+1))
	if errors.Is(err, os.ErrDeadlineExceeded) {
		giveUp(w, r)
		return nil, problemOfStatus(http.StatusRequestTimeout, "the body came too slowly")
	}
	_ = control.SetReadDeadline(time.Time{})
	switch {
	case err != nil:
		return nil, problemOfStatus(http.StatusBadRequest, "the body broke off or is not what its "+
			"headers say")
	case int64(len(data)) > limit:
		return nil, tooLarge
	}
	return data, nil
}

// isText reports whether the stores take text as it is.
func isText(text string) bool {
	return utf8.ValidString(text) && !strings.ContainsRune(text, 0)
}

// checkJSON returns what is wrong with data before it is decoded, or "". encoding/json would put
// U+FFFD in place of invalid UTF-8 and lone surrogates, and take nesting that costs a deep
// stack to walk; NUL is in no text that the stores take. Whether it is JSON at all is left to the
// decoder.
func checkJSON(data []byte) string {
	if !utf8.Valid(data) {
		return "the body is not valid UTF-8"
	}
	depth, inString := 0, false
	for i := 0; i < len(data); i++ {
		switch c := data[i]; {
		case inString && c == '\\':
			length, message := checkEscape(data[i:])
			if message != "" {
				return message
			}
			i += length - 1
		case c == '"':
			inString = !inString
		case inString:
		case c == '{' || c == '[':
			if depth++; depth > maxNesting {
				return "the body is nested too deep; at most " + strconv.Itoa(maxNesting) +
					" levels are allowed"
			}
		case c == '}' || c == ']':
			depth--
		}
	}
	return ""
}

// checkEscape returns the length of the escape sequence that data begins with, surrogate pairs as
// one, or what is wrong with it. What is no escape sequence has length 2.
func checkEscape(data []byte) (length int, message string) {
	r := escaped(data)
	switch {
	case r < 0:
		return 2, ""
	case r == 0:
		return 0, "the body holds the character U+0000; take it out"
	case 0xD800 <= r && r < 0xDC00:
		low := escaped(data[6:])
		if 0xDC00 <= low && low < 0xE000 {
			return 12, ""
		}
		fallthrough
	case 0xDC00 <= r && r < 0xE000:
		return 0, "the body holds half of a surrogate pair, which is no character"
	}
	return 6, ""
}

// escaped returns the code unit of the \uXXXX that data begins with, or -1.
func escaped(data []byte) int {
	if len(data) < 6 || data[0] != '\\' || data[1] != 'u' {
		return -1
	}
	unit, err := strconv.ParseUint(string(data[2:6]), 16, 16)
	if err != nil {
		return -1
	}
	return int(unit)
}

// How much of a body that nobody wants is read all the same, and for how long.
const (
	maxDrainBytes = 128 << 20
	maxDrainTime  = 10 * time.Second
)

// drain reads what is left of a body that nobody has read, within bounds: many clients look at the
// answer only when they have sent everything, and would see a broken connection instead. A client
// that asked first whether to send needs no such care.
func drain(w http.ResponseWriter, r *http.Request) {
	if r.Body == nil || r.Body == http.NoBody || r.Header.Get("Expect") != "" {
		return
	}
	control := http.NewResponseController(w)
	_ = control.SetReadDeadline(time.Now().Add(maxDrainTime))
	if _, err := io.CopyN(io.Discard, r.Body, maxDrainBytes); !errors.Is(err, io.EOF) {
		giveUp(w, r)
		return
	}
	_ = control.SetReadDeadline(time.Time{})
}

// giveUp leaves the rest of a body where it is. The answer closes the connection, and the deadline is
// over: net/http would wait for the rest without end otherwise, before the answer and after it.
func giveUp(w http.ResponseWriter, r *http.Request) {
	_ = http.NewResponseController(w).SetReadDeadline(time.Now())
	w.Header().Set("Connection", "close")
	r.Body = http.NoBody
}
