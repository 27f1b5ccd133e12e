// Package rule says what a rule is: one root cause of a refused request, with
// the way to recognise it, the proof it must bring and what to do about it.
//
// A rule is a plain value that reads from top to bottom. Its function looks at
// one [Subject] (an exchange with the facts that were worked out about it), at
// one [Session] or at one [Capture], and reports findings to a [Pass]. It does
// no I/O, looks at no clock, keeps nothing between calls and never sees another
// rule. What it says is made of package redact's Text, so that it cannot leak.
package rule

import (
	"github.com/why401/why401/internal/exchange"
	"github.com/why401/why401/internal/redact"
	"github.com/why401/why401/internal/target"
)

// A Rule is one root cause, defined by what the reader has to do about it.
type Rule struct {
	// ID names the rule, in words, for ever. Renames go to Formerly.
	ID string
	// Title says what is wrong, as a short sentence without a full stop.
	Title string
	// Doc is the prose of the rule's page, in Markdown: what happens, how it
	// is recognised, and which innocent cases are left alone.
	Doc      string
	Area     Area
	Severity Severity
	// Layer is where the cause sits between capture and permission; zero means
	// the layer of the area.
	Layer Layer
	// Products are the products whose exchanges the rule looks at; the zero
	// set means all Atlassian products.
	Products target.Set
	// Anywhere lets the rule look also at exchanges whose host is not known to
	// be an Atlassian product.
	Anywhere bool
	// When are the traits a subject must all have for Each to be called.
	When Trait
	// Needs is what a capture must show for the signatures that look at it. If
	// no signature could be judged for want of it, the rule is reported as not
	// checked.
	Needs exchange.Sight
	// Explains lists the rules whose findings follow from this one.
	Explains []string
	// Lasting marks a state that outlives the request that caused it, such as
	// a locked account: a rule that explains it explains it on later requests
	// of the same client, too.
	Lasting bool
	// Hides, on a rule about captures, names what the capture withholds. Where
	// a failing exchange stays unexplained and its source does not show that
	// part, the finding is taken for the cause.
	Hides exchange.Sight
	// Fix is what to do, unless a finding brings its own.
	Fix []Fix
	// Repair, where doing it needs no judgement, does to a request what Fix tells
	// its sender to do: a line break is removed, a missing word is put in. It is
	// false where this request would need something that it does not hold. It is
	// asked about subjects that the rule reported, and must be as pure as Each.
	Repair func(*Subject) (Repair, bool)
	// Alternatives are the causes that one capture cannot tell apart, as rule
	// ids or members of an ambiguity class; see [Members].
	Alternatives []string
	// Confirm is the one request that would settle the case.
	Confirm    *Confirm
	References []Reference
	// Since is the version that first had the rule.
	Since    string
	Formerly []string

	// Exactly one of these is set.
	Each  func(*Pass, *Subject) // one exchange
	Over  func(*Pass, *Session) // the exchanges of one client, in order
	Whole func(*Pass, *Capture) // one capture, after it was read
}

// A Fix is something to do, and who can do it.
type Fix struct {
	Who Actor
	Do  redact.Text
	// Command is a command for a POSIX shell that does it, PowerShell the same
	// for PowerShell where it differs. In both, and in Do, the words SITE, BASE,
	// HOST and URL stand for those of the failing request and are filled in.
	Command, PowerShell redact.Text
}

// A Confirm is a request that separates causes which one capture cannot.
type Confirm struct {
	Do                  redact.Text
	Command, PowerShell redact.Text // as in [Fix]
	Outcomes            []Outcome
}

// An Outcome says what a result of a [Confirm] means.
type Outcome struct {
	Seen  redact.Text
	Means string // a rule id, a member of an ambiguity class, or "" for none
}

// A Reference is a source for what a rule claims.
type Reference struct {
	Title string // e.g. "RFC 7617, section 2", "JRACLOUD-72920"
	URL   string // may be empty
}

// Severity says how bad a finding is.
type Severity uint8

