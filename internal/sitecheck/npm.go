package sitecheck

import (
	"bytes"
	"encoding/json"
	"errors"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

const packageFile = "package.json"

// packageJSON is the part of package.json that matters here.
type packageJSON struct {
	Scripts      map[string]string `json:"scripts"`
	Engines      map[string]string `json:"engines"`
	Dependencies map[string]string `json:"dependencies"`
	Development  map[string]string `json:"devDependencies"`
}

// checkPackage judges package.json of a site that has a configuration.
func (c *checker) checkPackage() {
	if c.config.file == "" {
		return
	}
	if !c.tree.hasFile(packageFile) {
		c.warnf("package", packageFile, 0, "there is no package.json beside %s, so nobody can build the site",
			c.config.file)
		return
	}
	src, problem := c.readFile(packageFile, maxConfigBytes)
	if problem != nil {
		problem.Rule = "package"
		c.add(*problem)
		return
	}
	var p packageJSON
	if err := json.Unmarshal(src, &p); err != nil {
		c.errorf("package", packageFile, jsonLine(src, err), "package.json is not valid JSON: %s", err)
		return
	}
	at := func(key string) int { return lineOf(src, strconv.Quote(key)) }
	c.checkVersions(p, at)
	if p.Scripts["build"] == "" {
		c.errorf("package", packageFile, at("scripts"),
			"there is no script \"build\"; add \"build\": \"docusaurus build\"")
	}
	c.checkEngines(p, at)
}

// checkVersions compares the versions of Docusaurus' packages: it refuses to build when they differ.
func (c *checker) checkVersions(p packageJSON, at func(string) int) {
	all := maps.Clone(p.Dependencies)
	if all == nil {
		all = map[string]string{}
	}
	maps.Copy(all, p.Development)
	core, ok := all["@docusaurus/core"]
	if !ok {
		c.errorf("package", packageFile, at("dependencies"),
			"@docusaurus/core is not among the dependencies; `npm install @docusaurus/core` adds it")
		return
	}
	for _, name := range slices.Sorted(maps.Keys(all)) {
		if strings.HasPrefix(name, "@docusaurus/") && all[name] != core {
			c.errorf("package", packageFile, at(name), "%s is at %q, @docusaurus/core at %q; all packages of "+
				"Docusaurus must have one version", name, all[name], core)
		}
	}
}

var firstNumber = regexp.MustCompile(`[0-9]+`)

// checkEngines compares the version of Node that the site asks for with what its Docusaurus needs.
func (c *checker) checkEngines(p packageJSON, at func(string) int) {
	core := p.Dependencies["@docusaurus/core"]
	needs := 18
	if parts := firstNumber.FindAllString(core, 2); len(parts) == 2 && parts[0] == "3" {
		if minor, err := strconv.Atoi(parts[1]); err == nil && minor >= 9 {
			needs = 20
		}
	}
	node, ok := p.Engines["node"]
	if !ok {
		c.warnf("package", packageFile, at("engines"), "engines does not say which Node the site needs; add "+
			"\"engines\": {\"node\": \">=%d.0\"}", needs)
		return
	}
	if n, err := strconv.Atoi(firstNumber.FindString(node)); err == nil && n < needs {
		c.warnf("package", packageFile, at("node"), "engines allows Node %q, but Docusaurus %s needs at least "+
			"%d", node, core, needs)
	}
}

// lineOf returns the line of the first occurrence of a text, or 0.
func lineOf(src []byte, text string) int {
	before, _, found := bytes.Cut(src, []byte(text))
	if !found {
		return 0
	}
	return 1 + bytes.Count(before, []byte("\n"))
}

// jsonLine returns the line of an error of encoding/json.
func jsonLine(src []byte, err error) int {
	offset := int64(0)
	if e, ok := errors.AsType[*json.SyntaxError](err); ok {
		offset = e.Offset
	} else if e, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
		offset = e.Offset
	}
	return 1 + bytes.Count(src[:min(int(offset), len(src))], []byte("\n"))
}
