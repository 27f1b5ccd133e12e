package diagnose

import (
	"github.com/why401/why401/internal/exchange"
	"github.com/why401/why401/internal/redact"
	"github.com/why401/why401/internal/rule"
)

// An Unchecked is a rule that could not be judged on a failing exchange.
type Unchecked struct {
	Rule        *rule.Rule
	Reason      redact.Text
	CaptureWith redact.Text
}

// unchecked lists the rules whose needs no failing exchange of their products
// meets, and that found nothing without.
func (e *Engine) unchecked(t *tally) []Unchecked {
	var out []Unchecked
	spoke := map[string]bool{}
	for _, g := range t.groups {
		spoke[g.finding.Rule.ID] = true
	}
	for _, r := range e.rules {
		if r.Needs == 0 || spoke[r.ID] {
			continue
		}
		concerned, judged, format := false, false, ""
		var missing exchange.Sight
		for _, rec := range t.records {
			if !rec.failing || !r.Products.Has(rec.product) || rec.connected(r.Needs) || rec.notCome() {
				continue
			}
			switch f := rec.format(); {
			case !concerned:
				format = f
			case f != format:
				format = ""
			}
			concerned = true
			if rec.missing(r.Needs) == 0 {
				judged = true
				break
			}
			missing |= rec.missing(r.Needs)
		}
		if concerned && !judged {
			facts := append(formFacts[format][:len(formFacts[format]):len(formFacts[format])], partFacts...)
			out = append(out, Unchecked{r, hiddenParts(facts, missing), better(facts, missing)})
		}
	}
	return out
}

// connected reports whether a rule that needs no more than the facts of look-ups
// and handshakes has nothing to ask r: an answer came, or it is known what else
// broke.
func (r *record) connected(needs exchange.Sight) bool {
	return needs&^(exchange.DNSFacts|exchange.TLSFacts) == 0 && (r.line.Status > 0 || len(r.found) > 0)
}

// format is that of the capture of r; "" if it is not known.
func (r *record) format() string {
	if r.sees.from == nil {
		return ""
	}
	return r.sees.from.Format
}

// proxied reports whether r was seen by why401's own proxy, which hides nothing.
func (r *record) proxied() bool { return r.format() == "proxy" }

// notCome reports whether a client did not come as far as a request: there is
// nothing that another capture would show.
func (r *record) notCome() bool {
	return r.proxied() && r.sees.of(exchange.Credentials) == exchange.Hidden && r.sees.of(exchange.Wire) == exchange.Hidden
}

// missing returns the parts of want that the record does not certainly show.
func (r *record) missing(want exchange.Sight) exchange.Sight {
	var m exchange.Sight
	if !r.answered {
		want &^= exchange.Bodies // there was none to be shown
	}
	for bit := exchange.Sight(1); bit != 0; bit <<= 1 {
		if want&bit != 0 && r.sees.of(bit) != exchange.Shown {
			m |= bit
		}
	}
	return m
}

type partFact struct {
	part         exchange.Sight
	reason, with redact.Text
}

// formFacts are partFacts for what only captures of one format can say.
var formFacts = map[string][]partFact{
	"proxy": {
		{exchange.Credentials, redact.Const("the request broke off within its header fields"), redact.Const("the same request, sent to its end")},
		{exchange.Cookies, redact.Const("the request broke off within its header fields"), redact.Const("the same request, sent to its end")},
		{exchange.Wire, redact.Const("HTTP/2 has no lines of text on the wire"), redact.Const("the same request over HTTP/1.1, as with curl --http1.1")},
	},
	"curl-trace": {
		{exchange.Credentials, redact.Const("the transcript does not show the whole credential"), redact.Const("the output of curl -v or curl --trace (--trace-ascii shows some bytes as dots)")},
		{exchange.Cookies, redact.Const("the transcript does not show cookies"), redact.Const("the output of curl -v or curl --trace")},
		{exchange.Bodies, redact.Const("the transcript has no response body"), redact.Const("the output of curl -v with what the server answered")},
	},
	"access-log":        logFacts,
	"jira-security-log": logFacts,
	"command":           settingFacts,
	"http-file":         settingFacts,
	"error-text":        errorFacts,
	"http-message":      messageFacts,
}

// logFacts are those of logs of a server, settingFacts those of requests that were
// rebuilt from what is written down, errorFacts those of what a client prints when it
// is refused, messageFacts those of a request or an answer alone.
var (
	logFacts = []partFact{
		{exchange.Credentials, redact.Const("a log of the server does not show credentials"), redact.Const("a capture of the same request at the client, such as why401 run makes")},
		{exchange.Cookies, redact.Const("a log of the server does not show cookies"), redact.Const("a capture of the same request at the client, such as why401 run makes")},
		{exchange.Bodies, redact.Const("a log of the server does not show answers"), redact.Const("a capture of the same request at the client, such as why401 run makes")},
	}
	settingFacts = []partFact{
		{exchange.Credentials, redact.Const("the credential comes from outside of what was handed in"), redact.Const("why401 run -- and the command")},
		{exchange.Bodies, redact.Const("what was handed in has no answer"), redact.Const("the output of the command, as of curl -v")},
	}
	errorFacts = []partFact{
		{exchange.Credentials, redact.Const("the error does not print the request"), runIt},
		{exchange.Cookies, redact.Const("the error does not print cookies"), runIt},
		{exchange.Bodies, redact.Const("the error does not print what the server said"), runIt},
	}
	messageFacts = []partFact{
		{exchange.Credentials, redact.Const("the text has no whole request"), redact.Const("the request that was answered so, with all its header fields")},
		{exchange.Cookies, redact.Const("the text has no whole request"), redact.Const("the request that was answered so, with all its header fields")},
		{exchange.Bodies, redact.Const("the text has no response body"), redact.Const("the whole response")},
	}
	runIt = redact.Const("what why401 run -- and the command of the client shows")
)

// partFacts say, for each part of an exchange, what is missing and which
// capture would show it.
var partFacts = []partFact{
	{
		exchange.Credentials, redact.Const("the capture does not show credentials"),
		redact.Const("a HAR exported with sensitive data (Chrome: DevTools > Settings > Preferences > Network > Allow to generate HAR with sensitive data), or a HAR from Firefox"),
	},
	{
		exchange.Cookies, redact.Const("the capture does not show cookies"),
		redact.Const("a HAR exported with sensitive data, or a HAR from Firefox"),
	},
	{
		exchange.Bodies, redact.Const("the capture has no response body"),
		redact.Const("a HAR saved with content (Chrome: Preserve log off navigation, then Export HAR)"),
	},
	{exchange.Wire, redact.Const("a HAR does not show the bytes on the wire"), redact.Const("a packet capture or an intercepting proxy")},
	{exchange.TLSFacts, redact.Const("the capture does not show the TLS handshake"), redact.Const("a packet capture: tcpdump -s 0 -w trace.pcap port 443")},
	{exchange.DNSFacts, redact.Const("the capture does not show name look-ups"), redact.Const("a packet capture: tcpdump -s 0 -w trace.pcap port 53 or port 443")},
	{exchange.Timing, redact.Const("the capture has no times"), redact.Const("a capture with the time of each request")},
}

func hiddenParts(facts []partFact, m exchange.Sight) redact.Text {
	for _, f := range facts {
		if m&f.part != 0 {
			return f.reason
		}
	}
	return redact.Text{}
}

func better(facts []partFact, m exchange.Sight) redact.Text {
	for _, f := range facts {
		if m&f.part != 0 {
			return f.with
		}
	}
	return redact.Text{}
}
