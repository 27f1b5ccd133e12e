package scrub

import (
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strings"

	"github.com/why401/why401/internal/credential"
	"github.com/why401/why401/internal/exchange"
)

var escapes = pattern(`%[0-9A-F]{2}`)

// candidates are the query string hashes that right and wrong programs make of a
// request. Which one says what, credential.QSHRequest tells.
func candidates(r *credential.QSHRequest) []string {
	own := strings.TrimPrefix(r.Path, r.Context)
	var raw, out []string
	for _, p := range strings.Split(r.Query, "&") {
		if name, _, _ := strings.Cut(p, "="); p != "" && name != "jwt" {
			raw = append(raw, p)
		}
	}
	sorted := slices.Sorted(slices.Values(raw))
	plain := strings.Join(raw, "&")
	add := func(method, path, query string) { out = append(out, credential.QSH(method, path, query)) }
	text := func(t string) {
		h := sha256.Sum256([]byte(t))
		out = append(out, hex.EncodeToString(h[:]))
	}
	add(r.Method, own, plain)
	if r.Form != "" {
		add(r.Method, own, strings.TrimPrefix(plain+"&"+r.Form, "&"))
	}
	add(r.Method, r.Path, plain)
	for _, m := range []string{"GET", "POST", "PUT", "DELETE", "PATCH", "HEAD", ""} {
		add(m, own, plain)
	}
	add(r.Method, own, "")
	add(r.Method, own, strings.ReplaceAll(plain, "+", "%2B"))
	add(r.Method, own, strings.ReplaceAll(plain, "%", "%25"))
	canonical := credential.CanonicalRequest(r.Method, own, plain)
	text(escapes().ReplaceAllStringFunc(canonical, strings.ToLower))
	head := strings.TrimSuffix(canonical, canonicalQuery(canonical))
	query := canonicalQuery(canonical)
	text(head + plain)
	text(head + strings.Join(sorted, "&"))
	text(head + strings.ReplaceAll(strings.Join(sorted, "&"), "+", "%20"))
	for _, path := range []string{r.Origin + r.Path, r.Origin + own} {
		text(strings.ToUpper(r.Method) + "&" + path + "&" + query)
	}
	return out
}

// canonicalQuery returns what stands behind the second "&" of a canonical request.
func canonicalQuery(c string) string {
	_, rest, _ := strings.Cut(c, "&")
	_, rest, _ = strings.Cut(rest, "&")
	return rest
}

// hash makes of the query string hash of the request at hand the one that says the
// same of its scrubbed form.
func (s *Scrubber) hash(v string) string {
	if v == credential.ContextQSH {
		return v
	}
	a, b := parts(s.sent), parts(s.copied)
	for _, ctx := range contexts(a.Path) {
		a.Context, b.Context = ctx, ctx
		m := a.Match(v)
		if m == credential.QSHOther {
			continue
		}
		for _, c := range candidates(&b) {
			if b.Match(c) == m {
				return c
			}
		}
	}
	return s.chars(v)
}

func parts(r *exchange.Request) credential.QSHRequest {
	u, _, _ := strings.Cut(r.URL, "#")
	u, query, _ := strings.Cut(u, "?")
	q := credential.QSHRequest{Method: r.Method, Query: query, Path: u}
	if i := strings.Index(u, "://"); i > 0 {
		end := strings.IndexByte(u[i+3:], '/')
		if end < 0 {
			end = len(u) - i - 3
		}
		q.Origin, q.Path = u[:i+3+end], u[i+3+end:]
	}
	if strings.Contains(strings.ToLower(r.Body.Media), "x-www-form-urlencoded") {
		q.Form = string(r.Body.Head)
	}
	return q
}

func contexts(path string) []string {
	out := []string{""}
	for i := 1; i < len(path) && len(out) < 4; i++ {
		if path[i] == '/' {
			out = append(out, path[:i])
		}
	}
	return out
}
