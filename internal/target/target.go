// Package target works out which product, deployment and site a request is for,
// and what kind of address it asks.
//
// The host decides first: the names of Atlassian Cloud are known. A Data Center
// product stands on a host of the customer, and is known by what its answer
// carries, else by the shape of the path, else by what other answers of the
// same host have shown (see [Memory]), else because the user says so. How it
// was known and how much that is worth is part of the result, because a rule
// about the product is only as certain as that.
package target

import (
	"net/netip"
	"strconv"
	"strings"

	"github.com/why401/why401/internal/exchange"
)

// A Basis says how the product of a [Target] was recognised.
type Basis uint8

// The bases.
const (
	NoBasis     Basis = iota // it was not
	ByHost                   // the host is one of Atlassian's
	ByPath                   // the path looks like one of the product
	ByName                   // the host is named after the product, and a tunnel to it shows no path
	ByAnswer                 // the answer carries marks of the product
	ByNeighbour              // another answer of the host did
	ByUser                   // the user named the host
)

// Strength says how much the recognition of a [Target] is worth.
type Strength uint8

// The strengths, from nothing to certain.
const (
	None    Strength = iota
	Weak             // the path alone: another server may use the same
	Strong           // marks that only the product writes, here or in another answer of the host
	Certain          // a host of Atlassian's
)

// An API is the kind of address that a request asks.
type API uint8

// The kinds of address.
const (
	UnknownAPI   API = iota
	REST             // a REST resource: the only kind that reads tokens everywhere
	Session          // /rest/auth/1/session: login by user name and password
	Web              // a page for people
	Login            // a login page or the start of a single sign-on
	Download         // an attachment or an export
	Git              // git or git LFS over HTTP
	GraphQLQuery     // a GraphQL endpoint
	OAuthToken       // a token endpoint, OAuth 1.0a or 2.0
	RPC              // JSON-RPC, XML-RPC or SOAP of old
	Static           // scripts, styles, pictures
	Tunnel           // CONNECT: the product is not asked yet
)

var apiNames = [...]string{
	UnknownAPI: "unknown", REST: "REST API", Session: "session resource",
	Web: "web page", Login: "login page", Download: "download", Git: "git",
	GraphQLQuery: "GraphQL", OAuthToken: "token endpoint", RPC: "RPC interface",
	Static: "static file", Tunnel: "tunnel",
}

// String returns the name of the kind, as in "a request for a web page".
func (a API) String() string {
	if int(a) >= len(apiNames) {
		return apiNames[UnknownAPI]
	}
	return apiNames[a]
}

// A Target is what a request is for. Its strings are parts of the exchange that
// it was made from, and as untrusted; none of them holds userinfo, but Path and
// Query can hold secrets.
type Target struct {
	Product  Product
	Basis    Basis
	Strength Strength

	Scheme  string // lower-case; "" unknown
	Host    string // lower-case, without port and brackets, IDN as given; "" unknown
	Port    int    // as given, else what the scheme implies; 0 unknown
	HasPort bool   // Port was given
	Flaws   Flaw   // what is wrong with the address as written

	Path     string // escaped as sent, without query
	Query    string // raw, without the "?"
	HasQuery bool   // a "?" was there

	// Context is what stands before the product's own part of the path:
	// "/wiki" on Cloud, often "/jira" on Data Center, "/jira/jira" if somebody
	// doubled it; "" at the root or if it cannot be told.
	Context string
	// Resource is the product's own part of the path: Path without Context and
	// without the gateway's "/ex/{product}/{cloudId}".
	Resource string

	API API
	// PathFamily is the family that the resource by its name belongs to,
	// whatever product the host is: ConfluenceFamily for /rest/api/content on
	// the root of a Jira site.
	PathFamily Family
	// Public is set for an address that answers anybody by design, such as
	// serverInfo: no credential there is no fault.
	Public bool

	GatewayProduct string // "jira" in api.atlassian.com/ex/jira/...; "" elsewhere
	CloudID        string // the segment after it, as sent; often not a UUID

	// InternalName is set for a host that the public DNS does not know: a
	// private address, localhost, a name without a dot, .local and the like.
	InternalName bool

	// placed is set if Context is known, also if it is "".
	placed bool
}

// Known reports whether t was recognised as anything of Atlassian's.
func (t *Target) Known() bool { return t.Product != Unknown }

// Is reports whether the product of t is in s; the zero set has all.
func (t *Target) Is(s Set) bool { return s.Has(t.Product) }

// Misplaced reports whether the resource by its name belongs to another product
// than the one that answers on this host and context.
func (t *Target) Misplaced() bool {
	f := t.Product.Family()
	// Jira serves Crowd's user API, to be the directory of other products.
	return f > AnyFamily && t.PathFamily > AnyFamily && f != t.PathFamily && t.PathFamily != CrowdFamily
}

// Site returns what tells one site from another: the host, for Data Center with
// port (unless it is a default one) and context, at the gateway the cloud id.
func (t *Target) Site() string {
	switch {
	case t.CloudID != "":
		return t.CloudID
	case t.Is(DataCenter) || t.Product == Crowd || t.Product == Unknown:
		return t.authority() + t.Context
	default:
		return t.Host
	}
}

// Base returns the base URL that a client should be given to get at this
// product, for use in commands; "" if the host is unknown. It holds no userinfo.
func (t *Target) Base() string {
	if t.Host == "" {
		return ""
	}
	scheme := t.Scheme
	if scheme == "" {
		scheme = "https"
	}
	base := scheme + "://" + t.authority()
	if t.GatewayProduct != "" {
		base += "/ex/" + t.GatewayProduct + "/" + t.CloudID
	}
	return base + t.Context
}

