package diagnose

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/why401/why401/internal/exchange"
	"github.com/why401/why401/internal/redact"
	"github.com/why401/why401/internal/rule"
)

// A test rule fires on every exchange whose X-Fire field lists its id.
func testRule(id string, layer rule.Layer, certainty rule.Certainty, explains ...string) *rule.Rule {
	return &rule.Rule{
		ID: id, Title: "Title of " + id, Doc: "Doc", Area: rule.HeaderSyntax, Layer: layer, Severity: rule.Error,
		Explains: explains, Fix: []rule.Fix{{Do: redact.Const("Do it")}},
		References: []rule.Reference{{Title: "RFC 9110"}}, Since: "0.1",
		Each: func(p *rule.Pass, s *rule.Subject) {
			for _, w := range strings.Fields(s.Sent("X-Fire")) {
				if w == id {
					p.Report(s, rule.Finding{Certainty: certainty})
				}
			}
		},
	}
}

type story struct {
	t *testing.T
	e *Engine
	c *exchange.Capture
	n int
}

func tell(t *testing.T, rules ...*rule.Rule) *story {
	t.Helper()
	e, err := New(rules, Options{})
	if err != nil {
		t.Fatal(err)
	}
	return &story{t: t, e: e, c: &exchange.Capture{Name: "story.har"}}
}

// call adds a request to Jira Data Center that got status, with the rules that
// fire on it; change may alter it before it is seen.
func (st *story) call(status int, fire string, change ...func(*exchange.Exchange)) {
	x := &exchange.Exchange{
		At: exchange.Locator{Capture: st.c.Name, Index: st.n}, From: st.c,
		Sight: exchange.Credentials | exchange.Cookies | exchange.Bodies | exchange.Timing,
		Start: time.Date(2026, 3, 2, 9, 0, st.n*10, 0, time.UTC),
		Request: exchange.Request{
			Method: "GET", URL: "https://jira.example.com/rest/api/2/myself",
			Header: exchange.Header{
				{Name: "X-Fire", Value: fire},
				{Name: "Authorization", Value: "Bearer CANARY" + fmt.Sprint(st.n)},
			},
		},
		Response: &exchange.Response{Status: status, Header: exchange.Header{{Name: "X-AREQUESTID", Value: "1x2x3"}}},
	}
	for _, c := range change {
		c(x)
	}
	st.n++
	st.c.Exchanges++
	st.e.See(x, nil)
}

func answer(name, value string) func(*exchange.Exchange) {
	return func(x *exchange.Exchange) {
		x.Response.Header = append(x.Response.Header, exchange.Field{Name: name, Value: value})
	}
}

func send(name, value string) func(*exchange.Exchange) {
	return func(x *exchange.Exchange) {
		for i := range x.Request.Header {
			if x.Request.Header[i].Name == name {
				x.Request.Header[i].Value = value
				return
			}
		}
	}
}

func anonymous(x *exchange.Exchange) { x.Request.Header = x.Request.Header[:1] }

// causes describes the causes as "id xN > consequence", best first.
func (st *story) causes() string {
	var out []string
	for _, c := range st.e.Diagnosis().Causes {
		s := fmt.Sprintf("%s x%d", c.Rule.ID, c.AccountsFor)
		for _, q := range c.Consequences {
			s += " > " + q.Rule.ID
		}
		out = append(out, s)
	}
	return strings.Join(out, "; ")
}

func (st *story) want(causes string) {
	st.t.Helper()
	if got := st.causes(); got != causes {
		st.t.Errorf("causes\n got %q\nwant %q", got, causes)
	}
	if again := st.causes(); again != causes {
		st.t.Errorf("a second diagnosis differs: %q", again)
	}
}

func TestConsequence(t *testing.T) {
	st := tell(t,
		testRule("root", rule.LayerEncoding, rule.Proven, "effect"),
		testRule("effect", rule.LayerRefused, rule.Proven, "far-effect"),
		testRule("far-effect", rule.LayerPermission, rule.Likely))
	st.call(401, "root effect far-effect")
	st.call(401, "effect")
	st.want("root x1 > effect > far-effect; effect x1 > far-effect")
}

func TestLessCertainDoesNotExplain(t *testing.T) {
	st := tell(t,
		testRule("guess", rule.LayerEncoding, rule.Likely, "fact"),
		testRule("fact", rule.LayerRefused, rule.Proven))
	st.call(401, "guess fact")
	st.want("fact x1; guess x1")
}

