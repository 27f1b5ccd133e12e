package rule

import "time"

// A Dated is something that happened to everybody's requests between two days.
// It is compared with the time of an exchange ([Subject.Time]), never with
// today: a capture keeps its diagnosis.
type Dated struct {
	Fact string
	// Start is the day from which it happens to some, End the day from which it
	// is so for all. They are equal where it came at once.
	Start, End time.Time
	Source     Reference
}

// Begun reports whether at t it happened to some or all; false if t is unknown.
func (d *Dated) Begun(t time.Time) bool { return !t.IsZero() && !t.Before(d.Start) }

// Over reports whether at t it was so for all; false if t is unknown.
func (d *Dated) Over(t time.Time) bool { return !t.IsZero() && !t.Before(d.End) }

// Dates is the one table of dated facts.
var Dates = struct {
	CookieLoginGone     Dated
	PasswordsGone       Dated
	OpaqueBearerRefused Dated
	TokensEndInAYear    Dated
	OldTokensExpire     Dated
	GetWithBodyRefused  Dated
	OldSearchRemoved    Dated
	NoNewAppPasswords   Dated
	AppPasswordsEnd     Dated
}{
	CookieLoginGone: Dated{
		Fact:  "Jira Cloud withdraws the login with cookies",
		Start: day(2019, time.June, 3), End: day(2019, time.June, 3),
		Source: basicAndCookies,
	},
	PasswordsGone: Dated{
		Fact:  "Jira Cloud takes no passwords with Basic, only API tokens",
		Start: day(2019, time.June, 3), End: day(2019, time.June, 3),
		Source: basicAndCookies,
	},
	OpaqueBearerRefused: Dated{
		Fact:  "a bearer token that is no JWT gets 403 from a Cloud site; before, it was ignored",
		Start: day(2023, time.June, 1), End: day(2023, time.September, 1),
		Source: Reference{Title: "Measured by users; the days are not announced"},
	},
	TokensEndInAYear: Dated{
		Fact:  "API tokens that are made from now on live a year at most",
		Start: day(2024, time.December, 15), End: day(2024, time.December, 15),
		Source: manageTokens,
	},
	OldTokensExpire: Dated{
		Fact:  "API tokens from before December 2024 expire",
		Start: day(2026, time.March, 14), End: day(2026, time.May, 13),
		Source: manageTokens,
	},
	GetWithBodyRefused: Dated{
		Fact:  "the edge of Cloud refuses GET with a body",
		Start: day(2025, time.January, 1), End: day(2025, time.March, 1),
		Source: Reference{Title: "pycontribs/jira#1945", URL: "https://github.com/pycontribs/jira/issues/1945"},
	},
	OldSearchRemoved: Dated{
		Fact:  "/rest/api/2/search and /rest/api/3/search answer 410 on Jira Cloud",
		Start: day(2025, time.August, 1), End: day(2025, time.November, 1),
		Source: Reference{Title: "CHANGE-2046", URL: "https://developer.atlassian.com/changelog/#CHANGE-2046"},
	},
	NoNewAppPasswords: Dated{
		Fact:  "no more app passwords can be made for Bitbucket Cloud",
		Start: day(2025, time.September, 9), End: day(2025, time.September, 9),
		Source: appPasswords,
	},
	AppPasswordsEnd: Dated{
		Fact:  "app passwords of Bitbucket Cloud are switched off, at first for a quarter of an hour at a time",
		Start: day(2026, time.June, 9), End: day(2026, time.July, 28),
		Source: appPasswords,
	},
}

var (
	basicAndCookies = Reference{
		Title: "Deprecation notice: Basic authentication with passwords and cookie-based authentication",
		URL:   "https://developer.atlassian.com/cloud/jira/platform/deprecation-notice-basic-auth-and-cookie-based-auth/",
	}
	manageTokens = Reference{
		Title: "Manage API tokens for your Atlassian account",
		URL:   "https://support.atlassian.com/atlassian-account/docs/manage-api-tokens-for-your-atlassian-account/",
	}
	appPasswords = Reference{
		Title: "App password brownout schedule",
		URL:   "https://community.atlassian.com/forums/Bitbucket-articles/Deprecation-notice-Bitbucket-Cloud-app-password-brownout/ba-p/3237429",
	}
)

func day(y int, m time.Month, d int) time.Time { return time.Date(y, m, d, 0, 0, 0, 0, time.UTC) }

// A Release is a version of a Data Center product from which on something is so.
type Release struct {
	Fact         string
	Major, Minor int
	Source       Reference
}

// Has reports whether it is so in a version.
func (r *Release) Has(major, minor int) bool {
	return major > r.Major || major == r.Major && minor >= r.Minor
}

// Releases is the one table of facts that came with a version.
var Releases = struct {
	JiraTokens, ConfluenceTokens, BitbucketTokens Release
	JiraBasicSwitch, JiraBasicOff                 Release
}{
	JiraTokens:       Release{"Jira knows personal access tokens", 8, 14, usingPATs},
	ConfluenceTokens: Release{"Confluence knows personal access tokens", 7, 9, usingPATs},
	BitbucketTokens:  Release{"Bitbucket knows personal access tokens", 5, 5, usingPATs},
	JiraBasicSwitch:  Release{"Basic can be switched off in Jira", 8, 16, disablingBasic},
	JiraBasicOff:     Release{"Basic is off in a new Jira", 11, 0, disablingBasic},
}

var (
	usingPATs = Reference{
		Title: "Using personal access tokens",
		URL:   "https://confluence.atlassian.com/enterprise/using-personal-access-tokens-1026032365.html",
	}
	disablingBasic = Reference{
		Title: "Disabling basic authentication",
		URL:   "https://confluence.atlassian.com/enterprise/disabling-basic-authentication-1044776464.html",
	}
)
