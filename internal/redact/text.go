// Package redact makes the only kind of text that people may be shown.
//
// A [Text] cannot hold a secret, because there is no way to turn a string of a
// capture into one other than the functions of this package, each of which
// shows only what its grammar allows. Redaction is thereby a property of the
// types and not a step that somebody may forget: with a string x,
//
//	redact.Const(x)          // does not compile: x is not a constant
//	redact.Text(x)           // does not compile
//	redact.Text{x}           // does not compile outside this package
//	redact.Sprintf(x)        // does not compile
//	redact.Sprintf("%s", x)  // does not compile: x is not a Text
//
// The trick, an unexported parameter type that only untyped constants convert
// to, is that of github.com/google/safehtml. A test in internal/arch refuses
// the one remaining way round it, using Const or Sprintf other than by a call.
//
// Every Text is also safe for a terminal: control characters, bidirectional
// overrides and invisible characters are shown as escapes.
package redact

import (
	"strconv"
	"strings"
	"time"
)

// A Text is a string that holds no secret and no control character but line
// feed. The zero Text is empty. Texts are comparable.
type Text struct{ s string }

// constant is a string type to which only untyped constants of other packages
// convert implicitly.
type constant string

// Const returns the text of a constant.
func Const(c constant) Text { return Text{string(c)} }

// Sprintf replaces each %s of format by the next part, and %% by a percent
// sign. There are no other verbs. A missing part shows as %!s.
func Sprintf(format constant, parts ...Text) Text {
	var b strings.Builder
	f := string(format)
	n := len(f)
	for _, p := range parts {
		n += len(p.s)
	}
	b.Grow(n)
	for {
		i := strings.IndexByte(f, '%')
		if i < 0 || i+1 == len(f) {
			break
		}
		b.WriteString(f[:i])
		switch {
		case f[i+1] == '%':
			b.WriteByte('%')
		case f[i+1] == 's' && len(parts) > 0:
			b.WriteString(parts[0].s)
			parts = parts[1:]
		default:
			b.WriteString("%!s")
		}
		f = f[i+2:]
	}
	b.WriteString(f)
	return Text{b.String()}
}

// Join joins texts with a constant between them.
func Join(sep constant, parts ...Text) Text {
	ss := make([]string, len(parts))
	for i, p := range parts {
		ss[i] = p.s
	}
	return Text{strings.Join(ss, string(sep))}
}

// String returns the text.
func (t Text) String() string { return t.s }

// IsZero reports whether the text is empty.
func (t Text) IsZero() bool { return t.s == "" }

// MarshalText makes a Text a string in JSON and the like.
func (t Text) MarshalText() ([]byte, error) { return []byte(t.s), nil }

// Int returns n in decimal.
func Int(n int) Text { return Text{strconv.Itoa(n)} }

// Count returns "1 one" or "n many".
func Count(n int, one, many constant) Text {
	if n == 1 {
		return Text{"1 " + string(one)}
	}
	return Text{strconv.Itoa(n) + " " + string(many)}
}

// Date returns the day of t in UTC, as in 2026-11-22; "" for the zero time.
func Date(t time.Time) Text {
	if t.IsZero() {
		return Text{}
	}
	return Text{t.UTC().Format("2006-01-02")}
}

// Time returns t in UTC to the second; "" for the zero time.
func Time(t time.Time) Text {
	if t.IsZero() {
		return Text{}
	}
	return Text{t.UTC().Format("2006-01-02T15:04:05Z")}
}

// Span returns a duration rounded for people, as in "1m30s".
func Span(d time.Duration) Text { return Text{d.Round(time.Second).String()} }

// OneOf returns s as the constant that it equals but for case, or "other" if
// it equals none of them.
func OneOf(s string, allowed ...constant) Text {
	for _, a := range allowed {
		if strings.EqualFold(s, string(a)) {
			return Text{string(a)}
		}
	}
	return Text{"other"}
}

// Fill replaces every occurrence of a constant word in t by another text. It
// serves templates such as "curl -u USER BASE/rest/api/2/myself".
func (t Text) Fill(place constant, with Text) Text {
	return Text{strings.ReplaceAll(t.s, string(place), with.s)}
}

// FillWord is [Text.Fill] for whole words only: a letter, digit or underscore
// beside place makes it another word. An empty with changes nothing.
//
// The result may be run by a shell. Therefore with is filled in only where a
// shell takes it for plain text: as long as it is made of letters, digits and
// the plain punctuation of URLs, or of a few characters more between quotes.
func (t Text) FillWord(place constant, with Text) Text {
	p := string(place)
	bare, quoted := shellPlain(with.s)
	if with.s == "" || p == "" || !quoted || !strings.Contains(t.s, p) {
		return t
	}
	var b strings.Builder
	rest, before, quote := t.s, byte(' '), byte(0)
	for {
		i := strings.Index(rest, p)
		if i < 0 {
			b.WriteString(rest)
			return Text{b.String()}
		}
		quote = quoteAfter(quote, rest[:i])
		end := i + len(p)
		if i > 0 {
			before = rest[i-1]
		}
		if nameByte(before) || end < len(rest) && nameByte(rest[end]) || !bare && quote == 0 {
			b.WriteString(rest[:end])
		} else {
			b.WriteString(rest[:i])
			b.WriteString(with.s)
		}
		before, rest = rest[end-1], rest[end:]
	}
}

// shellPlain reports whether sh and PowerShell take s for plain text outside,
// and inside, of quotes.
func shellPlain(s string) (bare, quoted bool) {
	bare = true
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case alnum(c), i > 0 && c == '-', strings.IndexByte("._/:%+=,@", c) >= 0:
		case strings.IndexByte("-~?&*[];#() ", c) >= 0:
			bare = false
		default:
			return false, false
		}
	}
	return bare, true
}

// quoteAfter returns the quote that is open after s.
func quoteAfter(quote byte, s string) byte {
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case quote == 0 && (c == '"' || c == '\''):
			quote = c
		case quote == c, c == '\n':
			quote = 0
		}
	}
	return quote
}

func nameByte(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '_'
}

// Unix returns seconds since 1970 as by [Time].
func Unix(seconds int64) Text { return Time(time.Unix(seconds, 0)) }
