package httpfile

import (
	"encoding/base64"
	"io"
	"iter"
	"regexp"
	"strings"
	"sync"

	"github.com/why401/why401/internal/exchange"
)

// NotePair counts credentials of the form "Basic user:password" in clear. Only
// VS Code encodes them.
const NotePair exchange.NoteKind = "basic-in-clear"

func pattern(expr string) func() *regexp.Regexp {
	return sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(expr) })
}

const methods = `GET|POST|PUT|PATCH|DELETE|HEAD|OPTIONS|TRACE|CONNECT|PROPFIND|REPORT|SEARCH|GRAPHQL`

var (
	start = pattern(`^(?:(` + methods + `)[ \t]+)?((?:https?://|\{\{|[A-Za-z0-9.-]+(?::[0-9]+)?/|/)\S*(?:\{\{[^{}\n]*\}\}\S*)*)(?:[ \t]+(HTTP/[0-9.]+))?[ \t]*$`)
	// first is a file that starts with a request: a method and an address, or
	// only an address where a separator or variable shows what the file is.
	first  = pattern(`(?s)\A(?:[ \t]*(?:(?:#|//)[^\n]*)?\n|@[\w.-]+[ \t]*=[^\n]*\n|<[ \t]*\{%.*?%\}[ \t]*\n)*(?:(?:` + methods + `)[ \t]+(?:https?://|\{\{|/)|https?://|\{\{)[^\n]*(?:\n|\z)`)
	marked = pattern(`(?m)^###|^@[\w.-]+[ \t]*=|^(?:#|//)[ \t]*@[a-z-]+|^(?:` + methods + `)[ \t]+(?:https?://|\{\{)\S+(?:[ \t]+HTTP/[0-9.]+)?[ \t]*\r?$`)
	// answered has the answer below it: a copy of what was sent.
	answered = pattern(`(?m)^HTTP/[0-9](?:\.[0-9])? [0-9]{3}(?: |\r?$)`)
	assigned = pattern(`^@([\w.-]+)[ \t]*=[ \t]*(.*)$`)
	variable = pattern(`\{\{[^{}\n]{1,200}\}\}`)
)

// Is reports whether a text, or the start of one, is a file of requests.
func Is(text string) bool {
	text = strings.ReplaceAll(text[:min(len(text), 64<<10)], "\r\n", "\n")
	at := first().FindString(text)
	if at == "" || !marked().MatchString(text) || answered().MatchString(text) && !strings.Contains(text, "\n###") {
		return false
	}
	at = strings.TrimSuffix(at, "\n")
	return start().MatchString(at[strings.LastIndexByte(at, '\n')+1:])
}

// Read yields the requests of a file in UTF-8, in file order, as configured.
func Read(c *exchange.Capture, r io.Reader) iter.Seq2[*exchange.Exchange, error] {
	return func(yield func(*exchange.Exchange, error) bool) {
		fail := func(at int64, reason, hint string, fatal bool) bool {
			return yield(nil, &exchange.Unreadable{At: exchange.Locator{Capture: c.Name, Index: -1, Offset: at}, Reason: reason, Hint: hint, Fatal: fatal})
		}
		b, err := io.ReadAll(io.LimitReader(r, MaxText+1))
		if len(b) > MaxText {
			b = b[:MaxText]
			c.Add(exchange.NoteTruncated)
		}
		f := &file{c: c, lines: strings.SplitAfter(string(b), "\n")}
		f.variables()
		for f.next() {
			if f.curl {
				c.Add(exchange.NoteUnreadable)
				if !fail(f.start, "a curl command in a file of requests", "paste it into a file of its own", false) {
					return
				}
				continue
			}
			if f.n == 0 {
				c.Add(exchange.NoteAsConfigured)
			}
			x := f.exchange()
			f.n++
			c.Exchanges++
			if !yield(x, nil) {
				return
			}
			if f.n == maxRequests {
				c.Add(exchange.NoteTruncated)
				break
			}
		}
		switch {
		case err != nil:
			fail(-1, "the text could not be read to its end", "copy the file again", true)
		case f.n == 0:
			fail(-1, "there is no request in it", "a request begins with a line such as GET https://host/path", true)
		}
	}
}

