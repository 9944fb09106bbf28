package lexical

import "strings"

// StopWord reports whether a folded word (lower case, not stemmed) is one of the English function
// words: they hold a sentence together and say nothing about its subject.
func StopWord(folded string) bool {
	_, ok := stopWords[folded]
	return ok
}

var stopWords = wordSet(
	// articles, determiners, quantifiers
	"a an the this that these those each every either neither any some no all both such same "+
		"other another much many more most few own",
	// pronouns
	"i me my mine myself you your yours yourself yourselves he him his himself she her hers "+
		"herself it its itself we us our ours ourselves they them their theirs themselves one",
	// interrogatives, relatives
	"who whom whose which what when where why how whether whichever whatever",
	// be, have, do, modal verbs
	"am is are was were be been being have has had having do does did doing done can could may "+
		"might must shall should will would ought",
	// prepositions
	"about above after against along among around as at before behind below beneath beside "+
		"between beyond by down during for from in inside into of off on onto out over per since "+
		"through to toward towards under until up upon via with within without",
	// conjunctions, adverbs of degree and place
	"and or but nor so yet if because than then though although while unless also too very just "+
		"only not again once here there now ever even still",
	// contractions
	"i'm i've i'll i'd you're you've you'll you'd he's he'll he'd she's she'll she'd it's it'll "+
		"we're we've we'll we'd they're they've they'll they'd that's there's here's what's who's "+
		"how's where's let's isn't aren't wasn't weren't hasn't haven't hadn't doesn't don't didn't "+
		"can't cannot couldn't mustn't shan't shouldn't won't wouldn't",
)

func wordSet(lists ...string) map[string]struct{} {
	set := make(map[string]struct{})
	for _, list := range lists {
		for w := range strings.FieldsSeq(list) {
			set[w] = struct{}{}
		}
	}
	return set
}
