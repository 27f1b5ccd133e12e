package target

import (
	"math/bits"
	"strings"
)

// A Product is one thing of Atlassian's that answers HTTP requests, told apart
// as far as the ways to log in to it differ.
type Product uint8

// The products. The comment gives the host.
const (
	Unknown         Product = iota // nothing points to Atlassian
	JiraCloud                      // *.atlassian.net, all but /wiki; vanity hosts
	ConfluenceCloud                // *.atlassian.net/wiki
	Gateway                        // api.atlassian.com: /ex/{product}/{cloudId} and the rest of it
	AdminAPI                       // api.atlassian.com/admin, /users/{id}/manage
	SCIM                           // api.atlassian.com/scim
	OAuthServer                    // auth.atlassian.com
	IdentityPages                  // id.atlassian.com, start.atlassian.com
	GraphQL                        // /gateway/api on a site, api.atlassian.com/graphql
	BitbucketCloud                 // api.bitbucket.org; the token endpoint on bitbucket.org
	BitbucketGit                   // git over HTTP on bitbucket.org
	BitbucketWeb                   // pages of bitbucket.org
	JiraDC                         // Jira Data Center or Server, on a host of the customer
	ConfluenceDC                   // Confluence Data Center or Server
	BitbucketDC                    // Bitbucket Data Center or Server, and Stash
	Crowd                          // Crowd
	UnknownDC                      // a Data Center product, but which one is not clear
	Align                          // *.jiraalign.com
	Trello                         // api.trello.com, trello.com
	Opsgenie                       // api.opsgenie.com and its regions
	Statuspage                     // api.statuspage.io, manage.statuspage.io
	MediaAPI                       // api.media.atlassian.com: signed links to attachments
	AtlassianOther                 // Atlassian's web sites and static files: never a login problem

	products = iota // their number
)

var productNames = [products]string{
	Unknown:         "unknown",
	JiraCloud:       "Jira Cloud",
	ConfluenceCloud: "Confluence Cloud",
	Gateway:         "Atlassian API gateway",
	AdminAPI:        "Atlassian admin API",
	SCIM:            "Atlassian user provisioning (SCIM)",
	OAuthServer:     "Atlassian OAuth server",
	IdentityPages:   "Atlassian account pages",
	GraphQL:         "Atlassian GraphQL gateway",
	BitbucketCloud:  "Bitbucket Cloud",
	BitbucketGit:    "Bitbucket Cloud (git)",
	BitbucketWeb:    "Bitbucket Cloud (web)",
	JiraDC:          "Jira Data Center",
	ConfluenceDC:    "Confluence Data Center",
	BitbucketDC:     "Bitbucket Data Center",
	Crowd:           "Crowd",
	UnknownDC:       "Atlassian Data Center",
	Align:           "Jira Align",
	Trello:          "Trello",
	Opsgenie:        "Opsgenie",
	Statuspage:      "Statuspage",
	MediaAPI:        "Atlassian media API",
	AtlassianOther:  "Atlassian web site",
}

// String returns the name that people use for p.
func (p Product) String() string {
	if p >= products {
		return productNames[Unknown]
	}
	return productNames[p]
}

// Family returns the line of products that p belongs to, Cloud or not.
func (p Product) Family() Family {
	switch p {
	case JiraCloud, JiraDC:
		return JiraFamily
	case ConfluenceCloud, ConfluenceDC:
		return ConfluenceFamily
	case BitbucketCloud, BitbucketGit, BitbucketWeb, BitbucketDC:
		return BitbucketFamily
	case Crowd:
		return CrowdFamily
	case Align:
		return AlignFamily
	case UnknownDC:
		return AnyFamily
	default:
		return NoFamily
	}
}

// A Family is a line of products whose addresses look alike.
type Family uint8

// The families.
const (
	NoFamily         Family = iota // nothing of Atlassian's
	AnyFamily                      // an Atlassian product, any of them
	JiraFamily                     // Jira with its applications
	ConfluenceFamily               //
	BitbucketFamily                // with Stash
	CrowdFamily                    //
	AlignFamily                    //
)