func TestClassGivesWayToLikelyMember(t *testing.T) {
	class := testRule("class", rule.LayerRefused, rule.Proven)
	class.Alternatives = []string{"other-member", "guess"}
	st := tell(t, testRule("guess", rule.LayerKind, rule.Likely, "class"), class)
	st.call(401, "guess class")
	st.want("guess x1 > class")
}

func TestLikelyCauseOfARefusalNamesWhatElseItMayBe(t *testing.T) {
	class := testRule("class", rule.LayerRefused, rule.Proven)
	class.Alternatives = []string{"other-member", "guess"}
	for certainty, want := range map[rule.Certainty]string{rule.Likely: "class other-member", rule.Proven: ""} {
		st := tell(t, testRule("guess", rule.LayerKind, certainty, "class"), class)
		st.call(401, "guess class")
		if c := st.e.Diagnosis().Causes[0]; strings.Join(c.Alternatives, " ") != want || (c.OrElse == "class") != (want != "") {
			t.Errorf("%s: alternatives %q of %q, want %q", certainty, c.Alternatives, c.OrElse, want)
		}
	}
}

func TestRefusalIsPutDownToWhatIsWrongWithTheSameCredential(t *testing.T) {
	class := testRule("class", rule.LayerRefused, rule.Proven)
	class.Alternatives = []string{"other-member", "guess"}
	same := send("Authorization", "Bearer CANARY-same")
	st := tell(t, testRule("guess", rule.LayerKind, rule.Likely, "class"), class)
	st.call(401, "class", same)
	st.call(401, "guess class", same)
	st.call(401, "class") // with another one
	st.want("class x1; guess x2 > class")
}

func TestPossibleMemberGoesToTheFrontOfTheClass(t *testing.T) {
	class := testRule("class", rule.LayerRefused, rule.Proven)
	class.Alternatives = []string{"other-member", "hint"}
	st := tell(t, testRule("hint", rule.LayerKind, rule.Possible, "class"), class)
	st.call(401, "hint class")
	st.want("class x1")
	if got := st.e.Diagnosis().Causes[0].Alternatives[0]; got != "hint" {
		t.Errorf("first alternative is %s, want hint", got)
	}
}

func TestOrder(t *testing.T) {
	st := tell(t,
		testRule("a-late", rule.LayerRefused, rule.Proven),
		testRule("b-many", rule.LayerRefused, rule.Proven),
		testRule("c-low", rule.LayerDNS, rule.Proven),
		testRule("d-likely", rule.LayerDNS, rule.Likely))
	st.call(401, "a-late c-low d-likely")
	st.call(401, "b-many d-likely")
	st.call(401, "b-many d-likely")
	st.want("b-many x2; c-low x1; a-late x1; d-likely x3")
}

func TestIdentityVetoesCredentialFindings(t *testing.T) {
	st := tell(t, testRule("syntax", rule.LayerSyntax, rule.Proven), testRule("denied", rule.LayerPermission, rule.Proven))
	st.call(403, "syntax denied", answer("X-AUSERNAME", "fred"))
	st.want("denied x1")
	for _, f := range st.e.Diagnosis().Findings {
		if f.Rule.ID == "syntax" && f.Severity != rule.Info {
			t.Errorf("a vetoed finding has severity %s", f.Severity)
		}
	}
}

func TestSameCredentialAcceptedElsewhereVetoes(t *testing.T) {
	st := tell(t, testRule("kind", rule.LayerKind, rule.Likely))
	st.call(401, "kind", send("Authorization", "Bearer CANARY-same"))
	st.want("kind x1")
	st.call(200, "", send("Authorization", "Bearer CANARY-same"), answer("X-AUSERNAME", "fred"))
	st.want("")
}

func TestHealthyExchangeGivesNoError(t *testing.T) {
	st := tell(t, testRule("syntax", rule.LayerSyntax, rule.Proven))
	st.call(200, "syntax", func(x *exchange.Exchange) { x.Request.URL = "https://jira.example.com/rest/api/2/serverInfo" })
	st.want("")
	if f := st.e.Diagnosis().Findings; len(f) != 1 || f[0].Severity != rule.Warning {
		t.Errorf("findings %v, want one warning", f)
	}
}

func TestLastingStateIsAConsequence(t *testing.T) {
	locked := testRule("locked", rule.LayerLock, rule.Proven)
	locked.Lasting = true
	st := tell(t, testRule("wrong", rule.LayerEncoding, rule.Proven, "locked"), locked)
	st.call(401, "wrong")
	st.call(403, "locked")
	st.want("wrong x2 > locked")
}

