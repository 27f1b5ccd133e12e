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

// in lets the following calls belong to another capture.
func (st *story) in(name string) {
	st.c, st.n = &exchange.Capture{Name: name}, 0
}

// named gives the request an id of the server.
func named(id string) func(*exchange.Exchange) {
	return func(x *exchange.Exchange) { x.Response.Header[0].Value = id }
}

// dated takes the id away; the answer tells its time only.
func dated(x *exchange.Exchange) {
	x.Response.Header[0] = exchange.Field{Name: "Date", Value: x.Start.Format(time.RFC1123)}
}

func untimed(x *exchange.Exchange) { x.Start = time.Time{} }

func later(d time.Duration) func(*exchange.Exchange) {
	return func(x *exchange.Exchange) { x.Start = x.Start.Add(d) }
}

// failing describes the failing exchanges with all their places.
func (st *story) failing() string {
	var out []string
	d := st.e.Diagnosis()
	for _, f := range d.Failing {
		s := f.At.String()
		for _, at := range f.Also {
			s += "=" + at.String()
		}
		out = append(out, s)
	}
	var counts []string
	for _, c := range d.Captures {
		counts = append(counts, fmt.Sprint(c.Failed))
	}
	return fmt.Sprintf("%s; %s in all %d", strings.Join(out, " "), strings.Join(counts, "+"), d.FailingTotal)
}

func (st *story) wantFailing(want string) {
	st.t.Helper()
	if got := st.failing(); got != want {
		st.t.Errorf("failing\n got %q\nwant %q", got, want)
	}
}

func TestOneRequestInTwoCaptures(t *testing.T) {
	st := tell(t, testRule("first", rule.LayerSyntax, rule.Proven, "second"), testRule("second", rule.LayerRefused, rule.Likely))
	st.call(401, "first", named("540x1x1"))
	st.call(401, "second", named("540x2x1"))
	st.in("packets.pcap")
	st.call(401, "second", named("540x1x1"), later(time.Minute))
	st.call(401, "", named("540x2x1"))
	st.call(401, "second", named("540x3x1"))
	st.wantFailing("story.har#0=packets.pcap#0 story.har#1=packets.pcap#1 packets.pcap#2; 2+3 in all 3")
	st.want("first x1 > second; second x2")
	for _, c := range st.e.Diagnosis().Findings {
		met := map[exchange.Locator]bool{}
		for _, l := range c.Exchanges {
			for _, at := range append(l.Also, l.At) {
				if met[at] {
					t.Errorf("%s: %v is told twice", c.Rule.ID, at)
				}
				met[at] = true
			}
		}
	}
}

// Where one capture can tell more, the same rule speaks once.
func TestSurerFindingWins(t *testing.T) {
	certainty := rule.Likely
	r := testRule("r", rule.LayerSyntax, rule.Proven)
	r.Each = func(p *rule.Pass, s *rule.Subject) {
		p.Report(s, rule.Finding{Certainty: certainty, Message: redact.Const("Certain, or not.")})
	}
	r2 := testRule("unsure", rule.LayerSyntax, rule.Likely)
	st := tell(t, r, r2)
	st.call(401, "", named("540x1x1"))
	st.in("b.har")
	certainty = rule.Proven
	st.call(401, "", named("540x1x1"))
	d := st.e.Diagnosis()
	if len(d.Causes) != 1 || d.Causes[0].AccountsFor != 1 || d.Causes[0].Certainty != rule.Proven || len(d.Findings) != 1 {
		t.Errorf("%+v", d.Causes)
	}
}

func TestDifferentRequests(t *testing.T) {
	url := func(u string) func(*exchange.Exchange) { return func(x *exchange.Exchange) { x.Request.URL = u } }
	method := func(x *exchange.Exchange) { x.Request.Method = "POST" }
	for name, tt := range map[string]struct {
		a, b   []func(*exchange.Exchange)
		status int
	}{
		"another id":         {a: []func(*exchange.Exchange){named("540x1x1")}, b: []func(*exchange.Exchange){named("540x2x1")}},
		"the next day":       {b: []func(*exchange.Exchange){later(24 * time.Hour)}},
		"another path":       {b: []func(*exchange.Exchange){url("https://jira.example.com/rest/api/2/issue/X-1")}},
		"another host":       {b: []func(*exchange.Exchange){url("https://jira.example.org/rest/api/2/myself")}},
		"another query":      {b: []func(*exchange.Exchange){url("https://jira.example.com/rest/api/2/myself?a=b")}},
		"another method":     {b: []func(*exchange.Exchange){method}},
		"another status":     {status: 403},
		"no id, 3 s later":   {a: []func(*exchange.Exchange){dated}, b: []func(*exchange.Exchange){later(3 * time.Second), dated}},
		"no id, new secret":  {a: []func(*exchange.Exchange){dated}, b: []func(*exchange.Exchange){dated, send("Authorization", "Bearer CANARYother")}},
		"no id, other agent": {a: []func(*exchange.Exchange){dated, agent("curl/8")}, b: []func(*exchange.Exchange){dated, agent("node")}},
		"no id, other field": {a: []func(*exchange.Exchange){dated}, b: []func(*exchange.Exchange){dated, answer("X-Node", "2")}},
		"no id and no time":  {a: []func(*exchange.Exchange){noAnswer, untimed}, b: []func(*exchange.Exchange){noAnswer, untimed}},
	} {
		st := tell(t)
		st.call(401, "", tt.a...)
		st.in("b.har")
		st.call(max(401, tt.status), "", tt.b...)
		if got := st.failing(); got != "story.har#0 b.har#0; 1+1 in all 2" {
			t.Errorf("%s: %s", name, got)
		}
	}
}

