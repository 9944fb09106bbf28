package sitecheck

import (
	"maps"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lectern-project/lectern/internal/docsite"
)

func TestMDBook(t *testing.T) {
	sound := map[string]string{
		"book.toml":      "[book]\ntitle = \"B\"\n",
		"src/SUMMARY.md": "# Summary\n\n- [One](one.md)\n- [Two](part/two.md)\n- [Part](part/README.md)\n",
		"src/one.md":     "# One\n\n## First\n\n[a](part/two.md#second-part) [b](part/two.html) [c](#one) [d](part/index.html)\n",
		"src/part/two.md": "# Two\n\n## Second part\n\n[a](../one.md) [b](../index.html) [c](../print.html) ![d](p.png)\n" +
			"[e](../../other/x.html) [f](/any/where) [g](README.md)\n",
		"src/part/README.md": "# Part\n",
		"src/part/p.png":     "\x89PNG",
	}
	for name, tt := range map[string]struct {
		text string
		want []string
	}{
		"sound":         {"# One\n", []string{}},
		"no such page":  {"[a](nope.md) [b](nope.html)\n", []string{"error broken-link src/one.md:1", "error broken-link src/one.md:1"}},
		"not listed":    {"x\n\n[a](loose.md)\n", []string{"error broken-link src/one.md:3"}},
		"no such image": {"![a](part/nope.png)\n", []string{"error broken-image src/one.md:1"}},
		"no heading":    {"[a](part/two.md#nope)\n", []string{"warning broken-anchor src/one.md:1"}},
		"included":      {"{{#include x.md}}\n\n[a](#may-be)\n", []string{}},
		"in HTML":       {"<div>\n[a](nope.md)\n</div>\n\n<a href=\"nope.html\">x</a>\n", []string{"error broken-link src/one.md:5"}},
		"in code":       {"    [a](nope.md)\n\n`[b](nope.md)`\n", []string{}},
	} {
		t.Run(name, func(t *testing.T) {
			files := maps.Clone(sound)
			files["src/loose.md"] = "# Loose\n"
			if name != "sound" {
				files["src/one.md"] = tt.text
			}
			if diff := cmp.Diff(tt.want, briefs(t, writeFiles(t, files), docsite.Options{})); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestPlainFolder(t *testing.T) {
	dir := writeFiles(t, map[string]string{
		"a.md": "# Top\n\n## Part\n\n[a](b/c.md) [b](b/c) [c](b) [d](data.json) [e](#top) [f](b/c.md#see)\n" +
			"[g](../outside.md) [h](/root) [i](https://x.example)\n\n[j](nope.md)\n\n![k](nope.png)\n\n[l](#nope)\n",
		"b/c.md": "# See\n", "data.json": "{}", "t.txt": "[no](link.md)\n",
	})
	want := []string{"error broken-link a.md:8", "error broken-image a.md:10", "warning broken-anchor a.md:12"}
	if diff := cmp.Diff(want, briefs(t, dir, docsite.Options{})); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(want, briefs(t, dir+"/a.md", docsite.Options{})[:2:2], cmp.Transformer("count",
		func(s []string) int { return min(len(s), 2) })); diff != "" {
		t.Errorf("a single file (-want +got):\n%s", diff)
	}
}
