package packet

import (
	"strconv"
	"strings"
)

// hostPort writes host and port for a URL, without the port that the scheme has
// by itself.
func hostPort(scheme, host string, port uint16) string {
	if strings.Contains(host, ":") {
		host = "[" + host + "]"
	}
	if scheme == "https" && port == 443 || scheme == "http" && port == 80 {
		return host
	}
	return host + ":" + strconv.Itoa(int(port))
}

// hostOf returns the host of a URL as sent, in lower case.
func hostOf(url string) (host string, port uint16) {
	scheme, rest, ok := strings.Cut(url, "://")
	if !ok {
		rest, scheme = url, ""
	}
	if i := strings.IndexAny(rest, "/?#"); i >= 0 {
		rest = rest[:i]
	}
	rest = rest[strings.LastIndexByte(rest, '@')+1:]
	switch scheme {
	case "https":
		port = 443
	case "http":
		port = 80
	}
	host = rest
	if i := strings.LastIndexByte(rest, ':'); i >= 0 && !strings.HasSuffix(rest, "]") {
		if n, err := strconv.ParseUint(rest[i+1:], 10, 16); err == nil {
			host, port = rest[:i], uint16(n)
		}
	}
	return strings.ToLower(strings.Trim(strings.TrimSuffix(host, "."), "[]")), port
}
