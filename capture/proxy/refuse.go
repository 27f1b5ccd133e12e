package proxy

import (
	"errors"
	"io"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/why401/why401/capture/wire"
	"github.com/why401/why401/internal/exchange"
)

// answer writes an answer of the proxy itself, after which nothing follows, and
// closes. Its text is made of constants and host names.
func answer(l *leg, line, text, fields string) {
	writeAnswer(l, line, text, fields, false)
	linger(l)
}

func writeAnswer(l *leg, line, text, fields string, bodyless bool) {
	if text != "" {
		text = "why401: " + text + "\n"
	}
	var b strings.Builder
	b.WriteString("HTTP/1.1 " + line + "\r\n" + fields)
	b.WriteString("Content-Type: text/plain; charset=utf-8\r\nContent-Length: " + strconv.Itoa(len(text)))
	b.WriteString("\r\nCache-Control: no-store\r\nX-Why401: answer of the proxy, not of the server\r\nConnection: close\r\n\r\n")
	if !bodyless {
		b.WriteString(text)
	}
	_ = l.raw.SetWriteDeadline(time.Now().Add(lingerTime))
	_, _ = io.WriteString(l.Conn, b.String())
}

// linger ends a connection to a client so that the last answer arrives: closing
// with unread input would send a reset, which makes the other end drop it.
func linger(l *leg) {
	l.closeWrite()
	_ = l.raw.SetReadDeadline(time.Now().Add(lingerTime))
	_, _ = io.CopyN(io.Discard, l.br, maxLinger)
	_ = l.raw.Close()
}

// badGateway answers that a server cannot be reached.
func badGateway(l *leg, addr string, f *exchange.Failure) {
	answer(l, "502 Bad Gateway", gatewayText(addr, f), "")
}

func gatewayText(addr string, f *exchange.Failure) string {
	text := "no answer from " + addr
	if r := reasons[f.Code]; r != "" {
		text += ": " + r
	}
	if f.Code != "" {
		text += " (" + f.Code + ")"
	}
	if h := hints[f.Code]; h != "" {
		text += "\nhint: " + h
	}
	return text
}

// refuseHead answers a head that did not come to its end.
func (p *Proxy) refuseHead(l *leg, err error) {
	var tooLong *wire.Error
	switch {
	case errors.As(err, &tooLong):
		answer(l, "431 Request Header Fields Too Large", "the head of the request is longer than 1 MiB", "")
	case errors.Is(err, os.ErrDeadlineExceeded):
		answer(l, "408 Request Timeout", "the head of the request did not come to its end in time", "")
	case errors.Is(err, io.ErrUnexpectedEOF):
		answer(l, "400 Bad Request", "the request breaks off in its head: there is no empty line at its end", "")
	default:
		_ = l.raw.Close()
	}
}

// oddities say what is wrong with a head.
var oddities = map[wire.OddityKind]string{
	wire.EmptyLinesBefore: "empty lines stand before the request line",
	wire.BareLF:           "a line ends with a line feed alone",
	wire.StrayLF:          "a line feed at the end of a value ends the head too early: the value was made with echo, not printf",
	wire.DoubledCR:        "lines end with CR CR LF",
	wire.BareCR:           "a carriage return stands within a line",
	wire.Control:          "a control byte stands within a line",
	wire.Folded:           "a value goes on in the next line",
	wire.BlankBeforeField: "a line starts with a blank",
	wire.BlankBeforeColon: "a blank stands before the colon of a field",
	wire.NoColon:          "a line has no colon: a value that was wrapped, base64 for example?",
	wire.EmptyName:        "a line starts with its colon",
	wire.BadName:          "the name of a field holds what must not be in one",
	wire.BadStart:         "the request line is not one",
	wire.BlankInStart:     "the request line has more blanks than two: is there one in the URL?",
	wire.NoVersion:        "the request line does not end with HTTP/1.1",
	wire.LongLine:         "a line is longer than 8 KiB",
	wire.TooManyFields:    "there are too many fields",
}

// malformed is the text about a head that cannot be relayed.
func malformed(h *wire.Head, why string) string {
	var b strings.Builder
	b.WriteString("this request cannot be sent on: " + why)
	for _, o := range h.Oddities() {
		if text := oddities[o.Kind]; text != "" {
			b.WriteString("\nbyte " + strconv.Itoa(o.Span[0]) + ": " + text)
		}
	}
	return b.String()
}

// unfit says why a head cannot be relayed; "": it can.
func unfit(h *wire.Head, f wire.Framing) string {
	switch {
	case h.Method == "" || h.Target == "" || h.Count(wire.BadStart) > 0:
		return "its first line is not METHOD URL HTTP/1.1"
	case h.Proto == "":
		return "its first line does not end with HTTP/1.1"
	case !strings.HasPrefix(h.Proto, "HTTP/1."):
		return "its version of HTTP is not 1.0 or 1.1"
	case strings.ContainsAny(h.Target, " \t"):
		return "there is a blank in the URL"
	case h.Count(wire.TooManyFields) > 0:
		return "it has too many fields"
	case f.Hopeless:
		return "Content-Length and Transfer-Encoding do not say where its body ends"
	}
	return ""
}