// WhoAmI returns an address of this product that answers with the account of
// the caller, and only to somebody who is logged in; "" if none is known. It is
// the request that settles whether a credential works.
func (t *Target) WhoAmI() string {
	base := t.Base()
	if base == "" {
		return ""
	}
	switch t.Product {
	case JiraCloud:
		return base + "/rest/api/3/myself"
	case ConfluenceCloud:
		return strings.TrimSuffix(base, "/wiki") + "/wiki/rest/api/user/current"
	case Gateway:
		switch t.GatewayProduct {
		case "jira":
			return base + "/rest/api/3/myself"
		case "confluence":
			return base + "/wiki/rest/api/user/current"
		}
		return ""
	case BitbucketCloud, BitbucketGit, BitbucketWeb:
		return "https://api.bitbucket.org/2.0/user"
	case ConfluenceDC:
		return base + "/rest/api/user/current"
	case BitbucketDC:
		return base + "/plugins/servlet/applinks/whoami"
	case Align:
		return base + "/rest/align/api/2/Users"
	case JiraDC, UnknownDC:
		return base + "/rest/api/2/myself"
	default:
		return ""
	}
}

// authority returns host and port as a URL would have them, without a port that
// the scheme implies.
func (t *Target) authority() string {
	host := t.Host
	if strings.IndexByte(host, ':') >= 0 {
		host = "[" + host + "]"
	}
	if t.Port == 0 || t.Port == defaultPort(t.Scheme) {
		return host
	}
	return host + ":" + strconv.Itoa(t.Port)
}

// Of returns what x is for, as far as x itself tells. It is pure; [Memory] adds
// what other exchanges tell.
func Of(x *exchange.Exchange) Target {
	t := addressOf(x)
	if t.Host == "" && (x.Log != nil || x.Response != nil && t.Scheme == "") { // a log, or a response alone, does not tell the host
		shape := shapeOf(t.Path)
		shape.apply(&t)
		recognise(&t, &shape, x)
		return t
	}
	if t.Host == "" || !webScheme(t.Scheme) {
		return t
	}
	if ofAtlassian(&t) {
		if x.Request.Method == "CONNECT" {
			t.API = Tunnel
		}
		return t
	}
	t.InternalName = internal(t.Host)
	if x.Request.Method == "CONNECT" {
		t.API = Tunnel
		if f := familyOf(t.Host); f != NoFamily {
			// There is no path, and no answer of the product, to tell more.
			t.Product, t.Basis, t.Strength, t.PathFamily = f.dataCenter(), ByName, Weak, f
		}
		return t
	}
	shape := shapeOf(t.Path)
	shape.apply(&t)
	recognise(&t, &shape, x)
	return t
}

// addressOf returns the address parts of x. A capture of what a server or a
// proxy received has the host in a field of its own.
func addressOf(x *exchange.Exchange) Target {
	u := ParseURL(x.Request.URL)
	if u.Host == "" && u.Form == OriginForm {
		host, ok := x.Request.Header.Get(":authority")
		if !ok {
			host = x.Request.Header.Value("Host")
		}
		u.Scheme = lower(x.Request.Header.Value(":scheme"))
		if u.Scheme == "" && x.Conn != nil && x.Conn.TLS != nil {
			u.Scheme = "https"
		}
		u.authority(host)
		u.Userinfo, u.HasUserinfo = "", false
	}
	t := Target{
		Scheme: u.Scheme, Host: u.Host, Port: u.Port, HasPort: u.HasPort, Flaws: u.Flaws,
		Path: u.Path, Query: u.Query, HasQuery: u.HasQuery, Resource: u.Path,
	}
	if !t.HasPort {
		t.Port = defaultPort(t.Scheme)
	}
	return t
}

// webScheme reports whether requests of this scheme go to a web server. An
// address without a scheme may.
func webScheme(s string) bool {
	switch s {
	case "https", "http", "", "wss", "ws":
		return true
	}
	return false
}

func defaultPort(scheme string) int {
	switch scheme {
	case "https", "wss":
		return 443
	case "http", "ws":
		return 80
	}
	return 0
}

// internalZones are the last labels of names that only a local network knows:
// RFC 6761, RFC 6762, RFC 8375 (home.arpa), ICANN's .internal, and the ones
// that networks make up.
var internalZones = map[string]bool{
	"local": true, "localhost": true, "localdomain": true, "internal": true, "intranet": true,
	"intra": true, "lan": true, "corp": true, "home": true, "private": true, "arpa": true,
	"domain": true, "localnet": true,
}

// internal reports whether the public DNS does not know host.
func internal(host string) bool {
	host = strings.TrimSuffix(host, ".")
	if host == "" {
		return false
	}
	if strings.IndexByte(host, ':') >= 0 || host[len(host)-1] >= '0' && host[len(host)-1] <= '9' {
		if a, err := netip.ParseAddr(host); err == nil {
			a = a.Unmap()
			return a.IsPrivate() || a.IsLoopback() || a.IsLinkLocalUnicast() || sharedSpace.Contains(a)
		}
	}
	dot := strings.LastIndexByte(host, '.')
	return dot < 0 || internalZones[host[dot+1:]]
}

// sharedSpace is the address block of carriers and overlay networks (RFC 6598).
var sharedSpace = netip.MustParsePrefix("100.64.0.0/10")
