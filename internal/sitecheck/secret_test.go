package sitecheck

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lectern-project/lectern/internal/docsite"
)

// TestSecrets: the secrets are put together here, so that no scanner takes this file for a leak.
func TestSecrets(t *testing.T) {
	gitHub := "ghp" + "_" + "aB3dE5fG7hI9jK1lM3nO5pQ7rS9tU1vW3xY5"
	aws := "AKIA" + "QYLPMN5HFIQR7XYA"
	slack := "xox" + "b-123456789012-123456789012-aBcDeFgHiJkLmNoPqRsTuVwX"
	pem := "-----BEGIN RSA " + "PRIVATE KEY-----\n" + strings.Repeat("MIIEpAIBAAKCAQEAx7Zq9w2Vd1\n", 40) +
		"-----END RSA " + "PRIVATE KEY-----\n"
	files := soundSite()
	files["docs/x.md"] = "# X\n\n```sh\nexport TOKEN=" + gitHub + "\n```\n\n" + strings.Repeat("key ", 900) + "\n\naws " + aws + "\n"
	files["docs/allowed.md"] = "# A\n\n`" + gitHub + "` <!-- gitleaks:allow -->\n"
	files["docs/examples.md"] = "# E\n\n`AKIA" + "IOSFODNN7EXAMPLE` `ghp_xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx` `api_key=YOUR_API_KEY`\n"
	files[".env"] = "A=1\nSLACK=" + slack + "\n"
	files["static/key.pem"] = pem
	files["node_modules/x/index.js"] = "a = '" + gitHub + "'"
	files["package-lock.json"] = `{"integrity": "` + gitHub + `"}`
	files["static/data.bin"] = "\x00" + gitHub
	dir := writeFiles(t, files)
	want := []string{
		"error secret .env:2", "error secret docs/x.md:4", "error secret docs/x.md:9", "error secret static/key.pem:1",
	}
	if diff := cmp.Diff(want, briefs(t, dir, docsite.Options{})); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	report, err := Check(t.Context(), dir, docsite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range report.Findings {
		for _, secret := range []string{gitHub, aws, slack, "MIIE"} {
			if strings.Contains(f.Message, secret) {
				t.Errorf("%s has the secret in its message", brief(f))
			}
		}
	}
}
