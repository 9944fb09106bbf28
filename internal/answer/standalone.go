package answer

import (
	"cmp"
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

// standalone says by a rule, without a model, what the last question of a conversation means. A
// question that leans on the one before it, because it has a pronoun or says too little by itself,
// gets the rare words of that one, which may in turn have got them from the one before. It knows the
// pronouns of English alone.
func standalone(turns []Turn, question string) string {
	topic := ""
	for _, turn := range turns {
		topic = carry(topic, turn.Question)
	}
	return carry(topic, question)
}

func carry(topic, question string) string {
	question = strings.TrimSpace(question)
	if topic == "" || !leans(question) {
		return question
	}
	words := rareWords(topic, question)
	if len(words) == 0 {
		return question
	}
	return question + " (" + strings.Join(words, ", ") + ")"
}

// leans reports whether a question needs the one before it to be understood.
func leans(question string) bool {
	own := 0.0
	for _, w := range lexical.Question(question) {
		own += w.Information(unused)
	}
	return own < lexical.UnknownWord || refersBack(question)
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
		switch {
		case pronouns[word], demonstratives[word] && alone, i == 0 && continuations[word]:
			return true
		}
	}
	return false
}

// rareWords are the most telling words of topic that question lacks, in their order and spelling.
func rareWords(topic, question string) []string {
	has := map[string]bool{}
	lexical.AddStems(has, question)
	type word struct {
		place       int
		text        string
		information float64
	}
	var words []word
	end := 0
	for _, t := range lexical.Terms(topic) {
		if t.Stop || t.Kind == lexical.Part || t.Start < end || has[t.Stem] {
			continue
		}
		if information := lexical.Information(t.Stem, 0); information >= carriedInformation {
			has[t.Stem], end = true, t.End
			words = append(words, word{t.Start, topic[t.Start:t.End], information})
		}
	}
	slices.SortStableFunc(words, func(a, b word) int { return cmp.Compare(b.information, a.information) })
	words = words[:min(carriedWords, len(words))]
	slices.SortFunc(words, func(a, b word) int { return cmp.Compare(a.place, b.place) })
	texts := make([]string, len(words))
	for i, w := range words {
		texts[i] = w.text
	}
	return texts
}
