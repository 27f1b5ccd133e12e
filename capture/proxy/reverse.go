package proxy

import (
	"net/http"
	"net/url"
	"strings"

	"github.com/why401/why401/capture/wire"
)

// What a client of reverse mode says of where it is must be what the server
// believes, or its checks against forged requests fail: Host, Origin and Referer are
// changed on the way to it, and the capture has them as the server got them.

// rewritten is the comment of an exchange whose answer the client got changed. The
// exchange has that of the server.
const rewritten = "why401: reverse mode; the client got Location with the address of the proxy, and Set-Cookie without Domain and Secure"

// A listener is where a client reaches the server in reverse mode: scheme and
// authority, as the client wrote it; the zero value: it is not in reverse mode.
type listener struct {
	scheme, authority string
}

// backTo returns where the client of h believes the server to be.
func (r *relay) backTo(h *wire.Head) listener {
	if r.host != "" || r.p.o.Reverse == nil || h.Method == http.MethodConnect || isAbsolute(h.Target) {
		return listener{}
	}
	l := listener{r.scheme, strings.TrimSpace(h.Header.Value("Host"))}
	if _, _, ok := splitAuthority(l.authority, "80"); !ok {
		l.authority = r.client.raw.LocalAddr().String()
	}
	return l
}

// outward returns the head of a request as the server needs it.
func (l listener) outward(h *wire.Head, server *url.URL) []byte {
	return outward(h, "", server.Host, func(name, value string) (string, bool) { return l.said(name, value, server) })
}

// said returns the new value of a field of a request; false: it stays as it is.
func (l listener) said(name, value string, server *url.URL) (string, bool) {
	if !strings.EqualFold(name, "Origin") && !strings.EqualFold(name, "Referer") {
		return "", false
	}
	value = strings.TrimSpace(value)
	scheme, rest, ok := strings.Cut(value, "://")
	if !ok || !strings.EqualFold(scheme, l.scheme) {
		return "", false // "null", or another origin
	}
	authority, path := rest, ""
	if n := strings.IndexAny(rest, "/?#"); n >= 0 {
		authority, path = rest[:n], rest[n:]
	}
	usual := usualPort(l.scheme)
	host, port, ok := splitAuthority(authority, usual)
	own, ownPort, ok2 := splitAuthority(l.authority, usual)
	if !ok || !ok2 || host != own || port != ownPort {
		return "", false
	}
	return server.Scheme + "://" + strings.TrimSuffix(server.Host, ":"+usualPort(server.Scheme)) + path, true
}

// sent is outward for HTTP/2.
func (l listener) sent(h http.Header, server *url.URL) {
	for name, values := range h {
		for i, value := range values {
			if v, ok := l.said(name, value, server); ok {
				values[i] = v
			}
		}
	}
}

func usualPort(scheme string) string {
	if scheme == "https" {
		return "443"
	}
	return "80"
}

// inward returns the head of an answer as a client of reverse mode needs it: links
// to the server lead to the proxy, and cookies are kept by a client that knows
// the proxy by another name, and perhaps without TLS. All else stays as it is;
// false: all of it.
func (l listener) inward(h *wire.Head, server *url.URL) ([]byte, bool) {
	if l.authority == "" {
		return h.Raw, false
	}
	need := false
	for i := range h.Header {
		if _, ok := l.field(h.Header[i].Name, h.Header[i].Value, server); ok {
			need = true
		}
	}
	if !need {
		return h.Raw, false
	}
	out := make([]byte, 0, len(h.Raw)+64)
	fieldLines(h, func(lines []byte, name string, start bool) {
		if !start && name != "" {
			if i := strings.IndexByte(string(lines), ':'); i >= 0 {
				if v, ok := l.field(name, string(lines[i+1:]), server); ok {
					out = append(out, lines[:i+1]...)
					out = append(out, " "+v+"\r\n"...)
					return
				}
			}
		}
		out = append(out, lines...)
	})
	return out, true
}

// fields is inward for HTTP/2.
func (l listener) fields(h http.Header, server *url.URL) bool {
	changed := false
	if l.authority == "" {
		return changed
	}
	for name, values := range h {
		for i, value := range values {
			if v, ok := l.field(name, value, server); ok {
				values[i], changed = v, true
			}
		}
	}
	return changed
}

// field returns the new value of a field; false: it stays as it is.
func (l listener) field(name, value string, server *url.URL) (string, bool) {
	switch {
	case strings.EqualFold(name, "Location"), strings.EqualFold(name, "Content-Location"):
		return l.link(strings.TrimSpace(value), server)
	case strings.EqualFold(name, "Set-Cookie"):
		return l.cookie(strings.TrimSpace(value))
	}
	return "", false
}

// link leads to the proxy what leads to the server.
func (l listener) link(value string, server *url.URL) (string, bool) {
	i := strings.Index(value, "//")
	if i != 0 && (i < 0 || !strings.EqualFold(value[:i], "https:") && !strings.EqualFold(value[:i], "http:")) {
		return "", false // relative, or not HTTP
	}
	scheme := server.Scheme
	if i > 0 {
		scheme = strings.ToLower(value[:i-1])
	}
	authority, rest := value[i+2:], ""
	if n := strings.IndexAny(authority, "/?#"); n >= 0 {
		authority, rest = authority[:n], authority[n:]
	}
	host, port, ok := splitAuthority(authority, map[string]string{"http": "80", "https": "443"}[scheme])
	if !ok || host != strings.ToLower(server.Hostname()) {
		return "", false
	}
	// From plain to TLS and back, at the usual ports, it is the same server.
	usual := port == "80" && scheme == "http" || port == "443" && scheme == "https"
	if own := orPort(server); port != own && !(usual && (own == "80" || own == "443")) {
		return "", false
	}
	return l.scheme + "://" + l.authority + rest, true
}

// cookie leaves out of a cookie what would keep the client from sending it to the
// proxy. A name that begins with __Secure- or __Host- demands TLS, so such a
// cookie stays as it is.
func (l listener) cookie(value string) (string, bool) {
	if strings.HasPrefix(value, "__Secure-") || strings.HasPrefix(value, "__Host-") {
		return "", false
	}
	parts := strings.Split(value, ";")
	kept := parts[:1]
	for _, p := range parts[1:] {
		name, v, _ := strings.Cut(p, "=")
		name, v = strings.TrimSpace(name), strings.TrimSpace(v)
		switch {
		case strings.EqualFold(name, "Domain"):
		case l.scheme == "http" && strings.EqualFold(name, "Secure"):
		case l.scheme == "http" && strings.EqualFold(name, "SameSite") && strings.EqualFold(v, "None"): // only with Secure
		default:
			kept = append(kept, p)
		}
	}
	if len(kept) == len(parts) {
		return "", false
	}
	return strings.Join(kept, ";"), true
}
