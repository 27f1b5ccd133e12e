package credential

// MachineMade reports whether texts of class c are made by a product and not
// thought up by a person: their length is no secret.
func (c Class) MachineMade() bool {
	switch c {
	case APIToken, OrgKey, ServiceToken, AppPassword, PAT, BitbucketPAT, JWTToken, TrelloToken, OtherToken:
		return true
	}
	return false
}
