package encoding

import (
	"strings"

	"github.com/why401/why401/internal/credential"
	"github.com/why401/why401/internal/exchange"
	"github.com/why401/why401/internal/redact"
	"github.com/why401/why401/internal/rule"
	"github.com/why401/why401/internal/target"
)

var _ = Set.Add(&rule.Rule{
	ID:    "placeholder-not-replaced",
	Title: "A placeholder, variable name or masked text was sent instead of the real value",
	Doc: `Text that stands for a secret was sent in its place: a template that was not filled in (` + "`{{token}}`" + `,
` + "`${TOKEN}`" + `, ` + "`$TOKEN`" + `, ` + "`%TOKEN%`" + `, ` + "`<your token>`" + `), the sample of some
documentation (` + "`fred:fred`" + `, ` + "`changeme`" + `), the name of the variable, or bullets copied from a
screen. The same is looked for in the URL: host, path and cloud ID.

Only a user name, a token or a segment of the URL that is nothing but such a text counts, since a password may begin
with a $; in a bearer token, a template within it is enough. A user name and password such as admin:admin are real on
many a test server: on Data Center (self-hosted) they are only a possibility, reported only where the request fails.
Nothing is concluded from example.com.

In a HAR, masked text means that the capture was cleaned (capture-credentials-hidden). It counts here only where it
was sent for certain: on the wire, or within an encoded user name and password, because whoever cleans a capture does
not encode. A bearer token that is a single word such as wiki_key is likely the name of the variable; that is reported
only where the request fails.`,
	Area: rule.CredentialEncoding, Severity: rule.Error,
	Needs:    exchange.Credentials,
	Explains: rule.Explaining(rule.Refusals, rule.BearerRefusals, []string{"dns-name-not-found", "gateway-wrong-cloudid"}, unreadUser),
	Fix: []rule.Fix{{
		Who: rule.Caller,
		Do:  redact.Const("Put the real value in the place of the placeholder, and check that the variable is set where the request is made"),
	}},
	References: []rule.Reference{
		{Title: "atlassian/gajira-login#39", URL: "https://github.com/atlassian/gajira-login/issues/39"},
		{Title: "atlassian-api/atlassian-python-api#823", URL: "https://github.com/atlassian-api/atlassian-python-api/issues/823"},
		{Title: "Manage API tokens for your Atlassian account", URL: "https://support.atlassian.com/atlassian-account/docs/manage-api-tokens-for-your-atlassian-account/"},
		{Title: "gitleaks, allowlist of its curl rules", URL: "https://github.com/gitleaks/gitleaks"},
	},
	Since:    "0.1",
	Formerly: []string{"credential-template-unresolved", "credential-doc-placeholder", "credential-masked-literal"},
	Each: func(p *rule.Pass, s *rule.Subject) {
		if e, ok := inAddress(s); ok && !s.Request.PartialURL {
			p.Proven(s, redact.Const("A part of the URL is a placeholder that was not filled in."), e)
		}
		list := s.Offers.List()
		for i := range list {
			if !s.Partial(&list[i]) && inCredential(p, s, &list[i]) {
				return
			}
		}
	},
})

// inAddress looks for a placeholder in host, cloud id and path.
func inAddress(s *rule.Subject) (rule.Evidence, bool) {
	saw := redact.Const("a placeholder")
	switch path := s.Target.Path; {
	case s.Target.Flaws&target.UnfilledHost != 0:
		return s.Part(redact.Const("host of the request URL"), saw, redact.Const("the name of the server")), true
	case s.Target.CloudID != "" && standsFor(s.Target.CloudID):
		return s.Part(redact.Const("cloud ID in the request URL"), saw, redact.Const("the cloud ID of the site")), true
	case strings.Contains(path, "{{"), strings.Contains(path, "${"), strings.Contains(path, "%7B") && (strings.Contains(path, "%7B%7B") || strings.Contains(path, "$%7B")):
		return s.Part(redact.Const("path of the request URL"), saw, redact.Const("the real path")), true
	}
	return rule.Evidence{}, false
}

