package docsite

import "strings"

// siteConfig holds the literal values of a docusaurus.config file: strings without parts to
// compute, true and false, under the dotted names of the keys above them. Lists and calls add
// nothing to the name, so the docs preset's route is found under "presets.docs.routeBasePath".
type siteConfig map[string]string

// baseURL returns the address of the site, "/" if the file does not say it literally.
func (c siteConfig) baseURL() string {
	base := c["baseUrl"]
	if base == "" {
		base = "/"
	}
	if u := strings.TrimSuffix(c["url"], "/"); u != "" {
		base = u + "/" + strings.TrimPrefix(base, "/")
	}
	if _, _, err := splitBase(base); err != nil {
		return "/"
	}
	return base
}

// docs returns an option of the docs plugin in the site's preset.
func (c siteConfig) docs(key string) (string, bool) {
	v, ok := c["presets.docs."+key]
	return v, ok
}

// parseConfig reads the literal values of a JavaScript or TypeScript configuration without
// running it. It knows strings, comments and brackets, no more; a file whose brackets do not
// match (because of a regular expression, say) yields nothing.
func parseConfig(src string) siteConfig {
	p := configParser{values: siteConfig{}}
	for src != "" {
		token, rest := nextToken(src)
		src = rest
		if token != "" && !p.take(token) {
			return nil
		}
	}
	if len(p.open) > 0 {
		return nil
	}
	return p.values
}

type configParser struct {
	values siteConfig
	open   []scope
	last   string // the token before
	key    string // the key whose value comes next, or whose value was just taken
	state  state  // what is known of the key at hand
	text   string // its value, in state hasValue
}

// scope is an open bracket and the key in front of it.
type scope struct{ closes, key string }

// state is how much of `key: value` was read.
type state int

const (
	noKey state = iota
	hasKey
	wantsValue
	hasValue
)

var closing = map[string]string{"{": "}", "[": "]", "(": ")"}

// take reads one token; false means that the brackets do not match.
func (p *configParser) take(token string) bool {
	before := p.last
	p.last = token
	switch token {
	case "{", "[", "(":
		key := ""
		if p.state == wantsValue {
			key = p.key
		}
		p.open = append(p.open, scope{closing[token], key})
		p.state = noKey
	case "}", "]", ")", ",", ";":
		p.commit()
		if token == "," || token == ";" {
			return true
		}
		n := len(p.open) - 1
		if n < 0 || p.open[n].closes != token {
			return false
		}
		p.open = p.open[:n]
	case ":":
		if p.state == hasKey {
			p.state = wantsValue
		} else {
			p.state = noKey
		}
	default:
		p.word(token, before)
	}
	return true
}

// word takes a token that is neither bracket nor punctuation of an object.
func (p *configParser) word(token, before string) {
	text, literal := literalText(token)
	switch {
	case before == "{" || before == ",":
		p.key, p.state = text, hasKey
	case p.state == wantsValue && literal:
		p.text, p.state = text, hasValue
	default: // an expression
		p.state = noKey
	}
}

// commit keeps the value that was read whole.
func (p *configParser) commit() {
	if p.state == hasValue {
		var names []string
		for _, s := range p.open {
			if s.key != "" {
				names = append(names, s.key)
			}
		}
		p.values[strings.Join(append(names, p.key), ".")] = p.text
	}
	p.state = noKey
}

// literalText returns what a token says, and whether it is a value without anything to compute.
func literalText(token string) (text string, literal bool) {
	switch token[0] {
	case '\'', '"', '`':
		if len(token) < 2 || token[len(token)-1] != token[0] {
			return "", false
		}
		text = token[1 : len(token)-1]
		return text, !strings.ContainsAny(text, "\\\n") &&
			(token[0] != '`' || !strings.Contains(text, "${"))
	}
	return token, token == "true" || token == "false"
}

// nextToken cuts the next token off src: a string with its quotes, a word, or one character.
// It is "" for white space and comments.
func nextToken(src string) (token, rest string) {
	switch c := src[0]; {
	case strings.HasPrefix(src, "//"):
		_, rest, _ = strings.Cut(src, "\n")
		return "", rest
	case strings.HasPrefix(src, "/*"):
		_, rest, _ = strings.Cut(src[2:], "*/")
		return "", rest
	case c == ' ' || c == '\t' || c == '\n' || c == '\r':
		return "", src[1:]
	case c == '\'' || c == '"' || c == '`':
		n := stringEnd(src)
		return src[:n], src[n:]
	case isWordByte(c):
		n := 1
		for n < len(src) && isWordByte(src[n]) {
			n++
		}
		return src[:n], src[n:]
	}
	return src[:1], src[1:]
}

// stringEnd returns where the string that src starts with ends.
func stringEnd(src string) int {
	for i := 1; i < len(src); i++ {
		switch src[i] {
		case '\\':
			i++
		case src[0]:
			return i + 1
		}
	}
	return len(src)
}

func isWordByte(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' ||
		c == '_' || c == '$' || c == '.' || c >= 0x80
}
