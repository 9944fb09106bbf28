package qdrant

import (
	"net"
	"net/url"
	"strconv"
	"strings"

	"github.com/lectern-project/lectern/internal/book"
)

const defaultPort = 6334

// address is where a server listens.
type address struct {
	host string // an IPv6 address in brackets
	port int
	tls  bool
}

func (a address) String() string { return a.host + ":" + strconv.Itoa(a.port) }

// parseURL reads the forms that Config.URL may have. Its errors do not show the URL: somebody may
// have put a key into it.
func parseURL(text string) (at address, err error) {
	if !strings.Contains(text, "://") {
		text = "http://" + text
	}
	u, err := url.Parse(text)
	if err != nil || u.Hostname() == "" || (u.Scheme != "http" && u.Scheme != "https") ||
		u.User != nil || strings.Trim(u.Path, "/") != "" || u.RawQuery != "" || u.Fragment != "" {
		return at, book.Errorf(book.Invalid, "the URL of Qdrant must be host:port or "+
			"https://host:port, with the gRPC port (6334 by default) and without user or path")
	}
	at = address{host: u.Hostname(), port: defaultPort, tls: u.Scheme == "https"}
	if strings.Contains(at.host, ":") {
		at.host = net.JoinHostPort(at.host, "")
		at.host = strings.TrimSuffix(at.host, ":")
	}
	if port := u.Port(); port != "" {
		at.port, err = strconv.Atoi(port)
		if err != nil || at.port < 1 || at.port > 65535 {
			return at, book.Errorf(book.Invalid, "the port of Qdrant's URL must be 1 to 65535")
		}
	}
	return at, nil
}

// printable tells whether s can be the value of a header.
func printable(s string) bool {
	for _, c := range []byte(s) {
		if c < ' ' || c > '~' {
			return false
		}
	}
	return true
}
