package target

import (
	"bytes"
	"strings"

	"github.com/why401/why401/internal/exchange"
)

// marks is a set of things in an answer that say who wrote it.
type marks uint32

const (
	cloudEdge      marks = 1 << iota // Atlassian's edge: atl-traceid, Server: AtlassianEdge
	cloudProduct                     // a Cloud product: X-AACCOUNTID, X-AREQUESTID of hex digits
	cloudGateway                     // X-Failure-Category
	jiraMark                         // X-AREQUESTID: 123x456x1, X-ANODEID, atlassian.xsrf.token
	confluenceMark                   // X-Confluence-Request-Time
	bitbucketMark                    // X-AREQUESTID: @1A2B3Cx123x456x0, BITBUCKETSESSIONID
	crowdMark                        // X-Embedded-Crowd-Version
	seraphMark                       // any Data Center product: X-ASEN, X-Seraph-LoginReason
	bitbucketCloud                   // envoy, x-request-count: only say something on Bitbucket's hosts
	statusPage                       // a status page, often under a domain of the customer
	amazonEdge                       // CloudFront: on every Cloud answer, also where it refused
	foreign                          // a proxy, firewall or filter that names itself as the writer
	dated                            // a Date
	serverNamed                      // a Server

	cloudMarks      = cloudEdge | cloudProduct | cloudGateway
	dataCenterMarks = jiraMark | confluenceMark | bitbucketMark | crowdMark | seraphMark
)

// A sign is a header field that says who wrote an answer: by being there, or by
// its value if read is set.
type sign struct {
	name string
	mark marks
	read func(value string) marks
}

var signs = []sign{
	{name: "atl-traceid", mark: cloudEdge},
	{name: "atl-request-id", mark: cloudEdge},
	{name: "Server-Timing", read: ofTiming},
	{name: "X-AACCOUNTID", mark: cloudProduct},
	{name: "X-Failure-Category", mark: cloudGateway},
	{name: "X-AREQUESTID", read: ofRequestID},
	{name: "X-ANODEID", mark: jiraMark},
	{name: "X-ASEN", mark: seraphMark},
	{name: "X-AUSERNAME", mark: seraphMark},
	{name: "X-ASESSIONID", mark: seraphMark},
	{name: "X-Seraph-LoginReason", mark: seraphMark},
	{name: "X-Authentication-Denied-Reason", mark: seraphMark},
	{name: "X-Confluence-Request-Time", mark: confluenceMark},
	{name: "X-Confluence-Cluster-Node", mark: confluenceMark},
	{name: "X-Embedded-Crowd-Version", mark: crowdMark},
	{name: "Set-Cookie", read: ofCookies},
	{name: "WWW-Authenticate", read: ofChallenge},
	{name: "X-Request-Count", mark: bitbucketCloud},
	{name: "X-OAuth-Scopes", mark: bitbucketCloud},
	{name: "X-Accepted-OAuth-Scopes", mark: bitbucketCloud},
	{name: "X-Usage-Output-Ops", mark: bitbucketCloud},
	{name: "X-View-Name", mark: bitbucketCloud},
	{name: "X-Statuspage-Version", mark: statusPage},
	{name: "X-Amz-Cf-Id", mark: amazonEdge},
	{name: "X-Squid-Error", mark: foreign},
	{name: "CF-Mitigated", mark: foreign},
	{name: "Proxy-Authenticate", mark: foreign},
	{name: "Server", mark: serverNamed, read: ofServer},
	{name: "Date", mark: dated},
}

// signsByLength spares a look at the letters of almost every field.
var signsByLength = func() (by [32][]sign) {
	for _, s := range signs {
		by[len(s.name)] = append(by[len(s.name)], s)
	}
	return by
}()

// marksOf reads the header of an answer.
func marksOf(h exchange.Header) marks {
	var m marks
	for i := range h {
		f := &h[i]
		if len(f.Name) >= len(signsByLength) {
			continue
		}
		for j := range signsByLength[len(f.Name)] {
			s := &signsByLength[len(f.Name)][j]
			if f.Name[0]|0x20 != s.name[0]|0x20 || !strings.EqualFold(f.Name, s.name) {
				continue
			}
			m |= s.mark
			if s.read != nil {
				m |= s.read(f.Value)
			}
			break
		}
	}
	return m
}

