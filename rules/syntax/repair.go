package syntax

import (
	"strings"

	"github.com/why401/why401/internal/credential"
	"github.com/why401/why401/internal/redact"
	"github.com/why401/why401/internal/rule"
)

// none is the repair of a request that cannot be repaired.
func none() (rule.Repair, bool) { return rule.Repair{}, false }

// words are the scheme words as they are written.
var words = map[credential.Scheme]string{credential.Basic: "Basic", credential.Bearer: "Bearer", credential.JWT: "JWT"}

// needsUser reports whether the value is a token that only goes with an e-mail
// address, which is not there.
func needsUser(c *credential.Credential) bool {
	return c.Class == credential.APIToken || c.Class == credential.AppPassword
}

// repairMissing is the repair of auth-scheme-missing.
func repairMissing(s *rule.Subject) (rule.Repair, bool) {
	c := s.Authorization
	if extra, _, _ := c.Extra(); extra != credential.NoExtra || needsUser(c) {
		return none()
	}
	param := strings.TrimSpace(c.Param)
	switch fits := c.Fits(); {
	case fits == credential.Basic:
		return s.Authorize("Basic "+param, redact.Const("the word Basic put before the value"))
	case fits == credential.Bearer:
		return s.Authorize("Bearer "+param, redact.Const("the word Bearer put before the token"))
	case fits == credential.JWT:
		return s.Authorize("JWT "+param, redact.Const("the word JWT put before the token"))
	case inClear(c):
		return s.AuthorizePair(param, redact.Const("user name and token encoded for Basic"))
	}
	return none()
}

// repairWord is the repair of auth-scheme-unknown.
func repairWord(s *rule.Subject) (rule.Repair, bool) {
	c := s.Authorization
	did := redact.Const("the word before the credential written right")
	switch c.Scheme {
	case credential.Bearer:
		return s.Authorize("Bearer "+c.Param, did)
	case credential.UnknownScheme, credential.OAuthKey, credential.GenieKey:
	default:
		return none()
	}
	scheme := c.Fits()
	if scheme == credential.NoScheme && near(c.Word) {
		scheme, _ = credential.NearestScheme(strings.TrimSuffix(c.Word, ":"))
	}
	if words[scheme] == "" || needsUser(c) || c.Param == "" {
		return none()
	}
	return s.Authorize(words[scheme]+" "+c.Param, did)
}

// repairExtra is the repair of authorization-extra-text.
func repairExtra(s *rule.Subject) (rule.Repair, bool) {
	c := s.Authorization
	extra, at, end := c.Extra()
	if strings.ContainsAny(c.Raw, `"'`) {
		return none() // a closing quote may be the end of the credential, or of the text
	}
	switch rest := strings.TrimSpace(c.Raw[end:]); extra {
	case credential.SecondScheme:
		scheme, _ := credential.LeadingScheme(c.Raw[at:])
		if words[scheme] == "" {
			return none()
		}
		return s.Authorize(words[scheme]+" "+rest, redact.Const("the scheme word once"))
	case credential.HeaderName:
		if scheme, _ := credential.LeadingScheme(rest); scheme == credential.NoScheme && c.Word != "" {
			rest = c.Word + " " + rest
		}
		return s.Authorize(rest, redact.Const("the name of the header taken out of its value"))
	case credential.ParamName:
		if c.Word != "" {
			rest = c.Word + " " + rest
		}
		return s.Authorize(rest, redact.Const("the name before the credential taken out"))
	}
	return none()
}

// repairBearerPair is the repair of basic-credential-as-bearer.
func repairBearerPair(s *rule.Subject) (rule.Repair, bool) {
	t := strings.Trim(s.Authorization.Param, "\"'")
	if _, ok := credential.EncodedPair(t); ok {
		return s.Authorize("Basic "+t, redact.Const("the word Basic in place of Bearer"))
	}
	if clearPair(t) {
		return s.AuthorizePair(t, redact.Const("user name and token encoded for Basic"))
	}
	return none()
}

// repairOption is the repair of curl-option-in-header: what curl would have made
// of -u.
func repairOption(s *rule.Subject) (rule.Repair, bool) {
	c := s.Authorization
	_, at, end := c.Extra()
	option := strings.TrimLeft(c.Raw[at:end], `"'`)
	if !strings.HasPrefix(option, "-u") && !strings.HasPrefix(option, "--user") {
		return none()
	}
	pair := strings.Trim(strings.TrimSpace(c.Raw[end:]), `"'`)
	if strings.ContainsAny(pair, " \t") {
		return none() // more of a command line follows
	}
	return s.AuthorizePair(pair, redact.Const("what curl makes of that option"))
}

// repairName is the repair of authorization-header-misnamed.
func repairName(s *rule.Subject) (rule.Repair, bool) {
	list := s.Offers.In(credential.InMisnamedField)
	if s.Authorization != nil || len(list) != 1 || list[0].Masked || words[list[0].Scheme] == "" {
		return none()
	}
	c := &list[0]
	r := rule.Repair{
		Did:   redact.Const("the header called Authorization"),
		Edits: []rule.Edit{{Field: c.Field, Name: "Authorization", Value: strings.TrimSpace(c.Raw)}},
	}
	return r, r.Check(s.Request.Header) == nil
}

// repairJWT is the repair of oauth-token-as-basic.
func repairJWT(s *rule.Subject) (rule.Repair, bool) {
	b := s.Basic()
	token := ""
	switch {
	case b.ParamClass == credential.JWTToken:
		token = s.Authorization.Param
	case b.PasswordClass == credential.JWTToken:
		token = b.Password
	case b.UserClass == credential.JWTToken:
		token = b.User
	}
	if token == "" {
		return none()
	}
	return s.Authorize("Bearer "+strings.TrimSpace(token), redact.Const("the token alone after Bearer"))
}
