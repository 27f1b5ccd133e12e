// Package kind holds the rules about the kind of a credential against what the product takes.
package kind

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/why401/why401/internal/credential"
	"github.com/why401/why401/internal/exchange"
	"github.com/why401/why401/internal/redact"
	"github.com/why401/why401/internal/rule"
	"github.com/why401/why401/internal/target"
)

// Set is the rules of this area.
var Set rule.Set

// Commands and sources that several rules give.
var (
	tryPair = redact.Const(`curl -s -o /dev/null -w "%{http_code}\n" -u "$EMAIL:$T" https://SITE.atlassian.net/rest/api/3/myself`)

	tryPairPowerShell = redact.Const(`$pair = [Convert]::ToBase64String([Text.Encoding]::UTF8.GetBytes(("{0}:{1}" -f $email,$t))); ` +
		`Invoke-RestMethod -Headers @{Authorization="Basic $pair"} -Uri https://SITE.atlassian.net/rest/api/3/myself`)

	tryBearer = redact.Const(`curl -s -o /dev/null -w "%{http_code}\n" -H "Authorization: Bearer $T" BASE/rest/api/2/myself`)

	tryBearerPowerShell = redact.Const(`Invoke-RestMethod -Headers @{Authorization="Bearer $t"} -Uri BASE/rest/api/2/myself`)

	tryBitbucket = redact.Const(`curl -s -o /dev/null -w "%{http_code}\n" -u "$EMAIL:$T" https://api.bitbucket.org/2.0/user`)

	tryBitbucketPowerShell = redact.Const(`curl.exe -s -o NUL -w "%{http_code}\n" -u "${email}:$t" https://api.bitbucket.org/2.0/user`)

	basicAuthForCloud = rule.Reference{
		Title: "Basic auth for REST APIs", URL: "https://developer.atlassian.com/cloud/jira/platform/basic-auth-for-rest-apis/",
	}
	manageTokens = rule.Reference{
		Title: "Manage API tokens for your Atlassian account",
		URL:   "https://support.atlassian.com/atlassian-account/docs/manage-api-tokens-for-your-atlassian-account/",
	}
	usingPATs = rule.Reference{
		Title: "Using personal access tokens",
		URL:   "https://confluence.atlassian.com/enterprise/using-personal-access-tokens-1026032365.html",
	}
	bitbucketTokens = rule.Reference{
		Title: "Using API tokens (Bitbucket Cloud)",
		URL:   "https://support.atlassian.com/bitbucket-cloud/docs/using-api-tokens",
	}
	bitbucket401 = rule.Reference{
		Title: "Getting 401 while authenticating to Bitbucket Cloud REST APIs",
		URL:   "https://support.atlassian.com/bitbucket-cloud/kb/getting-401-http-error-while-authenticating-to-bitbucket-cloud-rest-apis",
	}
)

// pair returns the pair of a Basic field if it is one with two halves that can
// be read. It is nil for what the rules about encoding have to say first: a raw
// token, UTF-16, a pair in a pair, a masked or placeholder value.
func pair(s *rule.Subject) *credential.BasicPair {
	b := s.Basic()
	if b == nil || s.Authorization.Masked || b.IsToken() || b.UTF16 != "" || b.Twice != "" || b.PasswordPair != "" ||
		!b.HasColon || standsIn(b.UserClass) || !utf8.ValidString(b.User) || strings.ContainsFunc(b.User, binary) ||
		b.Sample() == credential.SurelySample {
		return nil
	}
	return b
}

// binary reports whether r is a character that no user name has, damaged or not.
func binary(r rune) bool { return unicode.IsControl(r) && r != '\r' && r != '\n' && r != '\t' }

// wellFormed reports whether pair(s) is a pair without any flaw that the rules
// about syntax and encoding would report.
func wellFormed(s *rule.Subject) bool {
	c, b := s.Authorization, pair(s)
	if b == nil || b.Plain || b.Encoding != credential.Strict || b.User == "" || b.Password == "" ||
		c.Lead() != "" || c.Tail() != "" || c.Gap != " " || len(s.Offers.Authorization()) > 1 {
		return false
	}
	if extra, _, _ := c.Extra(); extra != credential.NoExtra {
		return false
	}
	for _, f := range append(c.Flaws(), b.Flaws()...) {
		if f.Kind != credential.NonASCII {
			return false
		}
	}
	return true
}