// dataCenter returns the Data Center product of f (for Align, which has no such
// split, Align itself).
func (f Family) dataCenter() Product {
	switch f {
	case AnyFamily:
		return UnknownDC
	case JiraFamily:
		return JiraDC
	case ConfluenceFamily:
		return ConfluenceDC
	case BitbucketFamily:
		return BitbucketDC
	case CrowdFamily:
		return Crowd
	case AlignFamily:
		return Align
	default:
		return Unknown
	}
}

// A Set is a set of products, one bit each. The zero value stands for all of
// them, so that a rule that does not care says nothing.
type Set uint32

// The sets that rules use.
const (
	// All is every product and every address that is none.
	All Set = 0
	// CloudSite is what answers on a site host such as acme.atlassian.net.
	CloudSite = Set(1<<JiraCloud | 1<<ConfluenceCloud)
	// Cloud is CloudSite and the APIs that share its accounts and tokens.
	Cloud = CloudSite | 1<<Gateway | 1<<AdminAPI | 1<<SCIM | 1<<GraphQL
	// Identity is where people and apps log in to Cloud.
	Identity = Set(1<<OAuthServer | 1<<IdentityPages)
	// Bitbucket is Bitbucket Cloud in all its forms.
	Bitbucket = Set(1<<BitbucketCloud | 1<<BitbucketGit | 1<<BitbucketWeb)
	// DataCenter is what customers run themselves, Crowd left out.
	DataCenter = Set(1<<JiraDC | 1<<ConfluenceDC | 1<<BitbucketDC | 1<<UnknownDC)
	// Jira is Jira, Cloud or Data Center.
	Jira = Set(1<<JiraCloud | 1<<JiraDC)
	// Confluence is Confluence, Cloud or Data Center.
	Confluence = Set(1<<ConfluenceCloud | 1<<ConfluenceDC)
	// Atlassian is every product, but not [Unknown].
	Atlassian = Set(1<<products-1) &^ (1 << Unknown)
)

// SetOf returns the set of the given products.
func SetOf(ps ...Product) Set {
	var s Set
	for _, p := range ps {
		s |= 1 << p
	}
	return s
}

// Has reports whether p is in s. Everything is in the zero set.
func (s Set) Has(p Product) bool { return s == All || s&(1<<p) != 0 }

// Products returns the members of s in the order of their constants; the zero set
// has all of them.
func (s Set) Products() []Product {
	if s == All {
		s = 1<<products - 1
	}
	var ps []Product
	for ; s != 0; s &= s - 1 {
		ps = append(ps, Product(bits.TrailingZeros32(uint32(s))))
	}
	return ps
}

var setNames = []struct {
	set  Set
	name string
}{
	{All, "all"},
	{Atlassian, "all Atlassian products"},
	{CloudSite, "Jira Cloud, Confluence Cloud"},
	{Cloud, "Cloud"},
	{Bitbucket, "Bitbucket Cloud"},
	{DataCenter, "Data Center"},
	{DataCenter | 1<<Crowd, "Data Center, Crowd"},
	{Cloud | DataCenter, "Cloud, Data Center"},
	{CloudSite | DataCenter, "Jira Cloud, Confluence Cloud, Data Center"},
	{Jira, "Jira"},
	{Confluence, "Confluence"},
	{Jira | Confluence, "Jira, Confluence"},
}

// String returns the name of s if it is a well-known one, else the names of its
// members, or of those few that it leaves out.
func (s Set) String() string {
	for i := range setNames {
		if setNames[i].set == s {
			return setNames[i].name
		}
	}
	prefix := ""
	if out := Atlassian &^ s; bits.OnesCount32(uint32(out)) <= 4 {
		prefix, s = "all but ", out
	}
	var names []string
	for _, p := range s.Products() {
		names = append(names, p.String())
	}
	return prefix + strings.Join(names, ", ")
}
