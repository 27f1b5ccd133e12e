package proxy

import (
	"bytes"
	"net"
	"net/url"
	"strings"

	"github.com/why401/why401/capture/wire"
)

// fieldLines calls f for each field of a head with its lines, those that go on
// with it included, and its name; the start line and what stands before it come
// with the name "" and start set.
func fieldLines(h *wire.Head, f func(lines []byte, name string, start bool)) {
	raw := h.Raw
	at := h.Lead
	if i := bytes.IndexByte(raw[at:], '\n'); i >= 0 {
		at += i + 1
	} else {
		at = len(raw)
	}
	f(raw[:at], "", true)
	for at < len(raw) {
		end := at
		for {
			i := bytes.IndexByte(raw[end:], '\n')
			if i < 0 {
				end = len(raw)
				break
			}
			end += i + 1
			if end >= len(raw) || raw[end] != ' ' && raw[end] != '\t' {
				break
			}
		}
		line := raw[at:end]
		name, _, _ := bytes.Cut(line, []byte{':'})
		f(line, string(bytes.Trim(name, " \t\r\n")), false)
		at = end
	}
}

// private reports whether a field is for the proxy only. What stands before its
// name that no name may hold does not make it another one: there are servers
// that skip blanks and control bytes, and read the credentials behind them.
func private(name string) bool {
	for len(name) > 6 && (name[0] <= ' ' || name[0] == 0x7f) {
		name = name[1:]
	}
	return len(name) >= 6 && strings.EqualFold(name[:6], "Proxy-")
}

// outward returns the head that is sent to a server: the bytes of the client,
// less the fields that are for the proxy only. target and host replace those of
// the client, unless they are "", and so does what field returns for a field, unless
// it is nil or returns false.
func outward(h *wire.Head, target, host string, field func(name, value string) (string, bool)) []byte {
	change := target != "" || host != "" || field != nil
	for i := range h.Header {
		if private(h.Header[i].Name) {
			change = true
			break
		}
	}
	if !change {
		return h.Raw
	}
	out := make([]byte, 0, len(h.Raw)+len(host))
	hosted := host == ""
	fieldLines(h, func(lines []byte, name string, start bool) {
		switch {
		case start && target != "":
			line := string(lines[h.Lead:])
			out = append(out, lines[:h.Lead]...)
			i := strings.Index(line, h.Method) + len(h.Method) // a target may be part of the method
			i = min(i, len(line))
			at := strings.Index(line[i:], h.Target)
			if at < 0 {
				out = append(out, line...)
				return
			}
			i += at
			out = append(out, line[:i]...)
			out = append(out, target...)
			out = append(out, line[i+len(h.Target):]...)
		case private(name):
		case host != "" && strings.EqualFold(name, "Host"):
			if !hosted {
				out = append(out, "Host: "+host+"\r\n"...)
				hosted = true
			}
		default:
			if field != nil {
				if i := bytes.IndexByte(lines, ':'); i >= 0 && name != "" {
					if v, ok := field(name, string(lines[i+1:])); ok {
						out = append(append(out, lines[:i+1]...), " "+v+"\r\n"...)
						return
					}
				}
			}
			out = append(out, lines...)
		}
	})
	return out
}

// overProxy returns the head for a proxy: with an absolute target and the
// credentials for it.
func overProxy(h *wire.Head, via *url.URL, scheme, host, port string) []byte {
	var out []byte
	if !isAbsolute(h.Target) {
		authority := net.JoinHostPort(host, port)
		if port == "80" {
			authority = strings.TrimSuffix(authority, ":80")
		}
		out = outward(h, scheme+"://"+authority+h.Target, "", nil)
	} else {
		out = outward(h, h.Target, "", nil)
	}
	if line := authorization(via); line != "" {
		if i := bytes.IndexByte(out[h.Lead:], '\n'); i >= 0 {
			at := h.Lead + i + 1
			out = append(out[:at:at], append([]byte(line), out[at:]...)...)
		}
	}
	return out
}

// unchunked returns the head of a chunked answer for a client that does not know
// chunks: its body ends with the connection.
func unchunked(h *wire.Head) []byte {
	out := make([]byte, 0, len(h.Raw)+len("Connection: close\r\n"))
	fieldLines(h, func(lines []byte, name string, start bool) {
		switch {
		case strings.EqualFold(name, "Transfer-Encoding"), strings.EqualFold(name, "Trailer"), strings.EqualFold(name, "Connection"):
		case start:
			out = append(append(out, lines...), "Connection: close\r\n"...)
		default:
			out = append(out, lines...)
		}
	})
	return out
}
