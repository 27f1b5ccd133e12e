package rule

import (
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/why401/why401/internal/target"
)

// Redirect returns the address that the answer sends the client to, made
// absolute (RFC 9110, section 10.2.2), and whether it sends it anywhere.
func (s *Subject) Redirect() (target.URL, bool) {
	if !s.Has(Is3xx) {
		return target.URL{}, false
	}
	switch s.Response.Status {
	case 301, 302, 303, 307, 308:
	default:
		return target.URL{}, false
	}
	to := strings.TrimSpace(s.Answer("Location"))
	if to == "" {
		to = strings.TrimSpace(s.Response.Redirect)
	}
	if to == "" {
		return target.URL{}, false
	}
	return target.ParseURL(s.absolute(to)), true
}

// absolute resolves a reference against the URL of the request.
func (s *Subject) absolute(ref string) string {
	t := &s.Target
	if colon := strings.IndexByte(ref, ':'); colon > 0 && !strings.ContainsAny(ref[:colon], "/?#") {
		return ref
	}
	scheme := t.Scheme
	if scheme == "" {
		scheme = "https"
	}
	if strings.HasPrefix(ref, "//") {
		return scheme + ":" + ref
	}
	host := t.Host
	if strings.IndexByte(host, ':') >= 0 {
		host = "[" + host + "]"
	}
	if t.HasPort {
		host += ":" + strconv.Itoa(t.Port)
	}
	base := scheme + "://" + host
	switch ref[0] {
	case '/':
		return base + ref
	case '?', '#':
		return base + t.Path + ref
	}
	return base + t.Path[:strings.LastIndexByte(t.Path, '/')+1] + strings.TrimPrefix(ref, "./")
}

// Asks reports whether the request is the one for the address u, as a client
// that follows a redirect to it makes it: clients may escape it in another way.
func (s *Subject) Asks(u *target.URL) bool {
	t := &s.Target
	port := u.Port
	if !u.HasPort {
		port = map[string]int{"https": 443, "http": 80}[u.Scheme]
	}
	path, asked := u.Path, t.Path
	if path == "" {
		path = "/"
	}
	if asked == "" {
		asked = "/"
	}
	return t.Host == u.Host && (t.Scheme == "" || t.Scheme == u.Scheme) && (t.Port == 0 || t.Port == port) &&
		unescaped(path, url.PathUnescape) == unescaped(asked, url.PathUnescape) &&
		unescaped(u.Query, url.QueryUnescape) == unescaped(t.Query, url.QueryUnescape)
}

func unescaped(s string, f func(string) (string, error)) string {
	if d, err := f(s); err == nil {
		return d
	}
	return s
}

// The bounds of what counts as following a redirect.
const (
	followWithin    = 60 * time.Second
	followLookAhead = 64
)

// Follows returns the index of the request by which the client follows the
// redirect that Subjects[i] got, or -1. Preflights (OPTIONS), which browsers
// make and list in any order, are passed over.
func (ses *Session) Follows(i int) int {
	s := ses.Subjects[i]
	to, ok := s.Redirect()
	if !ok {
		return -1
	}
	for j := i + 1; j < len(ses.Subjects) && j <= i+followLookAhead; j++ {
		n := ses.Subjects[j]
		if !s.Start.IsZero() && n.Start.Sub(s.Start) > followWithin {
			return -1
		}
		if n.Request.Method != "OPTIONS" && n.Asks(&to) {
			return j
		}
	}
	return -1
}

// ToLogin reports whether the answer sends the client to a login page or an
// identity provider, whoever asked and for whatever.
func (s *Subject) ToLogin() bool {
	if !s.Has(Is3xx) {
		return false
	}
	to, ok := s.Redirect()
	if !ok {
		return false
	}
	raw := strings.ToLower(to.Raw)
	for _, t := range loginTargets {
		if strings.Contains(raw, t) {
			return true
		}
	}
	return s.toAuthorize()
}

// toAuthorize reports whether the answer sends the client to the authorization
// endpoint (RFC 6749, section 4.1.1) of another host.
func (s *Subject) toAuthorize() bool {
	to, ok := s.Redirect()
	return ok && to.Host != s.Target.Host && strings.Contains(to.Query, "client_id=") && strings.Contains(to.Query, "response_type=")
}

// A Break is what is wrong with the address that an answer redirects to.
type Break uint8

