package connect

import (
	"github.com/why401/why401/internal/credential"
	"github.com/why401/why401/internal/exchange"
	"github.com/why401/why401/internal/redact"
	"github.com/why401/why401/internal/rule"
	"github.com/why401/why401/internal/target"
)

const (
	maxLifetime  = 24 * 60 * 60 // seconds that a token of an app may be good
	maxAssertion = 60           // seconds that an assertion may be good
	tooLarge     = 1e11         // a time beyond this is in milliseconds
)

var _ = Set.Add(&rule.Rule{
	ID:    "connect-jwt-lifetime",
	Title: "The lifetime of the Connect token is wrong",
	Doc: `The token of a Connect app says when it was made (` + "`iat`" + `) and how long it is good (` + "`exp`" + `), in seconds since 1970. Three
minutes are usual. A product refuses a token without these claims, one that ends before it begins, and one that is
good for more than a day; an assertion, with which an app asks for the token of a user, may be good for one minute.

The claims are read from a token that was refused. Times in milliseconds are left to timestamp-in-milliseconds,
a date that has passed to access-token-expired, and a clock that is wrong to clock-skew.`,
	Area: rule.ConnectJWT, Severity: rule.Warning,
	Products: target.CloudSite | target.SetOf(target.OAuthServer, target.AtlassianOther),
	When:     rule.Answered,
	Needs:    exchange.Credentials,
	Explains: []string{"connect-jwt-refused"},
	Fix: []rule.Fix{{
		Who: rule.Caller,
		Do:  redact.Const("Set iat to now and exp to three minutes later (one minute for an assertion), in whole seconds since 1970"),
	}},
	References: []rule.Reference{
		understanding,
		{Title: "atlassian-jwt: exp, three minutes after issuing", URL: "https://www.npmjs.com/package/atlassian-jwt"},
		{Title: "User impersonation for Connect apps", URL: "https://developer.atlassian.com/cloud/jira/platform/user-impersonation-for-connect-apps/"},
	},
	Since: "0.1",
	Each: func(p *rule.Pass, s *rule.Subject) {
		if s.OAuth != nil {
			assertion(p, s)
			return
		}
		if !s.Has(rule.Failing) {
			return
		}
		c, j := appToken(s)
		if c == nil || !refused(s) || oauthToken(j) || j.QSH == credential.ContextQSH {
			return
		}
		if message, saw, bad := judge(j, maxLifetime); bad {
			p.Proven(s, message, s.CredentialPart(c, [2]int{}, saw, redact.Const("exp about three minutes after iat")))
		}
	},
})

// assertion judges the assertion with which an app asks for a token of a user.
func assertion(p *rule.Pass, s *rule.Subject) {
	text := s.OAuth.Sent["assertion"]
	if text == "" || !s.HasOne(rule.Failing|rule.Troubled) {
		return
	}
	j := credential.ParseJWT(text)
	if j.Malformed != "" || j.Encrypted {
		return
	}
	if message, saw, bad := judge(j, maxAssertion); bad {
		p.Proven(s, message, s.Part(redact.Const("request body, assertion"), saw, redact.Const("exp at most one minute after iat")))
	}
}

// judge tells what is wrong with the lifetime of a token.
func judge(j *credential.Claims, longest int64) (message, saw redact.Text, bad bool) {
	switch {
	case j.Expires == 0:
		return redact.Const("The token does not say until when it is good: the claim exp is missing."), redact.Const("no exp"), true
	case j.IssuedAt == 0:
		return redact.Const("The token does not say when it was made: the claim iat is missing."), redact.Const("no iat"), true
	case j.Expires > tooLarge || j.IssuedAt > tooLarge:
		return redact.Text{}, redact.Text{}, false
	case j.Expires <= j.IssuedAt:
		return redact.Const("The token ends before it begins: exp is not after iat."), lifetime(j), true
	case j.Expires-j.IssuedAt > longest:
		return redact.Const("The token claims to be good for longer than the product allows."), lifetime(j), true
	}
	return redact.Text{}, redact.Text{}, false
}

// lifetime shows the two claims.
func lifetime(j *credential.Claims) redact.Text {
	return redact.Sprintf("iat %s, exp %s", redact.Unix(j.IssuedAt), redact.Unix(j.Expires))
}
