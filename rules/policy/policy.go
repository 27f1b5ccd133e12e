// Package policy holds the rules about locks and policies: CAPTCHA, switched-off logins, allowlists.
package policy

import (
	"github.com/why401/why401/internal/rule"
)

// Set is the rules of this area.
var Set rule.Set

// userOf returns the account that the request tries to log in as, as far as it
// shows; it is only ever compared.
func userOf(s *rule.Subject) string {
	if b := s.Basic(); b != nil && b.HasColon {
		return b.User
	}
	if s.Log != nil && s.Log.Account != "" {
		return s.Log.Account
	}
	if c := s.Offers.Query("os_username"); c != nil {
		return c.Token
	}
	return ""
}

const wrongPassword = "incorrectpasswordauthenticationexception"

// passwordRefused reports whether the server says that it tried a password and
// refused it.
func passwordRefused(s *rule.Subject) bool {
	return s.Has(rule.LoginFailed) || s.Has(rule.Is401|rule.HasBody) && s.Says(wrongPassword)
}
