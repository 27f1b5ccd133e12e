package curl

import (
	"net/netip"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/why401/why401/internal/exchange"
)

var (
	connected = pattern(`^(?:Connected|Established connection) to (\S+) \(?\(?(?:([0-9a-fA-F.:]+)\)? port ([0-9]+))`)
	trying    = pattern(`^  ?Trying \[?([0-9a-fA-F.:]+?)\]?:([0-9]+)\.\.\.`)
	reused    = pattern(`^Re-?[uU]sing existing .*?(?:with (?:host |proxy )?)(\S+)$`)
	h2field   = pattern(`^(?:\[HTTP/[23]\] \[[0-9]+\] |h[23]h3 |h2 )\[:?[\w-]+: `)
	secured   = pattern(`^SSL connection using (TLSv?[0-9.]+|SSLv[0-9])(?: / ([\w-]+))?`)
	accepted  = pattern(`^ALPN[:,] server accepted (?:to use )?([\w./-]+)`)
	resolving = pattern(`^Could not resolve host: (\S+?)(?: \(.*\))?;?$`)
	failedTo  = pattern(`^Failed to connect to (\S+) port ([0-9]+)`)
)

// info takes what curl tells about the connection.
func (t *transcript) info(s string) {
	s = strings.TrimRight(s, "\r")
	if len(s) > 4096 {
		return
	}
	t.network(s)
	switch {
	case find(h2field, s, "[HTTP/", "h") != nil:
		if t.answered && t.part == responseBody {
			t.part = nothing
		}
	case strings.HasPrefix(s, "SSL connection using "):
		if m := secured().FindStringSubmatch(s); m != nil {
			tls := t.session()
			tls.Version = strings.Replace(strings.Replace(m[1], "TLSv", "TLS ", 1), "SSLv", "SSL ", 1)
			tls.Cipher = strings.Clone(m[2])
		}
	case strings.HasPrefix(s, "ALPN") || strings.HasPrefix(s, "TLSv1") || strings.HasPrefix(s, "schannel: ") || strings.HasPrefix(s, "SSL "):
		t.secure = true
		if m := accepted().FindStringSubmatch(s); m != nil {
			t.session().Protocol = strings.Clone(m[1])
		}
	case strings.HasPrefix(s, " subject: "):
		t.session().Subject = commonName(s[len(" subject: "):])
	case strings.HasPrefix(s, " issuer: "):
		t.session().Issuer = commonName(s[len(" issuer: "):])
	case strings.HasPrefix(s, " start date: "):
		t.session().From = date(s[len(" start date: "):])
	case strings.HasPrefix(s, " expire date: "):
		t.session().To = date(s[len(" expire date: "):])
	}
	if t.answered {
		return
	}
	if f := failureOf(s); f != nil {
		t.failure = f
	}
}

// find returns what a pattern finds in a line that begins with one of words: most
// lines do not, and are soon passed over.
func find(pattern func() *regexp.Regexp, line string, words ...string) []string {
	for _, w := range words {
		if strings.HasPrefix(line, w) {
			return pattern().FindStringSubmatch(line)
		}
	}
	return nil
}

// network takes what is told about name look-ups and connections.
func (t *transcript) network(s string) {
	if m := find(trying, s, " "); m != nil {
		t.next()
		port, _ := strconv.Atoi(m[2])
		t.conn, t.host, t.secure, t.dialed = &exchange.Conn{ServerAddr: address(m[1]), ServerPort: port}, "", false, true
		return
	}
	if m := find(connected, s, "Connected", "Established"); m != nil && len(m[1]) < maxText {
		t.next()
		port, _ := strconv.Atoi(m[3])
		t.conn, t.host, t.secure, t.dialed = &exchange.Conn{ServerAddr: address(m[2]), ServerPort: port}, strings.Clone(m[1]), false, true
		t.failure = nil // of another address of the host
		if len(t.conns) < maxConns {
			t.conns[t.host] = t.conn
		}
		return
	}
	if m := find(reused, s, "Re"); m != nil && t.conns[m[1]] != nil {
		t.next()
		t.conn, t.host = t.conns[m[1]], m[1]
		t.secure = t.conn.TLS != nil
		return
	}
	if m := find(resolving, s, "Could not"); m != nil && len(m[1]) < maxText {
		t.next()
		t.conn, t.host, t.secure = nil, strings.Clone(m[1]), true
		return
	}
	if m := find(failedTo, s, "Failed to"); m != nil && len(m[1]) < maxText {
		t.host = strings.Clone(m[1])
	}
}

// next ends an exchange that is complete: what follows is of another one.
func (t *transcript) next() {
	if t.answered || t.req == nil && t.failure != nil && t.conn == nil {
		t.flush()
	}
	if t.req == nil && t.res == nil {
		t.start = t.at
	}
}

// session returns the TLS session of the connection at hand.
func (t *transcript) session() *exchange.TLS {
	t.secure = true
	if t.conn == nil {
		t.conn = &exchange.Conn{}
	}
	if t.conn.TLS == nil {
		t.conn.TLS = &exchange.TLS{}
	}
	return t.conn.TLS
}

func address(s string) string {
	if a, err := netip.ParseAddr(s); err == nil {
		return a.String()
	}
	return ""
}

// commonName returns the common name in "C=US; O=Example; CN=host".
func commonName(s string) string {
	for _, p := range strings.FieldsFunc(s, func(r rune) bool { return r == ';' || r == ',' }) {
		k, v, _ := strings.Cut(strings.TrimSpace(p), "=")
		if strings.TrimSpace(k) == "CN" && len(v) < maxText {
			return strings.Clone(strings.TrimSpace(v))
		}
	}
	return ""
}

func date(s string) time.Time {
	d, err := time.Parse("Jan _2 15:04:05 2006 MST", strings.TrimSpace(s))
	if err != nil {
		return time.Time{}
	}
	return d.UTC()
}