func TestLastingStateNeedsTheSameClient(t *testing.T) {
	locked := testRule("locked", rule.LayerLock, rule.Proven)
	locked.Lasting = true
	st := tell(t, testRule("wrong", rule.LayerEncoding, rule.Proven, "locked"), locked)
	st.call(401, "wrong")
	st.call(403, "locked", func(x *exchange.Exchange) { x.Client = "another" })
	st.want("wrong x1; locked x1")
}

func TestFindingThatRestsOnAnAbsenceIsWithdrawn(t *testing.T) {
	absent := testRule("absent", rule.LayerAbsent, rule.Proven)
	absent.Each = func(p *rule.Pass, s *rule.Subject) {
		if s.Authorization == nil {
			p.Report(s, rule.Finding{Certainty: rule.Proven, Rests: exchange.Credentials})
		}
	}
	unsure := func(x *exchange.Exchange) {
		x.Sight &^= exchange.Credentials
		x.Unsure = exchange.Credentials
	}
	st := tell(t, absent)
	st.call(404, "", anonymous, unsure, func(x *exchange.Exchange) {
		x.Response.Header = append(x.Response.Header, exchange.Field{Name: "X-Seraph-LoginReason", Value: "AUTHENTICATED_FAILED"})
	})
	st.want("") // the capture cannot tell
	st.c.Complete = true
	st.want("absent x1") // now it can
}

func TestHiddenCauseIsPutDownToTheCapture(t *testing.T) {
	hides := testRule("capture-hides", rule.LayerCapture, rule.Likely)
	hides.Each, hides.Severity, hides.Hides = nil, rule.Info, exchange.Credentials
	hides.Whole = func(p *rule.Pass, c *rule.Capture) {
		if len(c.Hiding) > 0 {
			p.Report(nil, rule.Finding{Certainty: rule.Likely})
		}
	}
	st := tell(t, hides)
	st.call(403, "", anonymous, func(x *exchange.Exchange) { x.Sight &^= exchange.Credentials })
	st.call(403, "", anonymous)
	st.want("capture-hides x1")
}

func TestCaptureThatShowsNothingIsTheCause(t *testing.T) {
	hides := testRule("capture-hides", rule.LayerCapture, rule.Likely)
	hides.Each, hides.Severity, hides.Hides = nil, rule.Info, exchange.Credentials
	hides.Whole = func(p *rule.Pass, c *rule.Capture) { p.Report(nil, rule.Finding{Certainty: rule.Likely}) }
	st := tell(t, hides)
	st.e.Opened(st.c)
	st.want("capture-hides x0")
	st.call(200, "", answer("X-AUSERNAME", "fred"))
	st.want("")
}

func TestChallengeThatIsAnsweredIsNoFailure(t *testing.T) {
	st := tell(t, testRule("r", rule.LayerAbsent, rule.Proven))
	soon := func(x *exchange.Exchange) {
		x.Start = time.Date(2026, 3, 2, 9, 0, st.n, 0, time.UTC)
		x.Request.Header[0].Value = "r"
	}
	st.call(401, "", anonymous, soon)
	st.want("r x1") // so far
	st.call(200, "", soon, answer("X-AUSERNAME", "fred"))
	st.want("")
	if n := st.e.Diagnosis().FailingTotal; n != 0 {
		t.Errorf("%d failing exchanges, want none", n)
	}
}

func TestChallengeThatIsAnsweredTooLateIsAFailure(t *testing.T) {
	st := tell(t, testRule("r", rule.LayerAbsent, rule.Proven))
	st.call(401, "r", anonymous)
	st.call(200, "", answer("X-AUSERNAME", "fred")) // ten seconds later
	st.want("r x1")
}

func TestRefusedCredentialIsNoChallenge(t *testing.T) {
	st := tell(t, testRule("r", rule.LayerSyntax, rule.Proven))
	at := func(x *exchange.Exchange) { x.Start = time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC) }
	st.call(401, "r", at)
	st.call(200, "", at, answer("X-AUSERNAME", "fred"))
	st.want("r x1")
}

