package capturing

import (
	"github.com/why401/why401/internal/exchange"
	"github.com/why401/why401/internal/redact"
	"github.com/why401/why401/internal/rule"
	"github.com/why401/why401/internal/target"
)

var _ = Set.Add(&rule.Rule{
	ID:    "capture-credentials-hidden",
	Title: "The capture was cleaned: credentials are not visible",
	Doc: `Chrome, Edge and Brave leave Authorization, Cookie and Set-Cookie out of a HAR unless asked for "sensitive
data", and put no mark in the file. A request without a credential in such a file may well have had one. Rules
that say that something was not sent are therefore not checked on it, and where a failure stays unexplained,
this is the cause that is named, with what could be behind it and the export that would tell.

That headers were removed is certain where their recorded size in an HTTP/1.1 message is larger than that of the
headers that are left; equal sizes show just as surely that nothing was removed. For HTTP/2 no size is recorded: then
a file of such a browser without any credential or cookie in it is likely to have been cleaned if answers in it show
that somebody was logged in or was refused, and possibly so if there is nothing but a refusal. A text such as
[REDACTED] in place of the credential proves it, too.

Captures of programs that show credentials (Firefox, Safari, Playwright and proxies) are not reported, nor is a file
in which a credential or cookie is to be seen, or one without a request to a product of Atlassian. How long the removed headers were is not shown, because that would tell
the length of a password.`,
	Area: rule.CaptureQuality, Severity: rule.Info,
	Hides: exchange.Credentials,
	Fix: []rule.Fix{{
		Who: rule.Caller,
		Do: redact.Const("Record again with credentials: in Chrome or Edge, version 130 or later, switch on DevTools > Settings > Preferences > Network > " +
			"Allow to generate HAR with sensitive data, repeat the failing request, and choose Export HAR (with sensitive data)...; " +
			"or record with Firefox. why401 shows no secret of it"),
	}},
	Alternatives: hiddenRules,
	Confirm:      look,
	References: []rule.Reference{
		{Title: "Chrome DevTools: export sanitized HARs by default (acd96a6)", URL: "https://github.com/ChromeDevTools/devtools-frontend/commit/acd96a60464188fbf7c4476ec883ec65bba3dfdf"},
		{Title: "Microsoft Dev Proxy, HarGeneratorPlugin", URL: "https://learn.microsoft.com/microsoft-cloud/dev/dev-proxy/technical-reference/hargeneratorplugin"},
	},
	Since:    "0.1",
	Formerly: []string{"capture-sanitized-chrome", "capture-credential-masked"},
	Whole: func(p *rule.Pass, c *rule.Capture) {
		if c.Atlassian == 0 && len(c.Masked) == 0 {
			return // what such a file lacks is no request of a product
		}
		v := hiddenIn(c)
		f := rule.Finding{Alternatives: v.alternatives(), Confirm: v.confirm()}
		switch {
		case len(c.Masked) > 0:
			f.Certainty = rule.Proven
			f.Message = redact.Const("The capture shows other text in place of credentials. Whether they are right cannot be checked.")
			for _, s := range c.Masked[:min(len(c.Masked), 2)] {
				f.Evidence = append(f.Evidence, s.Auth([2]int{}, redact.Const("a text that stands for a secret"), redact.Const("the credential as sent")))
			}
		case c.Cleaned:
			f.Certainty = rule.Proven
			if v.failing > 0 {
				f.Certainty = rule.Likely // as a cause; that it was cleaned is certain
			}
			f.Message = redact.Const("The browser left credentials and cookies out of this file: the headers were larger when they were sent than they are here.")
			f.Evidence = v.evidence
		case !c.Cleans || c.Complete || v.failing == 0:
			return
		case v.identity:
			f.Certainty = rule.Likely
			f.Message = redact.Const("The file shows no credential and no cookie at all, yet its answers tell of a login. The browser leaves both out unless asked for sensitive data.")
			f.Evidence = v.evidence
		default:
			f.Certainty = rule.Possible
			f.Message = redact.Const("The file shows no credential and no cookie at all. None may have been sent, or the browser left them out, as it does unless asked for sensitive data.")
			f.Evidence = v.evidence
		}
		p.Report(nil, f)
	},
})

// hidden is what is known of the failing exchanges of a capture whose
// credentials cannot be seen.
type hidden struct {
	failing  int  // those that a credential may have to do with
	removed  bool // in all of them a header was certainly removed from the request
	all401   bool // all of them are answered with 401
	identity bool // answers show that a credential was accepted or refused
	products target.Set
	evidence []rule.Evidence
}

