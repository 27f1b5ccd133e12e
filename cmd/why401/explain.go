package main

import (
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
		Long: `Prints the page of a rule, or finds the rules that fit a symptom: a status (401),
a header (X-Seraph-LoginReason), an error text, or a few words.`,
		Example: `  why401 explain basic-newline
  why401 explain 401
  why401 explain X-Seraph-LoginReason AUTHENTICATION_DENIED
  why401 explain "XSRF check failed"`,
		Args:              cobra.MinimumNArgs(1),
		ValidArgsFunction: completeRules,
		RunE: func(_ *cobra.Command, args []string) error {
			return explain(io, strings.Join(args, " "))
		},
	}
}

func explain(io stdio, asked string) error {
	all := rules.All()
	if r := byID(all, strings.TrimSpace(asked)); r != nil {
		if r.ID != strings.TrimSpace(asked) {
			fmt.Fprintf(io.out, "(now called %s)\n\n", r.ID)
		}
		_, err := fmt.Fprint(io.out, r.Markdown())
		return err
	}
	key := strings.ToLower(strings.TrimSpace(asked))
	if text, ok := topics[key]; ok {
		fmt.Fprintf(io.out, "%s\n\n", text)
	}
	hits := search(all, asked)
	if len(hits) == 0 {
		return &exitError{
			code: exitUnusable, err: errors.New("nothing is known about this"),
			hint: "try a status, a header name or the text of the error; why401 rules lists all rules",
		}
	}
	fmt.Fprintln(io.out, "Rules that may fit, best first (why401 explain RULE shows one):")
	fmt.Fprintln(io.out)
	for _, h := range hits[:min(len(hits), 8)] {
		fmt.Fprintf(io.out, "  %-34s %s\n", h.rule.ID, h.rule.Title)
	}
	return nil
}

// topics are the symptoms that are no rule of their own.
var topics = map[string]string{
	"401": `401 Unauthorized (RFC 9110, section 15.5.2): the server wants a valid credential and
got none, or one that it does not take. Cloud also answers 401 for a token that it
cannot recognise, whatever is wrong with it. Capture the request and let why401
analyze it: the cause is nearly always in the bytes of the Authorization header, in
the kind of the token, or in the address.`,
	"403": `403 Forbidden (RFC 9110, section 15.5.4): the request was understood and refused. It
can follow a good login (a missing permission, XSRF protection), a locked account
(CAPTCHA), a switched-off login method, or a firewall that answered in place of the
product. The answer's headers tell which.`,
	"404": `404 Not Found: Jira and Confluence answer 404 for what the caller may not see, so it can
mean "not logged in" as well as "does not exist".`,
	"407": `407 Proxy Authentication Required (RFC 9110, section 15.5.8): not the product but a
proxy on your side wants a login.`,
	"x-seraph-loginreason": `X-Seraph-LoginReason is how Jira and Confluence tell what became of a login:

  OK                      logged in
  OUT                     logged out, or no login was tried
  AUTHENTICATED_FAILED    the credential was tried and refused
  AUTHENTICATION_DENIED   the credential was not even tried: a CAPTCHA, or Basic is off
  AUTHORISATION_FAILED    the credential is right, but the account may not log in

It can be a list, and can come with any status, 200 included.`,
	"x-authentication-denied-reason": `X-Authentication-Denied-Reason says why a login was not even tried.
CAPTCHA_CHALLENGE: too many failed logins; somebody must solve a CAPTCHA in the browser
or an administrator must reset the counter.`,
}

// A hit is a rule and how well it fits.
type hit struct {
	rule  *rule.Rule
	score int
}

// search ranks rules by how many of the asked words they hold, and where. A
// rare word counts more than one that is everywhere.
func search(all []*rule.Rule, asked string) []hit {
	words := tokens(asked)
	phrase := strings.ToLower(strings.Join(strings.Fields(asked), " "))
	pages := make([]page, len(all))
	for i, r := range all {
		pages[i] = pageOf(r)
	}
	var hits []hit
	for i, r := range all {
		score := 0
		for _, w := range words {
			in := 0
			for j := range pages {
				if pages[j].has(w) > 0 {
					in++
				}
			}
			score += pages[i].has(w) * (1 + len(all)/(1+in))
		}
		if len(words) > 1 && strings.Contains(pages[i].text, phrase) {
			score += 400
		}
		if score > 0 {
			hits = append(hits, hit{r, score})
		}
	}
	slices.SortStableFunc(hits, func(a, b hit) int { return b.score - a.score })
	for i, h := range hits {
		if h.score*5 < hits[0].score {
			return hits[:i]
		}
	}
	return hits
}

// page is the text of a rule, in lower case.
type page struct {
	id, title, text string
	words           map[string]bool
}

func pageOf(r *rule.Rule) page {
	p := page{id: r.ID + " " + strings.Join(r.Formerly, " "), title: strings.ToLower(r.Title), words: map[string]bool{}}
	text := r.Doc
	for _, f := range r.Fix {
		text += " " + f.Do.String() + " " + f.Command.String()
	}
	p.text = strings.ToLower(strings.Join(strings.Fields(strings.NewReplacer("`", "", "*", "").Replace(text)), " "))
	for _, w := range tokens(p.text + " " + p.title + " " + p.id) {
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

// common are words that tell nothing.
var common = map[string]bool{
	"the": true, "and": true, "for": true, "with": true, "not": true, "but": true, "this": true, "that": true,
	"error": true, "request": true, "server": true, "http": true, "https": true, "why": true, "does": true, "from": true,
	"you": true, "was": true, "are": true, "has": true, "have": true, "when": true, "works": true, "work": true,
}

func tokens(s string) []string {
	var out []string
	for _, w := range strings.FieldsFunc(strings.ToLower(s), func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsDigit(r) && r != '_'
	}) {
		if len(w) > 2 && !common[w] && !slices.Contains(out, w) {
			out = append(out, w)
		}
	}
	return out
}
