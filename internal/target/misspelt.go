package target

import "strings"

// NamedAfter returns the line of products that the first label of the host is
// named after, as in jira.example.com. A name proves nothing: it only helps
// where a request never got to a server that could show what it is.
func (t *Target) NamedAfter() Family { return familyOf(t.Host) }

// ourNames are the domains that addresses of the products end in, without their
// last label, and the last labels that they have.
var ourNames = []struct{ name, top string }{
	{"atlassian", "net"},
	{"atlassian", "com"},
	{"jiraalign", "com"},
	{"bitbucket", "org"},
}

// ownHosts are the first labels under atlassian.com that are no site of a
// customer, as far as products answer there or people browse it.
var ownHosts = map[string]bool{
	"api": true, "auth": true, "id": true, "start": true, "www": true, "support": true, "developer": true,
	"community": true, "confluence": true, "jira": true, "marketplace": true, "status": true, "my": true,
	"admin": true, "team": true, "home": true, "bitbucket": true, "getsupport": true, "ecosystem": true,
	"partnerdirectory": true, "university": true, "extranet": true, "packages": true, "maven": true,
}

// Misspelt returns the host that was likely meant by one that is almost one of
// Atlassian's: acme.atlasian.net, acme.atlassian.com for a site, acme.atlassian
// without its end; "" if there is none. A name that is two letters off, or has
// another ending, counts only with the path of a product behind it, or if sure
// is set: then something else tells that no such host exists.
func (t *Target) Misspelt(sure bool) string {
	host := strings.TrimSuffix(t.Host, ".")
	zone, sub := zoneOf(host)
	name, top, ok := strings.Cut(zone, ".")
	if !ok || !webScheme(t.Scheme) || t.Basis >= ByAnswer || t.Basis == ByHost && t.Product != AtlassianOther {
		return "" // something else than the address tells what it is
	}
	sure = sure || t.API == REST && t.PathFamily > AnyFamily || t.API == Git
	switch {
	case top == "atlassian" && sub == "" && sure:
		return host + ".net"
	case name == "atlassian" && top == "com":
		// A site under the domain of Atlassian's own web sites.
		if shape := shapeOf(t.Path); sub == "" || strings.Contains(sub, ".") || ownHosts[sub] ||
			shape.api != REST || shape.family != JiraFamily && shape.family != ConfluenceFamily {
			return ""
		}
		return sub + ".atlassian.net"
	case sub == "":
		// acme-atlassian.net: a dash, or nothing, in place of the dot.
		site := strings.TrimRight(strings.TrimSuffix(name, "atlassian"), "-")
		if top == "net" && site != "" && site != name && sure {
			return site + ".atlassian.net"
		}
		return ""
	}
	return t.nearest(name, top, sub, sure)
}

// nearest compares the last two labels of a host with ours.
func (t *Target) nearest(name, top, sub string, sure bool) string {
	for _, o := range ourNames {
		if name == o.name && top == o.top {
			return ""
		}
	}
	for _, o := range ourNames {
		if o.name == "atlassian" && (o.top == "com") != ownHosts[sub] {
			continue // sites are under .net
		}
		n, m := edits(name, o.name), edits(top, o.top)
		switch {
		case n == 1 && m == 0,
			sure && n > 0 && n <= 2 && m <= 2,
			// Another ending. Pages of users are under bitbucket.io.
			sure && n == 0 && (o.name != "bitbucket" || top == "com" || m == 1):
			return sub + "." + o.name + "." + o.top
		}
	}
	return ""
}

// maxLabel is the longest label that is compared; ours have nine letters.
const maxLabel = 12

// edits returns the number of letters that were added, dropped, changed or
// swapped with their neighbour to make b of a; 3 stands for more than two.
func edits(a, b string) int {
	const many = 3
	if a == b {
		return 0
	}
	if len(a) > maxLabel || len(b) > maxLabel || len(a)-len(b) > 2 || len(b)-len(a) > 2 {
		return many
	}
	var before, last, row [maxLabel + 1]int
	for j := range len(b) + 1 {
		last[j] = j
	}
	for i := 1; i <= len(a); i++ {
		row[0] = i
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			row[j] = min(last[j]+1, row[j-1]+1, last[j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				row[j] = min(row[j], before[j-2]+1)
			}
		}
		before, last = last, row
	}
	return min(last[len(b)], many)
}
