package syntax

import (
	"github.com/why401/why401/internal/exchange"
	"github.com/why401/why401/internal/redact"
	"github.com/why401/why401/internal/rule"
)

// usualLimit is the size of a request head that common servers still take:
// Tomcat and nginx stop at 8 KiB unless told otherwise.
const usualLimit = 8 << 10

var _ = Set.Add(&rule.Rule{
	ID:    "headers-too-large",
	Title: "The request headers are too large",
	Doc: `The headers of the request are longer than the server, or a proxy in front of it, takes. Usually
cookies have piled up in the browser, or a very long token travels along. The request is turned away
before anybody looks at the credential.

Status 431, or a body that says so, is proof. Status 400 alone has many reasons: it counts only with
more than 8 KiB of headers, and then the cause is likely. What a cleaned capture left out is added
where its size is known.`,
	Area: rule.HeaderSyntax, Severity: rule.Warning,
	// Whoever reads the head refuses it, often not the product; that the same
	// credential was accepted elsewhere does not speak against it.
	Layer: rule.LayerFront,
	When:  rule.Answered,
	Fix: []rule.Fix{{
		Who: rule.Caller,
		Do:  redact.Const("Delete the cookies of the site, or send a request without cookies; if a token is that long, ask for a shorter one"),
	}, {
		Who: rule.Network,
		Do:  redact.Const("Raise the limit: maxHttpHeaderSize in Tomcat, large_client_header_buffers in nginx"),
	}},
	References: []rule.Reference{
		{Title: "RFC 6585, section 5", URL: "https://www.rfc-editor.org/rfc/rfc6585#section-5"},
	},
	Since:    "0.1",
	Formerly: []string{"auth-header-oversize"},
	Each: func(p *rule.Pass, s *rule.Subject) {
		status := s.Status()
		if status != 400 && status != 431 {
			return
		}
		size := headSize(s)
		head := s.Part(redact.Const("request headers"), redact.Sprintf("%s bytes", redact.Int(size)), redact.Const("at most 8 KiB, the usual limit"))
		status431 := s.StatusLine(redact.Const("any other"))
		message := redact.Const("The server says that the headers of the request are too large.")
		_, says := s.SaysOne("request header is too large", "header or cookie too large", "request header fields too large")
		switch {
		case says:
			p.Proven(s, message, s.Body(redact.Const("too large")), head)
		case status == 431:
			p.Proven(s, message, status431, head)
		case size > usualLimit && !s.Has(rule.HasBody):
			p.Likely(s, redact.Const("The server refuses the request as malformed, and its headers are larger than usual servers take."), head, status431)
		}
	},
})

// headSize is the size of the header fields as sent by HTTP/1.1, with what is
// known to be missing from the capture.
func headSize(s *rule.Subject) int {
	size := s.Request.Removed.Bytes
	for _, f := range s.Request.Header {
		size += len(f.Name) + len(": ") + len(f.Value) + len("\r\n")
	}
	if !s.Request.Header.Has("Cookie") && s.Sees(exchange.Cookies) == exchange.Shown {
		for _, c := range s.Request.Cookies {
			size += len(c.Name) + len("=") + len(c.Value) + len("; ")
		}
	}
	return size
}
