package kind

import (
	"slices"
	"strings"

	"github.com/why401/why401/internal/exchange"
	"github.com/why401/why401/internal/redact"
	"github.com/why401/why401/internal/rule"
	"github.com/why401/why401/internal/target"
)

var _ = Set.Add(&rule.Rule{
	ID:    "cloud-email-wrong",
	Title: "The e-mail address is mistyped or not the one the token belongs to",
	Doc: `An API token belongs to one account and is accepted only with the e-mail address of that account.

The finding is likely where the e-mail address of a refused request cannot be one: it begins with
` + "`mailto:`" + `, has two "@", ends with a dot, has a space or a comma in it, has no complete
domain, or ends as no domain does (` + "`.con`" + `, ` + "`.cmo`" + `). It is also likely where it is
one or two letters away from an address that was accepted with the same token, and proven where the
same site accepted the same token with another address. An address that merely resembles an accepted
one, with another token, may be that of a colleague: then it is only possible.

Capital letters are no fault: Atlassian compares addresses without regard to them. Spaces, quotes and
line breaks around an address belong to the rules about encoding.`,
	Area: rule.CredentialKind, Severity: rule.Error,
	Products: target.CloudSite | target.SetOf(target.Gateway, target.BitbucketCloud),
	Needs:    exchange.Credentials,
	Explains: rule.Explaining([]string{
		"cloud-user-not-email", "cloud-credential-refused", "gateway-token-refused", "bitbucket-token-refused", "retrying-refused-credential",
	}, rule.AnonymousEffects),
	Fix: []rule.Fix{{
		Who: rule.Caller,
		Do:  redact.Const("Compare the e-mail address letter by letter with that at id.atlassian.com > Profile; it must be the account that made the token"),
	}},
	Confirm: &rule.Confirm{Do: redact.Const("Log in at id.atlassian.com with exactly this e-mail address and look for the token under Security > API tokens.")},
	References: []rule.Reference{
		basicAuthForCloud,
		{Title: "RFC 5321, section 4.1.2", URL: "https://www.rfc-editor.org/rfc/rfc5321#section-4.1.2"},
	},
	Since:    "0.1",
	Formerly: []string{"cloud-email-typo"},
	Over: func(p *rule.Pass, ses *rule.Session) {
		const products = target.CloudSite | 1<<target.Gateway | 1<<target.BitbucketCloud
		accepted := acceptedPairs(ses, products)
		for _, s := range ses.Subjects {
			if !s.Is(products) || !s.Has(rule.OffersBasic|rule.Failing|rule.Answered) || s.Has(rule.Recognized) || !judged(s) {
				continue
			}
			b := pair(s)
			if b == nil {
				continue
			}
			user := strings.ToLower(strings.Trim(b.User, " \t\r\n\"'"))
			if what := noAddress(user, b.Password); !what.IsZero() {
				p.Likely(s, redact.Const("The user name is not an e-mail address that can exist, so no account has it."),
					userHalf(s, what, redact.Const("the e-mail address of the account")), s.StatusLine(redact.Text{}))
				continue
			}
			if !isEmail(user) || slices.ContainsFunc(accepted, func(a acceptedPair) bool { return a.user == user }) {
				continue
			}
			for _, a := range accepted {
				e := userHalf(s, redact.User(user), redact.Sprintf("%s, as in %s", redact.User(a.user), redact.Name(a.s.At.String())))
				near := apart(user, a.user)
				same := a.secret == s.Authorization.Secret() && !passwordLike(b) // two people can have one password
				switch {
				case same && a.s.Target.Host == s.Target.Host:
					p.Proven(s, redact.Const("The same token was accepted here with another e-mail address: it belongs to that account."), e, s.StatusLine(redact.Text{}))
				case same && near <= 2:
					p.Likely(s, redact.Const("The same token was accepted with an e-mail address that differs in one or two letters."), e, s.StatusLine(redact.Text{}))
				case near <= 2 && !same:
					p.Possible(s, redact.Const("The e-mail address differs in one or two letters from one that was accepted."), e, s.StatusLine(redact.Text{}))
				default:
					continue
				}
				break
			}
		}
	},
})

// An acceptedPair is a pair that a product took.
type acceptedPair struct {
	s            *rule.Subject
	user, secret string
}

// acceptedPairs returns the pairs with an e-mail address that were accepted,
// each once and at most 32.
func acceptedPairs(ses *rule.Session, products target.Set) []acceptedPair {
	var out []acceptedPair
	seen := map[[3]string]bool{}
	for _, s := range ses.Subjects {
		if !s.Is(products) || !s.Has(rule.OffersBasic|rule.Recognized) {
			continue
		}
		b := pair(s)
		if b == nil || !isEmail(strings.TrimSpace(b.User)) {
			continue
		}
		a := acceptedPair{s, strings.ToLower(strings.TrimSpace(b.User)), s.Authorization.Secret()}
		if k := [3]string{a.user, a.secret, s.Target.Host}; !seen[k] && len(out) < 32 {
			seen[k] = true
			out = append(out, a)
		}
	}
	return out
}

// noAddress says why user, in lower case, is no e-mail address although meant as
// one; zero if it may be one, or is a plain name.
func noAddress(user, password string) redact.Text {
	if user == "mailto" && strings.Contains(password, "@") {
		return redact.Const("mailto: before the e-mail address")
	}
	_, domain, ok := strings.Cut(user, "@")
	if !ok {
		return redact.Text{}
	}
	switch {
	case strings.Contains(domain, "@"):
		return redact.Const("an e-mail address with two @")
	case strings.HasSuffix(domain, "."):
		return redact.Const("an e-mail address that ends with a dot")
	case strings.ContainsAny(user, " ,;<>()"):
		return redact.Const("an e-mail address with a space, comma, semicolon or bracket in it")
	case strings.HasPrefix(user, "@"), !strings.Contains(domain, "."), strings.HasPrefix(domain, "."), strings.Contains(domain, ".."):
		return redact.Const("an e-mail address without name or complete domain")
	}
	switch domain[strings.LastIndexByte(domain, '.'):] {
	case ".con", ".cmo", ".ocm", ".comm", ".vom", ".xom":
		return redact.Const("an e-mail address with an ending that no domain has")
	}
	return redact.Text{}
}

// apart returns how many letters must be added, dropped, changed or swapped with
// their neighbour to make b of a; 3 for more than two.
func apart(a, b string) int {
	if len(a) > 254 || len(b) > 254 || len(a) > len(b)+2 || len(b) > len(a)+2 {
		return 3
	}
	var before, last, now [256]int
	for j := range len(b) + 1 {
		last[j] = j
	}
	for i := range len(a) {
		now[0] = i + 1
		for j := range len(b) {
			cost := 1
			if a[i] == b[j] {
				cost = 0
			}
			now[j+1] = min(last[j]+cost, last[j+1]+1, now[j]+1)
			if i > 0 && j > 0 && a[i] == b[j-1] && a[i-1] == b[j] {
				now[j+1] = min(now[j+1], before[j-1]+1)
			}
		}
		before, last, now = last, now, before
	}
	return min(last[len(b)], 3)
}
