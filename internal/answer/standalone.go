package answer

import (
	"cmp"
	"regexp"
	"slices"
	"strings"

	"github.com/lectern-project/lectern/internal/lexical"
)

const (
	// carriedWords bounds how many words a follow-up question takes from those before it.
	carriedWords = 3
	// carriedInformation is how telling such a word must be, in nats: not one of the thousand or so
	// most frequent words of English.
	carriedInformation = 3
)

// standalone says by a rule, without a model, what the last question of a conversation may mean, the
// likeliest first. A question that leans on the one before it, because it has a pronoun or says too
// little by itself, gets the rare words of that one, which may in turn have got them from the one
// before. The book decides: where it does not speak of all of them, the most telling one may be
// enough, or the question itself if it says something and names nothing but what it says. It knows the pronouns of English alone.
func standalone(turns []Turn, question string) []string {
	var topic []string
	for _, turn := range turns {
		topic = carry(topic, turn.Question)
	}
	question = strings.TrimSpace(question)
	if !leans(question) {
		return []string{question}
	}
	own := len(rareWords(question))
	words := carry(topic, question)[own:]
	var meant []string
	for _, n := range []int{carriedWords, 1} {
		if n <= len(words) || n == carriedWords && len(words) > 0 {
			few := words[:min(n, len(words))]
			meant = append(meant, question+" ("+strings.Join(few, ", ")+")")
		}
	}
	if len(meant) == 0 || !vague(question) && !refersBack(question) {
		meant = append(meant, question)
	}
	return slices.Compact(meant)
}

// carry returns the words that a question hands on to one that leans on it, its own first, then those
// that it got itself.
func carry(topic []string, question string) []string {
	words := rareWords(question)
	if !leans(question) {
		return words
	}
	has := map[string]bool{}
	lexical.AddStems(has, question)
	for _, word := range topic {
		if stems := stemsInOrder(word); len(stems) > 0 && !has[stems[0]] {
			words = append(words, word)
		}
	}
	return words
}

// leans reports whether a question needs the one before it to be understood.
func leans(question string) bool {
	first, _, _ := strings.Cut(strings.ToLower(question), " ")
	return vague(question) || continuations[first] || refersBack(question)
}

// vague reports whether a question says less by itself than one rare word does.
func vague(question string) bool {
	own := 0.0
	for _, w := range lexical.Question(question) {
		own += w.Information(unused)
	}
	return own < lexical.UnknownWord
}

func unused(string) float64 { return 0 }

var (
	// pronouns stand for something that was named before.
	pronouns = wordsOf("it its itself they them their theirs themselves he him his she her hers")
	// demonstratives do so too, unless they stand before a noun or open a clause.
	demonstratives = wordsOf("this that these those")
	// continuations at the beginning go on with what was asked.
	continuations = wordsOf("and but or so then also else")
)

func wordsOf(list string) map[string]bool {
	set := map[string]bool{}
	for word := range strings.FieldsSeq(list) {
		set[word] = true
	}
	return set
}

// refersBack reports whether a word of the question stands for something that was named before it.
func refersBack(question string) bool {
	words := strings.FieldsFunc(strings.ToLower(question), func(r rune) bool {
		return strings.ContainsRune(" \t\n.,;:?!()\"“”", r)
	})
	for i, word := range words {
		word = strings.TrimSuffix(strings.ReplaceAll(word, "’", "'"), "'s")
		alone := i+1 == len(words) || lexical.StopWord(words[i+1]) ||
			strings.HasSuffix(words[i+1], "ed") // "how is that solved"
		if pronouns[word] || demonstratives[word] && alone {
			return true
		}
	}
	return false
}

// joined is what a hyphen joins to the word before: "zero-moment".
var joined = regexp.MustCompile(`^(?:-\pL+)+`)

// rareWords are the words of a question that tell most, the most telling first, as they are spelt.
func rareWords(question string) []string {
	type word struct {
		text        string
		information float64
	}
	has := map[string]bool{}
	var words []word
	end := 0
	for _, t := range lexical.Terms(question) {
		if t.Stop || t.Kind == lexical.Part || t.Start < end || has[t.Stem] {
			continue
		}
		if information := lexical.Information(t.Stem, 0); information >= carriedInformation {
			has[t.Stem], end = true, t.End+len(joined.FindString(question[t.End:]))
			words = append(words, word{question[t.Start:end], information})
		}
	}
	slices.SortStableFunc(words, func(a, b word) int { return cmp.Compare(b.information, a.information) })
	var texts []string
	for _, w := range words[:min(carriedWords, len(words))] {
		texts = append(texts, w.text)
	}
	return texts
}
