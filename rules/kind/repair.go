package kind

import (
	"strings"

	"github.com/why401/why401/internal/credential"
	"github.com/why401/why401/internal/redact"
	"github.com/why401/why401/internal/rule"
)

// none is the repair of a request that cannot be repaired.
func none() (rule.Repair, bool) { return rule.Repair{}, false }

// repairAlign is the repair of align-bearer-missing. A pair that is no token of
// Align's cannot be made one.
func repairAlign(s *rule.Subject) (rule.Repair, bool) {
	c := s.Authorization
	if extra, _, _ := c.Extra(); extra != credential.NoExtra {
		return none()
	}
	token := c.Param
	if b := c.Basic; b != nil {
		switch {
		case b.ParamClass == credential.AlignToken || b.Plain:
		case b.PasswordClass == credential.AlignToken:
			token = b.Password
		case b.UserClass == credential.AlignToken:
			token = b.User
		case alignPair(b):
			token = "user:" + b.Password
		default:
			return none()
		}
	}
	token = strings.TrimSpace(token)
	if credential.ClassOf(token) != credential.AlignToken {
		return none()
	}
	return s.Authorize("bearer "+token, redact.Const("the word bearer before the token"))
}

// repairPAT is the repair of pat-sent-as-basic.
func repairPAT(s *rule.Subject) (rule.Repair, bool) {
	c, b := s.Authorization, s.Basic()
	token := ""
	switch {
	case b == nil:
	case b.IsToken():
		token = c.Param
	case b.HasColon && b.PasswordClass == credential.PAT:
		token = b.Password
	case b.UserClass == credential.PAT:
		token = b.User
	}
	if token = strings.TrimSpace(token); credential.ClassOf(token) != credential.PAT {
		return none()
	}
	return s.Authorize("Bearer "+token, redact.Const("the token alone after Bearer"))
}

// repairInside is the repair of bearer-inside-basic.
func repairInside(s *rule.Subject) (rule.Repair, bool) {
	b := s.Basic()
	if b == nil || b.IsToken() {
		return none()
	}
	scheme, token := credential.LeadingScheme(b.Password)
	user := b.User
	if scheme != credential.Bearer {
		scheme, token = credential.LeadingScheme(b.User)
		user = ""
	}
	token = strings.TrimSpace(token)
	if scheme != credential.Bearer || token == "" {
		return none()
	}
	if k := credential.ClassOf(token); k == credential.APIToken || k == credential.AppPassword {
		if user == "" {
			return none() // it goes with an e-mail address
		}
		return s.AuthorizePair(user+":"+token, redact.Const("the word Bearer taken out of the password"))
	}
	return s.Authorize("Bearer "+token, redact.Const("the token alone after Bearer"))
}
