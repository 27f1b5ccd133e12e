package ticket

import (
	"errors"
	"net/url"
	"strings"
)

// A Site is a Jira at its base address.
type Site struct {
	url   string // without a slash at its end
	host  string // with a port if there is one
	cloud bool
}

// ParseSite reads the base address of a Jira, such as
// https://your-domain.atlassian.net, https://jira.example.com/jira or
// https://api.atlassian.com/ex/jira/CLOUDID. Only https is taken.
func ParseSite(s string) (Site, error) {
	if s != "" && !strings.Contains(s, "://") {
		s = "https://" + s
	}
	u, err := url.Parse(s)
	switch {
	case s == "":
		return Site{}, errors.New("no site is named")
	case err != nil || u.Hostname() == "" || strings.Trim(u.Hostname(), hostBytes) != "":
		return Site{}, errors.New("the site is no URL")
	case u.Scheme != "https":
		return Site{}, errors.New("the site must be https: a credential does not go over plain text")
	case u.User != nil:
		return Site{}, errors.New("the site holds a user or password, which must not be on a command line")
	case u.RawQuery != "" || u.Fragment != "":
		return Site{}, errors.New("the site has a query or fragment; only its base address is wanted")
	}
	host := strings.ToLower(u.Host)
	name := strings.ToLower(u.Hostname())
	path := strings.TrimRight(u.EscapedPath(), "/")
	for _, page := range []string{"/browse/", "/secure/", "/rest/", "/servicedesk/", "/jira/software/"} {
		if i := strings.Index(path+"/", page); i >= 0 {
			path = path[:i] // the address of a page below it
		}
	}
	return Site{
		url: "https://" + host + path, host: host,
		cloud: strings.HasSuffix(name, ".atlassian.net") || strings.HasSuffix(name, ".jira.com") || name == "api.atlassian.com",
	}, nil
}

const hostBytes = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._:"

// Host is the host of the site, with a port if one was given.
func (s Site) Host() string { return s.host }

// URL is the base address.
func (s Site) URL() string { return s.url }

// Cloud reports whether it is one of Atlassian's, by its name.
func (s Site) Cloud() bool { return s.cloud }

// ParseKey reads the key of an issue or request, such as ABC-12.
func ParseKey(s string) (string, error) {
	const letters, digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZ", "0123456789"
	key := strings.ToUpper(s)
	project, number, _ := strings.Cut(key, "-")
	if project == "" || len(key) > 100 || !strings.ContainsRune(letters, rune(project[0])) || strings.Trim(project, letters+digits+"_") != "" ||
		number == "" || strings.Trim(number, digits) != "" {
		return "", errors.New("that is no key of an issue, such as ABC-12")
	}
	return key, nil
}
