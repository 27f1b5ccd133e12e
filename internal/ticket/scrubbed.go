package ticket

import (
	"errors"
	"io"
	"strings"

	"github.com/why401/why401/har"
	"github.com/why401/why401/internal/credential"
	"github.com/why401/why401/internal/exchange"
	"github.com/why401/why401/internal/scrub"
)

var errUnscrubbed = &Refusal{
	Why: "is a capture that was not scrubbed: it holds credentials or what people wrote", Leak: true,
	Hint: "why401 scrub FILE.har -o shared.har makes one that can be shared",
}

// scrubMark is the comment of an entry that why401 scrub wrote.
const scrubMark = "scrubbed by why401"

// scrubbed reports whether a HAR was scrubbed: each entry says so, or to scrub it
// once more would replace nothing but stand-ins. It keeps people from a mistake and
// not from fraud; [gate] looks for secrets all the same.
func scrubbed(r io.ReaderAt, size int64) error {
	all := true // entries say so
	c := &exchange.Capture{Name: "capture", Format: "har"}
	v := &verifier{again: scrub.New(scrub.Options{})}
	for x, err := range har.ReadAt(c, r, size, har.Options{Workers: 1}) {
		if err != nil {
			var u *exchange.Unreadable
			if errors.As(err, &u) && !u.Fatal {
				return errors.New("is a HAR of which not all can be read, so that nobody can tell what is in it")
			}
			return errors.New("is a HAR that is damaged or cut off")
		}
		if x.Comment == scrubMark {
			v.credentials(x)
		} else {
			all = false
			v.see(x)
		}
		if v.naked > 0 {
			return errUnscrubbed
		}
	}
	if v.short > 0 && v.marked == 0 {
		return errUnscrubbed // nothing shows that the short ones are stand-ins
	}
	kinds := certain
	if !all {
		kinds = nil
	}
	return gate(io.NewSectionReader(r, 0, size), kinds)
}

// certain are the kinds of places of [scrub.Check] at which each stand-in can be
// told from a secret, however short it is.
var certain = []string{"Atlassian token", "private key", "TLS secret"}

// credentials looks at long secrets alone, whose stand-ins all have a mark.
func (v *verifier) credentials(x *exchange.Exchange) {
	for _, c := range credential.Of(&x.Request).List() {
		token := c.Token
		if c.Basic != nil && c.Basic.HasColon {
			token = c.Basic.Password
		} else if c.Scheme != credential.Bearer {
			continue
		}
		token = strings.TrimSpace(strings.ReplaceAll(token, "\x00", "")) // UTF-16 for one
		if _, pair := credential.EncodedPair(token); pair || len(token) < 24 || credential.ClassOf(token) == credential.JWTToken {
			continue
		}
		if !isStandIn(token) {
			v.naked++
		}
	}
}

// A verifier looks at what a second scrubbing would replace.
type verifier struct {
	again  *scrub.Scrubber
	marked int // stand-ins and pseudonyms
	short  int // words too short for the mark of a stand-in
	naked  int // anything else
}

func (v *verifier) see(x *exchange.Exchange) {
	y := v.again.Exchange(x)
	v.compare(x.Request.URL, y.Request.URL)
	v.fields(x.Request.Header, y.Request.Header)
	v.fields(x.Request.Cookies, y.Request.Cookies)
	v.body(x.Request.Body, y.Request.Body)
	if x.Response == nil {
		return
	}
	v.fields(x.Response.Header, y.Response.Header)
	v.fields(x.Response.Cookies, y.Response.Cookies)
	v.compare(x.Response.Redirect, y.Response.Redirect)
	v.body(x.Response.Body, y.Response.Body)
}

func (v *verifier) fields(a, b []exchange.Field) {
	if len(a) != len(b) {
		v.naked++
		return
	}
	for i := range a {
		v.compare(a[i].Name, b[i].Name)
		v.compare(a[i].Value, b[i].Value)
	}
}

// body is naked if it would be dropped.
func (v *verifier) body(a, b exchange.Body) {
	if len(a.Head) > 0 && len(b.Head) == 0 {
		v.naked++
		return
	}
	v.compare(string(a.Head), string(b.Head))
}

// compare judges the words of a that are not in b.
func (v *verifier) compare(a, b string) {
	if strings.Contains(a, "redacted-") {
		v.marked++
	}
	if a == b {
		return
	}
	for _, word := range words(a) {
		if !strings.Contains(b, word) {
			v.judge(word)
		}
	}
}

// words splits a text where no secret has a character.
func words(s string) []string {
	return strings.FieldsFunc(s, func(r rune) bool { return strings.ContainsRune(" \t\r\n\"'<>{}[](),;&?", r) })
}

// least is the shortest word that carries the mark of a stand-in.
const least = 16

func (v *verifier) judge(word string) {
	if name, value, ok := strings.Cut(word, "="); ok && value != "" && strings.Trim(value, "=") != "" && len(name) < 40 {
		v.judge(value) // of a cookie or parameter
		return
	}
	_, pair, basic := strings.Cut(word, "://")
	if !basic {
		pair, basic = credential.EncodedPair(word)
	}
	if user, password, ok := strings.Cut(pair, ":"); basic && ok {
		if strings.HasPrefix(user, "redacted-") {
			v.marked++
			return
		}
		word = password
	}
	switch {
	case isStandIn(word):
		v.marked++
	case len(word) < least:
		v.short++
	default:
		v.part(word)
	}
}

// part judges what is made of parts, such as the path of a URL or the XSRF token of
// Jira.
func (v *verifier) part(word string) {
	for _, p := range strings.FieldsFunc(word, func(r rune) bool { return strings.ContainsRune("/:|_.@%#", r) }) {
		switch {
		case isStandIn(p):
			v.marked++
		case len(p) < least:
			v.short++
		default:
			v.naked++
			return
		}
	}
}

func isStandIn(s string) bool {
	if scrub.IsStandIn(s) {
		return true
	}
	switch credential.ClassOf(s) {
	case credential.PAT, credential.JWTToken: // which Check knows by themselves
		n, err := scrub.Check(strings.NewReader(s), func(scrub.Place) {})
		return n == 0 && err == nil
	}
	return false
}
