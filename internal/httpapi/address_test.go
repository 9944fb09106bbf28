package httpapi

import (
	"net/http"
	"strings"
	"testing"

	"github.com/lectern-project/lectern/internal/book"
)

func TestClientAddress(t *testing.T) {
	const trusted = "10.0.0.0/8, 192.0.2.1,2001:db8:aaaa::/48"
	for name, c := range map[string]struct {
		remote    string
		forwarded bool
		header    string // lines separated by |
		want      string
	}{
		"no proxy":               {"203.0.113.9:4711", false, "", "203.0.113.9"},
		"forged without a proxy": {"203.0.113.9:4711", false, "198.51.100.1", "203.0.113.9"},
		"one proxy":              {"10.0.0.1:80", false, "198.51.100.1", "198.51.100.1"},
		"forged before a proxy":  {"10.0.0.1:80", false, "8.8.8.8, 198.51.100.1", "198.51.100.1"},
		"forged as a proxy":      {"10.0.0.1:80", false, "8.8.8.8, 10.9.9.9, 198.51.100.1", "198.51.100.1"},
		"two proxies":            {"10.0.0.1:80", false, "198.51.100.1, 192.0.2.1", "198.51.100.1"},
		"two lines":              {"10.0.0.1:80", false, "8.8.8.8|198.51.100.1|10.0.0.7", "198.51.100.1"},
		"with a port":            {"10.0.0.1:80", false, "198.51.100.1:555", "198.51.100.1"},
		"IPv6":                   {"[2001:db8:aaaa::1]:80", false, "2001:db8::5", "2001:db8::5"},
		"IPv6 with a port":       {"10.0.0.1:80", false, "[2001:db8::5]:80", "2001:db8::5"},
		"mapped proxy":           {"[::ffff:10.0.0.1]:80", false, "::ffff:198.51.100.1", "198.51.100.1"},
		"nonsense":               {"10.0.0.1:80", false, "198.51.100.1, unknown", "10.0.0.1"},
		"empty":                  {"10.0.0.1:80", false, "", "10.0.0.1"},
		"empty element":          {"10.0.0.1:80", false, "198.51.100.1,", "10.0.0.1"},
		"only proxies":           {"10.0.0.1:80", false, "10.0.0.3, 10.0.0.2", "10.0.0.3"},
		"other header":           {"10.0.0.1:80", true, "", "10.0.0.1"},
		"forwarded":              {"10.0.0.1:80", true, `for=198.51.100.1;proto=https;by=10.0.0.1`, "198.51.100.1"},
		"forwarded twice":        {"10.0.0.1:80", true, `For="8.8.8.8", for="198.51.100.1:80"`, "198.51.100.1"},
		"forwarded IPv6":         {"10.0.0.1:80", true, `proto=http; FOR="[2001:db8::5]:4711"`, "2001:db8::5"},
		"forwarded hidden":       {"10.0.0.1:80", true, `for=198.51.100.1, for=_hidden`, "10.0.0.1"},
		"forwarded without for":  {"10.0.0.1:80", true, `for=198.51.100.1, proto=https`, "10.0.0.1"},
		"forwarded with a comma": {"10.0.0.1:80", true, `for="198.51.100.1";host="a,for=8.8.8.8"`, "198.51.100.1"},
		"forwarded, open quote":  {"10.0.0.1:80", true, `for="198.51.100.1, for=8.8.8.8`, "10.0.0.1"},
		"in one process":         {"", false, "198.51.100.1", ""},
	} {
		proxies, err := NewProxies(trusted, c.forwarded)
		if err != nil {
			t.Fatal(err)
		}
		r := &http.Request{RemoteAddr: c.remote, Header: http.Header{}}
		header := "X-Forwarded-For"
		if c.forwarded {
			header = "Forwarded"
		}
		for line := range strings.SplitSeq(c.header, "|") {
			if line != "" {
				r.Header.Add(header, line)
			}
		}
		r.Header.Set("X-Real-Ip", "8.8.4.4")
		if got := addressText(proxies.client(r)); got != c.want {
			t.Errorf("%s: %s, want %s", name, got, c.want)
		}
	}
	for _, list := range []string{"x", "10.0.0.0/99", "10.0.0.1 10.0.0.2", "proxy.example.org"} {
		if _, err := NewProxies(list, false); book.CodeOf(err) != book.Invalid {
			t.Errorf("%s: %v", list, err)
		}
	}
}