// standsFor reports whether a path segment is a placeholder.
func standsFor(segment string) bool {
	segment = strings.NewReplacer("%7B", "{", "%7b", "{", "%7D", "}", "%7d", "}", "%24", "$", "%3C", "<", "%3c", "<", "%3E", ">", "%3e", ">").Replace(segment)
	if len(segment) > 2 && segment[0] == '{' && segment[len(segment)-1] == '}' || strings.EqualFold(segment, ":cloudId") {
		return true
	}
	return credential.ClassOf(segment) == credential.Placeholder || strings.EqualFold(strings.Trim(segment, "_-"), "cloudid")
}

// inCredential reports a placeholder in one credential.
func inCredential(p *rule.Pass, s *rule.Subject, c *credential.Credential) bool {
	real := redact.Const("the real value")
	place := func(saw redact.Text) rule.Evidence { return s.CredentialPart(c, [2]int{}, saw, real) }
	message := redact.Const("Text that stands for the credential was sent instead of the credential.")
	if b := c.Basic; b != nil && !c.Masked && !b.IsToken() {
		switch {
		case b.UserClass == credential.Placeholder || b.UserClass == credential.Masked:
			p.Proven(s, message, place(redact.Const("a placeholder as user name")))
			return true
		case b.Sample() == credential.SurelySample:
			p.Proven(s, redact.Const("User name and password are the sample of a documentation."), place(redact.Const("a sample user name and password")))
			return true
		case b.Sample() == credential.MaybeSample:
			return maybeSample(p, s, place)
		}
	}
	switch {
	case c.Class == credential.Placeholder, c.Basic == nil && template(c.Token):
		p.Proven(s, message, place(redact.Const("a placeholder")))
	case c.Class == credential.Masked && !c.Masked, c.Masked && s.Sees(exchange.Wire) == exchange.Shown:
		p.Proven(s, redact.Const("Masked text was sent instead of the credential, as it is copied from a screen or a log."), place(redact.Const("stars, bullets or a word for hidden text")))
	case c.Scheme == credential.Bearer && c.Class == credential.Unrecognized && s.Has(rule.Failing) && variableName(c.Token):
		p.Likely(s, redact.Const("The bearer token is a word, likely the name of the variable that holds the token."), place(redact.Const("a single word")))
	default:
		return false
	}
	return true
}

// maybeSample reports admin:admin and the like: no account of Cloud has such a
// name, a test server of one's own may.
func maybeSample(p *rule.Pass, s *rule.Subject, place func(redact.Text) rule.Evidence) bool {
	switch {
	case s.Is(target.Cloud | target.Bitbucket):
		p.Proven(s, redact.Const("User name and password are those that documentation shows as an example. No account of Atlassian's cloud has them."), place(redact.Const("a sample user name and password")))
	case s.Has(rule.Failing):
		p.Possible(s, redact.Const("User name and password are those that documentation shows as an example, unless this is a test server."), place(redact.Const("a sample user name and password")))
	default:
		return false
	}
	return true
}

// template reports whether {{name}} or ${name} is a part of a token: none has
// such a part, while a password, made by a person, may.
func template(t string) bool {
	if strings.IndexByte(t, '{') < 0 {
		return false
	}
	for _, brace := range [...][2]string{{"{{", "}}"}, {"${", "}"}} {
		_, after, opens := strings.Cut(t, brace[0])
		if opens && strings.Index(after, brace[1]) > 0 {
			return true
		}
	}
	return false
}

// variableName reports whether a token is a word such as wiki_key or apiToken:
// letters and underscores only, with a word in it that names a secret.
func variableName(t string) bool {
	if len(t) < 4 || len(t) > 32 {
		return false
	}
	for i := range len(t) {
		if b := t[i] | 0x20; (b < 'a' || b > 'z') && t[i] != '_' && t[i] != '-' {
			return false
		}
	}
	t = strings.ToLower(t)
	for _, w := range [...]string{"token", "key", "secret", "passw", "pwd", "auth", "cred", "bearer"} {
		if strings.Contains(t, w) {
			return true
		}
	}
	return false
}