// standsIn reports whether k is the class of a text in place of a secret, or of
// nothing.
func standsIn(k credential.Class) bool {
	return k == credential.Placeholder || k == credential.Masked || k == credential.Empty
}

// held returns the class of the token in the Authorization field, wherever it
// stands: after the scheme word, in either half of a pair.
func held(s *rule.Subject) credential.Class {
	c := s.Authorization
	if c.Masked {
		return credential.Masked
	}
	if b := c.Basic; b != nil && !c.Class.MachineMade() && b.UserClass.MachineMade() {
		return b.UserClass
	}
	return c.Class
}

// passwordLike reports whether the password half looks like something that a
// person made up: it has the shape of no token, whole or damaged.
func passwordLike(b *credential.BasicPair) bool {
	if b.PasswordClass != credential.Unrecognized {
		return false
	}
	if _, token := credential.DamageOf(b.Password); token {
		return false
	}
	scheme, _ := credential.LeadingScheme(b.Password)
	return scheme == credential.NoScheme
}

// isEmail reports whether s has the form of an e-mail address.
func isEmail(s string) bool {
	at := strings.IndexByte(s, '@')
	return at > 0 && strings.IndexByte(s[at+1:], '@') < 0 && strings.IndexByte(s[at+1:], '.') > 0 &&
		!strings.HasSuffix(s, ".") && !strings.ContainsAny(s, " ,;<>()")
}

// judged reports whether the product itself answered, as far as the answer
// tells: a credential that a proxy or firewall turned back was not looked at.
func judged(s *rule.Subject) bool {
	return s.Response != nil && s.Status() != 407 && target.FromProduct(s.Target, s.Response) != target.No
}

// shape names a token of a recognised class.
func shape(k credential.Class, token string) redact.Text {
	n := len(strings.TrimSpace(token))
	switch k {
	case credential.APIToken:
		return redact.Shape("ATATT3", n)
	case credential.OrgKey:
		return redact.Shape("ATCTT3", n)
	case credential.ServiceToken:
		return redact.Shape("ATSTT3", n)
	case credential.AppPassword:
		return redact.Shape("ATBB", n)
	case credential.BitbucketPAT:
		return redact.Shape("BBDC-", n)
	case credential.PAT:
		return redact.Const("a personal access token (44 characters)")
	case credential.LegacyAPIToken:
		return redact.Const("the form of API tokens made before 2023")
	case credential.AlignToken:
		return redact.Const("user:ID|...")
	case credential.JWTToken:
		return redact.Const("a JSON Web Token")
	}
	return redact.Const("a token")
}

// heldToken makes evidence about the token in the Authorization field, which
// held gave as k.
func heldToken(s *rule.Subject, k credential.Class, want redact.Text) rule.Evidence {
	c := s.Authorization
	b := c.Basic
	switch {
	case b == nil || b.Plain || b.IsToken():
		return s.Auth([2]int{c.ParamAt, c.ParamAt + len(c.Param)}, shape(k, c.Token), want)
	case k == b.PasswordClass && b.UTF16 == "" && k.MachineMade():
		return s.Decoded([2]int{len(b.User) + 1, len(b.Decoded)}, shape(k, b.Password), want)
	case k == b.UserClass && b.UTF16 == "":
		return s.Decoded([2]int{0, len(b.User)}, shape(k, b.User), want)
	}
	return s.Decoded([2]int{}, shape(k, c.Token), want)
}

// userHalf makes evidence about the user half of the pair.
func userHalf(s *rule.Subject, saw, want redact.Text) rule.Evidence {
	b := s.Basic()
	if b.Plain {
		return s.Auth([2]int{}, saw, want)
	}
	return s.Decoded([2]int{0, len(b.User)}, saw, want)
}

// passwordHalf makes evidence about a password half; its length is not told.
func passwordHalf(s *rule.Subject, want redact.Text) rule.Evidence {
	return s.Decoded([2]int{}, redact.Const("a password that does not look like a token"), want)
}

// unseen reports whether the capture does not let the credential be read.
func unseen(s *rule.Subject) bool {
	if s.Authorization != nil {
		return s.Authorization.Masked
	}
	return s.Sees(exchange.Credentials) != exchange.Shown
}

// requests reports whether the client is Python's requests, or curl, which
// take logins from ~/.netrc.
func requests(s *rule.Subject) bool {
	a := s.Agent()
	return strings.Contains(a, "python-requests") || strings.HasPrefix(a, "curl/")
}
