package proxy

import (
	"net"
	"strings"

	"github.com/why401/why401/capture/wire"
)

// A refusal is an answer of our own; the zero value is none.
type refusal struct {
	line, text, fields string
}

// route says where a request goes, and the head that is sent there.
func (r *relay) route(h *wire.Head) (scheme, host, port string, out []byte, no refusal) {
	if r.host != "" {
		return r.scheme, r.host, r.port, outward(h, "", "", nil), no
	}
	if rest, ok := cutScheme(h.Target, "http://"); ok {
		scheme, port = "http", "80"
		host, port, out, ok = r.absolute(h, rest, port)
		if !ok {
			return scheme, host, port, nil, refusal{"400 Bad Request", "the URL of the request has no valid host", ""}
		}
	} else if rest, ok := cutScheme(h.Target, "https://"); ok {
		scheme, port = "https", "443"
		host, port, out, ok = r.absolute(h, rest, port)
		if !ok {
			return scheme, host, port, nil, refusal{"400 Bad Request", "the URL of the request has no valid host", ""}
		}
	} else if u := r.p.o.Reverse; u != nil {
		scheme = u.Scheme
		port = u.Port()
		if port == "" {
			port = map[string]string{"http": "80", "https": "443"}[scheme]
		}
		return scheme, strings.ToLower(u.Hostname()), port, r.backTo(h).outward(h, u), no
	} else if host, port, ok = splitAuthority(strings.TrimSpace(h.Header.Value("Host")), "80"); r.p.o.Transparent && ok {
		scheme, out = "http", outward(h, "", "", nil)
	} else {
		return r.scheme, "", "", nil, refusal{
			"400 Bad Request",
			"this is a proxy, and the request is not one for a proxy: set it as the proxy of the client, or start it with --reverse URL", "",
		}
	}
	if !r.p.authorized(h.Header) && !r.p.o.Transparent {
		return scheme, host, port, nil, refusal{"407 Proxy Authentication Required", "this proxy wants credentials", "Proxy-Authenticate: Basic realm=\"why401\"\r\n"}
	}
	if addr, _ := r.p.dial.address(host, port); r.p.isSelf(addr) {
		return scheme, host, port, nil, refusal{"508 Loop Detected", "that is the address of this proxy itself", ""}
	}
	return scheme, host, port, out, no
}

// isAbsolute reports whether a target is a whole URL; a path may hold one, too.
func isAbsolute(target string) bool {
	i := strings.Index(target, "://")
	return i > 0 && !strings.ContainsAny(target[:i], "/?#")
}

func cutScheme(target, scheme string) (string, bool) {
	if len(target) < len(scheme) || !strings.EqualFold(target[:len(scheme)], scheme) {
		return "", false
	}
	return target[len(scheme):], true
}

// absolute splits an absolute target and makes the head with the path alone.
func (r *relay) absolute(h *wire.Head, rest, port string) (host, p string, out []byte, ok bool) {
	authority, path := rest, "/"
	if i := strings.IndexAny(rest, "/?#"); i >= 0 {
		authority, path = rest[:i], rest[i:]
		if path[0] != '/' {
			path = "/" + path
		}
	}
	authority = authority[strings.LastIndexByte(authority, '@')+1:]
	host, p, ok = splitAuthority(authority, port)
	if !ok {
		return "", "", nil, false
	}
	if h.Method == "OPTIONS" && rest == authority {
		path = "*" // RFC 9112, section 3.2.4
	}
	return host, p, outward(h, path, "", nil), true
}

// urlOf returns the URL of a request by where it went, whatever its Host field
// says.
func urlOf(h *wire.Head, scheme, host, port string) string {
	if h.Method == "CONNECT" || isAbsolute(h.Target) || host == "" {
		return h.URL(scheme, "")
	}
	target := h.Target
	if target == "*" {
		target = ""
	} else if !strings.HasPrefix(target, "/") {
		target = "/" + target
	}
	if scheme == "https" && port == "443" || scheme == "http" && port == "80" {
		if strings.Contains(host, ":") {
			host = "[" + host + "]"
		}
		return scheme + "://" + host + target
	}
	return scheme + "://" + net.JoinHostPort(host, port) + target
}
