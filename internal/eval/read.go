package eval

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"os"
	"strconv"
	"strings"

	"github.com/lectern-project/lectern/internal/book"
)

// corpusDocument is a line of BEIR's corpus.jsonl.
type corpusDocument struct {
	ID    string `json:"_id"`
	Title string `json:"title"`
	Text  string `json:"text"`
}

// query is a line of BEIR's queries.jsonl.
type query struct {
	ID   string `json:"_id"`
	Text string `json:"text"`
}

// question is a line of a file of answers.
type question struct {
	Question   string   `json:"question"`
	Answerable *bool    `json:"answerable"`
	Expected   []string `json:"expected"`
	DocID      string   `json:"doc_id"`
}

// readLines decodes each line of a JSON Lines file and hands it to f; empty lines are left out. An
// error names file and line.
func readLines[T any](path string, f func(line int, value T) error) error {
	file, err := os.Open(path)
	if err != nil {
		return unreadable(err, path)
	}
	defer func() { _ = file.Close() }()
	reader := bufio.NewReaderSize(file, 1<<20)
	for line := 1; ; line++ {
		data, err := reader.ReadBytes('\n')
		if err != nil && !errors.Is(err, io.EOF) {
			return unreadable(err, path)
		}
		last := err != nil
		if data = bytes.TrimSpace(data); len(data) > 0 {
			var value T
			if err := json.Unmarshal(data, &value); err != nil {
				return book.Wrap(book.Invalid, err, "%s:%d is not a JSON object of the right form: "+
					"%s", path, line, err)
			}
			if err := f(line, value); err != nil {
				return err
			}
		}
		if last {
			return nil
		}
	}
}

// readQueries returns the text of each question by id.
func readQueries(path string) (map[string]string, error) {
	texts := map[string]string{}
	err := readLines(path, func(line int, q query) error {
		if q.ID == "" || strings.TrimSpace(q.Text) == "" {
			return book.Errorf(book.Invalid, "%s:%d has no \"_id\" or no \"text\"", path, line)
		}
		texts[q.ID] = q.Text
		return nil
	})
	return texts, err
}

// readQrels returns the relevance of documents by question. The file has three columns separated
// by tabs: question, document, whole number; its first line may be a header.
func readQrels(path string) (map[string]map[string]int, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, unreadable(err, path)
	}
	judged := map[string]map[string]int{}
	line := 0
	for text := range strings.Lines(string(data)) {
		line++
		if text = strings.TrimRight(text, "\r\n"); text == "" {
			continue
		}
		cells := strings.Split(text, "\t")
		relevance, err := strconv.Atoi(cells[len(cells)-1])
		if line == 1 && err != nil && len(cells) == 3 {
			continue // the header
		}
		if err != nil || len(cells) != 3 {
			return nil, book.Errorf(book.Invalid, "%s:%d must be a question's id, a document's id "+
				"and a whole number, separated by tabs", path, line)
		}
		if judged[cells[0]] == nil {
			judged[cells[0]] = map[string]int{}
		}
		judged[cells[0]][cells[1]] = relevance
	}
	if len(judged) == 0 {
		return nil, book.Errorf(book.Invalid, "%s judges no document", path)
	}
	return judged, nil
}

func unreadable(err error, path string) error {
	if errors.Is(err, fs.ErrNotExist) {
		return book.Wrap(book.Invalid, err, "%s is not there", path)
	}
	return book.Wrap(book.Unavailable, err, "%s cannot be read", path)
}
