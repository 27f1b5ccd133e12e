package exchange

// A Log is what a log of the server says of a request beyond what fits in a
// message. The fields of the response that stand for the rest of it are marked
// [Field.Derived].
type Log struct {
	// Account is the account for which a login was tried; "": none was, or the
	// log does not say. It is untrusted text, shown through redact.User only.
	Account string
	// Failures is the count of failed logins of the account after this one; 0:
	// unknown.
	Failures int
}
