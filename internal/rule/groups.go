package rule

import "github.com/why401/why401/internal/redact"

// The lists that many rules explain.
var (
	// AnonymousEffects are what a request looks like that was taken for one
	// without a login.
	AnonymousEffects = []string{
		"answered-as-anonymous", "hidden-or-missing", "login-page-answer", "confluence-not-permitted",
	}
	// Refusals are the ways in which a wrong pair is turned away.
	Refusals = append([]string{
		"cloud-credential-refused", "dc-credential-refused", "bitbucket-token-refused", "cloud-password",
		"captcha-required", "dc-login-denied", "retrying-refused-credential", "gateway-token-refused",
	}, AnonymousEffects...)
	// TokenRefusals are the ways in which a wrong bearer token is turned away.
	TokenRefusals = append([]string{
		"dc-token-refused", "gateway-token-refused", "bearer-not-accepted", "bitbucket-token-refused",
	}, AnonymousEffects...)
	// BearerRefusals are the first three of TokenRefusals: what rules about
	// any kind of credential explain on top of Refusals.
	BearerRefusals = TokenRefusals[:3:3]
)

// Explaining joins lists of rule ids, each id once, in order.
func Explaining(lists ...[]string) []string {
	var out []string
	seen := map[string]bool{}
	for _, l := range lists {
		for _, id := range l {
			if !seen[id] {
				seen[id] = true
				out = append(out, id)
			}
		}
	}
	return out
}

// Members are the causes that no rule detects by itself: they only occur as
// alternatives of an ambiguity class.
var Members = map[string]redact.Text{
	"wrong-password":          redact.Const("the password is mistyped or was changed"),
	"password-expired":        redact.Const("the password has expired"),
	"unknown-user":            redact.Const("there is no such account, or it is in another directory"),
	"token-revoked":           redact.Const("the token was revoked, or its owner was deactivated"),
	"token-expired":           redact.Const("the token has passed its expiry date"),
	"token-of-other-instance": redact.Const("the token was made on another instance"),
	"product-older-than-tokens": redact.Const(
		"this version of the product does not know personal access tokens"),
	"token-not-of-this-email":   redact.Const("token and e-mail address belong to different accounts"),
	"access-token-revoked":      redact.Const("the OAuth grant was revoked or superseded before it expired"),
	"wrong-signing-key":         redact.Const("the private key does not match the public key of the application link"),
	"url-changed-after-signing": redact.Const("a proxy or base URL changes the signed URL"),
	"signature-encoding-slip":   redact.Const("the client encodes the signature base string wrongly"),
	"shared-secret-wrong":       redact.Const("the Connect shared secret is stale or of another installation"),
	"wrong-directory-id":        redact.Const("the SCIM directory ID is not the one of the key"),
	"key-revoked":               redact.Const("the SCIM or organisation key was regenerated or deleted"),
	"resource-absent":           redact.Const("the item does not exist"),
	"refresh-token-rotated":     redact.Const("a newer refresh token replaced this one"),
	"refresh-token-idle":        redact.Const("the refresh token was not used for 90 days"),
	"grant-revoked":             redact.Const("the user or an administrator removed the consent"),
	"app-not-installed":         redact.Const("the app is not, or no longer, installed on this site"),
	"host-down":                 redact.Const("the server is down"),
	"firewall-drop":             redact.Const("a firewall drops the packets silently"),
	"anonymous-wanted":          redact.Const("the call was meant to be anonymous"),
	"remote-api-disabled":       redact.Const("the old remote API is switched off"),
}
