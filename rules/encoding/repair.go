package encoding

import (
	"strings"

	"github.com/why401/why401/internal/credential"
	"github.com/why401/why401/internal/redact"
	"github.com/why401/why401/internal/rule"
)

// breaks are the flaws that authorization-line-break and basic-newline are about.
var breaks = []credential.FlawKind{credential.EndsLF, credential.EndsCRLF, credential.EndsCR, credential.InnerBreak}

// none is the repair of a request that cannot be repaired.
func none() (rule.Repair, bool) { return rule.Repair{}, false }

// textOf returns the text of a pair with two halves; false if there is none.
func textOf(s *rule.Subject) (b *credential.BasicPair, text string, ok bool) {
	if b = s.TextPair(); b == nil || !b.HasColon {
		return nil, "", false
	}
	return b, string(b.Decoded), true
}

// without returns the value of the Authorization field without the flaws of the
// given kinds that stand in it.
func without(c *credential.Credential, kinds ...credential.FlawKind) string {
	var after []credential.Flaw
	for _, f := range c.Flaws() {
		if f.At >= c.ParamAt {
			after = append(after, credential.Flaw{Kind: f.Kind, At: f.At - c.ParamAt, End: f.End - c.ParamAt})
		}
	}
	param := strings.TrimSpace(rule.WithoutFlaws(c.Raw[c.ParamAt:], after, kinds...))
	if c.Word == "" {
		return param
	}
	return c.Word + " " + param
}

// repairPair returns a repair that takes flaws out of the pair.
func repairPair(did redact.Text, kinds ...credential.FlawKind) func(*rule.Subject) (rule.Repair, bool) {
	return func(s *rule.Subject) (rule.Repair, bool) {
		b, text, ok := textOf(s)
		if !ok {
			return none()
		}
		return s.AuthorizePair(rule.WithoutFlaws(text, b.Flaws(), kinds...), did)
	}
}

// repairEither returns a repair that takes flaws out of the value as it stands in
// the field, or out of the pair that it encodes.
func repairEither(did redact.Text, kinds ...credential.FlawKind) func(*rule.Subject) (rule.Repair, bool) {
	inPair := repairPair(did, kinds...)
	return func(s *rule.Subject) (rule.Repair, bool) {
		if r, ok := s.Authorize(without(s.Authorization, kinds...), did); ok {
			return r, true
		}
		return inPair(s)
	}
}

// repairNewline is the repair of basic-newline.
func repairNewline(s *rule.Subject) (rule.Repair, bool) {
	b, text, ok := textOf(s)
	if !ok {
		return none()
	}
	did := redact.Const("the line break removed")
	if end, ok := b.LineEnd(); ok && end.Kind == credential.EndsLF && end.End-end.At == 1 {
		did = redact.Const("the line feed removed")
	}
	return s.AuthorizePair(rule.WithoutFlaws(text, b.Flaws(), breaks...), did)
}

// repairBreak is the repair of authorization-line-break: the value in one line,
// and base64 in one piece.
func repairBreak(s *rule.Subject) (rule.Repair, bool) {
	c := s.Authorization
	if _, ok := strayRest(s); ok {
		h := s.Request.Header
		r, ok := s.Authorize("Basic "+c.Param+strings.TrimSpace(h[c.Field+1].Name), redact.Const("the encoded text on one line"))
		if !ok {
			return none()
		}
		r.Edits = append(r.Edits, rule.Edit{Field: c.Field + 1, Drop: true})
		return r, r.Check(h) == nil
	}
	value := without(c, append([]credential.FlawKind{credential.EscapedBreak}, breaks...)...)
	word, param, spaced := strings.Cut(value, " ")
	if spaced && c.Scheme == credential.Basic && (c.Basic == nil || !c.Basic.Plain) {
		value = word + " " + strings.Join(strings.Fields(param), "")
	}
	return s.Authorize(value, redact.Const("the line break removed"))
}

// repairTwice is the repair of basic-double-encoded.
func repairTwice(s *rule.Subject) (rule.Repair, bool) {
	b := s.TextPair()
	if b == nil {
		return none()
	}
	inner := b.Twice
	if inner == "" {
		inner = b.PasswordPair
	}
	return s.AuthorizePair(strings.TrimRight(inner, "\r\n"), redact.Const("user name and token encoded once"))
}

// repairAlphabet is the repair of basic-base64-variant.
func repairAlphabet(s *rule.Subject) (rule.Repair, bool) {
	_, text, ok := textOf(s)
	if !ok {
		return none()
	}
	return s.AuthorizePair(text, redact.Const("user name and token in standard base64"))
}

// repairUTF16 is the repair of basic-utf16.
func repairUTF16(s *rule.Subject) (rule.Repair, bool) {
	b := s.Basic()
	if b == nil || b.UTF16 == "" {
		return none()
	}
	return s.AuthorizePair(strings.TrimRight(strings.TrimPrefix(b.UTF16Text, "\ufeff"), "\r\n"), redact.Const("user name and token encoded as UTF-8"))
}

// repairClear is the repair of basic-not-encoded.
func repairClear(s *rule.Subject) (rule.Repair, bool) {
	b := s.Basic()
	if b == nil || !b.Plain || !b.HasColon {
		return none()
	}
	return s.AuthorizePair(s.Authorization.Param, redact.Const("user name and token base64-encoded"))
}

// repairEscapes is the repair of credential-percent-encoded.
func repairEscapes(s *rule.Subject) (rule.Repair, bool) {
	did := redact.Const("the percent-encoding undone")
	c := s.Authorization
	if c == nil {
		return none() // the user information of a URL
	}
	if b, text, ok := textOf(s); ok {
		return s.AuthorizePair(unescaped(text, b.Flaws()), did)
	}
	return s.Authorize(unescaped(c.Raw, c.Flaws()), did)
}

// unescaped returns text with the escapes that are flaws replaced by what they
// stand for.
func unescaped(text string, flaws []credential.Flaw) string {
	var b strings.Builder
	at := 0
	for _, f := range flaws {
		if f.Kind != credential.Percent || f.At < at {
			continue
		}
		b.WriteString(text[at:f.At])
		// Neighbours are one flaw.
		for i := f.At; i+3 <= f.End; i += 3 {
			b.WriteString(escapeFor[strings.ToUpper(text[i+1:i+3])])
		}
		at = f.End
	}
	b.WriteString(text[at:])
	return b.String()
}

var escapeFor = map[string]string{"40": "@", "3D": "=", "2B": "+", "2F": "/", "3A": ":"}