func agent(v string) func(*exchange.Exchange) {
	return func(x *exchange.Exchange) {
		x.Request.Header = append(x.Request.Header, exchange.Field{Name: "User-Agent", Value: v})
	}
}

func noAnswer(x *exchange.Exchange) { x.Response.Header = nil }

// Without an id the answer and the time tell; repeats pair up in order, and two
// requests of one capture are never one.
func TestRequestsWithoutID(t *testing.T) {
	sameTime := func(x *exchange.Exchange) { x.Start = x.Start.Truncate(time.Minute) }
	same := send("Authorization", "Bearer CANARYx")
	st := tell(t)
	for range 3 {
		st.call(401, "", sameTime, dated, same)
	}
	st.in("b.txt")
	for range 2 {
		st.call(401, "", sameTime, dated, untimed, same)
	}
	st.in("c.pcap")
	st.call(401, "", sameTime, dated, same)
	st.wantFailing("story.har#0=b.txt#0=c.pcap#0 story.har#1=b.txt#1 story.har#2; 3+2+1 in all 3")
}

// A log of the server and a capture of the client, in either order.
func TestLogAndCapture(t *testing.T) {
	logged := func(x *exchange.Exchange) {
		x.Log, x.Sight, x.Request = &exchange.Log{Account: "fred"}, exchange.Timing, exchange.Request{URL: "/myself"}
		x.Response.Status = 0
		x.Response.Header = exchange.Header{{Name: "X-AREQUESTID", Value: "540x1x1", Derived: true}, {Name: "X-Seraph-LoginReason", Value: "AUTHENTICATED_FAILED", Derived: true}}
	}
	says := testRule("says", rule.LayerRefused, rule.Proven)
	says.Each = func(p *rule.Pass, s *rule.Subject) {
		if s.Has(rule.LoginFailed) {
			p.Report(s, rule.Finding{Certainty: rule.Proven, Evidence: []rule.Evidence{s.AnswerField("X-Seraph-LoginReason", redact.Const("OK"))}})
		}
	}
	for _, first := range []bool{true, false} {
		st := tell(t, says)
		other := func() { st.call(401, "", named("540x1x1")) }
		if first {
			other()
		}
		st.in("security.log")
		st.call(0, "", logged)
		if !first {
			st.in("story.har")
			other()
		}
		st.want("says x1")
		d := st.e.Diagnosis()
		x := d.Causes[0].Exchanges[0]
		if x.At.Capture != "story.har" || len(x.Also) != 1 || x.Also[0].Capture != "security.log" || x.Status != 401 || d.FailingTotal != 1 {
			t.Errorf("%+v", x)
		}
		if s := d.Steps[0]; len(d.Steps) != 1 || len(s.Also) != 1 || !strings.Contains(s.Reason.String(), "AUTHENTICATED_FAILED") || s.Kind != StepRefused {
			t.Errorf("%+v", d.Steps)
		}
		if part := d.Causes[0].Evidence[0].Part.String(); !strings.Contains(part, "log of the server") {
			t.Error(part)
		}
	}
}

// A credential that two captures show was offered once.
func TestUsesCountOnce(t *testing.T) {
	st := tell(t)
	st.call(401, "", anonymous, named("540x1x1"))
	for _, name := range []string{"b.har", "c.pcap"} {
		st.in(name)
		st.call(401, "", named("540x1x1"))
	}
	d := st.e.Diagnosis()
	if len(d.Cards) != 1 || d.Cards[0].Uses != 1 || len(d.Steps) != 1 || len(d.Steps[0].Also) != 2 {
		t.Errorf("%+v\n%+v", d.Cards, d.Steps)
	}
}

func TestTwinsAreBounded(t *testing.T) {
	w := newTwins()
	c := &exchange.Capture{Name: "a"}
	for i := range maxSightings + 10 {
		x := &exchange.Exchange{
			At: exchange.Locator{Capture: "a", Index: i}, From: c, Request: exchange.Request{Method: "GET", URL: "https://jira.example.com/rest/api/2/myself"},
			Response: &exchange.Response{Status: 401, Header: exchange.Header{{Name: "Server", Value: "x"}}},
		}
		x.Response.Header = append(x.Response.Header, exchange.Field{Name: "X-AREQUESTID", Value: "1x" + fmt.Sprint(i%7) + "x1"})
		w.see(rule.NewSubject(x, nil), 0)
	}
	if w.n != maxSightings || w.full != 10 || len(w.places) != 0 {
		t.Errorf("%d kept, %d not", w.n, w.full)
	}
}
