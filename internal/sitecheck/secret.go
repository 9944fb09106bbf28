package sitecheck

import (
	"bytes"
	"context"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
	"sync"

	ahocorasick "github.com/BobuSumisu/aho-corasick"
	"github.com/spf13/viper"
	gitleaks "github.com/zricethezav/gitleaks/v8/config"

	"github.com/lectern-project/lectern/internal/book"
	"github.com/lectern-project/lectern/internal/markdown"
)

// secretRules are the rules of gitleaks (https://github.com/gitleaks/gitleaks). They are used as
// gitleaks does: a rule looks at a text that has one of its keywords, a match must be random enough
// and on none of its lists of what is allowed. Only the part around a keyword is looked at, which
// makes the difference between seconds and a minute for a large book.
type secretRules struct {
	rules     []gitleaks.Rule
	allowed   []*gitleaks.Allowlist // of all rules
	keywords  *ahocorasick.Trie
	byKeyword map[string][]int // rules
}

// reach is how far around a keyword a rule looks, in bytes.
type reach struct{ before, after int }

// reachOf returns the reach of a rule. A private key is long; the one rule that goes by names alone
// has its keyword in most texts, and what it looks for stands close to it.
func reachOf(rule string) reach {
	switch rule {
	case "private-key":
		return reach{64, 16 << 10}
	case "generic-api-key":
		return reach{64, 256}
	}
	return reach{512, 2 << 10}
}

// maxSecretMatches is how many findings a file has; one with more holds something else.
const maxSecretMatches = 20

// loadSecretRules reads the rules, once: it takes a tenth of a second.
var loadSecretRules = sync.OnceValues(func() (*secretRules, error) {
	v := viper.New()
	v.SetConfigType("toml")
	var source gitleaks.ViperConfig
	err := v.ReadConfig(strings.NewReader(gitleaks.DefaultConfig))
	if err == nil {
		err = v.Unmarshal(&source)
	}
	var read gitleaks.Config
	if err == nil {
		read, err = source.Translate()
	}
	if err != nil {
		return nil, fmt.Errorf("the rules of gitleaks: %w", err)
	}
	s := &secretRules{allowed: read.Allowlists, byKeyword: map[string][]int{}}
	var keywords []string
	for _, rule := range read.GetOrderedRules() {
		for _, k := range rule.Keywords {
			k = strings.ToLower(k)
			if s.byKeyword[k] == nil {
				keywords = append(keywords, k)
			}
			s.byKeyword[k] = append(s.byKeyword[k], len(s.rules))
		}
		s.rules = append(s.rules, rule)
	}
	s.keywords = ahocorasick.NewTrieBuilder().AddStrings(keywords).Build()
	return s, nil
})

// checkSecrets searches all files for secrets.
func (c *checker) checkSecrets(ctx context.Context) error {
	rules, err := loadSecretRules()
	if err != nil {
		return book.Wrap(book.Internal, err, "the rules for secrets cannot be read")
	}
	files := c.tree.below(c.survey.Opened)
	found := make([][]Finding, len(files))
	scanned := make([]bool, len(files))
	err = inParallel(ctx, len(files), func(i int) {
		if size := c.tree.files[files[i]]; size < 0 || size > markdown.MaxSourceBytes ||
			anyAllows(rules.allowed, files[i]) {
			return
		}
		src, problem := c.readFile(files[i], markdown.MaxSourceBytes)
		if problem != nil {
			found[i] = []Finding{*problem}
			return
		}
		scanned[i] = true
		found[i] = rules.search(files[i], src)
	})
	for i := range files {
		if scanned[i] {
			c.scanned++
		}
		c.add(found[i]...)
	}
	return err
}

func anyAllows(lists []*gitleaks.Allowlist, path string) bool {
	return slices.ContainsFunc(lists, func(a *gitleaks.Allowlist) bool { return a.PathAllowed(path) })
}

// span is a part of a file.
type span struct{ start, end int }

// search returns the secrets of a file. Their text is in no message.
func (s *secretRules) search(path string, src []byte) []Finding {
	if bytes.IndexByte(src[:min(len(src), 8000)], 0) >= 0 {
		return nil // binary
	}
	byLine := map[int]Finding{}
	for rule, spans := range s.near(src) {
		r := &s.rules[rule]
		if r.Regex == nil || r.Path != nil && !r.Path.MatchString(path) ||
			len(r.RequiredRules) > 0 || anyAllows(r.Allowlists, path) {
			continue
		}
		for _, at := range spans {
			for _, m := range r.Regex.FindAllIndex(src[at.start:at.end], maxSecretMatches) {
				start, end := at.start+m[0], at.start+m[1]
				if !s.isSecret(r, src, start, end) {
					continue
				}
				f := secretFinding(r.RuleID, path, lineNumber(src, start))
				if old, ok := byLine[f.Line]; !ok || sharper(f, old) {
					byLine[f.Line] = f
				}
			}
		}
	}
	findings := slices.SortedFunc(maps.Values(byLine), func(x, y Finding) int { return x.Line - y.Line })
	return findings[:min(len(findings), maxSecretMatches)]
}

