package markdown

import (
	"bytes"
	"errors"
	"fmt"
	"math"
	"regexp"
	"strconv"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"

	"github.com/lectern-project/lectern/internal/book"
)

// maxFrontMatterValues bounds what aliases can blow front matter up to.
const maxFrontMatterValues = 10_000

// SplitFrontMatter returns the page's front matter as in Page.FrontMatter and what follows it, both
// normalised as in Page.Text. Errors are those of Parse.
func SplitFrontMatter(src []byte) (map[string]any, []byte, error) {
	text, err := normalise(src)
	if err != nil {
		return nil, nil, err
	}
	return cutFrontMatter(text)
}

// cutFrontMatter splits normalised text. Front matter is a first line "---", YAML, and a line
// "---"; without the second line the first is a thematic break.
func cutFrontMatter(text []byte) (map[string]any, []byte, error) {
	header, body, found := fencedHeader(text)
	if !found {
		return nil, text, nil
	}
	if len(header) > MaxFrontMatterBytes {
		return nil, nil, book.Wrap(book.TooLarge, &lineError{line: 1, frontMatter: true},
			"the front matter has %d bytes; at most %d are allowed; shorten it",
			len(header), MaxFrontMatterBytes)
	}
	values, err := parseYAML(header)
	if err != nil {
		return nil, nil, err
	}
	return values, body, nil
}

// fencedHeader returns what is between the "---" lines, and what follows them.
func fencedHeader(text []byte) (header, body []byte, found bool) {
	first, rest, ok := bytes.Cut(text, []byte("\n"))
	if !ok || !isHeaderFence(first) {
		return nil, text, false
	}
	for at := 0; at < len(rest); {
		end := lineEnd(rest, at)
		if isHeaderFence(bytes.TrimSuffix(rest[at:end], []byte("\n"))) {
			return rest[:at], rest[end:], true
		}
		at = end
	}
	return nil, text, false
}

func isHeaderFence(line []byte) bool {
	return string(bytes.TrimRight(line, " \t")) == "---"
}

// lineEnd returns the offset after the line that starts at i, its "\n" included.
func lineEnd(b []byte, i int) int {
	if n := bytes.IndexByte(b[i:], '\n'); n >= 0 {
		return i + n + 1
	}
	return len(b)
}

// parseYAML reads the header as a mapping and makes its values fit for JSON.
func parseYAML(header []byte) (values map[string]any, err error) {
	defer func() {
		// The YAML library answers some malformed input with a panic.
		if r := recover(); r != nil {
			values, err = nil, frontMatterError(fmt.Errorf("yaml: %v", r))
		}
	}()
	var node yaml.Node
	if err := yaml.Unmarshal(header, &node); err != nil {
		return nil, frontMatterError(err)
	}
	if len(node.Content) == 0 {
		return map[string]any{}, nil
	}
	root := node.Content[0]
	if root.Kind != yaml.MappingNode {
		return nil, book.Wrap(book.Invalid, &lineError{line: root.Line + 1, frontMatter: true},
			"the front matter (line %d) is not made of \"key: value\" lines; "+
				"mend it, or put an empty line before the first \"---\"", root.Line+1)
	}
	if n := weigh(root, 0); n > maxFrontMatterValues {
		return nil, book.Wrap(book.Invalid, &lineError{line: 1, frontMatter: true},
			"the front matter is nested deeper than %d levels "+
				"or its aliases stand for more than %d values; write it out plainly",
			MaxNesting, maxFrontMatterValues)
	}
	var decoded map[string]any
	if err := root.Decode(&decoded); err != nil {
		return nil, frontMatterError(err)
	}
	for key, value := range decoded {
		decoded[key] = jsonValue(value)
	}
	return decoded, nil
}

// weigh counts the values below node, aliases as often as they are used; it stops counting when
// they are too many, and takes too deep for too many.
func weigh(node *yaml.Node, depth int) int {
	if depth > MaxNesting {
		return maxFrontMatterValues + 1
	}
	if node.Kind == yaml.AliasNode {
		return weigh(node.Alias, depth+1)
	}
	n := 1
	for _, child := range node.Content {
		if n += weigh(child, depth+1); n > maxFrontMatterValues {
			break
		}
	}
	return n
}

var yamlLine = regexp.MustCompile(`line (\d+)`)

// frontMatterError makes the library's error an Invalid one whose line number is the page's: the
// header starts on the page's second line.
func frontMatterError(err error) error {
	message := err.Error()
	var types *yaml.TypeError
	if errors.As(err, &types) && len(types.Errors) > 0 {
		message = types.Errors[0]
	}
	message = strings.TrimPrefix(message, "yaml: ")
	first := 1
	message = yamlLine.ReplaceAllStringFunc(message, func(s string) string {
		n, _ := strconv.Atoi(strings.TrimPrefix(s, "line "))
		if first == 1 {
			first = n + 1
		}
		return "line " + strconv.Itoa(n+1)
	})
	return book.Wrap(book.Invalid, &lineError{line: first, frontMatter: true, err: err}, "the front matter is not valid YAML: %s; "+
		"mend it, or put an empty line before the first \"---\"", message)
}

// jsonValue turns what YAML knows and JSON does not into strings.
func jsonValue(value any) any {
	switch v := value.(type) {
	case map[string]any:
		for key, inner := range v {
			v[key] = jsonValue(inner)
		}
		return v
	case map[any]any:
		out := make(map[string]any, len(v))
		for key, inner := range v {
			out[fmt.Sprint(key)] = jsonValue(inner)
		}
		return out
	case []any:
		for i, inner := range v {
			v[i] = jsonValue(inner)
		}
		return v
	case time.Time:
		if v.Equal(v.Truncate(24 * time.Hour)) {
			return v.Format(time.DateOnly)
		}
		return v.Format(time.RFC3339)
	case float64:
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return fmt.Sprint(v)
		}
	}
	return value
}
