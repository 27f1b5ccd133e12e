package credential

import (
	"slices"
	"strings"
	"testing"
)

func TestParseJWT(t *testing.T) {
	head := b64url(`{"alg":"HS256","typ":"JWT"}`)
	sig := strings.Repeat("CANARY", 7) + "A"
	body := b64url(`{"iss":"a"}`)
	for _, tt := range []struct {
		name, token, malformed string
		ok                     func(*Claims) bool
	}{
		{"numbers", jwt(`{"iss":"https://auth.atlassian.com","sub":"712020:a","exp":1767225600,"iat":1767222000.5,"nbf":"1767222000"}`), "", func(j *Claims) bool {
			return j.Issuer == "https://auth.atlassian.com" && j.Subject == "712020:a" && j.Expires == 1767225600 && j.IssuedAt == 1767222000 &&
				j.NotBefore == 1767222000 && j.Alg == "HS256" && j.Typ == "JWT" && j.Parts == 3 && !j.Unsigned && !j.SignatureCut
		}},
		{"exponent", jwt(`{"exp":1.7672256e9}`), "", func(j *Claims) bool { return j.Expires == 1767225600 }},
		{"no numbers", jwt(`{"exp":"soon","iat":null,"nbf":1e300}`), "", func(j *Claims) bool { return j.Expires == 0 && j.IssuedAt == 0 && j.NotBefore == 0 }},
		{"strings", jwt(`{"aud":"a","scope":"read:jira-work  write:jira-work"}`), "", func(j *Claims) bool {
			return slices.Equal(j.Audience, []string{"a"}) && slices.Equal(j.Scope, []string{"read:jira-work", "write:jira-work"})
		}},
		{"lists", jwt(`{"aud":["a", "b", {}, 1],"scopes":["c","d"]}`), "", func(j *Claims) bool {
			return slices.Equal(j.Audience, []string{"a", "b", "1"}) && slices.Equal(j.Scope, []string{"c", "d"})
		}},
		{"Connect", jwt(`{"iss":"app","qsh":"8063ff4c","clientKey":"k"}`), "", func(j *Claims) bool { return j.QSH == "8063ff4c" && j.ClientKey == "k" }},
		{"access token", jwt(`{"client_id":"c","https://id.atlassian.com/atl_token_type":"ACCESS"}`), "", func(j *Claims) bool { return j.ClientID == "c" && j.TokenType == "ACCESS" && !j.IDToken }},
		{"ID token", jwt(`{"nonce":"n","email":"me@example.com"}`), "", func(j *Claims) bool { return j.IDToken }},
		{"unsigned", b64url(`{"alg":"none"}`) + "." + body + ".", "", func(j *Claims) bool { return j.Unsigned && j.Issuer == "a" }},
		{"cut signature", head + "." + body + "." + sig[:20], "", func(j *Claims) bool { return j.SignatureCut }},
		{"masked signature", head + "." + body + ".redacted", "", func(j *Claims) bool { return !j.SignatureCut && !j.Unsigned }},
		{"encrypted", b64url(`{"alg":"dir","enc":"A256GCM"}`) + ".a.b.c.d", "", func(j *Claims) bool { return j.Encrypted && j.Parts == 5 }},
		{"two parts", head + "." + body, "two parts instead of three", func(j *Claims) bool { return j.Issuer == "a" && j.Unsigned }},
		{"one part", head, "one part instead of three", func(j *Claims) bool { return j.Alg == "HS256" }},
		{"four parts", head + "." + body + ".a.b", "not three parts", func(j *Claims) bool { return j.Parts == 4 && j.Issuer == "a" }},
		{"payload cut", head + "." + body[:len(body)-3] + "." + sig, "payload is not a JSON object", nil},
		{"payload is a list", head + "." + b64url(`[1]`) + "." + sig, "payload is not a JSON object", nil},
		{"payload is null", head + "." + b64url(`null`) + "." + sig, "payload is not a JSON object", nil},
		{"payload impossible", head + "." + body[:len(body)-2] + "." + sig, "payload is cut or not base64url", nil},
		{"payload empty", head + ".." + sig, "payload is empty", nil},
		{"other alphabet", head + "." + enc(`{"iss":"a"}`) + "." + sig, "payload is base64 but not base64url", func(j *Claims) bool { return j.Issuer == "a" }},
		{"blank", head + "." + body[:4] + " " + body[4:] + "." + sig, "payload is not base64url", nil},
		{"line feed", head + "." + body[:4] + "\n" + body[4:] + "." + sig, "payload is not base64url", nil},
		{"not encrypted", head + ".a.b.c.d", "five parts, but not encrypted", nil},
		{"long", "eyJ" + strings.Repeat("a", MaxValue), "longer than any token", nil},
		{"nothing", "", "header is empty", nil},
	} {
		j := ParseJWT(tt.token)
		if j.Malformed != tt.malformed || tt.ok != nil && !tt.ok(j) {
			t.Errorf("%s: malformed %q, parts %d", tt.name, j.Malformed, j.Parts)
		}
	}
}

func TestCredentialJWT(t *testing.T) {
	token := jwt(`{"iss":"a"}`)
	for _, value := range []string{
		"Bearer " + token, "JWT " + token, "JWT token=\"" + token + "\"", "Basic " + token, "Basic " + enc("me:"+token), "Basic " + enc(token+":"), token,
		"Bearer \"" + token + "\"", "Bearer Bearer " + token,
	} {
		c := auth(value)
		if j := c.JWT(); j == nil || j.Issuer != "a" || c.JWT() != j {
			t.Errorf("%q: no token", value)
		}
	}
	for _, value := range []string{"Bearer " + pat(1), "Basic " + enc("me:eyJx"), "Bearer eyes.only", "", "Bearer"} {
		if auth(value).JWT() != nil {
			t.Errorf("%q: a token", value)
		}
	}
	c := auth("Bearer " + token[:45])
	if j := c.JWT(); j == nil || j.Malformed == "" {
		t.Error("a cut token is not malformed")
	}
	c = auth("Bearer eyJhbGciOiJub25lIn0.eyJpc3MiOiJhIn0.redacted")
	if !c.Masked || c.JWT() == nil || c.JWT().Issuer != "a" {
		t.Error("a masked token shows nothing")
	}
}
