package credential

// MachineMade reports whether c is the class of a token that says itself what it
// is. Nobody thought it up: its length is no secret, and every character of it
// is known to be meant. Classes that are only a length and an alphabet
// (LegacyAPIToken, TrelloKey, UUIDKey) do not count, because a password can look
// the same.
func (c Class) MachineMade() bool {
	switch c {
	case APIToken, OrgKey, ServiceToken, AppPassword, PAT, BitbucketPAT, AlignToken, JWTToken, OtherToken:
		return true
	}
	return false
}