func hiddenIn(c *rule.Capture) hidden {
	v := hidden{identity: c.Recognized > 0, removed: true, all401: true}
	if c.Failed == 0 {
		return v
	}
	for _, s := range c.Hiding {
		// An exchange without answer failed below the credential, one that names
		// the user above it, and what was doubtful when it was read may have been
		// settled since.
		if !s.Has(rule.Answered) || s.Has(rule.Recognized) || s.Status() == 407 || s.Sees(exchange.Credentials) == exchange.Shown {
			continue
		}
		v.failing++
		v.all401 = v.all401 && s.Has(rule.Is401)
		v.products |= target.SetOf(s.Target.Product)
		v.identity = v.identity || s.HasOne(rule.LoginFailed|rule.LoginDenied)
		gone := s.Request.Removed.Bytes > 0
		v.removed = v.removed && gone
		if len(v.evidence) < 2 {
			v.evidence = append(v.evidence, s.Part(redact.Const("request header"), seen(s), redact.Const("all headers that were sent")))
		}
	}
	return v
}

// seen says what can be seen of the request header of s.
func seen(s *rule.Subject) redact.Text {
	switch {
	case s.Request.Removed.Bytes > 0:
		return redact.Const("headers were removed")
	case s.Response.Removed.Bytes > 0:
		return redact.Const("no Authorization and no Cookie, and Set-Cookie was removed from the answer")
	}
	return redact.Const("no Authorization and no Cookie")
}

// hiddenRules are the causes that a look at the credential would tell.
var hiddenRules = []string{
	"basic-newline", "basic-utf16", "basic-not-encoded", "basic-double-encoded", "auth-scheme-missing",
	"align-bearer-missing", "cloud-password", "cloud-credential-refused", "dc-credential-refused", "dc-token-refused",
	"api-token-as-bearer", "api-token-expired", "pat-sent-as-basic", "session-cookie-stale", "hidden-or-missing",
	"resource-absent", "permission-missing", "wrong-password", "password-expired", "unknown-user", "no-credentials-sent",
}

// onlyFor are the alternatives that make sense for some products only.
var onlyFor = map[string]target.Set{
	"align-bearer-missing":     target.SetOf(target.Align),
	"cloud-password":           target.Cloud,
	"cloud-credential-refused": target.Cloud,
	"api-token-as-bearer":      target.Cloud | target.Bitbucket,
	"api-token-expired":        target.Cloud | target.Bitbucket | target.SetOf(target.Align),
	"dc-credential-refused":    target.DataCenter,
	"dc-token-refused":         target.DataCenter,
	"pat-sent-as-basic":        target.DataCenter,
	"wrong-password":           target.DataCenter,
	"password-expired":         target.DataCenter,
	"unknown-user":             target.DataCenter,
	"basic-utf16":              target.Cloud | target.DataCenter | target.Bitbucket,
	"basic-not-encoded":        target.Cloud | target.DataCenter | target.Bitbucket,
	"basic-newline":            target.Cloud | target.DataCenter | target.Bitbucket,
	"basic-double-encoded":     target.Cloud | target.DataCenter | target.Bitbucket,
}

// alternatives returns what may be behind the failures: all of it if there is
// none.
func (v *hidden) alternatives() []string {
	if v.failing == 0 {
		return hiddenRules
	}
	var out []string
	for _, id := range hiddenRules {
		set, some := onlyFor[id]
		if id == "no-credentials-sent" && v.removed || some && set&v.products == 0 {
			continue
		}
		if v.all401 && (id == "hidden-or-missing" || id == "resource-absent") {
			continue // a server that hides a thing says 404
		}
		out = append(out, id)
	}
	return out
}

// look is how to find out what is behind the failures.
var look = &rule.Confirm{
	Do: redact.Const("Switch on DevTools > Settings > Preferences > Network > Allow to generate HAR with sensitive data, repeat the failing request, " +
		"choose Export HAR (with sensitive data)... and analyze that file."),
	Command:    redact.Const("why401 analyze with-sensitive-data.har"),
	PowerShell: redact.Const("why401 analyze with-sensitive-data.har"),
	Outcomes: []rule.Outcome{
		{Seen: redact.Const("a defect of the credential is reported as proven: it is that")},
		{Seen: redact.Const("the requests have no Authorization header in that file either"), Means: "no-credentials-sent"},
		{Seen: redact.Const("e-mail address and token are sent as they should be, and Cloud refuses them"), Means: "cloud-credential-refused"},
		{Seen: redact.Const("user name and password are sent as they should be, and Data Center refuses them"), Means: "dc-credential-refused"},
	},
}

// confirm is look without the outcomes of products that did not fail.
func (v *hidden) confirm() *rule.Confirm {
	if v.failing == 0 {
		return look
	}
	c := *look
	c.Outcomes = nil
	for _, o := range look.Outcomes {
		set, some := onlyFor[o.Means]
		if o.Means == "no-credentials-sent" && v.removed || some && set&v.products == 0 {
			continue
		}
		c.Outcomes = append(c.Outcomes, o)
	}
	return &c
}
