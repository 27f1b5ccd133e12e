package rule

// A Trait is a cheap property of a [Subject]. Traits are worked out once for
// each exchange, so that a rule that does not apply costs one comparison.
type Trait uint32

// The traits.
const (
	// What was offered.
	HasAuthorization Trait = 1 << iota // an Authorization field is there
	OffersBasic                        // scheme Basic
	OffersBearer                       // scheme Bearer
	OffersOther                        // any other scheme, or no scheme word
	OffersCookie                       // a session cookie
	OffersAny                          // any credential at all, wherever

	// What came of it.
	Failing    // a failing exchange in the sense of [Subject.Failed]
	Troubled   // status 400 or more, or a failure, that is not about the login
	Unanswered // no response
	Answered   // a response
	Is401
	Is403
	Is404
	Is2xx
	Is3xx
	Recognized  // the answer shows that the login was accepted
	LoginFailed // X-Seraph-LoginReason lists AUTHENTICATED_FAILED
	LoginDenied // X-Seraph-LoginReason lists AUTHENTICATION_DENIED
	HasBody     // the capture holds a response body that is not empty
)
