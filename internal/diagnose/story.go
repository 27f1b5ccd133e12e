package diagnose

import (
	"strings"
	"time"

	"github.com/why401/why401/internal/credential"
	"github.com/why401/why401/internal/exchange"
	"github.com/why401/why401/internal/redact"
	"github.com/why401/why401/internal/rule"
)

// A Step is one exchange of a login, or several in a row that are alike.
type Step struct {
	Line
	// After is the time since the first step of the capture; negative: unknown.
	After  time.Duration
	Kind   StepKind
	Reason redact.Text // what the answer says about the login; may be empty
	To     redact.Text // where a redirect leads
	Times  int         // exchanges in a row that are alike
}

// StepKind says what a step is in a login.
type StepKind string

// The kinds.
const (
	StepOK         StepKind = "ok"
	StepRedirect   StepKind = "redirect"
	StepChallenge  StepKind = "challenge" // 401 or 407 to a request without credential
	StepRefused    StepKind = "refused"   // 401, 403 or a reason that says so
	StepCAPTCHA    StepKind = "captcha"
	StepFailed     StepKind = "failed" // another failing exchange
	StepError      StepKind = "error"  // an error that is not about the login
	StepUnanswered StepKind = "unanswered"
)

// A Card is what may be told of a credential that was offered.
type Card struct {
	At    exchange.Locator // first use
	Place redact.Text
	// Scheme, Class and Length say what it is; Length is empty where it would
	// help to guess.
	Scheme, Class, Length redact.Text
	// Tag is the same for equal credentials, Trimmed for credentials that are
	// equal but for blanks, quotes, line breaks and encoding.
	Tag, Trimmed redact.Text
	User         redact.Text
	Checksum     redact.Text // right, wrong, or empty where the form has none
	Flaws        []CardFlaw
	// Uses counts the exchanges that offered it.
	Uses, Accepted, Refused int
}

// A CardFlaw is something in a credential that nobody can have meant to send.
type CardFlaw struct {
	What, Part redact.Text
	Span       [2]int // as in rule.Evidence
}

// A chronicle collects the steps of logins and the credentials offered.
type chronicle struct {
	first, last []Step // the last ones as a ring
	seen        int
	began       map[*exchange.Capture]time.Time
	cards       []*Card
	byPrint     map[cardKey]*Card
	noCard      map[cardKey]bool
	host        string // of the latest step
	lines       *lines
}

type cardKey struct {
	place credential.Place
	name  string
	print rule.Print
}

func newChronicle(l *lines) *chronicle {
	return &chronicle{lines: l, began: map[*exchange.Capture]time.Time{}, byPrint: map[cardKey]*Card{}, noCard: map[cardKey]bool{}}
}

// see enters an exchange.
func (st *chronicle) see(s *rule.Subject, l *rule.Ledger) {
	if !tells(s) && !s.Has(rule.Failing) {
		return
	}
	st.offered(s, l)
	kind := stepKind(s)
	if p := st.latest(); p != nil && kind == StepOK && p.Kind == StepOK && p.At.Capture == s.At.Capture && st.host == s.Target.Host {
		p.Times++ // without what showing it would cost
		return
	}
	st.host = strings.Clone(s.Target.Host)
	n := Step{Line: st.lines.of(s), After: -1, Kind: kind, Times: 1}
	n.URL = n.Address // a query says little, and its length hides the path
	if !s.Start.IsZero() {
		if _, ok := st.began[s.From]; !ok && len(st.began) < maxSessions {
			st.began[s.From] = s.Start
		}
		if from, ok := st.began[s.From]; ok {
			n.After = max(0, s.Start.Sub(from))
		}
	}
	n.Reason = reasonOf(s, kind)
	if n.Kind == StepRedirect {
		to, _, _ := strings.Cut(s.Answer("Location"), "?")
		n.To = redact.URL(to)
	}
	if p := st.latest(); p != nil && alike(p, &n) {
		p.Times++
		return
	}
	st.seen++
	switch {
	case len(st.first) < maxSteps/2:
		st.first = append(st.first, n)
	case len(st.last) < maxSteps/2:
		st.last = append(st.last, n)
	default:
		st.last[(st.seen-1)%(maxSteps/2)] = n
	}
}

// reasonOf is what the answer says of the login, where something went wrong.
func reasonOf(s *rule.Subject, kind StepKind) redact.Text {
	if kind == StepOK {
		return redact.Text{}
	}
	for _, name := range [...]string{"X-Authentication-Denied-Reason", "X-Seraph-LoginReason", "WWW-Authenticate"} {
		if v := s.Answer(name); v != "" && (name != "WWW-Authenticate" || kind == StepChallenge) {
			return redact.Header(name, v)
		}
	}
	return redact.Text{}
}

// reason gives the step of a request that a log of the server tells about the
// reason that its own answer did not give.
func (st *chronicle) reason(s *rule.Subject, o *sighting) {
	kind := stepKind(s)
	if s.Log == nil || kind == StepOK {
		return
	}
	for _, list := range [...][]Step{st.first, st.last} {
		for i := range list {
			if n := &list[i]; n.At == o.at && (n.Reason.IsZero() || n.Kind == StepChallenge) {
				n.Reason, n.Kind = reasonOf(s, kind), kind
			}
		}
	}
}

// latest returns the step that was entered last.
func (st *chronicle) latest() *Step {
	switch {
	case len(st.last) == 0 && len(st.first) == 0:
		return nil
	case len(st.last) == 0:
		return &st.first[len(st.first)-1]
	}
	return &st.last[(st.seen-1)%(maxSteps/2)%len(st.last)]
}

