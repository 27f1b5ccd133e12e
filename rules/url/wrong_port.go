package url

import (
	"github.com/why401/why401/internal/exchange"
	"github.com/why401/why401/internal/redact"
	"github.com/why401/why401/internal/rule"
	"github.com/why401/why401/internal/target"
)

var _ = Set.Add(&rule.Rule{
	ID:    "wrong-port",
	Title: "The port in the URL is not the one the product listens on",
	Doc: `Cloud answers on port 443 only. Data Center (self-hosted) listens on the port that its administrator chose: 443 behind
a proxy, else often 8080 (Jira), 8090 (Confluence), 7990 (Bitbucket) or 8443. With another port in the URL nobody
answers, or another server does.

A port other than 443 in the URL of a Cloud host, in a request that fails, proves it. On Data Center it shows if the
capture has a connection that is refused, or never answered, and the product answering on another port of the same
host: proven if the connection is refused, likely if it is not answered.

Without an answer on another port a refused connection is just that.`,
	Area: rule.ProductAndURL, Severity: rule.Error,
	Products: target.Cloud | target.Identity | target.Bitbucket | target.DataCenter | target.SetOf(target.Align),
	Explains: []string{"connection-refused", "connection-timeout", "connection-reset", "response-not-from-product"},
	Fix: []rule.Fix{{
		Who: rule.Caller,
		Do:  redact.Const("Use the port of the address bar; for Cloud leave it out"),
	}},
	References: []rule.Reference{
		{Title: "AtlassianPS/JiraPS#364", URL: "https://github.com/AtlassianPS/JiraPS/issues/364"},
		{Title: "floralvikings/jira-connector#41", URL: "https://github.com/floralvikings/jira-connector/issues/41"},
	},
	Since: "0.1",
	Over: func(p *rule.Pass, ses *rule.Session) {
		for _, s := range ses.Subjects {
			t := &s.Target
			if !wrong(s) || t.API == target.Tunnel {
				continue
			}
			if s.Is(target.Cloud|target.Identity|target.Bitbucket) && t.Strength == target.Certain {
				if t.HasPort && t.Port != 443 && (t.Scheme != "http" || t.Port != 80) {
					p.Proven(s, redact.Const("The URL of a Cloud host has a port. Cloud answers on 443 only."),
						s.Address(redact.Const("no port")), outcome(s))
				}
				continue
			}
			if !s.Has(rule.Unanswered) || s.Failure == nil || s.Failure.Phase != exchange.Dial && !s.Broke("ERR_CONNECTION_RESET", "ECONNRESET") {
				continue
			}
			o := answersOn(ses, s)
			if o == nil {
				continue
			}
			f := rule.Finding{
				Certainty: rule.Likely,
				Message:   redact.Const("On this port of the host nobody answers; on another one the product does."),
				Evidence: []rule.Evidence{
					s.Address(redact.Const("the port that answers")), outcome(s),
					{At: o.At, Part: redact.Const("request URL, answered by the product"), Saw: redact.URL(o.Request.URL)},
				},
			}
			if s.Broke("ERR_CONNECTION_REFUSED", "NS_ERROR_CONNECTION_REFUSED", "ECONNREFUSED") {
				f.Certainty = rule.Proven
				f.Message = redact.Const("This port of the host refuses the connection; on another one the product answers.")
			}
			p.Report(s, f)
		}
	},
})

// answersOn returns an exchange in which the product answered on another port of
// the host of s, if on the port of s nobody answered anything.
func answersOn(ses *rule.Session, s *rule.Subject) *rule.Subject {
	var other *rule.Subject
	for _, o := range ses.Subjects {
		switch {
		case o.Target.Host != s.Target.Host || !o.Has(rule.Answered):
		case o.Target.Port == s.Target.Port:
			return nil
		case o.Is(target.DataCenter|target.SetOf(target.Align)) && o.Target.Strength >= target.Strong:
			other = o
		}
	}
	return other
}

// outcome is evidence of what came of the request.
func outcome(s *rule.Subject) rule.Evidence {
	if s.Has(rule.Answered) {
		return s.StatusLine(redact.Const("200"))
	}
	return s.Part(redact.Const("connection"), redact.Const("no answer"), redact.Const("an answer"))
}