// ofTiming reads Server-Timing: "atl-edge;dur=59,atl-edge-internal;dur=3".
func ofTiming(v string) marks {
	if strings.Contains(v, "atl-edge") {
		return cloudEdge
	}
	return 0
}

// ofRequestID reads X-AREQUESTID. Jira writes minute, number and concurrency
// ("945x62874x1"), Bitbucket "@1J1EWV1x490x54736x0" (or "*" for SSH), Cloud has
// hex digits since it left Jira's own.
func ofRequestID(v string) marks {
	if len(v) > 1 && (v[0] == '@' || v[0] == '*') && strings.Count(v, "x") >= 3 {
		return bitbucketMark
	}
	exes, digits := 0, 0
	for i := range len(v) {
		switch c := v[i]; {
		case isDigit(c):
			digits++
		case c == 'x':
			exes++
		case 'a' <= c|0x20 && c|0x20 <= 'f' || c == '-':
			digits += len(v) // not a number
		default:
			return seraphMark
		}
	}
	switch {
	case exes == 2 && digits == len(v)-2:
		return jiraMark
	case exes == 0 && len(v) >= 32:
		return cloudProduct
	}
	return seraphMark
}

// ofCookies reads a Set-Cookie field. JSESSIONID is no mark: every Java server
// has one. A joined field may hold several cookies.
func ofCookies(v string) marks {
	switch {
	case strings.Contains(v, "atlassian.xsrf.token="), strings.Contains(v, "seraph.rememberme.cookie="):
		return jiraMark
	case strings.Contains(v, "seraph.confluence="):
		return confluenceMark
	case strings.Contains(v, "BITBUCKETSESSIONID="), strings.Contains(v, "_atl_bitbucket_remember_me="):
		return bitbucketMark
	case strings.Contains(v, "crowd.token_key="):
		return seraphMark
	}
	return 0
}

// ofChallenge reads WWW-Authenticate. Jira and Confluence name their base URL as
// an OAuth realm, percent-encoded, which no other server is known to do.
func ofChallenge(v string) marks {
	switch {
	case strings.Contains(v, `OAuth realm="http%3A%2F%2F`), strings.Contains(v, `OAuth realm="https%3A%2F%2F`):
		return seraphMark
	case strings.Contains(v, `realm="Atlassian Bitbucket"`), strings.Contains(v, `realm="Atlassian Stash"`):
		return bitbucketMark
	case strings.Contains(v, `realm="Crowd`):
		return crowdMark
	case strings.Contains(v, `realm="Bitbucket.org HTTP"`), strings.Contains(v, "BitbucketCustom"):
		return bitbucketCloud
	}
	return 0
}

// foreignServers start the Server field of boxes that put it only on answers of
// their own making; what they pass on keeps the Server of the origin. nginx and
// Apache are not here, because they replace it.
var foreignServers = [...]string{
	"squid", "zscaler", "bluecoat", "bigip", "big-ip", "akamaighost", "awselb/",
	"microsoft-azure-application-gateway", "mcafee web gateway", "websense", "fortiweb",
	"ddos-guard", "sonicwall", "watchguard", "mitmproxy",
}

// ofServer reads the Server field.
func ofServer(v string) marks {
	if len(v) >= 4 && strings.EqualFold(v[:3], "Atl") &&
		(strings.HasPrefix(v, "AtlassianEdge") || strings.HasPrefix(v, "AtlassianProxy")) {
		return cloudEdge
	}
	switch v {
	case "envoy":
		return bitbucketCloud
	case "CloudFront":
		return amazonEdge
	}
	for _, s := range foreignServers {
		if len(v) >= len(s) && v[0]|0x20 == s[0] && strings.EqualFold(v[:len(s)], s) {
			return foreign
		}
	}
	return 0
}