// alike reports whether b is a again. Successes at one host go on whatever
// their address: those see counts itself.
func alike(a, b *Step) bool {
	return a.At.Capture == b.At.Capture && a.Kind == b.Kind && a.Reason == b.Reason &&
		a.Method == b.Method && a.URL == b.URL && a.Status == b.Status && a.To == b.To
}

func stepKind(s *rule.Subject) StepKind {
	challenge := (s.Status() == 401 || s.Status() == 407) && !s.Has(rule.OffersAny)
	switch {
	case s.Has(rule.Unanswered) && s.HasOne(rule.Failing|rule.Troubled):
		return StepUnanswered
	case s.Has(rule.Failing) && (s.DeniedReason("CAPTCHA_CHALLENGE") || s.Has(rule.LoginDenied) && s.Says("captcha")):
		return StepCAPTCHA
	case challenge:
		return StepChallenge
	case s.Has(rule.Failing) && s.Refused():
		return StepRefused
	case s.Has(rule.Failing) && !s.Has(rule.Is3xx):
		return StepFailed
	case s.Has(rule.Is3xx) && s.Answer("Location") != "":
		return StepRedirect
	case s.Has(rule.Troubled):
		return StepError
	}
	return StepOK
}

// offered makes cards of the credentials of s.
func (st *chronicle) offered(s *rule.Subject, l *rule.Ledger) {
	for i := range s.Offers.List() {
		c := &s.Offers.List()[i]
		k := cardKey{c.Place, c.Name, l.Print(c)}
		card := st.byPrint[k]
		if card == nil {
			k.name = strings.Clone(k.name)
			if len(st.cards) >= maxCards {
				if len(st.noCard) < maxKept {
					st.noCard[k] = true
				}
				continue
			}
			card = cardOf(s, c)
			st.byPrint[k] = card
			st.cards = append(st.cards, card)
		}
		card.Uses++
		switch {
		case s.Has(rule.Recognized):
			card.Accepted++
		case s.Has(rule.Failing):
			card.Refused++
		}
	}
}

func cardOf(s *rule.Subject, c *credential.Credential) *Card {
	d := &Card{
		At: s.At, Place: rule.CredentialPlace(c), Class: rule.ClassName(c.Class),
		Tag: redact.Secret(c.Raw), Trimmed: redact.Secret(c.Normalized()),
	}
	switch c.Checksum {
	case credential.ChecksumRight:
		d.Checksum = redact.Const("right")
	case credential.ChecksumWrong:
		d.Checksum = redact.Const("wrong")
	}
	if c.Scheme == credential.JWT {
		d.Scheme = redact.Const("Atlassian Connect (JWT)")
	} else if c.Word != "" {
		d.Scheme = redact.OneOf(strings.TrimSuffix(c.Word, ":"), "Basic", "Bearer", "JWT", "OAuth", "Negotiate", "NTLM", "Digest", "GenieKey", "Token")
	}
	if c.Class.MachineMade() && !c.Masked {
		d.Length = redact.Count(len(strings.TrimSpace(c.Token)), "byte", "bytes")
	}
	if b := c.Basic; b != nil && b.HasColon && !c.Masked {
		d.User = redact.User(b.User)
	}
	st := *s
	st.Authorization = c // Decoded tells only what may be told
	add := func(f credential.Flaw, e rule.Evidence) {
		if len(d.Flaws) < maxEvidence {
			d.Flaws = append(d.Flaws, CardFlaw{flawWords[f.Kind], e.Part, e.Span})
		}
	}
	if b := c.Basic; b != nil && b.Decoded != nil && c.Place == credential.InAuthorization {
		for _, f := range b.Flaws() {
			if f.Kind != credential.NonASCII {
				add(f, st.Decoded([2]int{f.At, f.End}, redact.Text{}, redact.Text{}))
			}
		}
	}
	if c.Class.MachineMade() {
		for _, f := range c.Flaws() {
			add(f, st.CredentialPart(c, [2]int{f.At, f.End}, redact.Text{}, redact.Text{}))
		}
	}
	return d
}

var flawWords = [...]redact.Text{
	credential.EndsLF:        redact.Const("a line feed at its end"),
	credential.EndsCRLF:      redact.Const("a Windows line break (CR LF) at its end"),
	credential.EndsCR:        redact.Const("a carriage return at its end"),
	credential.InnerBreak:    redact.Const("a line break in it"),
	credential.StrayBlank:    redact.Const("a stray blank"),
	credential.ByteOrderMark: redact.Const("a byte order mark"),
	credential.Invisible:     redact.Const("an invisible character"),
	credential.NoBreakSpace:  redact.Const("a no-break space"),
	credential.Control:       redact.Const("a control character"),
	credential.CurlyQuote:    redact.Const("a typographic quote"),
	credential.Quoted:        redact.Const("a quote that became part of it"),
	credential.NonUTF8:       redact.Const("a byte that is not UTF-8"),
	credential.NonASCII:      redact.Const("letters beyond ASCII"),
	credential.Percent:       redact.Const("percent escapes that were not decoded"),
	credential.EscapedBreak:  redact.Const("a line break written as an escape"),
}

// shown returns copies of the cards.
func (st *chronicle) shown() []Card {
	var list []Card
	for _, c := range st.cards {
		list = append(list, *c)
	}
	return list
}

// steps returns the steps in order, and how many were left out.
func (st *chronicle) steps() (list []Step, left int) {
	list = append(list, st.first...)
	if n := len(st.last); n > 0 {
		at := st.seen % (maxSteps / 2) % n
		list = append(append(list, st.last[at:]...), st.last[:at]...)
	}
	return list, st.seen - len(list)
}
