package credential

import (
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strings"
)

// ContextQSH is the claim qsh of a token that a page of an app gets from the
// browser: it is good for no request in particular.
const ContextQSH = "context-qsh"

// maxQSH is the number of bytes of a query that a hash is made of.
const maxQSH = 16 << 10

// QSH returns the query string hash of a request, as the claim qsh of Atlassian
// Connect holds it: the SHA-256 of [CanonicalRequest] in hexadecimal.
func QSH(method, path, query string) string { return sum(CanonicalRequest(method, path, query)) }

// CanonicalRequest returns the text that a query string hash is made of: the
// method, the path and the query, joined by "&".
//
// The path is that after the base URL of the product, escaped as sent, with "&"
// escaped and without "/" at its end. The query is without the parameter jwt, by
// name; names and values are percent-encoded anew (RFC 3986, section 2.3), a
// plus sign being a blank, and the values of a name that repeats are sorted and
// joined by commas.
func CanonicalRequest(method, path, query string) string {
	return strings.ToUpper(method) + "&" + canonicalPath(path) + "&" + canonicalQuery(query, plain)
}

// A QSHMatch says what a query string hash was made of.
type QSHMatch uint8

// The matches.
const (
	QSHOther        QSHMatch = iota // of nothing that the request could be taken for
	QSHRight                        // of the request
	QSHWithContext                  // of the request, with the context path of the product before its path
	QSHOtherMethod                  // of the same address and another method
	QSHNoQuery                      // of the request without its query
	QSHWholeURL                     // of the whole address in place of the path
	QSHPlusKept                     // of the request, a plus sign being taken for one and not for a blank
	QSHRawQuery                     // of the request, its query being left as it was written, or sorted so
	QSHTwiceEncoded                 // of the request, its query being percent-encoded twice
	QSHUnsorted                     // of the request, its query being encoded as it should but not sorted
	QSHNotJoined                    // of the request, the values of a name that repeats standing apart
	QSHLowerHex                     // of the request, its percent escapes having small letters
)

// A QSHRequest is a request as far as a query string hash tells it.
type QSHRequest struct {
	Method string
	// Origin is scheme, host and port of the URL.
	Origin string
	// Context is the path of the base URL of the product, such as "/wiki"; it
	// stands at the start of Path.
	Context, Path string
	Query         string
	// Form is the body if it is a form: servlets take its fields for
	// parameters like those of the query.
	Form string
}

// Match tells what the hash qsh was made of. Where servers and libraries differ
// in how they read an address, all their readings are right ones.
func (r *QSHRequest) Match(qsh string) QSHMatch {
	qsh = strings.ToLower(strings.TrimSpace(qsh))
	if len(qsh) != hex.EncodedLen(sha256.Size) || len(r.Query)+len(r.Path)+len(r.Form) > maxQSH {
		return QSHOther
	}
	is := func(method, path, query string) bool { return sum(method+"&"+path+"&"+query) == qsh }
	method, query := strings.ToUpper(r.Method), canonicalQuery(r.Query, plain)
	right := []string{query, canonicalQuery(r.Query, asWritten)}
	if r.Form != "" {
		all := r.Form
		if r.Query != "" {
			all = r.Query + "&" + r.Form
		}
		right = append(right, canonicalQuery(all, plain), canonicalQuery(all, asWritten))
	}
	own := strings.TrimPrefix(r.Path, r.Context)
	paths := readings(own)
	for _, p := range paths {
		for _, q := range right {
			if is(method, p, q) {
				return QSHRight
			}
		}
	}
	if r.Context != "" {
		for _, p := range readings(r.Path) {
			if is(method, p, query) {
				return QSHWithContext
			}
		}
	}
	wrong := r.wrongQueries()
	for _, p := range paths {
		for _, m := range [...]string{"GET", "POST", "PUT", "DELETE", "PATCH", "HEAD", ""} {
			if m != method && is(m, p, query) {
				return QSHOtherMethod
			}
		}
		for _, w := range wrong {
			if w.query != query && is(method, p, w.query) {
				return w.match
			}
		}
	}
	if is(method, r.Origin+r.Path, query) || is(method, r.Origin+own, query) {
		return QSHWholeURL
	}
	return QSHOther
}

// readings are the ways to write the path that servers and libraries agree on
// or differ in: escapes kept or made anew, with or without "/" at the end.
func readings(path string) []string {
	out := []string{canonicalPath(path)}
	add := func(p string) {
		if p == "" {
			p = "/"
		}
		if !slices.Contains(out, p) {
			out = append(out, p)
		}
	}
	add(strings.ReplaceAll(path, "&", "%26"))
	segments := strings.Split(path, "/")
	for i, s := range segments {
		segments[i] = encode3986(unescape(s, false))
	}
	add(canonicalPath(strings.Join(segments, "/")))
	add(canonicalPath(unescape(path, false)))
	return out
}

