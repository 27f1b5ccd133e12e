package leak

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/why401/why401/har"
	"github.com/why401/why401/internal/diagnose"
	"github.com/why401/why401/internal/exchange"
	"github.com/why401/why401/internal/report"
	"github.com/why401/why401/internal/rule"
	"github.com/why401/why401/rules"
)

// analyzed is what became of one capture.
type analyzed struct {
	exchanges []*exchange.Exchange
	errors    []string
	outputs   map[string]string
}

// analyze reads a HAR, diagnoses it with all rules and renders the report in
// every form, or only as JSON and for people.
func analyze(t *testing.T, name string, b []byte, all bool) *analyzed {
	t.Helper()
	a := &analyzed{outputs: map[string]string{}}
	var traced strings.Builder
	e, err := diagnose.New(rules.All(), diagnose.Options{
		Hosts: []string{"*.corp.example"},
		Trace: func(s *rule.Subject, f rule.Finding) {
			traced.WriteString(f.Rule.ID + " " + f.Message.String())
			for _, ev := range f.Evidence {
				traced.WriteString(" | " + ev.Part.String() + ": " + ev.Saw.String() + "; " + ev.Want.String())
			}
			traced.WriteString("\n")
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	c := &exchange.Capture{Name: name, Format: "har"}
	for x, err := range har.Read(c, bytes.NewReader(b), har.Options{}) {
		if err != nil {
			a.errors = append(a.errors, err.Error())
		} else {
			a.exchanges = append(a.exchanges, x)
		}
		e.See(x, err)
	}
	e.Opened(c)
	render(t, report.New(e.Diagnosis(), "test"), a.outputs, all)
	a.outputs["trace"] = traced.String()
	// The name of a capture is its user's; where reports show it, redact.Name
	// looks at it.
	a.outputs["errors"] = strings.ReplaceAll(strings.Join(a.errors, "\n"), name, "NAME")
	return a
}

// documents are the formats of a report that are made for other programs.
var documents = []string{"markdown", "html", "jira", "adf", "sarif", "junit", "csv"}

func render(t *testing.T, r *report.Report, out map[string]string, all bool) {
	t.Helper()
	var b bytes.Buffer
	keep := func(name string, err error) {
		if err != nil {
			t.Fatal(err)
		}
		out[name] = b.String()
		b.Reset()
	}
	keep("json", r.JSON(&b))
	if !all {
		return
	}
	keep("ndjson", r.NDJSON(&b))
	for _, f := range documents {
		keep(f, r.Write(&b, f, report.Style{}))
	}
	keep("text", r.Text(&b, report.Style{Width: 80, Shell: "sh"}))
	keep("text, long", r.Text(&b, report.Style{Width: 400, Shell: "powershell", Long: true}))
	keep("text, colours", r.Text(&b, report.Style{Width: 60, Shell: "sh", Color: true, Long: true, ASCII: true}))
}

// check looks for the needles in all outputs and reports each place once.
func check(t *testing.T, what string, outputs map[string]string, lists ...*needles) int {
	t.Helper()
	n := 0
	for _, form := range append([]string{"json", "trace", "errors", "ndjson", "text", "text, long", "text, colours"}, documents...) {
		before := n
		for _, l := range lists {
			for _, f := range l.find(outputs[form]) {
				n++
				if n <= 8 {
					t.Errorf("%s, %s: %s", what, form, f)
				}
			}
		}
		if form == "json" && n > before {
			break // the other forms show the same
		}
	}
	return n
}

// secretField matches the names of fields whose values are secrets or accounts.
var secretField = regexp.MustCompile(`(?i)auth|cookie|token|key|secret|session|password|passwd|jwt|bearer|basic|user|account|csrf|xsrf`)

// shownField matches fields of that kind whose values are meant to show.
var shownField = regexp.MustCompile(`(?i)^(www-authenticate|proxy-authenticate|x-seraph-loginreason|x-authentication-denied-reason|x-atlassian-token|user-agent|x-xsrf-token-accepted|:authority)$`)

// shownParam are query parameters whose values are meant to show.
var shownParam = map[string]bool{
	"expand": true, "fields": true, "limit": true, "maxresults": true, "os_authtype": true, "page": true, "pagelen": true,
	"permissions": true, "service": true, "start": true, "startat": true, "orderby": true, "grant_type": true, "response_type": true,
}

// account reports whether a value names an account.
func account(v string) bool { return !strings.EqualFold(strings.TrimSpace(v), "anonymous") }

// secretsOf collects the secrets of an exchange by their places.
func secretsOf(x *exchange.Exchange) []secret {
	var out []secret
	add := func(v, place string) { out = append(out, secret{v, place}) }
	header := func(h exchange.Header, kind string) {
		for _, f := range h {
			place := kind + " " + f.Name
			switch low := strings.ToLower(f.Name); {
			case low == "referer" || low == "location" || low == "origin":
				secretsOfURL(f.Value, place, add)
			case strings.Contains(f.Value, marker) && low != "cookie" && low != "set-cookie":
				secretsOfCredential(f.Value, place, add)
			case shownField.MatchString(f.Name) || !secretField.MatchString(f.Name):
			case low == "cookie":
				for _, c := range strings.Split(f.Value, ";") {
					_, v, _ := strings.Cut(c, "=")
					add(v, place)
				}
			case low == "set-cookie":
				pair, _, _ := strings.Cut(f.Value, ";")
				_, v, _ := strings.Cut(pair, "=")
				add(v, place)
			case account(f.Value):
				secretsOfCredential(f.Value, place, add)
			}
		}
	}
	header(x.Request.Header, "request field")
	for _, c := range x.Request.Cookies {
		add(c.Value, "request cookie")
	}
	secretsOfURL(x.Request.URL, "URL", add)
	secretsOfBody(x.Request.Body, add)
	if r := x.Response; r != nil {
		header(r.Header, "response field")
		for _, c := range r.Cookies {
			add(c.Value, "response cookie")
		}
		secretsOfURL(r.Redirect, "redirect", add)
	}
	return out
}

// secretsOfCredential adds a credential, its parts and what they decode to.
func secretsOfCredential(v, place string, add func(v, place string)) {
	_, param, ok := strings.Cut(v, " ")
	if !ok {
		param = v
	}
	add(param, place)
	for range 2 {
		d, err := base64.RawStdEncoding.DecodeString(strings.TrimRight(strings.TrimSpace(param), "="))
		if err != nil || len(d) < 4 {
			return
		}
		add(string(d), place+", decoded")
		if user, pass, ok := strings.Cut(string(d), ":"); ok {
			add(user, place+", user")
			add(pass, place+", password")
		}
		param = string(d)
	}
}

func secretsOfURL(raw, place string, add func(v, place string)) {
	if _, rest, ok := strings.Cut(raw, "://"); ok {
		end := strings.IndexAny(rest, "/?#")
		if end < 0 {
			end = len(rest)
		}
		if i := strings.LastIndexByte(rest[:end], '@'); i >= 0 {
			add(rest[:i], place+", userinfo")
			user, pass, _ := strings.Cut(rest[:i], ":")
			add(user, place+", user")
			add(pass, place+", password")
		}
	}
	rest, fragment, _ := strings.Cut(raw, "#")
	add(fragment, place+", fragment")
	_, query, _ := strings.Cut(rest, "?")
	for _, pair := range strings.Split(query, "&") {
		name, v, _ := strings.Cut(pair, "=")
		if shownParam[strings.ToLower(name)] {
			continue
		}
		add(v, place+", parameter "+name)
		if d, err := url.QueryUnescape(v); err == nil && d != v {
			add(d, place+", parameter "+name)
		}
	}
}

// secretsOfBody adds the values of a request body.
func secretsOfBody(b exchange.Body, add func(v, place string)) {
	var doc any
	if json.Unmarshal(b.Head, &doc) == nil {
		var walk func(v any)
		walk = func(v any) {
			switch v := v.(type) {
			case string:
				add(v, "request body")
			case []any:
				for _, e := range v {
					walk(e)
				}
			case map[string]any:
				for _, e := range v {
					walk(e)
				}
			}
		}
		walk(doc)
		return
	}
	if pairs, err := url.ParseQuery(string(b.Head)); err == nil {
		for _, vs := range pairs {
			for _, v := range vs {
				add(v, "request body")
			}
		}
		return
	}
	add(string(b.Head), "request body")
}

// shownOf is what of the exchanges is meant to show: hosts and paths, and the
// values of harmless fields.
func shownOf(xs []*exchange.Exchange) string {
	var b strings.Builder
	address := func(raw string) {
		raw, _, _ = strings.Cut(raw, "#")
		raw, query, _ := strings.Cut(raw, "?")
		if scheme, rest, ok := strings.Cut(raw, "://"); ok {
			end := strings.IndexByte(rest, '/')
			if end < 0 {
				end = len(rest)
			}
			raw = scheme + "://" + rest[strings.LastIndexByte(rest[:end], '@')+1:]
		}
		b.WriteString(raw + "\n")
		for _, pair := range strings.Split(query, "&") {
			name, _, _ := strings.Cut(pair, "=")
			b.WriteString(name + "\n")
		}
	}
	fields := func(h exchange.Header) {
		for _, f := range h {
			b.WriteString(f.Name + "\n")
			// The name of a method is no secret (RFC 5849, section 3.4).
			if _, method, ok := strings.Cut(f.Value, "oauth_signature_method="); ok {
				b.WriteString(method[:min(len(method), len(`"HMAC-SHA1",`))] + "\n")
			}
			switch low := strings.ToLower(f.Name); {
			case low == "location" || low == "origin":
				address(f.Value)
			case strings.Contains(f.Value, marker):
			case !secretField.MatchString(f.Name) && low != "referer" || shownField.MatchString(f.Name):
				b.WriteString(f.Value + "\n")
			}
		}
	}
	for _, x := range xs {
		address(x.Request.URL)
		fields(x.Request.Header)
		// A redirect_uri is an address, whatever it stands in (RFC 6749, section 3.1.2).
		if form, err := url.ParseQuery(string(x.Request.Body.Head)); err == nil && form.Has("redirect_uri") {
			address(form.Get("redirect_uri"))
		}
		var doc struct {
			RedirectURI string `json:"redirect_uri"`
		}
		if json.Unmarshal(x.Request.Body.Head, &doc) == nil && doc.RedirectURI != "" {
			address(doc.RedirectURI)
		}
		if x.Response != nil {
			fields(x.Response.Header)
		}
	}
	return b.String()
}
