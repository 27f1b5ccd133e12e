package main

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode"

	"github.com/spf13/cobra"

	"github.com/why401/why401/internal/rule"
	"github.com/why401/why401/rules"
)

func newExplain(io stdio) *cobra.Command {
	return &cobra.Command{
		Use:   "explain RULE|SYMPTOM...",
		Short: "Tell what a rule, a status, a header or an error text means",
		Long: `Prints the page of a rule, or finds the rules that fit a symptom: a status
(401), a header (X-Seraph-LoginReason), an error text of a product or a client,
or a few words.`,
		Example: `  why401 explain basic-newline
  why401 explain 401
  why401 explain X-Seraph-LoginReason AUTHENTICATION_DENIED
  why401 explain "PKIX path building failed"
  why401 explain works in Postman but not in my script`,
		Args:              cobra.MinimumNArgs(1),
		ValidArgsFunction: completeRules,
		RunE: func(_ *cobra.Command, args []string) error {
			return explain(io, strings.Join(args, " "))
		},
	}
}

func explain(io stdio, asked string) error {
	asked = strings.TrimSpace(asked)
	all := rules.All()
	if r := byID(all, asked); r != nil {
		if r.ID != asked {
			fmt.Fprintf(io.out, "(now called %s)\n\n", r.ID)
		}
		_, err := fmt.Fprint(io.out, r.Markdown())
		return err
	}
	t := topicOf(asked)
	if t.text == "" {
		_, t.text = saidOf(asked)
	}
	if t.text != "" {
		for para := range strings.SplitSeq(t.text, "\n\n") {
			if strings.HasPrefix(para, "  ") {
				fmt.Fprintln(io.out, para) // a table
			} else {
				folded(io.out, "", para)
			}
			fmt.Fprintln(io.out)
		}
	}
	hits := search(all, asked)
	if len(t.rules) > 0 {
		hits = hits[:0]
		for _, id := range t.rules {
			if r := byID(all, id); r != nil {
				hits = append(hits, r)
			}
		}
	}
	if len(hits) == 0 && t.text == "" {
		return &exitError{
			code: exitUnusable, err: errors.New("nothing is known about this"),
			hint: "try a status, a header name or the text of the error; why401 rules lists all rules",
		}
	}
	if len(hits) == 0 {
		return nil
	}
	fmt.Fprintln(io.out, "Rules that may fit, best first (why401 explain RULE shows one):")
	fmt.Fprintln(io.out)
	for _, r := range hits[:min(len(hits), 8)] {
		title := wrapAt(r.Title, 43)
		fmt.Fprintf(io.out, "  %-34s %s\n", r.ID, title[0])
		for _, l := range title[1:] {
			fmt.Fprintf(io.out, "  %-34s %s\n", "", strings.TrimSpace(l))
		}
	}
	return nil
}

// search ranks rules by how many of the asked words they hold, and where, by
// the longest run of asked words that their pages hold as it stands, and by the
// sayings. A rare word counts more than one that is everywhere.
func search(all []*rule.Rule, asked string) []*rule.Rule {
	words := tokens(asked)
	run := sequence(asked)
	said, _ := saidOf(asked)
	pages := make([]page, len(all))
	for i, r := range all {
		pages[i] = pageOf(r)
	}
	weight := make([]int, len(words))
	for k, w := range words {
		in := 1
		for j := range pages {
			if pages[j].has(w) > 0 {
				in++
			}
		}
		weight[k] = 1 + len(all)/in
	}
	type hit struct {
		rule  *rule.Rule
		score int
	}
	var hits []hit
	for i, r := range all {
		score := said[r.ID]
		for k, w := range words {
			score += pages[i].has(w) * weight[k]
		}
		if n := longestRun(run, pages[i].text); n > 1 {
			score += 40 * n * n
		}
		if score > 0 {
			hits = append(hits, hit{r, score})
		}
	}
	slices.SortStableFunc(hits, func(a, b hit) int { return b.score - a.score })
	var found []*rule.Rule
	for _, h := range hits {
		if h.score*5 < hits[0].score {
			break
		}
		found = append(found, h.rule)
	}
	return found
}

// page is the text of a rule, in lower case.
type page struct {
	id, title, text string // text with single blanks between and around its words
	words           map[string]bool
}