// A wrongQuery is a query as programs that make the hash by hand write it.
type wrongQuery struct {
	match QSHMatch
	query string
}

func (r *QSHRequest) wrongQueries() []wrongQuery {
	if r.Query == "" {
		return nil
	}
	raw := pieces(r.Query)
	sorted := slices.Sorted(slices.Values(raw))
	list := []wrongQuery{
		{QSHNoQuery, ""},
		{QSHPlusKept, canonicalQuery(r.Query, plusKept)},
		{QSHRawQuery, strings.Join(raw, "&")},
		{QSHRawQuery, strings.Join(sorted, "&")},
		{QSHRawQuery, strings.ReplaceAll(strings.Join(sorted, "&"), "+", "%20")},
		{QSHTwiceEncoded, canonicalQuery(r.Query, twice)},
		{QSHUnsorted, canonicalQuery(r.Query, unsorted)},
		{QSHNotJoined, canonicalQuery(r.Query, apart)},
		{QSHLowerHex, lowerEscapes(canonicalQuery(r.Query, plain))},
	}
	if strings.Contains(r.Query, "+") && list[2].query != list[1].query {
		// The plus sign is what is wrong with it, whatever else was done.
		list[2].match, list[3].match = QSHPlusKept, QSHPlusKept
	}
	return list
}

// pieces returns the parameters of a query as written, without jwt.
func pieces(query string) []string {
	var out []string
	for _, p := range strings.Split(query, "&") {
		if name, _, _ := strings.Cut(p, "="); p != "" && name != "jwt" {
			out = append(out, p)
		}
	}
	return out
}

func canonicalPath(path string) string {
	path = strings.ReplaceAll(path, "&", "%26")
	if !strings.HasPrefix(path, "/") {
		path = "/" + path
	}
	if len(path) > 1 {
		path = strings.TrimSuffix(path, "/")
	}
	return path
}

// A manner is a way to write a query in canonical form.
type manner uint8

const (
	plain     manner = iota // as it should be
	asWritten               // the values of a repeated name keep their order
	plusKept                // a plus sign is one
	twice                   // encoded without having been decoded
	unsorted                // names keep their order
	apart                   // values of a repeated name are not joined
)

func canonicalQuery(query string, m manner) string {
	type param struct {
		name   string
		values []string
	}
	var list []param
	at := map[string]int{}
	for _, piece := range pieces(query) {
		name, value, _ := strings.Cut(piece, "=")
		if m != twice {
			name, value = unescape(name, m != plusKept), unescape(value, m != plusKept)
		}
		if name == "jwt" {
			continue
		}
		i, ok := at[name]
		if !ok || m == apart {
			i = len(list)
			at[name] = i
			list = append(list, param{name: name})
		}
		list[i].values = append(list[i].values, value)
	}
	for i := range list {
		if m != asWritten {
			slices.Sort(list[i].values)
		}
	}
	if m != unsorted {
		slices.SortStableFunc(list, func(a, b param) int {
			if c := strings.Compare(encode3986(a.name), encode3986(b.name)); c != 0 {
				return c
			}
			return slices.Compare(a.values, b.values)
		})
	}
	var b strings.Builder
	for i, p := range list {
		if i > 0 {
			b.WriteByte('&')
		}
		b.WriteString(encode3986(p.name))
		b.WriteByte('=')
		for k, v := range p.values {
			if k > 0 {
				b.WriteByte(',')
			}
			b.WriteString(encode3986(v))
		}
	}
	return b.String()
}

// encode3986 percent-encodes all but the unreserved characters (RFC 3986,
// section 2.3), with capitals.
func encode3986(s string) string {
	const free = alnums | dash | dot | underscore
	n := 0
	for i := 0; i < len(s); i++ {
		if !inSet(s[i], free) && s[i] != '~' {
			n++
		}
	}
	if n == 0 {
		return s
	}
	const digits = "0123456789ABCDEF"
	out := make([]byte, 0, len(s)+2*n)
	for i := 0; i < len(s); i++ {
		if c := s[i]; inSet(c, free) || c == '~' {
			out = append(out, c)
		} else {
			out = append(out, '%', digits[c>>4], digits[c&15])
		}
	}
	return string(out)
}

// lowerEscapes writes the percent escapes of s with small letters.
func lowerEscapes(s string) string {
	b := []byte(s)
	for i := 0; i+2 < len(b); i++ {
		if b[i] == '%' {
			b[i+1], b[i+2] = lower(b[i+1]), lower(b[i+2])
		}
	}
	return string(b)
}

func sum(s string) string {
	h := sha256.Sum256([]byte(s))
	return hex.EncodeToString(h[:])
}