// sharper tells which of two findings of one line to keep: one that is no guess, and always the
// same one.
func sharper(x, y Finding) bool {
	if x.Severity != y.Severity {
		return x.Severity == Error
	}
	return x.Message < y.Message
}

func secretFinding(rule, path string, line int) Finding {
	f := Finding{
		Severity: Error, Rule: "secret", Path: path, Line: line,
		Message: fmt.Sprintf("this looks like a secret (gitleaks' rule %s): take it out, and revoke it if "+
			"anybody may have seen it; the words gitleaks:allow in the line say that it is none", rule),
	}
	if rule == "generic-api-key" {
		f.Severity = Warning // a guess by the name in front of it
	}
	return f
}

// near returns for each rule the parts of the text that are near one of its keywords.
func (s *secretRules) near(src []byte) map[int][]span {
	found := map[int][]span{}
	lower := lowerASCII(src)
	for _, m := range s.keywords.Match(lower) {
		at := int(m.Pos())
		for _, rule := range s.byKeyword[string(m.Match())] {
			r := reachOf(s.rules[rule].RuleID)
			next := span{max(0, at-r.before), min(len(src), at+r.after)}
			spans := found[rule]
			if n := len(spans); n > 0 && next.start <= spans[n-1].end {
				spans[n-1].end = next.end
				continue
			}
			found[rule] = append(spans, next)
		}
	}
	return found
}

// lowerASCII returns a copy with the same offsets.
func lowerASCII(src []byte) []byte {
	lower := bytes.Clone(src)
	for i, b := range lower {
		if b >= 'A' && b <= 'Z' {
			lower[i] = b + 'a' - 'A'
		}
	}
	return lower
}

func lineNumber(src []byte, offset int) int { return 1 + bytes.Count(src[:offset], []byte("\n")) }

// isSecret tells whether a rule's match is a secret.
func (s *secretRules) isSecret(r *gitleaks.Rule, src []byte, start, end int) bool {
	match := strings.Trim(string(src[start:end]), "\n")
	line := string(src[lineStart(src, start):lineStop(src, end)])
	if strings.Contains(line, "gitleaks:allow") {
		return false
	}
	secret := match
	if groups := r.Regex.FindStringSubmatch(match); len(groups) > 1 {
		if r.SecretGroup > 0 && r.SecretGroup < len(groups) {
			secret = groups[r.SecretGroup]
		} else if i := slices.IndexFunc(groups[1:], func(g string) bool { return g != "" }); i >= 0 {
			secret = groups[1+i]
		}
	}
	if r.Entropy != 0 && entropy(secret) <= r.Entropy {
		return false
	}
	for _, a := range slices.Concat(s.allowed, r.Allowlists) {
		if isAllowed(a, secret, match, line) {
			return false
		}
	}
	return true
}

// isAllowed tells whether a list allows a match.
func isAllowed(a *gitleaks.Allowlist, secret, match, line string) bool {
	text := secret
	switch a.RegexTarget {
	case "match":
		text = match
	case "line":
		text = line
	}
	byText := a.RegexAllowed(text)
	byWord, _ := a.ContainsStopWord(secret)
	if a.MatchCondition != gitleaks.AllowlistMatchAnd {
		return byText || byWord
	}
	// No list of gitleaks' own asks for a path or a commit as well.
	return len(a.Paths) == 0 && len(a.Commits) == 0 &&
		(len(a.Regexes) == 0 || byText) && (len(a.StopWords) == 0 || byWord)
}

func lineStart(src []byte, at int) int { return bytes.LastIndexByte(src[:at], '\n') + 1 }

func lineStop(src []byte, at int) int {
	if n := bytes.IndexByte(src[at:], '\n'); n >= 0 {
		return at + n
	}
	return len(src)
}

// entropy is Shannon's, in bits for each character.
func entropy(text string) float64 {
	counts := map[rune]int{}
	total := 0
	for _, r := range text {
		counts[r]++
		total++
	}
	bits := 0.0
	for _, n := range counts {
		p := float64(n) / float64(total)
		bits -= p * math.Log2(p)
	}
	return bits
}