func pageOf(r *rule.Rule) page {
	p := page{id: r.ID + " " + strings.Join(r.Formerly, " "), title: strings.ToLower(r.Title), words: map[string]bool{}}
	text := r.Title + " . " + r.Doc
	for _, f := range r.Fix {
		text += " . " + f.Do.String() + " . " + f.Command.String()
	}
	p.text = " " + strings.Join(sequence(text), " ") + " "
	for _, w := range tokens(text + " " + p.id) {
		p.words[w] = true
	}
	return p
}

// has weighs where a page holds a word.
func (p page) has(w string) int {
	switch {
	case strings.Contains(p.id, w):
		return 6
	case strings.Contains(p.title, w):
		return 5
	case p.words[w]:
		return 2
	case strings.Contains(p.text, w):
		return 1
	}
	return 0
}

// longestRun counts the telling words in the longest run of asked words that
// text holds one after the other.
func longestRun(asked []string, text string) int {
	best := 0
	for i := range asked {
		run, telling := " ", 0
		for _, w := range asked[i:] {
			run += w + " "
			if !strings.Contains(text, run) {
				break
			}
			if !common[w] && len(w) > 2 {
				telling++
			}
		}
		best = max(best, telling)
	}
	return best
}

// common are words that tell nothing.
var common = map[string]bool{
	"the": true, "and": true, "for": true, "with": true, "not": true, "but": true, "this": true, "that": true,
	"error": true, "request": true, "server": true, "http": true, "https": true, "why": true, "does": true, "from": true,
	"fail": true, "fails": true, "failed": true, "get": true, "got": true, "gets": true, "returns": true, "answers": true,
	"you": true, "was": true, "are": true, "has": true, "have": true, "when": true, "works": true, "work": true,
}

// tokens are the telling words of a text, each once.
func tokens(s string) []string {
	var out []string
	for _, w := range sequence(s) {
		if len(w) > 2 && !common[w] && !slices.Contains(out, w) {
			out = append(out, w)
		}
	}
	return out
}

// sequence is the words of a text in lower case and in order.
func sequence(s string) []string {
	return strings.FieldsFunc(strings.ToLower(s), func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsDigit(r) && r != '_'
	})
}

// A topic is a symptom that is no rule of its own.
type topic struct {
	names string // statuses, or the name of a header
	text  string
	rules []string // the usual causes, first the most frequent; none: search
}