var (
	seraphRefusal = []byte("Basic Authentication Failure - Reason :")
	jiraErrors    = []byte(`"errorMessages":[`)
	vendor        = []byte("atlassian")
)

// marksInBody looks for what products write into their pages and errors: the
// text of the Seraph filter, the form of a Jira error, class names of a stack
// trace, ids of page elements. That names classes of Atlassian's is a mark only
// on an address of a product: an artifact repository names them too.
func marksInBody(b []byte, f Family) marks {
	var m marks
	if bytes.Contains(b, seraphRefusal) {
		m |= seraphMark
	}
	if f == NoFamily {
		return m
	}
	if f == JiraFamily && bytes.Contains(b[:min(len(b), 512)], jiraErrors) {
		m |= jiraMark
	}
	for range maxBodyMarks {
		i := bytes.Index(b, vendor)
		if i < 0 {
			break
		}
		before, after := b[:i], b[i+len(vendor):]
		if bytes.HasSuffix(before, []byte("com.")) || bytes.HasSuffix(before, []byte("com-")) {
			m |= ofClass(after)
		}
		b = after
	}
	return m
}

// ofClass reads what follows "com.atlassian".
func ofClass(rest []byte) marks {
	if len(rest) == 0 || rest[0] != '.' && rest[0] != '-' {
		return 0
	}
	switch rest = rest[1:]; {
	case bytes.HasPrefix(rest, []byte("jira")):
		return jiraMark
	case bytes.HasPrefix(rest, []byte("confluence")):
		return confluenceMark
	case bytes.HasPrefix(rest, []byte("bitbucket")), bytes.HasPrefix(rest, []byte("stash")):
		return bitbucketMark
	}
	return seraphMark
}

// wantsBody reports whether the body of r is worth a search: an error, or a page
// in place of what the path promises. Anything else would cost time on every
// picture of a capture.
func wantsBody(r *exchange.Response, f Family) bool {
	if len(r.Body.Head) == 0 {
		return false
	}
	if r.Status >= 400 {
		return f != NoFamily || r.Status == 401 || r.Status == 403
	}
	return f != NoFamily && strings.Contains(r.Body.Media, "html")
}

// recognise names the product of a host that is not one of Atlassian's, from the
// answer and the path.
func recognise(t *Target, s *shape, x *exchange.Exchange) {
	var m marks
	if r := x.Response; r != nil {
		m = marksOf(r.Header)
		if m&(cloudMarks|dataCenterMarks|statusPage) == 0 && wantsBody(r, s.family) {
			m |= marksInBody(r.Body.Head, s.family)
		}
	}
	switch {
	case m&statusPage != 0:
		t.Product = AtlassianOther
	case m&(cloudEdge|cloudProduct) != 0:
		t.Product = vanity(t, s)
	default:
		t.Product = ofMarks(m, s.family)
	}
	if t.Product != Unknown {
		t.Basis, t.Strength = ByAnswer, Strong
		return
	}
	if s.distinct {
		t.Product, t.Basis, t.Strength = s.family.dataCenter(), ByPath, Weak
		if t.Product == Align {
			// No other product has such a path, and Align marks no answer.
			t.Strength = Strong
		}
		return
	}
	if f := s.family; f != NoFamily || s.api == REST {
		// A path that only fits needs the name of the host or a cookie beside it.
		named := familyOf(t.Host)
		if f <= AnyFamily && named != NoFamily {
			f = named
		}
		if f != NoFamily && (named == f || atlassianCookie(&x.Request)) {
			t.Product, t.Basis, t.Strength = f.dataCenter(), ByPath, Weak
		}
	}
}

// familyOf returns the family that a host is named after, as in
// jira.example.com. By itself a name proves nothing.
func familyOf(host string) Family {
	label, _, _ := strings.Cut(host, ".")
	switch {
	case strings.Contains(label, "jira"):
		return JiraFamily
	case strings.Contains(label, "confluence"), label == "wiki":
		return ConfluenceFamily
	case strings.Contains(label, "bitbucket"), label == "stash":
		return BitbucketFamily
	case label == "crowd":
		return CrowdFamily
	}
	return NoFamily
}

