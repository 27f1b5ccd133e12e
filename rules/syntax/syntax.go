// Package syntax holds the rules about the syntax of the Authorization field.
package syntax

import (
	"github.com/why401/why401/internal/credential"
	"github.com/why401/why401/internal/redact"
	"github.com/why401/why401/internal/rule"
)

// Set is the rules of this area.
var Set rule.Set

// The commands that make a Basic value as it should be.
var (
	encodeSh = redact.Const(`printf '%s' "$EMAIL:$T" | base64 | tr -d '\n'`)
	encodePS = redact.Const(`[Convert]::ToBase64String([Text.Encoding]::UTF8.GetBytes(("{0}:{1}" -f $email,$t)))`)
)

// unread are the findings about a credential that the server did not even see:
// what a rule of this area explains on top of the refusals of bearer tokens.
var unread = []string{"no-credentials-sent", "cloud-user-not-email", "cloud-email-wrong", "email-instead-of-username"}

// schemeName shows a scheme word of the capture if it is one of those that are
// in use anywhere. Any other word might be the start of a password.
func schemeName(word string) redact.Text {
	return redact.OneOf(word,
		"Basic", "Bearer", "JWT", "OAuth", "Digest", "Negotiate", "NTLM", "GenieKey", "AWS4-HMAC-SHA256",
		"Token", "ApiKey", "Api-Key", "API", "Key", "PAT", "Authorization", "Hawk", "HMAC", "SharedKey", "Kerberos",
		"Basic:", "Bearer:", "JWT:", "OAuth:", "Digest:", "Negotiate:", "NTLM:", "GenieKey:",
		"Basc", "Baisc", "Bsic", "Basik", "Bear", "Beaer", "Baerer", "Berer", "Bearear", "Beare", "Bearer_", "Barer")
}

// place shows where in the field something stands. Positions behind the start
// of a credential that people may have made would tell its length.
func place(s *rule.Subject, at, end int, saw, want redact.Text) rule.Evidence {
	if at > s.Authorization.ParamAt {
		at, end = 0, 0
	}
	return s.Auth([2]int{at, end}, saw, want)
}

// inClear reports whether a value without scheme word is a pair in clear.
func inClear(c *credential.Credential) bool {
	for i := 1; i < len(c.Param); i++ {
		if c.Param[i] == ':' {
			return true
		}
	}
	return false
}
