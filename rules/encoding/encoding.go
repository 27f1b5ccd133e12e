// Package encoding holds the rules about the bytes of a credential: what went wrong when it was encoded or copied.
package encoding

import (
	"slices"

	"github.com/why401/why401/internal/credential"
	"github.com/why401/why401/internal/redact"
	"github.com/why401/why401/internal/rule"
	"github.com/why401/why401/internal/target"
)

// Set is the rules of this area.
var Set rule.Set

// The commands that encode a pair as it should be.
var (
	encodeSh = redact.Const(`printf '%s' "$EMAIL:$T" | base64 | tr -d '\n'`)
	encodePS = redact.Const(`[Convert]::ToBase64String([Text.Encoding]::UTF8.GetBytes(("{0}:{1}" -f $email,$t)))`)
)

// unreadUser are the findings about the user half that follow where the server
// could not read a pair out of the value at all.
var unreadUser = []string{"cloud-user-not-email", "cloud-email-wrong", "email-instead-of-username"}

// inPassword reports whether f stands in a password, not in a login name or a
// token. On Data Center people choose theirs, and may have meant what is there.
func inPassword(b *credential.BasicPair, f credential.Flaw) bool {
	return b.HasColon && f.At > len(b.User) && !b.PasswordClass.MachineMade()
}

// slips is what one rule finds in a pair.
type slips struct {
	evidence []rule.Evidence
	meant    bool // all of it may be meant: it stands in passwords of Data Center
}

// slipsIn collects the flaws of the given kinds in the pair b of s.
func slipsIn(s *rule.Subject, b *credential.BasicPair, want redact.Text, kinds ...credential.FlawKind) slips {
	out := slips{meant: s.Is(target.DataCenter)}
	for _, f := range b.Flaws() {
		if !slices.Contains(kinds, f.Kind) {
			continue
		}
		if !inPassword(b, f) {
			out.meant = false
		}
		out.evidence = append(out.evidence, inPair(s, b, f, want))
	}
	return out
}

// inPair makes evidence about a flaw of the pair.
func inPair(s *rule.Subject, b *credential.BasicPair, f credential.Flaw, want redact.Text) rule.Evidence {
	span := [2]int{f.At, f.End}
	if b.Plain {
		at := s.Authorization.ParamAt
		span[0], span[1] = span[0]+at, span[1]+at
		if inPassword(b, f) {
			span = [2]int{} // the position would tell how long the password is
		}
		return s.Auth(span, saw(f.Kind, s.Authorization.Param[f.At:f.End]), want)
	}
	return s.Decoded(span, saw(f.Kind, string(b.Decoded[f.At:f.End])), want)
}

// inValue makes evidence about a flaw of the value as it stands in the field.
func inValue(s *rule.Subject, f credential.Flaw, want redact.Text) rule.Evidence {
	c := s.Authorization
	span := [2]int{f.At, f.End}
	if f.At > c.ParamAt && !c.Class.MachineMade() {
		span = [2]int{}
	}
	return s.Auth(span, saw(f.Kind, c.Raw[f.At:f.End]), want)
}

// saw shows a flaw: its bytes, or what it is where the bytes do not tell.
func saw(k credential.FlawKind, bytes string) redact.Text {
	switch k {
	case credential.Quoted:
		return redact.Const("a quotation mark")
	case credential.Percent:
		return redact.OneOf(bytes, "%40", "%3D", "%2B", "%2F", "%3A")
	case credential.EscapedBreak:
		return redact.OneOf(bytes, `\n`, `\r`, "%0A", "%0D")
	case credential.NonASCII, credential.NonUTF8:
		return redact.Const("a non-ASCII character")
	case credential.CurlyQuote:
		return redact.Sprintf("a typographic quotation mark: %s", redact.Bytes([]byte(bytes)))
	}
	return redact.Bytes([]byte(bytes))
}

// report reports a finding. If the same credential was accepted without the
// slip, that proves it. A message of its own keeps the finding apart from those
// that are less certain.
func report(p *rule.Pass, s *rule.Subject, c rule.Certainty, message redact.Text, evidence ...rule.Evidence) {
	if e, ok := p.Intact(s); ok {
		evidence = append(evidence, e)
		if c != rule.Proven {
			c, message = rule.Proven, redact.Sprintf("%s %s", message, redact.Const("The same credential without it was accepted."))
		}
	}
	p.Report(s, rule.Finding{Certainty: c, Message: message, Evidence: evidence})
}