// vanity names the Cloud product behind a domain of the customer.
func vanity(t *Target, s *shape) Product {
	switch {
	case t.Path == "/wiki" || strings.HasPrefix(t.Path, "/wiki/"):
		if t.Context == "" {
			t.Context, t.Resource = "/wiki", t.Path[len("/wiki"):]
		}
		return ConfluenceCloud
	case s.family == ConfluenceFamily, s.family == JiraFamily, s.api == REST:
		return JiraCloud
	case s.family == BitbucketFamily:
		return BitbucketCloud
	}
	// A status page, a help centre, an app: Atlassian's, but whose login?
	return AtlassianOther
}

// ofMarks names the Data Center product that m points to; a mark that all of
// them share leaves it to the path.
func ofMarks(m marks, f Family) Product {
	switch {
	case m&confluenceMark != 0:
		return ConfluenceDC
	case m&bitbucketMark != 0:
		return BitbucketDC
	case m&jiraMark != 0:
		return JiraDC
	case m&crowdMark != 0:
		return Crowd
	case m&seraphMark == 0:
		return Unknown
	case f == JiraFamily, f == ConfluenceFamily, f == BitbucketFamily:
		return f.dataCenter()
	}
	return UnknownDC
}

// atlassianCookie reports whether the request carries a cookie that only a Data
// Center product sets. Cookies of a whole domain reach other hosts as well, so
// this backs a path up and proves nothing by itself.
func atlassianCookie(r *exchange.Request) bool {
	for i := range r.Header {
		f := &r.Header[i]
		if len(f.Name) == len("Cookie") && strings.EqualFold(f.Name, "Cookie") && ownCookie(f.Value) {
			return true
		}
	}
	for i := range r.Cookies {
		if ownCookie(r.Cookies[i].Name) {
			return true
		}
	}
	return false
}

func ownCookie(s string) bool {
	return strings.Contains(s, "atlassian.xsrf.token") || strings.Contains(s, "seraph.") ||
		strings.Contains(s, "BITBUCKETSESSIONID")
}

// A Writer says who wrote an answer, as far as the answer tells.
type Writer uint8

// The writers.
const (
	CannotTell Writer = iota
	Yes               // the product, or the edge of Atlassian's that answers for it
	Edge              // a content network in front (CloudFront), not the product
	No                // something else: a proxy, a firewall, another server
)

// FromProduct reports whether the product of t wrote the answer r. Yes rests on
// marks that only the product makes. No rests on a box that names itself, or, on
// hosts of Cloud, whose every answer has marks, on a list of fields that looks
// whole and has none. Data Center answers behind a front that strips fields,
// trimmed captures, and Jira Align, which has no marks, are CannotTell.
func FromProduct(t Target, r *exchange.Response) Writer {
	if r == nil || r.Status == 0 {
		return CannotTell
	}
	m := marksOf(r.Header)
	own := cloudMarks
	switch {
	case t.Is(DataCenter) || t.Product == Crowd:
		own = dataCenterMarks
	case t.Is(Bitbucket):
		own |= bitbucketCloud
	case t.Product == Unknown:
		own |= dataCenterMarks
	case t.Is(Cloud):
		own |= jiraMark | confluenceMark | seraphMark
	}
	switch {
	case m&own != 0:
		return Yes
	case m&foreign != 0 || r.Status == 407:
		return No
	case m&amazonEdge != 0:
		return Edge
	case t.Strength == Certain && t.Is(Cloud) && whole(m, r.Header):
		return No
	}
	if wantsBody(r, t.PathFamily) && marksInBody(r.Body.Head, t.PathFamily)&own != 0 {
		return Yes
	}
	return CannotTell
}

// whole reports whether the fields of an answer look like all that were sent.
// People trim captures, and tools keep only what they need.
func whole(m marks, h exchange.Header) bool {
	return m&dated != 0 && (m&serverNamed != 0 || len(h) >= wholeHeader)
}
