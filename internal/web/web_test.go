package web

import (
	"net/http"
	"net/http/httptest"
	"path"
	"regexp"
	"strings"
	"testing"
)

func get(t *testing.T, target string, header ...string) *http.Response {
	t.Helper()
	mux := http.NewServeMux()
	Register(mux)
	request := httptest.NewRequest(http.MethodGet, target, nil)
	for i := 0; i+1 < len(header); i += 2 {
		request.Header.Set(header[i], header[i+1])
	}
	recorder := httptest.NewRecorder()
	mux.ServeHTTP(recorder, request)
	return recorder.Result()
}

func body(t *testing.T, name string) string {
	t.Helper()
	contents, _ := load()
	content, ok := contents[name]
	if !ok {
		t.Fatalf("no file %s", name)
	}
	return string(content)
}

func TestHeaders(t *testing.T) {
	_, version := load()
	for _, test := range []struct{ path, contentType, cache string }{
		{"/", "text/html; charset=utf-8", "no-cache"},
		{"/api/docs", "text/html; charset=utf-8", "no-cache"},
		{"/sign-in", "text/html; charset=utf-8", "no-cache"},
		{"/join", "text/html; charset=utf-8", "no-cache"},
		{"/reset", "text/html; charset=utf-8", "no-cache"},
		{"/audit", "text/html; charset=utf-8", "no-cache"},
		{"/assets/" + version + "/base.css", "text/css; charset=utf-8", cacheAsset},
		{"/assets/" + version + "/ask.js", "text/javascript; charset=utf-8", cacheAsset},
		{"/assets/" + version + "/favicon.svg", "image/svg+xml", cacheAsset},
	} {
		t.Run(test.path, func(t *testing.T) {
			response := get(t, test.path)
			if response.StatusCode != http.StatusOK {
				t.Fatalf("status %d", response.StatusCode)
			}
			want := map[string]string{
				"Content-Type":            test.contentType,
				"Cache-Control":           test.cache,
				"Content-Security-Policy": policy,
				"X-Content-Type-Options":  "nosniff",
				"Referrer-Policy":         "no-referrer",
			}
			for name, value := range want {
				if got := response.Header.Get(name); got != value {
					t.Errorf("%s is %q, want %q", name, got, value)
				}
			}
			etag := response.Header.Get("ETag")
			if again := get(t, test.path, "If-None-Match", etag); etag == "" ||
				again.StatusCode != http.StatusNotModified {
				t.Errorf("ETag %q is answered with %d", etag, again.StatusCode)
			}
		})
	}
}

func TestPolicyAllowsNothingInline(t *testing.T) {
	for _, word := range []string{"unsafe", "*", "http:", "https:"} {
		if strings.Contains(policy, word) {
			t.Errorf("the policy contains %q", word)
		}
	}
	if !strings.HasPrefix(policy, "default-src 'none'; script-src 'self'; style-src 'self';") {
		t.Errorf("the policy is %s", policy)
	}
}

func TestOtherPathsAreNotOurs(t *testing.T) {
	for _, path := range []string{"/index.html", "/index", "/docs", "/account.html", "/join/x", "/assets/", "/assets/0/ask.js", "/nowhere"} {
		if got := get(t, path).StatusCode; got != http.StatusNotFound {
			t.Errorf("%s is answered with %d", path, got)
		}
	}
}

// Every file that a page, a module or a style sheet names must be there, and come
// from this server.
func TestReferencesLeadSomewhere(t *testing.T) {
	contents, version := load()
	references := map[string]*regexp.Regexp{
		".html": regexp.MustCompile(`(?:src|href)="(?:\.\./)?assets/` + version + `/([^"]+)"`),
		".js":   regexp.MustCompile(`from "\./([^"]+)"`),
	}
	used := map[string]bool{}
	for name, content := range contents {
		used[name] = used[name] || path.Ext(name) == ".html"
		pattern, ok := references[path.Ext(name)]
		if !ok {
			continue
		}
		for _, match := range pattern.FindAllStringSubmatch(string(content), -1) {
			used[match[1]] = true
			if _, ok := contents[match[1]]; !ok {
				t.Errorf("%s refers to %s, which is not there", name, match[1])
			}
		}
	}
	for name := range contents {
		if !used[name] {
			t.Errorf("nothing refers to %s", name)
		}
	}
}

// What the policy would block, or what would turn data into markup, must not be
// written in the first place.
func TestSourcesAreSafe(t *testing.T) {
	forbidden := map[string]*regexp.Regexp{
		".html": regexp.MustCompile(`(?i)<style|<script(?:[^>]*)>[^<]|\sstyle=|\son[a-z]+=|//[a-z]`),
		".css":  regexp.MustCompile(`(?i)@import|url\(`),
		".js": regexp.MustCompile(`innerHTML|outerHTML|insertAdjacentHTML|document\.write|` +
			`\beval\(|new Function|createContextualFragment|DOMParser|srcdoc|localStorage|\.cookie`),
	}
	contents, _ := load()
	for name, content := range contents {
		pattern, ok := forbidden[path.Ext(name)]
		if !ok {
			continue
		}
		for _, found := range pattern.FindAllString(string(content), -1) {
			t.Errorf("%s contains %q", name, found)
		}
	}
}

func TestIndexNamesItsVersion(t *testing.T) {
	page := body(t, "index.html")
	if strings.Contains(page, "{version}") {
		t.Error("the version is not filled in")
	}
}