// A file is read request by request.
type file struct {
	c     *exchange.Capture
	lines []string
	vars  map[string]string
	known map[string]known
	depth int   // of variables in variables
	at    int64 // of lines[0]
	n     int   // requests yielded

	// The request at hand.
	start  int64
	method string
	url    string
	proto  string
	header []string // as written
	body   []byte
	size   int64
	some   bool // there is a body
	curl   bool
}

// line takes the next line, without its end.
func (f *file) line() (string, bool) {
	if len(f.lines) == 0 {
		return "", false
	}
	l := f.lines[0]
	f.lines, f.at = f.lines[1:], f.at+int64(len(l))
	return strings.TrimRight(l, "\r\n"), true
}

// peek returns the next line.
func (f *file) peek() string {
	if len(f.lines) == 0 {
		return "###"
	}
	return strings.TrimRight(f.lines[0], "\r\n")
}

func comment(l string) bool {
	l = strings.TrimLeft(l, " \t")
	return strings.HasPrefix(l, "#") || strings.HasPrefix(l, "//")
}

// variables collects what the file itself sets.
func (f *file) variables() {
	f.vars, f.known = map[string]string{}, map[string]known{}
	for _, l := range f.lines {
		if !strings.HasPrefix(l, "@") {
			continue
		}
		if m := assigned().FindStringSubmatch(strings.TrimRight(l, " \t\r\n")); m != nil && len(f.vars) < maxVariables {
			f.vars[m[1]] = m[2]
		}
	}
}

// next finds the next request and takes it.
func (f *file) next() bool {
	f.method, f.url, f.proto, f.header, f.body, f.size, f.some, f.curl = "", "", "", nil, nil, 0, false, false
	script := false
	for {
		f.start = f.at
		l, ok := f.line()
		if !ok {
			return false
		}
		switch {
		case script:
			script = !strings.Contains(l, "%}")
		case strings.HasPrefix(l, "<"): // a script to run before
			script = strings.Contains(l, "{%") && !strings.Contains(l, "%}")
		case strings.TrimSpace(l) == "", comment(l), strings.HasPrefix(l, "@"):
		case strings.HasPrefix(l, "curl "):
			f.curl = true
			f.skip()
			return true
		default:
			m := start().FindStringSubmatch(l[:min(len(l), maxValue)])
			if m == nil || len(l) > maxValue {
				f.skip()
				continue
			}
			f.method, f.url, f.proto = m[1], m[2], m[3]
			f.head()
			return true
		}
	}
}

// skip passes over the rest of what stands up to the next separator.
func (f *file) skip() {
	for !strings.HasPrefix(f.peek(), "###") {
		f.line()
	}
}

// head takes the lines of the request below its first one.
func (f *file) head() {
	for !strings.HasPrefix(f.peek(), "###") { // the address goes on in indented lines
		l := f.peek()
		t := strings.TrimLeft(l, " \t")
		if t == "" || t == l && t[0] != '?' && t[0] != '&' || len(f.url) > maxValue {
			break
		}
		f.url += strings.TrimRight(t, " \t")
		f.line()
	}
	for !strings.HasPrefix(f.peek(), "###") {
		l, _ := f.line()
		switch {
		case strings.TrimSpace(l) == "":
			f.content()
			return
		case comment(l):
		case len(f.header) < maxFields:
			f.header = append(f.header, l)
		default:
			f.c.Add(exchange.NoteLongValue)
		}
	}
}

// content takes the body.
func (f *file) content() {
	script := false
	for !strings.HasPrefix(f.peek(), "###") {
		l, _ := f.line()
		switch {
		case script:
			script = !strings.Contains(l, "%}")
		case strings.HasPrefix(l, "> ") || strings.HasPrefix(l, ">>") || strings.HasPrefix(l, "<> "):
			script = strings.Contains(l, "{%") && !strings.Contains(l, "%}") // what is done with the answer
		case strings.HasPrefix(l, "< ") || strings.HasPrefix(l, "<@"):
			f.some, f.size = true, -1 // a file
		case f.some || strings.TrimSpace(l) != "":
			f.some = true
			if f.size >= 0 {
				f.size += int64(len(l)) + 1
			}
			if room := exchange.MaxBody - len(f.body); room > 0 {
				f.body = append(f.body, l[:min(len(l), room)]...)
				f.body = append(f.body, '\n')
			}
		}
	}
}

// A known is what a variable comes to.
type known struct {
	text string
	open bool // something in it is not known
}

