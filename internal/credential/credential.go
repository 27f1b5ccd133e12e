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
	NTLM                        // MS-NTHT
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
	Unrecognized   Class = iota // no known shape
	APIToken                    // ATATT3...: Atlassian account API token, scoped or not
	OrgKey                      // ATCTT3...: organisation key, or Bitbucket access token
	ServiceToken                // ATSTT3...: service account token
	LegacyAPIToken              // 24 letters and digits: API token made before 2023 (or a password)
	AppPassword                 // ATBB...: Bitbucket app password
	PAT                         // 44 characters: Jira or Confluence Data Center personal access token
	BitbucketPAT                // BBDC-...: Bitbucket Data Center HTTP access token
	AlignToken                  // user:ID|...: Jira Align API 2.0 token
	JWTToken                    // three dot-separated base64url parts
	TrelloKey                   // 32 hex digits
	TrelloToken                 // 64 hex digits, or ATTA...
	UUIDKey                     // GenieKey, Statuspage key
	SessionID                   // JSESSIONID and friends
	Empty                       // nothing
	Placeholder                 // text that stands for a secret: {{token}}, $TOKEN, <your token>
	Masked                      // the capture replaced the secret: [REDACTED], ***, bullets
	OtherToken                  // AT...3: an Atlassian token of a kind not listed here
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

// MaxValue is the number of bytes of a value that are looked into. What is
// longer is kept as captured, but only its start is decoded.
const MaxValue = 64 << 10

// A Credential is one thing in a request that is meant to prove who sends it.
type Credential struct {
	Place Place
	// Field is the index of the header field in Request.Header, or of the
	// cookie in Request.Cookies if Listed is set; -1 if it is in the URL.
	Field int
	// Listed is set for a cookie that was found in Request.Cookies.
	Listed bool
	// At is the offset of Raw in the value of the field, or in the URL. It is 0
	// where Raw is the whole value.
	At int
	// Name is the field, cookie or query parameter name as captured; "" for
	// userinfo.
	Name string

	// Raw is the whole value as captured: a field value, a cookie value, a
	// query parameter value, or the userinfo of the URL. It is always
	// Lead() + Word + Gap + Param + Tail().
	Raw string
	// Word is the scheme word as written, with the colon of "Bearer:"; "" if
	// there is none.
	Word string
	// Gap is the text between Word and Param: normally one blank, but any run
	// of blanks, line breaks and invisible characters.
	Gap    string
	Scheme Scheme
	// Param is what follows the scheme word, as captured, without blanks and
	// line breaks at its end: those are [Credential.Tail]. Without a scheme
	// word it is the whole value. ParamAt is its offset in Raw.
	Param   string
	ParamAt int

	// Basic is set for scheme Basic, and for userinfo, where it holds the
	// halves as a client would send them (Encoding is NotBase64, Plain is not
	// set, Decoded is the userinfo with percent escapes undone).
	Basic *BasicPair

	// Token is the secret itself where it is one text: the bearer token (after
	// the second word of "Bearer Bearer ..."), the password half of a Basic
	// pair, the token that stands in place of a pair, the cookie value, the
	// query value with percent escapes undone.
	Token string
	// Class is the shape of Token, taken after blanks, quotes and invisible
	// characters around it (and "token=" before it) are dropped.
	Class Class
	// Checksum tells whether the checksum that an Atlassian token carries is
	// right.
	Checksum Checksum

	// OAuth1 holds the parameters of scheme OAuth1, in order, percent-decoded,
	// at most [MaxOAuthParams].
	OAuth1 []OAuthParam

	// Masked is set where the capture, not the client, replaced the secret or
	// the middle of it. On the wire the same text is a placeholder.
	Masked bool

	// Cut is set if Param is longer than [MaxValue]: only its start was
	// decoded, and Class is Unrecognized.
	Cut bool

	seen   traits // of Raw
	asked  bool   // claims holds the answer of JWT
	claims *Claims
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
	// UTF-16 is decoded and what surrounds them is dropped as for
	// [Credential.Class]. Without a colon PasswordClass is Empty.
	UserClass, PasswordClass Class
	// ParamClass is the shape of the parameter itself where that is no encoded
	// pair: a raw token, placeholder or mask in place of one. It is
	// Unrecognized for a pair.
	ParamClass Class
	// UTF16 is set if Decoded is UTF-16 ("LE" or "BE"); UTF16Text is the text.
	UTF16, UTF16Text string
	// Plain is set if the parameter is not encoded but the pair in clear.
	// Decoded is nil then.
	Plain bool
	// Twice is set if Decoded is itself base64 of a pair; it is the inner text.
	Twice string
	// PasswordPair is set if the password half is base64 of a pair (somebody
	// put the encoded pair into the password field); it is the inner text.
	PasswordPair string

	text string // Decoded, or the parameter if Plain
	seen traits // of text
}

// Claims is a decoded JSON Web Token (RFC 7519). The signature is never checked.
type Claims struct {
	Parts     int    // number of dot-separated parts
	Malformed string // constant words for what is wrong; "" if header and payload are JSON objects
	Encrypted bool   // five parts (RFC 7516): the payload cannot be read
	Alg, Typ  string
	Issuer    string
	Subject   string
	Audience  []string
	Scope     []string // the scope claim, split at blanks, or the scopes list
	QSH       string   // Atlassian Connect query string hash
	ClientKey string   // the clientKey claim
	ClientID  string   // the client_id claim of an OAuth 2.0 access token (RFC 9068)
	// TokenType is the claim https://id.atlassian.com/atl_token_type, such as
	// "ACCESS".
	TokenType string
	// IDToken is set if there are a nonce and an email claim, as in an OpenID
	// Connect ID token, which is no access token.
	IDToken bool
	// IssuedAt, NotBefore and Expires are seconds since 1970; 0: absent.
	IssuedAt, NotBefore, Expires int64
	// Unsigned is set if the signature part is empty or missing, or the
	// algorithm is "none".
	Unsigned bool
	// SignatureCut is set if the signature cannot have the length that its
	// algorithm gives (RFC 7518, section 3), or is not base64url.
	SignatureCut bool
}

// An OAuthParam is one parameter of an OAuth 1.0a header (RFC 5849, 3.5.1).
type OAuthParam struct{ Name, Value string }
