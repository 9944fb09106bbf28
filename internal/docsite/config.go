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

// Setting is one value of a docusaurus.config file.
type Setting struct {
	// Name holds the keys above the value and its own, with dots between. Lists and calls add
	// nothing to it: the items of a list are settings with the list's name.
	Name string
	// Value is the text of a literal: a string without parts to compute, true or false.
	Value    string
	Computed bool // it is an expression, an object or a list
	Line     int
	// Object numbers the object or list that holds the setting.
	Object int
	// Item says that it is an item of a list.
	Item bool
	// Of is the string in front of the nearest object around the setting in its list: the plugin's
	// name in ['name', {path: 'here'}].
	Of string
}

// ReadConfig returns the settings of a JavaScript or TypeScript configuration in their order,
// without running it. It knows strings, comments and brackets, no more; ok is false for a file
// whose brackets do not match (because of a regular expression, say), which yields nothing.
func ReadConfig(src string) (settings []Setting, ok bool) {
	p := configParser{line: 1}
	for src != "" {
		token, rest := nextToken(src)
		if token != "" && !p.take(token) {
			return nil, false
		}
		p.line += strings.Count(src[:len(src)-len(rest)], "\n")
		src = rest
	}
	return p.settings, len(p.open) == 0
}

// parseConfig returns the literal values of a configuration, list items left out.
func parseConfig(src string) siteConfig {
	settings, ok := ReadConfig(src)
	if !ok {
		return nil
	}
	values := siteConfig{}
	for _, s := range settings {
		if !s.Computed && !s.Item {
			values[s.Name] = s.Value
		}
	}
	return values
}

type configParser struct {
	settings []Setting
	line     int
	objects  int
	open     []scope
	last     string // the token before
	key      string // the key whose value comes next, or whose value was just taken
	keyLine  int
	state    state  // what is known of the key at hand
	text     string // its value, in state hasValue
}

// scope is an open bracket.
type scope struct {
	closes string
	key    string // in front of it
	object int
	item   string // the last string of a list
	of     string // Setting.Of
}

// state is how much of `key: value` was read.
type state int

const (
	noKey state = iota
	hasKey
	wantsValue
	hasValue
	hasItem // hasValue, of a list
)

var closing = map[string]string{"{": "}", "[": "]", "(": ")"}

// take reads one token; false means that the brackets do not match.
func (p *configParser) take(token string) bool {
	before := p.last
	p.last = token
	switch token {
	case "{", "[", "(":
		p.enter(token)
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

// enter opens a bracket.
func (p *configParser) enter(token string) {
	p.objects++
	s := scope{closes: closing[token], object: p.objects}
	if outer := p.scope(); outer != nil {
		s.of = outer.of
		if token == "{" && outer.item != "" {
			s.of = outer.item
		}
	}
	switch {
	case p.state == wantsValue:
		s.key = p.key
		p.add(p.key, "", true)
	case p.state == hasKey && token == "(": // a method, or a spread of an expression
		p.add(p.key, "", true)
	case p.state == hasValue:
		p.add(p.key, "", true)
	}
	p.open = append(p.open, s)
	p.state = noKey
}

// scope returns the innermost open bracket, or nil.
func (p *configParser) scope() *scope {
	if len(p.open) == 0 {
		return nil
	}
	return &p.open[len(p.open)-1]
}

// word takes a token that is neither bracket nor punctuation of an object.
func (p *configParser) word(token, before string) {
	text, literal := literalText(token)
	inner := p.scope()
	starts := before == "{" || before == "[" || before == ","
	switch {
	case starts && inner != nil && inner.closes == "]":
		p.key, p.keyLine, p.text, p.state = "", p.line, text, hasItem
		if !literal {
			p.add("", "", true)
			p.state = noKey
		}
	case before == "{" || before == ",":
		p.key, p.keyLine, p.state = text, p.line, hasKey
	case p.state == wantsValue && literal:
		p.text, p.state = text, hasValue
	case p.state == wantsValue || p.state == hasValue: // an expression
		p.add(p.key, "", true)
		p.state = noKey
	default:
		p.state = noKey
	}
}

// commit keeps the value that was read whole.
func (p *configParser) commit() {
	switch inner := p.scope(); {
	case p.state == hasItem:
		inner.item = p.text
		p.add("", p.text, false)
	case p.state == hasValue:
		p.add(p.key, p.text, false)
	case p.state == hasKey && inner != nil && inner.closes == "}": // {url, ...base}
		p.add(p.key, "", true)
	}
	p.state = noKey
}

// add adds a setting of the innermost object or list.
func (p *configParser) add(key, value string, computed bool) {
	var names []string
	for _, s := range p.open {
		if s.key != "" {
			names = append(names, s.key)
		}
	}
	setting := Setting{Value: value, Computed: computed, Line: p.keyLine, Item: key == ""}
	if key != "" {
		names = append(names, key)
	}
	if setting.Name = strings.Join(names, "."); setting.Name == "" {
		return // a list that is no setting's
	}
	if inner := p.scope(); inner != nil {
		setting.Object, setting.Of = inner.object, inner.of
	}
	p.settings = append(p.settings, setting)
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
