package credential

import (
	"strings"

	"github.com/why401/why401/internal/exchange"
)

// MaxCredentials is the number of credentials of one request that are kept.
const MaxCredentials = 128

// All is everything that a request offers to prove who sends it. The zero value
// is nothing.
type All struct {
	list []Credential
	ends [places]uint8 // list up to ends[p] is what places up to p hold
	// Dropped counts the credentials beyond [MaxCredentials].
	Dropped int
}

const places = int(InCookie) + 1

// Of returns everything that r offers. Within a place the order is that of the
// request. A cookie that stands in a Cookie field and in r.Cookies is returned
// once, as that of the field.
//
// The result refers to the strings of r and holds nothing else of it.
func Of(r *exchange.Request) All {
	var f finder
	f.fields(r.Header)
	f.cookies(r.Cookies)
	f.url(r.URL)
	return f.all()
}

// List returns all credentials by place, in the order of the constants.
func (a All) List() []Credential { return a.list }

// In returns the credentials found in place p.
func (a All) In(p Place) []Credential {
	if int(p) >= places {
		return nil
	}
	from := uint8(0)
	if p > 0 {
		from = a.ends[p-1]
	}
	return a.list[from:a.ends[p]:a.ends[p]]
}

// Authorization returns the credentials in Authorization fields: none, one, or
// (against RFC 9110, section 11.6.2) several.
func (a All) Authorization() []Credential { return a.In(InAuthorization) }

// Main returns the credential that the product looks at first: that of the
// first Authorization field, else of the first query parameter that holds a
// secret, else the first session cookie. It is nil if the request offers
// nothing that a product reads, although there may be a credential in the
// userinfo of the URL, in Proxy-Authorization or in a misnamed field.
func (a All) Main() *Credential {
	if n := a.ends[InAuthorization]; n > 0 {
		return &a.list[0]
	}
	for _, p := range [...]Place{InQuery, InCookie} {
		list := a.In(p)
		for i := range list {
			if p == InCookie || !userParam(list[i].Name) {
				return &list[i]
			}
		}
	}
	return nil
}

// Query returns the credential in the first query parameter called name (which
// is compared exactly), or nil.
func (a All) Query(name string) *Credential { return named(a.In(InQuery), name) }

// Cookie returns the first session cookie called name (which is compared
// exactly), or nil.
func (a All) Cookie(name string) *Credential { return named(a.In(InCookie), name) }

func named(list []Credential, name string) *Credential {
	for i := range list {
		if list[i].Name == name {
			return &list[i]
		}
	}
	return nil
}

// found is a credential before it is parsed.
type found struct {
	place       Place
	listed      bool
	field, at   int32
	name, value string
}

// nowhere marks a credential that turned out not to be one.
const nowhere = Place(places)

// A finder collects credentials. It lives on the stack as long as they are few,
// which is why it is no plain slice.
type finder struct {
	few     [8]found
	more    []found
	n       int
	dropped int
}

func (f *finder) add(x found) {
	switch {
	case f.n < len(f.few):
		f.few[f.n] = x
	case f.n < MaxCredentials:
		f.more = append(f.more, x)
	default:
		f.dropped++
		return
	}
	f.n++
}

// get returns the i-th credential.
func (f *finder) get(i int) *found {
	if i < len(f.few) {
		return &f.few[i]
	}
	return &f.more[i-len(f.few)]
}

// all parses what was found, by place.
func (f *finder) all() All {
	a := All{Dropped: f.dropped}
	if f.n == 0 {
		return a
	}
	a.list = make([]Credential, f.n)
	n := 0
	for p := range nowhere {
		for i := range f.n {
			if x := f.get(i); x.place == p {
				c := &a.list[n]
				c.parse(p, int(x.field), x.name, x.value)
				c.At, c.Listed = int(x.at), x.listed
				n++
			}
		}
		a.ends[p] = uint8(n)
	}
	a.list = a.list[:n]
	return a
}

func (f *finder) fields(h exchange.Header) {
	for i := range h {
		name := h[i].Name
		switch kind := fieldKind(name); kind {
		case noField:
		case cookieField:
			f.cookieField(int32(i), h[i].Value)
		default:
			f.add(found{place: kind.place(), field: int32(i), name: name, value: h[i].Value})
		}
	}
}

// aField says what a header field has to do with credentials.
type aField uint8

const (
	noField aField = iota
	authorizationField
	proxyField
	misnamedField
	cookieField
)

