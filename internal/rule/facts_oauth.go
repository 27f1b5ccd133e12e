package rule

import (
	"bytes"
	"encoding/json"
	"net/url"
	"strings"

	"github.com/why401/why401/internal/target"
)

// An OAuthCall is what a call of the OAuth 2.0 dance sends and gets. It is worked
// out with the Subject, because a session keeps only the start of a body and a
// token is longer than that. Its texts are secrets, or next to them.
type OAuthCall struct {
	// Sent are the parameters of a request for a token, or of one that asks the
	// user for consent; nil if the capture does not hold them.
	Sent map[string]string
	// Reply are the texts and numbers of the answer, a JSON object.
	Reply map[string]string
	// Sites are the cloud ids that the answer of accessible-resources lists.
	Sites []string
	// Whole is set if the answer was read to its end: what it does not have is
	// absent.
	Whole bool
}

// maxOAuth2 bounds the parameters, members and sites that are kept.
const maxOAuth2 = 64

// oauth works out [Subject.OAuth].
func (s *Subject) oauth() {
	t := &s.Target
	switch {
	case t.API == target.OAuthToken && !strings.Contains(t.Path, "/plugins/servlet/oauth/"),
		strings.HasSuffix(t.Path, "/oauth2/token") && target.Atlassian.Has(t.Product):
		s.OAuth = &OAuthCall{Sent: sentParams(s.Request.Body.Head)}
		if s.OAuth.Sent == nil && strings.HasSuffix(t.Path, "/authorize") {
			s.OAuth.Sent = query(t.Query)
		}
		s.OAuth.reply(s)
	case t.Product == target.OAuthServer && t.Path == "/authorize":
		s.OAuth = &OAuthCall{Sent: query(t.Query)}
	case t.Product == target.Gateway && t.Path == "/oauth/token/accessible-resources":
		s.OAuth = &OAuthCall{}
		s.OAuth.sites(s)
	}
}

// Error returns the error code of the answer (RFC 6749, section 5.2) in lower
// case, and its description.
func (o *OAuthCall) Error() (code, description string) {
	return strings.ToLower(o.Reply["error"]), strings.ToLower(o.Reply["error_description"])
}

// sentParams reads the parameters of a token request, which Atlassian takes as a
// JSON object and the standard as a form.
func sentParams(body []byte) map[string]string {
	body = bytes.TrimSpace(body)
	if len(body) == 0 {
		return nil
	}
	if body[0] == '{' {
		m, _ := members(body)
		return m
	}
	return query(string(body))
}

// query reads the parameters of a form or query, each name once.
func query(text string) map[string]string {
	m := map[string]string{}
	for text != "" && len(m) < maxOAuth2 {
		var pair string
		pair, text, _ = strings.Cut(text, "&")
		name, value, _ := strings.Cut(pair, "=")
		n, err := url.QueryUnescape(name)
		v, err2 := url.QueryUnescape(value)
		if _, twice := m[n]; err == nil && err2 == nil && n != "" && !twice {
			m[n] = v
		}
	}
	if len(m) == 0 {
		return nil
	}
	return m
}

// members reads the texts and numbers of a JSON object, as far as it goes; whole
// tells whether it was read to its end.
func members(text []byte) (m map[string]string, whole bool) {
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	if t, err := d.Token(); err != nil || t != json.Delim('{') {
		return nil, false
	}
	m = map[string]string{}
	for d.More() {
		name, err := d.Token()
		if err != nil {
			return m, false
		}
		var v any
		if d.Decode(&v) != nil {
			return m, false
		}
		n, ok := name.(string)
		if !ok || len(m) >= maxOAuth2 {
			continue
		}
		switch v := v.(type) {
		case string:
			m[n] = v
		case json.Number:
			m[n] = v.String()
		}
	}
	_, err := d.Token()
	return m, err == nil
}

func (o *OAuthCall) reply(s *Subject) {
	if s.Has(HasBody) {
		o.Reply, o.Whole = members(s.Response.Body.Head)
	}
}

// sites reads the list that accessible-resources answers.
func (o *OAuthCall) sites(s *Subject) {
	if !s.Has(HasBody | Is2xx) {
		return
	}
	var list []struct {
		ID string `json:"id"`
	}
	if json.Unmarshal(s.Response.Body.Head, &list) != nil {
		return
	}
	for _, site := range list {
		o.Sites = append(o.Sites, strings.ToLower(site.ID))
	}
	o.Whole = list != nil
}

// OAuth1Problem returns the code that an answer of an OAuth 1.0a provider gives
// in oauth_problem, in the challenge or in the body, and where it stands; "" if
// there is none. The code is text of the server: compare it, do not show it.
func (s *Subject) OAuth1Problem() (code string, inChallenge bool) {
	if s.Status() < 400 {
		return "", false
	}
	for i := range s.Response.Header {
		if f := &s.Response.Header[i]; strings.EqualFold(f.Name, "WWW-Authenticate") {
			if code := OAuth1Member(f.Value, "oauth_problem"); code != "" {
				return strings.ToLower(code), true
			}
		}
	}
	if s.Says("oauth_problem") {
		return OAuth1Member(s.lower, "oauth_problem"), false
	}
	return "", false
}

// OAuth1Echo returns a further member of the answer of an OAuth 1.0a provider,
// such as oauth_signature_base_string: what the server signed over.
func (s *Subject) OAuth1Echo(name string) string {
	if s.Response == nil {
		return ""
	}
	for _, v := range s.Response.Header.All("WWW-Authenticate") {
		if m := OAuth1Member(v, name); m != "" {
			return m
		}
	}
	if s.Says("oauth_problem") {
		return OAuth1Member(string(s.Response.Body.Head), name)
	}
	return ""
}

// OAuth1Member returns the value of a member of an answer of an OAuth 1.0a
// provider, percent-decoded once: name=value between "&", or name="value"
// between commas.
func OAuth1Member(text, name string) string {
	for rest := text; ; {
		i := strings.Index(rest, name+"=")
		if i < 0 {
			return ""
		}
		before := i == 0 || strings.IndexByte(" ,&?\t\r\n\"'>:", rest[i-1]) >= 0
		rest = rest[i+len(name)+1:]
		if !before {
			continue
		}
		v := strings.TrimPrefix(rest, `"`)
		if end := strings.IndexAny(v, "\"&, \t\r\n<;"); end >= 0 {
			v = v[:end]
		}
		if d, err := url.QueryUnescape(v); err == nil {
			return d
		}
		return v
	}
}