var topics = []topic{
	{"200", `200 OK can be a failure: where anonymous use is allowed, a login that did not work is
answered as if nobody had asked, with an empty list or a login page. Look at
X-AUSERNAME, X-Seraph-LoginReason and X-AACCOUNTID in the answer.`, []string{
		"answered-as-anonymous", "login-page-answer", "no-preemptive-auth", "cloud-credential-refused", "gateway-needs-own-session",
	}},
	{"301 302 303 307 308 3xx", `3xx sends the client to another URL. To a login page: the login was not seen. To
another host: most clients leave out the credential there. From http to https: some do,
and the first request sent it in clear.`, []string{
		"redirect-drops-authorization", "login-page-answer", "gateway-needs-own-session", "http-instead-of-https",
		"redirect-post-became-get", "redirect-loop", "redirect-target-malformed",
	}},
	{"400 431", `400 Bad Request is seldom about the login. It is when a JQL query names something that
an anonymous user cannot see, when a JWT assertion has wrong times, when the headers are
too large, and when Atlassian's cloud refuses a GET with a body.`, []string{
		"answered-as-anonymous", "headers-too-large", "get-with-body", "connect-jwt-lifetime", "clock-skew", "tls-client-cert-required",
	}},
	{"401", `401 Unauthorized (RFC 9110, section 15.5.2): the server wants a valid credential and
got none, or one that it does not take. Cloud also answers 401 for a token that it
cannot recognise, whatever is wrong with it. Capture the request and let why401
analyze it: the cause is nearly always in the bytes of the Authorization header, in
the kind of the token, or in the URL.`, []string{
		"basic-newline", "cloud-password", "no-credentials-sent", "cloud-credential-refused", "dc-credential-refused",
		"pat-sent-as-basic", "scoped-token-on-site-host", "api-token-expired",
	}},
	{"403", `403 Forbidden (RFC 9110, section 15.5.4): the request was understood and refused. It
can follow a good login (a missing permission, XSRF protection), a locked account
(CAPTCHA), a switched-off login method, or a firewall that answered in place of the
product. The answer's headers tell which.`, []string{
		"permission-missing", "captcha-required", "basic-auth-disabled", "bearer-not-accepted", "xsrf-no-check-missing",
		"product-access-missing", "cloudflare-block", "waf-block",
	}},
	{"404", `404 Not Found: Jira and Confluence answer 404 for what the caller may not see, so it can
mean "not logged in" as well as "does not exist".`, []string{
		"hidden-or-missing", "context-path-wrong", "no-credentials-sent", "cloud-credential-refused", "gateway-wrong-cloudid", "site-unknown",
	}},
	{"407", `407 Proxy Authentication Required (RFC 9110, section 15.5.8): not the product but a
proxy on your side wants a login.`, []string{"proxy-auth-required"}},
	{"410", `410 Gone: the endpoint was removed for good. The login has nothing to do with it; do not
change the credential.`, []string{"endpoint-removed", "bitbucket-app-password-retired"}},
	{"429", `429 Too Many Requests: slow down, and wait the seconds that Retry-After names. The login
has nothing to do with it; do not change the credential.`, []string{"rate-limited", "retrying-refused-credential", "rate-limit-near"}},
	{"500 502 503 504 5xx", `5xx is trouble on the server or in a proxy in front of it, and not about the credential.`, []string{
		"upstream-trouble", "app-rest-api-disabled", "proxy-tunnel-refused",
	}},
	{"x-seraph-loginreason", `X-Seraph-LoginReason is how Jira and Confluence tell what became of a login:

  OK                      logged in
  OUT                     logged out, or no login was tried
  AUTHENTICATED_FAILED    the credential was tried and refused
  AUTHENTICATION_DENIED   the credential was not tried: CAPTCHA, or Basic is off
  AUTHORISATION_FAILED    the credential is right; the account may not log in

It can be a list, and can come with any status, 200 included.`, nil},
	{"x-authentication-denied-reason", `X-Authentication-Denied-Reason says why a login was not even tried.
CAPTCHA_CHALLENGE: too many failed logins; somebody must solve a CAPTCHA in the browser
or an administrator must reset the counter.`, nil},
	{"x-ausername x-aaccountid", `X-AUSERNAME (Data Center) and X-AACCOUNTID (Cloud) name the account that the answer is
for. A name other than anonymous proves that the login worked: the cause is then not the
credential, but a permission, the URL or XSRF protection.`, nil},
	{"www-authenticate", `WWW-Authenticate is the challenge. From Jira and Confluence it says OAuth realm="...",
whatever credential they want: it does not mean that OAuth is required. Clients that
wait to be asked for Basic give up there. Negotiate or NTLM, or Basic with a realm of
its own, comes from a proxy in front of the product.`, []string{
		"no-preemptive-auth", "kerberos-required", "proxy-own-basic", "challenge-response-ok",
	}},
}

// topicOf finds the topic that asked is about: a header with or without
// its value, or a status with nothing else than the words that go with it.
func topicOf(asked string) topic {
	name, _, _ := strings.Cut(strings.ToLower(asked), ":")
	name, _, _ = strings.Cut(strings.TrimSpace(name), " ")
	var left []string
	for _, w := range sequence(asked) {
		if !strings.Contains(" http https 1 2 status code error response unauthorized forbidden found not bad request ok proxy authentication required gone too many requests ", " "+w+" ") {
			left = append(left, w)
		}
	}
	for _, t := range topics {
		for n := range strings.FieldsSeq(t.names) {
			if name == n && strings.Contains(n, "-") || len(left) == 1 && left[0] == n {
				return t
			}
		}
	}
	return topic{}
}

// Hints say what to do first where a saying alone decides nothing.
const (
	twins = `Something differs between the client that works and the one that does not. Capture both
and let why401 tell what: why401 compare works.har fails.har`
	unsent = `The client itself refused to send this header: nothing went out, so no capture has it.
Hand the value to why401 decode.`
)