// The severities.
const (
	Info    Severity = iota // worth knowing
	Warning                 // will fail later, or weakens the case
	Error                   // explains a failure
)

// String returns info, warning or error.
func (s Severity) String() string { return [...]string{"info", "warning", "error"}[s] }

// Certainty says how sure a finding is.
type Certainty uint8

// The degrees of certainty.
const (
	Possible Certainty = iota // one of several causes
	Likely                    // no common innocent explanation
	Proven                    // the capture holds the proof
)

// String returns possible, likely or proven.
func (c Certainty) String() string { return [...]string{"possible", "likely", "proven"}[c] }

// Actor is who can mend a cause.
type Actor uint8

// The actors.
const (
	Nobody    Actor = iota
	Caller          // whoever makes the request
	Admin           // an administrator of the product
	Network         // whoever runs the network or the proxy
	Atlassian       // Atlassian support
)

// String returns none, caller, admin, network or atlassian.
func (a Actor) String() string {
	return [...]string{"none", "caller", "admin", "network", "atlassian"}[a]
}

// Layer orders causes: a break in a lower layer explains everything above it.
type Layer uint8

// The layers, lowest first.
const (
	LayerUnset Layer = iota
	LayerCapture
	LayerDNS
	LayerTCP
	LayerTLS
	LayerFront      // a proxy, firewall or edge answered
	LayerURL        // wrong address, host or redirect
	LayerAbsent     // no credential
	LayerSyntax     // header syntax
	LayerEncoding   // bytes of the credential
	LayerKind       // kind of credential against product
	LayerLock       // CAPTCHA, policy, cookie, clock
	LayerRefused    // the server refused the credential
	LayerPermission // logged in, but denied
	LayerRate
)

// Credential reports whether l is about the credential: such findings are
// vetoed by an answer that shows the login was accepted.
func (l Layer) Credential() bool { return l >= LayerAbsent && l <= LayerRefused }

// Area is the part of the catalogue that a rule belongs to.
type Area uint8

// The areas.
const (
	AreaUnset Area = iota
	CredentialEncoding
	HeaderSyntax
	CredentialKind
	Refused
	ProductAndURL
	SessionAndCookie
	LockAndPolicy
	Permission
	XSRF
	RedirectAndFront
	EdgeAndNetwork
	TLS
	DNS
	Time
	OAuth2
	OAuth1
	ConnectJWT
	Rate
	Client
	CaptureQuality
	areas
)

var areaFacts = [areas]struct {
	name  string
	layer Layer
}{
	AreaUnset:          {"", LayerUnset},
	CredentialEncoding: {"credential-encoding", LayerEncoding},
	HeaderSyntax:       {"header-syntax", LayerSyntax},
	CredentialKind:     {"credential-kind", LayerKind},
	Refused:            {"refused", LayerRefused},
	ProductAndURL:      {"product-and-url", LayerURL},
	SessionAndCookie:   {"session-and-cookie", LayerLock},
	LockAndPolicy:      {"lock-and-policy", LayerLock},
	Permission:         {"permission", LayerPermission},
	XSRF:               {"xsrf", LayerPermission},
	RedirectAndFront:   {"redirect-and-front", LayerURL},
	EdgeAndNetwork:     {"edge-and-network", LayerFront},
	TLS:                {"tls", LayerTLS},
	DNS:                {"dns", LayerDNS},
	Time:               {"time", LayerLock},
	OAuth2:             {"oauth2", LayerKind},
	OAuth1:             {"oauth1", LayerRefused},
	ConnectJWT:         {"connect-jwt", LayerRefused},
	Rate:               {"rate", LayerRate},
	Client:             {"client", LayerLock},
	CaptureQuality:     {"capture", LayerCapture},
}

// String returns the name of the area in the catalogue.
func (a Area) String() string { return areaFacts[a].name }

// Ranks returns the layer of the rule: its own, or that of its area.
func (r *Rule) Ranks() Layer {
	if r.Layer != LayerUnset {
		return r.Layer
	}
	return areaFacts[r.Area].layer
}
