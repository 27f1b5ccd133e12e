// Package credential works out what a request offers to prove who it is:
// Basic pairs, bearer tokens, OAuth 1.0a, Connect JWTs, cookies, keys.
//
// Everything is decoded beside the original, never over it: Raw and Param are
// the bytes of the capture, and each decoded part says what had to be forgiven
// to get at it. Names follow RFC 9110 section 11 (scheme, credentials), RFC 7617
// (user-id, password) and RFC 6750 (bearer token).
//
// Values of this package hold secrets. They must never reach a person except
// through package redact.
package credential

// Scheme is the authentication scheme of a credential (RFC 9110, section 11.1).
type Scheme uint8

// The schemes that the rules tell apart.
const (
	NoScheme      Scheme = iota // a value without a scheme word
	Basic                       // RFC 7617
	Bearer                      // RFC 6750
	JWT                         // Atlassian Connect: "JWT <token>"
	OAuth1                      // RFC 5849: "OAuth oauth_..."
	OAuthKey                    // Statuspage: "OAuth <key>"
	Negotiate                   // RFC 4559
	NTLM                        //
	Digest                      // RFC 7616
	GenieKey                    // Opsgenie
	UnknownScheme               // another word
)

// Place says where in a request a credential was found.
type Place uint8

// The places.
const (
	InAuthorization      Place = iota // Authorization field
	InProxyAuthorization              // Proxy-Authorization field
	InMisnamedField                   // another field that plainly carries a credential
	InUserinfo                        // https://user:password@host
	InQuery                           // os_username, access_token, jwt, ...
	InCookie                          // session cookie
)

// Class is the kind of secret that a text has the shape of.
type Class uint8

// The classes. The comment gives the shape; see the catalogue of secret
// formats in docs/credentials.md for the sources.
const (
	Unrecognized    Class = iota // no known shape
	APIToken                     // ATATT3...: Atlassian account API token, scoped or not
	OrgKey                       // ATCTT3...: organisation key, or Bitbucket access token
	ServiceToken                 // ATSTT3...: service account token
	LegacyAPIToken               // 24 letters and digits: API token made before 2023 (or a password)
	AppPassword                  // ATBB...: Bitbucket app password
	PAT                          // 44 characters: Jira or Confluence Data Center personal access token
	BitbucketPAT                 // BBDC-...: Bitbucket Data Center HTTP access token
	AlignToken                   // user:ID|...: Jira Align API 2.0 token
	JWTToken                     // three dot-separated base64url parts
	TrelloKey                    // 32 hex digits
	TrelloToken                  // 64 hex digits, or ATTA...
	UUIDKey                      // GenieKey, Statuspage key
	SessionID                    // JSESSIONID and friends
	Empty                        // nothing
	Placeholder                  // text that stands for a secret: {{token}}, $TOKEN, <your token>
	Masked                       // the capture replaced the secret: [REDACTED], ***, bullets
)

// Base64 says how a text decodes as base64 (RFC 4648).
type Base64 uint8

// The states, from right to wrong.
const (
	NotBase64   Base64 = iota // does not decode, whatever is forgiven
	Strict                    // standard alphabet, right padding, no stray bytes
	Unpadded                  // right but for missing "="
	URLAlphabet               // "-" and "_" in place of "+" and "/"
	Sloppy                    // decodes after stray bytes, blanks or excess padding are dropped
	Impossible                // the alphabet is right but the length cannot be (4n+1): something was cut
)

// A Credential is one thing in a request that is meant to prove who sends it.
type Credential struct {
	Place Place
	// Field is the index of the header field in Request.Header (or the cookie
	// in Request.Cookies); -1 if it is not in a field.
	Field int
	// Name is the field, cookie or query parameter name as captured.
	Name string

	// Raw is the whole value as captured.
	Raw string
	// Word is the scheme word as written; "" if there is none.
	Word string
	// Gap is the text between Word and Param (normally one blank).
	Gap    string
	Scheme Scheme
	// Param is what follows the scheme word, as captured; ParamAt is its
	// offset in Raw.
	Param   string
	ParamAt int

	// Basic is set for scheme Basic.
	Basic *BasicPair

	// Token is the secret itself where it is one text: the bearer token, the
	// password half of a Basic pair, the cookie value.
	Token string
	// Class is the shape of Token.
	Class Class
	// Checksum tells whether the checksum that an Atlassian token carries is
	// right.
	Checksum Checksum

	// JWT is set where Token, a Basic half or the parameter is a JSON Web Token.
	JWT *Claims

	// OAuth1 holds the parameters of scheme OAuth1, in order, percent-decoded.
	OAuth1 []OAuthParam

	// Masked is set where the capture, not the client, replaced the secret.
	Masked bool
}

// Checksum is the state of the CRC-32 at the end of an Atlassian token.
type Checksum uint8

// The states.
const (
	NoChecksum Checksum = iota // the shape has none
	ChecksumRight
	ChecksumWrong
)

// A BasicPair is the decoded parameter of the Basic scheme (RFC 7617).
type BasicPair struct {
	// Encoding says how the parameter decodes.
	Encoding Base64
	// Decoded is the result of the most lenient decoding that works; nil for
	// NotBase64. It is the user-id, a colon and the password, if all is well.
	Decoded []byte
	// HasColon tells whether there is a colon to split at.
	HasColon bool
	// User and Password are the halves around the first colon, every byte
	// kept. Without a colon User is all of it.
	User, Password string
	// UserClass and PasswordClass are the shapes of the halves, taken after
	// surrounding white space is dropped.
	UserClass, PasswordClass Class
	// UTF16 is set if Decoded is UTF-16 ("LE" or "BE").
	UTF16 string
	// Plain is set if the parameter is not encoded but the pair in clear.
	Plain bool
	// Twice is set if Decoded is itself base64 of a pair; it is the inner text.
	Twice string
}

// Claims is a decoded JSON Web Token (RFC 7519). The signature is never checked.
type Claims struct {
	Parts     int    // number of dot-separated parts
	Malformed string // constant words for what is wrong; "" if header and payload are JSON objects
	Alg, Typ  string
	Issuer    string
	Subject   string
	Audience  []string
	Scope     []string // the scope claim, split at blanks, or the scopes list
	QSH       string   // Atlassian Connect query string hash
	ClientKey string
	// IssuedAt, NotBefore and Expires are seconds since 1970; 0: absent.
	IssuedAt, NotBefore, Expires int64
	// Unsigned is set if the signature part is empty.
	Unsigned bool
}

// An OAuthParam is one parameter of an OAuth 1.0a header (RFC 5849, 3.5.1).
type OAuthParam struct{ Name, Value string }