func TestTokenThatIsRenewedAtOnceIsNoFailure(t *testing.T) {
	const ended = `Bearer error="invalid_token", error_description="The access token expired"`
	soon := func(x *exchange.Exchange) { x.Start = time.Date(2026, 3, 2, 9, 0, x.At.Index, 0, time.UTC) }
	st := tell(t, testRule("r", rule.LayerRefused, rule.Proven))
	st.call(401, "r", soon, answer("WWW-Authenticate", ended))
	st.want("r x1") // so far
	st.call(200, "r", soon, answer("X-AUSERNAME", "fred"))
	st.want("")

	st = tell(t, testRule("r", rule.LayerRefused, rule.Proven))
	st.call(401, "r", soon, answer("WWW-Authenticate", `Bearer error="invalid_token"`))
	st.call(200, "r", soon, answer("X-AUSERNAME", "fred"))
	st.want("r x1")

	st = tell(t, testRule("r", rule.LayerRefused, rule.Proven))
	st.call(401, "r", soon, answer("WWW-Authenticate", ended))
	st.call(401, "r", soon, answer("WWW-Authenticate", ended))
	st.want("r x2")
}

func TestBrowserMayAskBeforeItsLogin(t *testing.T) {
	browser := func(state string) func(*exchange.Exchange) {
		return func(x *exchange.Exchange) {
			x.Request.Header = append(x.Request.Header[:1], exchange.Header{
				{Name: "User-Agent", Value: "Mozilla/5.0"}, {Name: "Cookie", Value: "JSESSIONID=CANARY; atlassian.xsrf.token=CANARY_" + state},
			}...)
		}
	}
	page := func(path string) func(*exchange.Exchange) {
		return func(x *exchange.Exchange) { x.Request.URL = "https://jira.example.com" + path }
	}
	for state, causes := range map[string]string{"lout": "", "lin": "r x1"} {
		st := tell(t, testRule("r", rule.LayerAbsent, rule.Proven))
		st.call(401, "r", browser(state), page("/rest/gadget/1.0/currentUser"))
		st.want("r x1") // so far
		st.call(302, "", browser(state), page("/login.jsp"), answer("X-Seraph-LoginReason", "OK"), answer("X-AUSERNAME", "fred"))
		st.want(causes)
	}
}

// TestBounds sees far more failing exchanges than are remembered: the counts
// stay exact as long as the exchanges are alike.
func TestBounds(t *testing.T) {
	st := tell(t, testRule("a", rule.LayerSyntax, rule.Proven), testRule("b", rule.LayerRefused, rule.Proven))
	for i := range 2*maxRecords + 10 {
		st.call(401, []string{"a", "b"}[i%2])
	}
	st.want(fmt.Sprintf("a x%d; b x%d", maxRecords+5, maxRecords+5))
	d := st.e.Diagnosis()
	if n := len(d.Causes[0].Exchanges); n != maxRefs {
		t.Errorf("%d exchanges listed, want %d", n, maxRefs)
	}
	if d.Dropped.Correlated == 0 {
		t.Error("dropped exchanges are not counted")
	}
}

// TestManyClients: what is kept of all clients together is bounded, too.
func TestManyClients(t *testing.T) {
	st := tell(t, testRule("a", rule.LayerSyntax, rule.Proven))
	for i := range 3 * maxKept {
		st.call(401, "a", func(x *exchange.Exchange) { x.Client = fmt.Sprint(i % 700) })
	}
	kept := 0
	for _, s := range st.e.sessions {
		kept += len(s.Subjects)
	}
	if kept > maxKept || kept != st.e.kept || kept < maxKept/2 {
		t.Errorf("%d exchanges kept and %d counted, want at most %d", kept, st.e.kept, maxKept)
	}
	if n := st.e.Diagnosis().Dropped.Correlated; n != 3*maxKept-kept {
		t.Errorf("%d dropped, want %d", n, 3*maxKept-kept)
	}
}

func TestUnknownErrorIsNotPrinted(t *testing.T) {
	st := tell(t, testRule("a", rule.LayerSyntax, rule.Proven))
	st.e.See(nil, fmt.Errorf("broken at CANARY"))
	for _, u := range st.e.Diagnosis().Unreadable {
		if strings.Contains(u.Error(), "CANARY") {
			t.Error("the text of a foreign error got through")
		}
	}
}

func TestNewRefusesCircle(t *testing.T) {
	_, err := New([]*rule.Rule{
		testRule("a", rule.LayerSyntax, rule.Proven, "b"), testRule("b", rule.LayerSyntax, rule.Proven, "a"),
	}, Options{})
	if err == nil || !strings.Contains(err.Error(), "a > b > a") {
		t.Errorf("got %v, want the circle a > b > a", err)
	}
}
