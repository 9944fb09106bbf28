package config

import (
	"fmt"
	"slices"
	"strings"

	"github.com/lectern-project/lectern/internal/book"
)

// Fault is something that settings cannot be.
type Fault struct {
	// Settings are the settings whose values contradict a rule, or each other, by flag name.
	Settings []string
	// Message says what is wrong and what would be right. It never has a secret in it.
	Message string
}

// Faults is everything that is wrong with settings.
type Faults []Fault

// Addf adds a fault of settings, which are separated by spaces.
func (f *Faults) Addf(settings, format string, args ...any) {
	*f = append(*f, Fault{strings.Fields(settings), fmt.Sprintf(format, args...)})
}

// AddError adds what err says, if it is not nil.
func (f *Faults) AddError(settings string, err error) {
	if err != nil {
		f.Addf(settings, "%s", book.MessageOf(err))
	}
}

// Err is an Invalid error with the message of each fault, or nil without one.
func (f Faults) Err() error {
	messages := make([]string, len(f))
	for i, fault := range f {
		messages[i] = fault.Message
	}
	if len(f) == 0 {
		return nil
	}
	return book.Errorf(book.Invalid, "%s", strings.Join(messages, "\n"))
}

// NotOneOf says that a setting's value is none of the choices, and which may have been meant. Without
// a setting it begins with the value.
func NotOneOf(setting, value string, choices []string) string {
	choices = slices.DeleteFunc(slices.Clone(choices), func(c string) bool { return c == "" })
	message := fmt.Sprintf("%q; it must be %s", value, or(choices))
	if setting != "" {
		message = setting + " is " + message
	}
	if meant, slip := Nearest(value, choices); slip && len(choices) > 2 {
		message += fmt.Sprintf("; did you mean %s?", meant)
	}
	return message
}

// or lists names as a sentence does.
func or(names []string) string {
	last := len(names) - 1
	if last < 1 {
		return strings.Join(names, "")
	}
	return strings.Join(names[:last], ", ") + " or " + names[last]
}

// Nearest returns the candidate that takes the fewest edits to become name, and whether name looks
// like a slip of it: whether about a third of it is edited at most, or one begins with the other. Case,
// "-" and "_" count for nothing. Without candidates it is "" and false.
func Nearest(name string, candidates []string) (candidate string, slip bool) {
	if len(candidates) == 0 {
		return "", false
	}
	name = plain(name)
	candidate = slices.MinFunc(candidates, func(a, b string) int {
		return edits(name, plain(a)) - edits(name, plain(b))
	})
	meant := plain(candidate)
	return candidate, edits(name, meant) <= max(1, (len(name)+1)/3) ||
		(min(len(name), len(meant)) > 2 && (strings.HasPrefix(name, meant) || strings.HasPrefix(meant, name)))
}

func plain(name string) string {
	return strings.ToLower(strings.NewReplacer("-", "", "_", "").Replace(name))
}

// edits is the Levenshtein distance of a and b in bytes.
func edits(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			substitution := diagonal
			if a[i] != b[j] {
				substitution++
			}
			diagonal = row[j+1]
			row[j+1] = min(substitution, diagonal+1, row[j]+1)
		}
	}
	return row[len(b)]
}
