package oauth2

import (
	"slices"
	"strings"

	"github.com/why401/why401/internal/credential"
	"github.com/why401/why401/internal/exchange"
	"github.com/why401/why401/internal/redact"
	"github.com/why401/why401/internal/rule"
	"github.com/why401/why401/internal/target"
)

var _ = Set.Add(&rule.Rule{
	ID:    "not-an-access-token",
	Title: "The JWT sent is not an Atlassian access token",
	Doc: `What goes after ` + "`Bearer`" + ` toward Cloud is the ` + "`access_token`" + ` of the reply of auth.atlassian.com. Other tokens look just like
it: the ID token, which tells the app who logged in, the refresh token, which is good for getting new tokens only, and
tokens of other systems, such as the company's own login.

The claims of a refused token tell. Likely: the issuer is the URL of a server that is not Atlassian's; the token says
itself that it is of another type than ACCESS; it has both nonce and e-mail address, as ID tokens do. Possible, as
Atlassian does not document its claims: a token of auth.atlassian.com that grants no scopes, or that was made for
another app than the one it names. That the audience is the id of the app is normal. Tokens of Forge, whose issuer is
no URL, are not reported.`,
	Area: rule.OAuth2, Severity: rule.Error,
	Products: target.Cloud,
	When:     rule.OffersBearer | rule.Failing | rule.Answered,
	Needs:    exchange.Credentials,
	Explains: rule.Explaining([]string{"gateway-token-refused", "bearer-not-accepted", "access-token-expired"}, rule.AnonymousEffects),
	Fix: []rule.Fix{{
		Who: rule.Caller,
		Do:  redact.Const("Send the access_token of the reply of https://auth.atlassian.com/oauth/token, not its id_token or refresh_token, and no token of another system"),
	}},
	References: []rule.Reference{
		threeLO,
		{Title: "RFC 7519, section 4.1.3", URL: "https://www.rfc-editor.org/rfc/rfc7519#section-4.1.3"},
		{Title: "OpenID Connect Core, section 2", URL: "https://openid.net/specs/openid-connect-core-1_0.html#IDToken"},
		{Title: "MrRefactoring/jira.js#269", URL: "https://github.com/MrRefactoring/jira.js/issues/269"},
	},
	Since:    "0.1",
	Formerly: []string{"oauth2-wrong-audience-or-issuer", "oauth2-id-or-refresh-token-used"},
	Each: func(p *rule.Pass, s *rule.Subject) {
		j := claims(s)
		if j == nil || !refused(s) {
			return
		}
		want := redact.Const("an access token of auth.atlassian.com")
		switch notAccess(j) {
		case foreignToken:
			p.Likely(s, redact.Const("The token was issued by a server that is not Atlassian's."),
				s.Auth([2]int{}, redact.Sprintf("issuer %s", redact.Host(target.ParseURL(j.Issuer).Host)), want))
		case otherType:
			p.Likely(s, redact.Const("The token says itself that it is no access token."),
				s.Auth([2]int{}, redact.Sprintf("token type %s", redact.OneOf(j.TokenType, "ID", "REFRESH", "ID_TOKEN", "REFRESH_TOKEN", "SESSION")), want))
		case idToken:
			p.Likely(s, redact.Const("The token is an ID token, which tells an app who logged in. It opens no API."),
				s.Auth([2]int{}, redact.Const("claims nonce and email"), want))
		case noScope:
			p.Possible(s, redact.Const("The token grants no scopes, as an ID or refresh token does not."),
				s.Auth([2]int{}, redact.Const("no claim scope"), want))
		case otherApp:
			p.Possible(s, redact.Const("The token was made for another app than the one that it names."),
				s.Auth([2]int{}, redact.Const("an audience other than client_id and api.atlassian.com"), want))
		}
	},
})

// A tokenKind says why a token is no access token of Atlassian's.
type tokenKind uint8

const (
	noToken tokenKind = iota // nothing speaks against it
	foreignToken
	otherType
	idToken
	noScope
	otherApp
)

func notAccess(j *credential.Claims) tokenKind {
	switch {
	case foreign(j.Issuer):
		return foreignToken
	case j.TokenType != "" && !strings.EqualFold(j.TokenType, "ACCESS"):
		return otherType
	case j.IDToken:
		return idToken
	case !ofAtlassian(j.Issuer):
		return noToken
	case len(j.Scope) == 0:
		return noScope
	case j.ClientID != "" && len(j.Audience) > 0 && !slices.Contains(j.Audience, j.ClientID) &&
		!slices.ContainsFunc(j.Audience, func(a string) bool { return strings.Contains(a, "atlassian.com") }):
		return otherApp
	}
	return noToken
}
