package main

import (
	"fmt"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"
)

// TestOtherScripts: text in other scripts is cut at sentence ends, found by its words, and quoted.
func TestOtherScripts(t *testing.T) {
	languages := []struct{ name, filler, fact, question string }{
		{
			"ur", "روبوٹ ہر روز باغ میں پودوں کو پانی دیتا ہے۔ ",
			"بھاری بیٹری چار گھنٹے تک چلتی ہے۔ ", "بیٹری کتنے گھنٹے چلتی ہے؟",
		},
		{"zh", "机器人每天在花园里浇水，然后回到房间休息。", "电池可以工作四个小时。", "电池可以工作几个小时？"},
		{
			"ja", "ロボットは毎日庭の植物に水をやります。", "バッテリーは四時間動作します。",
			"バッテリーは何時間動作しますか？",
		},
		{
			"ar", "يسقي الروبوت النباتات في الحديقة كل يوم. ", "تعمل البطارية أربع ساعات. ",
			"هل تعمل البطارية أربع ساعات؟",
		},
	}
	pages := map[string]string{}
	for _, l := range languages {
		pages[l.name+".md"] = "# " + strings.ToUpper(l.name) + "\n\n" + strings.Repeat(l.filler, 70) +
			l.fact + strings.Repeat(l.filler, 70) + "\n"
	}
	data := t.TempDir()
	if code, summary, messages := ingested(t, files(t, pages), "--data-dir", data); code != 0 {
		t.Fatalf("%+v %s", summary, messages)
	}
	for _, l := range languages {
		var found struct {
			Passages []struct {
				DocID string `json:"doc_id"`
				Text  string
			}
		}
		succeed(t, &found, "search", "--json", l.question, "--data-dir", data)
		if len(found.Passages) == 0 || found.Passages[0].DocID != l.name+".md" ||
			!strings.Contains(found.Passages[0].Text, strings.TrimSpace(l.fact)) {
			t.Errorf("%s: %q finds %.200s", l.name, l.question, fmt.Sprint(found.Passages))
			continue
		}
		for _, p := range found.Passages {
			last, _ := utf8.DecodeLastRuneInString(strings.TrimSpace(p.Text))
			if !unicode.Is(unicode.Sentence_Terminal, last) {
				t.Errorf("%s: a passage ends with %q", p.DocID, last)
			}
		}
		var answer struct {
			Refused   bool
			Citations []struct{ Quote string }
		}
		succeed(t, &answer, "ask", "--json", l.question, "--data-dir", data)
		if answer.Refused || !strings.Contains(answer.Citations[0].Quote, strings.TrimSpace(l.fact)) {
			t.Errorf("%s: %q is answered with %+v", l.name, l.question, answer)
		}
	}
}