func (k aField) place() Place {
	switch k {
	case authorizationField:
		return InAuthorization
	case proxyField:
		return InProxyAuthorization
	}
	return InMisnamedField
}

// fieldKind is called for every header field of a capture: it decides by length
// and first letter, and compares only what is left.
func fieldKind(name string) aField {
	if name == "" {
		return noField
	}
	switch name[0] | 0x20 {
	case 'a':
		return fieldA(name)
	case 'c':
		if equalFold(name, "cookie") {
			return cookieField
		}
	case 'p':
		if equalFold(name, "proxy-authorization") {
			return proxyField
		}
		if equalFold(name, "private-token") { // GitLab
			return misnamedField
		}
	case 'x', 'b', 'j', 't':
		if misnamed(name) {
			return misnamedField
		}
	case ' ', '"' | 0x20, '\'' | 0x20, '\t' | 0x20:
		return fieldDressed(name)
	}
	switch name[len(name)-1] {
	case ' ', '\t', ':', '"', '\'':
		return fieldDressed(name)
	}
	return noField
}

// misnames are the field names that people and other products put credentials
// in, the misspellings of "authorization" aside.
var misnames = [...]string{
	"auth", "authentication", "authorization-token", "auth-token", "access-token", "api-key", "apikey", "api-token",
	"x-authorization", "x-authentication", "x-auth", "x-auth-token", "x-auth-user", "x-auth-key",
	"x-api-key", "x-apikey", "x-api-token", "x-access-token", "x-token", "x-jira-token", "x-atlassian-auth",
	"token", "bearer", "jwt", "basic",
}

func misnamed(name string) bool {
	for i := range misnames {
		if equalFold(name, misnames[i]) {
			return true
		}
	}
	return false
}

func fieldA(name string) aField {
	if len(name) < 2 {
		return noField
	}
	switch name[1] | 0x20 {
	case 'u':
		if equalFold(name, "authorization") {
			return authorizationField
		}
		if misnamed(name) || misspelt(name) {
			return misnamedField
		}
		return fieldDressed(name)
	case 'c', 'p':
		// The Accept fields are in every request; access-token is rare.
		if hasPrefixFold(name, "accept") {
			return noField
		}
		if misnamed(name) {
			return misnamedField
		}
	}
	return noField
}

// misspelt reports whether name is one or two slips away from "authorization":
// Authorisation, Autorization, Authorizations.
func misspelt(name string) bool {
	return len(name) >= 11 && len(name) <= 15 && edits(name, "authorization") <= 2
}

// fieldDressed recognises Authorization with a blank, quote or colon that became
// part of the name (RFC 9112, section 5.1 forbids the blank).
func fieldDressed(name string) aField {
	const dress = " \t\"':"
	if len(name) > 64 {
		return noField
	}
	if bare := strings.Trim(name, dress); len(bare) < len(name) && equalFold(bare, "authorization") {
		return misnamedField
	}
	return noField
}

// cookieField finds the session cookies in a Cookie field (RFC 6265, section
// 4.2.1).
func (f *finder) cookieField(field int32, value string) {
	for at := 0; at < len(value); {
		end := len(value)
		if n := strings.IndexByte(value[at:], ';'); n >= 0 {
			end = at + n
		}
		for at < end && (value[at] == ' ' || value[at] == '\t') {
			at++
		}
		if at < end && sessionStart[value[at]] {
			pair := value[at:end]
			if eq := strings.IndexByte(pair, '='); eq > 0 && SessionCookie(pair[:eq]) {
				f.add(found{place: InCookie, field: field, at: int32(at + eq + 1), name: pair[:eq], value: pair[eq+1:]})
			}
		}
		at = end + 1
	}
}

// cookies finds the session cookies that a source lists apart.
func (f *finder) cookies(list []exchange.Field) {
	inFields := f.n
	for i := range list {
		if name := list[i].Name; SessionCookie(name) && !f.hasCookie(inFields, name, list[i].Value) {
			f.add(found{place: InCookie, listed: true, field: int32(i), name: name, value: list[i].Value})
		}
	}
}

// hasCookie reports whether one of the first n credentials is that cookie.
func (f *finder) hasCookie(n int, name, value string) bool {
	for i := range n {
		if x := f.get(i); x.place == InCookie && x.name == name && x.value == value {
			return true
		}
	}
	return false
}

