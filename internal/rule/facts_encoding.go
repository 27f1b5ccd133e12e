package rule

import (
	"unicode/utf8"

	"github.com/why401/why401/internal/credential"
	"github.com/why401/why401/internal/redact"
)

// TextPair returns the pair of a Basic value for rules that look at its text,
// or nil where what the value decodes to is no text of the caller's: a token,
// mask or placeholder in place of a pair, UTF-16, a pair in clear, a value with
// words that do not belong there, or bytes that are no text at all.
func (s *Subject) TextPair() *credential.BasicPair {
	if s.asked&askedPair == 0 {
		s.pair, s.asked = s.textPair(), s.asked|askedPair
	}
	return s.pair
}

func (s *Subject) textPair() *credential.BasicPair {
	b := s.Basic()
	if b == nil || b.Decoded == nil || b.Plain || b.UTF16 != "" || b.IsToken() || s.Authorization.Masked || Binary(b) {
		return nil
	}
	if extra, _, _ := s.Authorization.Extra(); extra != credential.NoExtra {
		return nil
	}
	return b
}

// Binary reports whether what a Basic parameter decodes to is no text: a raw
// token or password in place of a pair decodes to such bytes. A pair in an old
// character set has bytes that are no UTF-8, but neither control characters
// among them nor a missing colon.
func Binary(b *credential.BasicPair) bool {
	if b.Decoded == nil || b.UTF16 != "" || utf8.Valid(b.Decoded) {
		return false
	}
	if !b.HasColon {
		return true
	}
	for _, c := range b.Decoded {
		if (c < 0x20 || c == 0x7F) && c != '\t' && c != '\r' && c != '\n' {
			return true
		}
	}
	return false
}

// Intact returns evidence that the same credential without blanks, line breaks,
// quotes and other slips was accepted by the same host before, if it was: then
// the slip is what makes the difference.
func (p *Pass) Intact(s *Subject) (Evidence, bool) {
	c := s.Authorization
	if c == nil || c.Masked {
		return Evidence{}, false
	}
	r := p.Ledger.Meant(p.Ledger.Twin(c))
	if r == nil {
		return Evidence{}, false
	}
	exact := p.Ledger.Print(c)
	for _, u := range [...]*Use{r.FirstAccepted, r.LastAccepted} {
		if u != nil && u.Exact != exact && u.Host == s.Target.Host {
			return Evidence{
				At: u.At, Part: redact.Const("request header Authorization"),
				Saw:  redact.Const("the same credential without this slip, accepted"),
				Want: redact.Const("the same in every request"),
			}, true
		}
	}
	return Evidence{}, false
}