// The faults.
const (
	NotBroken  Break = iota
	PathGlued        // /jirarest/api: the base path without its slash
	HostGlued        // jira.example.comrest: the host without the slash behind it
	SchemeLeft       // jira.example.comhttps: an address joined to another
	NoAddress        // no address at all: a port that is none, a host left out, a template
)

// BrokenRedirect says what is wrong with the address that the answer redirects
// to. It compares it with the address that was asked, so that it finds only
// what cannot be meant.
func (s *Subject) BrokenRedirect() Break {
	to, ok := s.Redirect()
	if !ok {
		return NotBroken
	}
	const flaws = target.SchemeTwice | target.PortTwice | target.PortWrong | target.HostMissing | target.UnfilledHost
	label := to.Host[strings.LastIndexByte(to.Host, '.')+1:]
	if bare := strings.TrimSuffix(strings.TrimSuffix(label, "s"), "http"); label != to.Host && bare != "" && bare != label && bare+"s" != label {
		return SchemeLeft
	}
	if to.Flaws&flaws != 0 {
		return NoAddress
	}
	first, rest, several := strings.Cut(strings.TrimPrefix(s.Target.Path, "/"), "/")
	if !several || rest == "" || !ownSegments[first] {
		return NotBroken
	}
	asked := first + "/" + rest
	switch base, glued := strings.CutSuffix(to.Path, asked); {
	case glued && base != "" && base[len(base)-1] != '/':
		return PathGlued
	case "/"+rest != to.Path:
	default:
		base, glued := strings.CutSuffix(to.Host, first)
		if glued && base != "" && base[len(base)-1] != '.' && base[len(base)-1] != '-' && strings.Contains(base, ".") {
			return HostGlued
		}
	}
	return NotBroken
}

// ownSegments are the segments that paths of the products begin with.
var ownSegments = map[string]bool{
	"rest": true, "secure": true, "browse": true, "plugins": true, "display": true, "pages": true, "rpc": true,
	"download": true, "projects": true, "scm": true, "servicedesk": true,
}

// AsksForData reports whether the request wants data rather than a page for a
// person: it asks a REST resource, or brings a credential of its own.
func (s *Subject) AsksForData() bool {
	return strings.Contains(s.Target.Path, "/rest/") || s.Has(HasAuthorization)
}

// diverted reports whether a request for data was redirected to where it
// cannot get any: the page of a web filter, or the login of another host.
func (s *Subject) diverted() bool {
	if s.Target.API == target.OAuthToken || s.Target.API == target.Login || !s.AsksForData() {
		return false
	}
	return s.toAuthorize() || s.FilterPage()
}

// FilterPage reports whether the answer redirects to a web filter.
func (s *Subject) FilterPage() bool {
	to, ok := s.Redirect()
	if !ok {
		return false
	}
	for _, h := range filterHosts {
		if to.Host == h || strings.HasSuffix(to.Host, "."+h) {
			return true
		}
	}
	return false
}

// filterHosts are where web filters send those whom they turn away.
var filterHosts = []string{
	"zscaler.net", "zscaler.com", "zscalerone.net", "zscalertwo.net", "zscalerthree.net", "zscloud.net", "zscalergov.net",
	"block.opendns.com", "globalurl.fortinet.net", "notify.bluecoat.com", "goskope.com",
}

// blockPage reports whether data was asked for and the page of a firewall or
// web filter came, with a status of success.
func (s *Subject) blockPage() bool {
	if !s.HTML() || !s.AsksForData() || !s.Has(HasBody) || target.FromProduct(s.Target, s.Response) == target.Yes {
		return false
	}
	_, ok := s.SaysOne(
		"the requested url was rejected", "incapsula incident", "_incapsula_resource", "internet security by zscaler",
		"login.zscloud.net", "gateway.zscaler", "block.opendns.com", "globalurl.fortinet.net", "ns transaction id",
	)
	return ok
}

// AsksOwnBasic reports whether the answer is the demand of a server in front
// of the product for a Basic login of its own: 401 in a realm that none of the
// products has, without a mark of the product.
func (s *Subject) AsksOwnBasic() bool {
	return s.Has(Is401) && target.FromProduct(s.Target, s.Response) != target.Yes && s.frontRealm()
}

// Broke reports whether the exchange failed with one of the codes, given
// without the "net::" of Chromium.
func (s *Subject) Broke(codes ...string) bool {
	return s.Failure != nil && s.Failure.Code != "" && slices.Contains(codes, strings.TrimPrefix(s.Failure.Code, "net::"))
}