// sessionCookies are the names of cookies that log a browser in.
var sessionCookies = [...]string{
	"JSESSIONID",                     // Jira, Confluence (Tomcat)
	"BITBUCKETSESSIONID",             // Bitbucket Data Center
	"_atl_bitbucket_remember_me",     // Bitbucket Data Center
	"cloud.session.token",            // Cloud
	"tenant.session.token",           // Cloud
	"customer.account.session.token", // Jira Service Management portals
	"crowd.token_key",                // Crowd single sign-on
	"studio.crowd.tokenkey",          // Cloud before 2019
}

// sessionStart are the bytes that such a name begins with.
var sessionStart = func() (t [256]bool) {
	for _, name := range sessionCookies {
		t[name[0]], t[lower(name[0])] = true, true
	}
	t['s'], t['S'] = true, true
	return t
}()

// SessionCookie reports whether a cookie of this name logs a browser in to an
// Atlassian product: JSESSIONID, cloud.session.token, seraph.* and the like.
// Load balancer and XSRF cookies do not. Case is ignored: cookie names have it,
// but a capture may have changed it.
func SessionCookie(name string) bool {
	if name == "" || !sessionStart[name[0]] {
		return false
	}
	if hasPrefixFold(name, "seraph.") {
		return true
	}
	for i := range sessionCookies {
		if equalFold(name, sessionCookies[i]) {
			return true
		}
	}
	return false
}

// url finds credentials in the userinfo and the query of a URL.
func (f *finder) url(u string) {
	u, _, _ = strings.Cut(u, "#") // a fragment is not sent
	if at, end := userinfo(u); at < end {
		f.add(found{place: InUserinfo, field: -1, at: int32(at), value: u[at:end]})
	}
	q := strings.IndexByte(u, '?')
	if q < 0 {
		return
	}
	end := len(u)
	trello := false // whether "key" means a credential
	first := f.n
	for at := q + 1; at < end; {
		next := end
		if n := strings.IndexByte(u[at:end], '&'); n >= 0 {
			next = at + n
		}
		name, value, _ := strings.Cut(u[at:next], "=")
		if k := paramKind(name); k != noParam {
			f.add(found{place: InQuery, field: -1, at: int32(min(at+len(name)+1, next)), name: name, value: value})
			trello = trello || k == tokenParam
		}
		at = next + 1
	}
	if !trello {
		f.dropKeys(first)
	}
}

// dropKeys removes parameters called "key" from the i-th credential on: Jira
// has many that are no secret, Trello's come with a token.
func (f *finder) dropKeys(i int) {
	for ; i < f.n; i++ {
		if x := f.get(i); equalFold(x.name, "key") {
			x.place = nowhere
		}
	}
}

// userinfo returns where the userinfo of u stands (RFC 3986, section 3.2.1); a
// bare "@" is none. The last "@" ends it, because an e-mail address that was not
// escaped has one.
func userinfo(u string) (from, to int) {
	scheme := strings.IndexByte(u, ':')
	if scheme < 1 || !strings.HasPrefix(u[scheme:], "://") || !allIn(u[:scheme], alnums|plusSlash|dash|dot) {
		return 0, 0
	}
	from = scheme + 3
	for i := from; i < len(u) && u[i] != '/' && u[i] != '?' && u[i] != '#'; i++ {
		if u[i] == '@' {
			to = i
		}
	}
	return from, to
}

// aParam says what a query parameter has to do with credentials.
type aParam uint8

const (
	noParam aParam = iota
	keyParam
	tokenParam
	secretParam
)

// secretParams are the query parameters that hold a credential, apart from
// "key" and "token".
var secretParams = [...]string{
	"os_username", "os_password", "access_token", "auth_token", "private_token", "api_token", "api_key", "apikey",
	"api-key", "jwt", "oauth_token", "oauth_consumer_key", "oauth_signature",
}

func paramKind(name string) aParam {
	if len(name) < 3 || len(name) > 18 {
		return noParam
	}
	switch name[0] | 0x20 {
	case 'k':
		if equalFold(name, "key") {
			return keyParam
		}
		return noParam
	case 't':
		if equalFold(name, "token") {
			return tokenParam
		}
		return noParam
	case 'o', 'a', 'p', 'j':
	default:
		return noParam
	}
	for i := range secretParams {
		if equalFold(name, secretParams[i]) {
			return secretParam
		}
	}
	return noParam
}
