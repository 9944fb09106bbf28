package docsite

import "testing"

func TestStripNumber(t *testing.T) {
	for name, want := range map[string]string{
		"01-intro":        "intro",
		"003 - my doc":    "my doc",
		"3.Deep":          "Deep",
		"10.foo":          "foo",
		"7 - Seven":       "Seven",
		"1__a":            "a",
		"1-.-a":           "a",
		"1\u00a0-\u3000a": "a",
		"7.0-foo":         "7.0-foo",
		"2021-11-foo":     "2021-11-foo",
		"5-":              "5-",
		"5":               "5",
		"5foo":            "5foo",
		"a-1-b":           "a-1-b",
		"٣-foo":           "٣-foo",
		"1-\U0001F680":    "\U0001F680",
		"":                "",
	} {
		if got := stripNumber(name); got != want {
			t.Errorf("stripNumber(%q) = %q, want %q", name, got, want)
		}
	}
}
