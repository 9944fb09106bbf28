package httpapi

import (
	"net/http"
	"net/netip"
	"strings"

	"github.com/lectern-project/lectern/internal/book"
)

// Proxies says from which proxies a client's address is believed, and in which header.
type Proxies struct {
	trusted   []netip.Prefix
	forwarded bool // Forwarded (RFC 7239) in place of X-Forwarded-For
}

// NewProxies reads a list of addresses and networks, separated by commas. Only one header is looked
// at: a proxy that sets one passes on the other as the client wrote it. Invalid for what is neither an
// address nor a network.
func NewProxies(list string, forwarded bool) (Proxies, error) {
	p := Proxies{forwarded: forwarded}
	for item := range strings.SplitSeq(list, ",") {
		item = strings.TrimSpace(item)
		if item == "" {
			continue
		}
		prefix, err := netip.ParsePrefix(item)
		if err != nil {
			var address netip.Addr
			if address, err = netip.ParseAddr(item); err == nil {
				prefix = netip.PrefixFrom(address, address.BitLen())
			}
		}
		if err != nil {
			return p, book.Errorf(book.Invalid, "the proxy %q is neither an address nor a network such "+
				"as 10.0.0.0/8", item)
		}
		p.trusted = append(p.trusted, prefix.Masked())
	}
	return p, nil
}

func (p Proxies) trusts(a netip.Addr) bool {
	for _, prefix := range p.trusted {
		if prefix.Contains(a) {
			return true
		}
	}
	return false
}

// client returns the address that r comes from: that of the connection or, as long as it is a trusted
// proxy's, the one that this proxy names. What a client writes itself is further left in the header
// and never reached. Not valid in one process, where there is no connection.
func (p Proxies) client(r *http.Request) netip.Addr {
	from, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		return netip.Addr{}
	}
	client := plain(from.Addr())
	hops := p.hops(r.Header)
	for p.trusts(client) && len(hops) > 0 {
		hop, ok := parseHop(hops[len(hops)-1])
		if !ok { // "unknown", or nonsense: the proxy before it is all that is known
			break
		}
		client, hops = hop, hops[:len(hops)-1]
	}
	return client
}

// hops are the addresses of the header, the nearest last.
func (p Proxies) hops(h http.Header) []string {
	if len(p.trusted) == 0 {
		return nil
	}
	if !p.forwarded {
		return split(strings.Join(h.Values("X-Forwarded-For"), ","), ',')
	}
	var hops []string
	for _, element := range split(strings.Join(h.Values("Forwarded"), ","), ',') {
		hop := "unknown"
		for _, pair := range split(element, ';') {
			name, value, _ := strings.Cut(strings.TrimSpace(pair), "=")
			if strings.EqualFold(name, "for") {
				hop = strings.Trim(value, `"`)
			}
		}
		hops = append(hops, hop)
	}
	return hops
}

// split cuts text at separators that are not in quotes: those may be a client's own words, such as
// its Host.
func split(text string, separator byte) []string {
	if text == "" {
		return nil
	}
	var parts []string
	start, quoted := 0, false
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case quoted && c == '\\':
			i++
		case c == '"':
			quoted = !quoted
		case c == separator && !quoted:
			parts = append(parts, text[start:i])
			start = i + 1
		}
	}
	return append(parts, text[start:])
}

// parseHop reads an address with or without port, IPv6 also in brackets.
func parseHop(text string) (netip.Addr, bool) {
	text = strings.TrimSpace(text)
	if address, err := netip.ParseAddrPort(text); err == nil {
		return plain(address.Addr()), true
	}
	address, err := netip.ParseAddr(strings.TrimSuffix(strings.TrimPrefix(text, "["), "]"))
	return plain(address), err == nil
}

// plain is an address as it is compared: without zone, and IPv4 as such.
func plain(a netip.Addr) netip.Addr { return a.Unmap().WithZone("") }

// addressText is an address as the log and the audit log show it, empty for none.
func addressText(a netip.Addr) string {
	if !a.IsValid() {
		return ""
	}
	return a.String()
}