// resolve puts in the variables that the file sets; open: others remain. What a
// variable comes to is worked out once.
func (f *file) resolve(s string) (out string, open bool) {
	if !strings.Contains(s, "{{") {
		return s, false
	}
	out = variable().ReplaceAllStringFunc(s, func(m string) string {
		name := strings.TrimSpace(m[2 : len(m)-2])
		k, done := f.known[name]
		if v, ok := f.vars[name]; ok && !done && len(v) <= maxValue && f.depth < maxDepth {
			f.known[name] = known{m, true} // for a variable within itself
			f.depth++
			k.text, k.open = f.resolve(v)
			f.depth--
			f.known[name] = k
		} else if !done {
			k = known{m, true}
		}
		open = open || k.open
		return k.text
	})
	if len(out) > maxValue {
		f.c.Add(exchange.NoteLongValue)
		out = out[:maxValue]
	}
	return out, open
}

// exchange makes the configured request at hand.
func (f *file) exchange() *exchange.Exchange {
	x := &exchange.Exchange{
		At: exchange.Locator{Capture: f.c.Name, Index: f.n, Offset: f.start}, From: f.c,
		Sight: exchange.Credentials, Fidelity: exchange.AsConfigured, Took: -1, Client: ".http file",
	}
	q := &x.Request
	q.Method, q.Proto = f.method, f.proto
	if q.Method == "" {
		q.Method = "GET"
	}
	for _, l := range f.header {
		name, value, ok := strings.Cut(l, ":")
		if !ok {
			continue
		}
		f.field(x, strings.TrimSpace(name), strings.TrimSpace(value))
	}
	q.URL, q.PartialURL = f.resolve(f.cut(f.url))
	if q.PartialURL {
		f.c.Add(exchange.NoteUnresolved)
	}
	if host := q.Header.Value("Host"); strings.HasPrefix(q.URL, "/") && host != "" {
		scheme := "http://"
		if strings.HasSuffix(host, ":443") || strings.HasSuffix(host, ":8443") {
			scheme = "https://"
		}
		q.URL = scheme + host + q.URL
	}
	if !strings.Contains(q.URL, "://") && !strings.HasPrefix(q.URL, "/") && !q.PartialURL {
		q.URL = "http://" + q.URL
	}
	q.Body.Size = -1
	if q.Method == "GRAPHQL" {
		q.Method = "POST"
	}
	if f.some {
		body, open := f.resolve(string(f.body))
		if open {
			f.c.Add(exchange.NoteUnresolved)
		}
		q.Body = exchange.Body{Head: []byte(body[:min(len(body), exchange.MaxBody)]), Size: f.size, Media: q.Header.Value("Content-Type"), Kept: f.size >= 0 && !open}
	}
	return x
}

// cut returns as much of a value as is kept.
func (f *file) cut(s string) string {
	if len(s) > maxValue {
		f.c.Add(exchange.NoteLongValue)
		s = s[:maxValue]
	}
	return s
}

// field adds a header field. One with a variable that the file does not set is
// left out.
func (f *file) field(x *exchange.Exchange, name, value string) {
	name, openName := f.resolve(f.cut(name))
	value, open := f.resolve(f.cut(value))
	auth := strings.EqualFold(name, "Authorization")
	if open || openName {
		f.c.Add(exchange.NoteUnresolved)
		if auth || openName {
			x.Sight &^= exchange.Credentials
		}
		return
	}
	if auth {
		value = f.encode(x, value)
	}
	x.Request.Header = append(x.Request.Header, exchange.Field{Name: name, Value: value})
}

// encode makes of a credential what the clients make of it: "Basic user password"
// is encoded. So is "Basic user:password", but by VS Code only.
func (f *file) encode(x *exchange.Exchange, value string) string {
	words := strings.Fields(value)
	if len(words) < 2 {
		return value
	}
	user, password := words[1], strings.Join(words[2:], " ")
	switch strings.ToLower(words[0]) {
	case "basic":
		if len(words) == 2 {
			var ok bool
			if user, password, ok = strings.Cut(words[1], ":"); !ok {
				return value
			}
			f.c.Add(NotePair)
		}
		return words[0] + " " + base64.StdEncoding.EncodeToString([]byte(user+":"+password))
	case "digest", "aws":
		if len(words) > 2 && !strings.Contains(value, "=") { // the first request goes without
			x.Sight &^= exchange.Credentials
		}
	}
	return value
}