// sayings are what clients and people say, where the pages of the rules say it
// in other words, and the rules that it points to.
var sayings = []struct{ words, rules, hint string }{
	{"PKIX path building|unable to find valid certification path|signed by unknown authority|unable to get local issuer|unable to verify the first certificate|self signed certificate|self-signed certificate|CERTIFICATE_VERIFY_FAILED|SELF_SIGNED_CERT|CERT_AUTHORITY_INVALID|UNABLE_TO_VERIFY_LEAF|SSLCertVerificationError", "tls-untrusted-ca", ""},
	{"ENOTFOUND|NXDOMAIN|UnknownHostException|could not resolve host|name or service not known|no such host|NAME_NOT_RESOLVED|remote name could not be resolved|nodename nor servname", "dns-name-not-found host-misspelt", ""},
	{"EAI_AGAIN|temporary failure in name resolution|SERVFAIL", "dns-server-trouble", ""},
	{"ERR_INVALID_CHAR|invalid header field value|illegal character|return character(s) in header|invalid character in header content|illegal header value|InvalidHeader", "authorization-line-break credential-invisible-character", unsent},
	{"ECONNREFUSED|connection refused", "connection-refused wrong-port", ""},
	{"ECONNRESET|connection reset|broken pipe|socket hang up|unexpected eof", "connection-reset", ""},
	{"ETIMEDOUT|timed out|connect timeout", "connection-timeout", ""},
	{"fatal alert: protocol_version|SSL_VERSION_OR_CIPHER|tlsv1 alert protocol|could not create ssl/tls secure channel|unsupported protocol", "tls-version-too-old", ""},
	{"handshake_failure|handshake failure", "tls-alert tls-no-shared-cipher", ""},
	{"wrong version number|SSL_PROTOCOL_ERROR|record_overflow|plaintext connection", "tls-on-plain-port", ""},
	{"unexpected token <|expecting value: line 1|invalid character '<'|not valid json|html instead of json|login page", "login-page-answer gateway-needs-own-session", ""},
	{"blocked by cors|access-control-allow-origin|preflight", "cors-browser-call", ""},
	{"authentication failed for 'https://bitbucket.org|remote: invalid credentials", "bitbucket-email-with-git bitbucket-app-password-retired bitbucket-account-password", ""},
	{"works in postman|works with postman|works in curl|works with curl|works in the browser|works in browser|not in code", "netrc-overrides-bearer no-preemptive-auth basic-newline", twins},
	{"only from|only on|only one|on one machine|from one server", "only-one-client-fails one-client-has-old-secret netrc-overrides-bearer", twins},
	{"password is correct|password is right|right password|token is correct|token is right|credentials are correct", "captcha-required basic-newline dc-credential-refused cloud-password", ""},
	{"worked yesterday|stopped working|used to work|suddenly", "credential-stopped-working api-token-expired captcha-required", ""},
	{"client must be authenticated|you are not authenticated|not authenticated", "cloud-credential-refused no-credentials-sent dc-credential-refused", ""},
	{"x-seraph-loginreason", "dc-credential-refused cloud-credential-refused captcha-required dc-login-denied product-access-missing", ""},
	{"authenticated_failed", "dc-credential-refused cloud-credential-refused", ""},
	{"authentication_denied", "dc-login-denied captcha-required basic-auth-disabled", ""},
	{"proxy authentication required|from proxy after connect|tunnel connection failed: 407|http code 407", "proxy-auth-required", ""},
	{"request rejected|requested url was rejected|your support id is|permission to access \"http", "waf-block", ""},
	{"jsessionid|session cookie", "session-cookie-stale jsessionid-collision session-not-sticky", ""},
	{"signature_invalid", "oauth1-signature-invalid oauth1-base-url-behind-proxy", ""},
	{"empty list|no issues|empty result|total: 0|0 issues", "answered-as-anonymous", ""},
}

// saidOf weighs the rules that a saying in asked points to, and gives its hint.
func saidOf(asked string) (said map[string]int, hint string) {
	asked = strings.ToLower(asked)
	said = map[string]int{}
	for _, s := range sayings {
		for w := range strings.SplitSeq(strings.ToLower(s.words), "|") {
			if strings.Contains(asked, w) {
				for i, id := range strings.Fields(s.rules) {
					said[id] += 2000 - 100*i
				}
				hint = cmp.Or(hint, s.hint)
				break
			}
		}
	}
	return said, hint
}
