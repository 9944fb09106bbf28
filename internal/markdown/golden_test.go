package markdown

import (
	"encoding/json"
	"html"
	"os"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestDocusaurusAnchors compares heading texts and anchors with those of a real Docusaurus build.
func TestDocusaurusAnchors(t *testing.T) {
	const dir = "../docsite/testdata/"
	var golden struct {
		Anchors []struct {
			Tag  string  `json:"tag"`
			ID   *string `json:"id"`
			Text string  `json:"text"`
		} `json:"anchors"`
	}
	data, err := os.ReadFile(dir + "docusaurus-golden.json")
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(data, &golden); err != nil {
		t.Fatal(err)
	}
	source, err := os.ReadFile(dir + "docusaurus-golden-docs/01-intro/01-hello_world.mdx")
	if err != nil {
		t.Fatal(err)
	}
	page, err := Parse(source, MDX)
	if err != nil {
		t.Fatal(err)
	}
	type heading struct {
		Level        int
		Text, Anchor string
	}
	var want, got []heading
	for _, a := range golden.Anchors {
		h := heading{Level: int(a.Tag[1] - '0'), Text: html.UnescapeString(a.Text)}
		if a.ID != nil {
			h.Anchor = *a.ID
		}
		if h.Anchor == "code--emph-link-smile-done" {
			h.Text = "code & emph link :smile: done" // emoji are rendered after the page is read
		}
		want = append(want, h)
	}
	for _, h := range page.Headings {
		got = append(got, heading{h.Level, h.Text, h.Anchor})
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("headings differ from Docusaurus's (-want +got):\n%s", diff)
	}
	if page.Title != "Hi" {
		t.Errorf("title = %q, want that of the front matter", page.Title)
	}
}
