package edge

import (
	"strings"

	"github.com/why401/why401/internal/exchange"
	"github.com/why401/why401/internal/redact"
	"github.com/why401/why401/internal/rule"
	"github.com/why401/why401/internal/target"
)

var _ = Set.Add(&rule.Rule{
	ID:    "cloudflare-block",
	Title: "Cloudflare blocked the request before the product saw it",
	Doc: `Jira Align, and many a product that a company hosts itself, stand behind Cloudflare. Its firewall turned the request
away, or wants the client to prove that a person is using it, which a program cannot. The product never saw the
request, and the credential was not looked at.

It is proven by an answer of Cloudflare (` + "`Server: cloudflare`" + ` or ` + "`CF-RAY`" + `) with status 403, 429 or 503 and one of its
own texts: ` + "`error code: 10..`" + `, ` + "`Attention Required! | Cloudflare`" + `, ` + "`Sorry, you have been blocked`" + `,
` + "`used Cloudflare to restrict access`" + `; or with a challenge:
` + "`CF-Mitigated: challenge`" + `, ` + "`Just a moment...`" + `. A page without such a text with status 403 from Jira Align, which
answers with JSON, is possibly the same.

The codes: 1006 to 1008 the IP address is banned, 1009 its country, 1010 the signature of the client, 1015 the rate,
1020 a rule of the firewall. That Cloudflare stands in front means nothing: its name is on every answer.`,
	Area: rule.EdgeAndNetwork, Severity: rule.Error,
	When:     rule.Answered,
	Needs:    exchange.Bodies,
	Explains: rule.Explaining([]string{"upstream-trouble", "rate-limited", "waf-block", "waf-blocks-user-agent", "align-bearer-missing"}, untested),
	Fix: []rule.Fix{{
		Who:        rule.Atlassian,
		Do:         redact.Const("Have your outgoing IP address put on the allowlist (Jira Align: by Atlassian support; else by whoever runs the firewall), with the Ray ID of the page"),
		Command:    redact.Const("curl -s https://checkip.amazonaws.com"),
		PowerShell: redact.Const("Invoke-RestMethod -Uri https://checkip.amazonaws.com"),
	}},
	References: []rule.Reference{
		{Title: "Error 403 when accessing the Jira Align API from Jira", URL: "https://support.atlassian.com/jira-align/kb/error-403-forbidden-when-accessing-jira-align-api-from-jira/"},
		{Title: "Cloudflare 1xxx errors", URL: "https://developers.cloudflare.com/support/troubleshooting/http-status-codes/cloudflare-1xxx-errors/"},
		{Title: "wafw00f, cloudflare.py", URL: "https://github.com/EnableSecurity/wafw00f/blob/master/wafw00f/plugins/cloudflare.py"},
	},
	Since:    "0.1",
	Formerly: []string{"cloudflare-challenge", "align-ip-not-allowed"},
	Each: func(p *rule.Pass, s *rule.Subject) {
		if st := s.Status(); st != 403 && st != 429 && st != 503 || !startsFold(s.Answer("Server"), "cloudflare") && !s.Response.Header.Has("CF-RAY") {
			return
		}
		e := []rule.Evidence{s.StatusLine(redact.Const("200")), s.AnswerField("CF-RAY", redact.Text{})}
		text, ok := s.SaysText(challengeTexts...)
		switch {
		case startsFold(s.Answer("CF-Mitigated"), "challenge"):
			p.Proven(s, challenged, append(e, s.AnswerField("CF-Mitigated", redact.Const("none")))...)
			return
		case ok && s.HTML():
			p.Proven(s, challenged, append(e, s.Body(text))...)
			return
		}
		text, ok = s.SaysText(blockTexts...)
		code := errorCode(s)
		switch {
		case !code.IsZero():
			p.Proven(s, blocked, append(e, s.Part(redact.Const("response body"), redact.Sprintf("error code %s", code), redact.Text{}))...)
		case ok:
			p.Proven(s, blocked, append(e, s.Body(text))...)
		case s.Has(rule.Is403) && s.HTML() && s.Is(target.SetOf(target.Align)) && !s.Has(rule.Recognized):
			p.Possible(s, redact.Const("The answer is a page and not the JSON of the product, so Cloudflare in front of it may have blocked the request."), e...)
		}
	},
})

var (
	blocked    = redact.Const("Cloudflare blocked the request before the product saw it. The credential was not looked at.")
	challenged = redact.Const("Cloudflare wants the client to prove that a person is using it, which a program cannot. The product did not see the request.")

	challengeTexts = []redact.Text{redact.Const("just a moment..."), redact.Const("cf_chl_"), redact.Const("cf-challenge")}
	blockTexts     = []redact.Text{
		redact.Const("attention required! | cloudflare"), redact.Const("sorry, you have been blocked"),
		redact.Const("used cloudflare to restrict access"), redact.Const("cf-error-details"),
	}
)

// errorCode returns the code 10.. that a page of Cloudflare names.
func errorCode(s *rule.Subject) redact.Text {
	if !s.Says("error code") && !s.Says("cf-error-code") {
		return redact.Text{}
	}
	body := strings.ToLower(string(s.Response.Body.Head))
	for _, before := range [...]string{"error code: ", "error code ", `cf-error-code">`} {
		_, rest, ok := strings.Cut(body, before)
		if !ok || len(rest) < 4 || rest[:2] != "10" || len(rest) > 4 && rest[4] >= '0' && rest[4] <= '9' {
			continue
		}
		if a, b := rest[2], rest[3]; a >= '0' && a <= '9' && b >= '0' && b <= '9' {
			return redact.Int(1000 + int(a-'0')*10 + int(b-'0'))
		}
	}
	return redact.Text{}
}
