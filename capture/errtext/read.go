package errtext

import (
	"io"
	"regexp"
	"strconv"
	"strings"

	"github.com/why401/why401/capture/form"
	"github.com/why401/why401/internal/exchange"
)

// Read yields the requests that errors in a text tell of, in file order. The text must
// be UTF-8 or close to it.
func Read(c *exchange.Capture, r io.Reader) form.Exchanges {
	return func(yield func(*exchange.Exchange, error) bool) {
		fatal := func(reason, hint string) {
			yield(nil, &exchange.Unreadable{At: exchange.Locator{Capture: c.Name, Index: -1, Offset: -1}, Reason: reason, Hint: hint, Fatal: true})
		}
		b, err := io.ReadAll(io.LimitReader(r, maxText+1))
		if len(b) > maxText {
			b = b[:maxText]
			c.Add(exchange.NoteTruncated)
		}
		n, stopped := 0, false
		var last *fault // held back, for the next may be of the same request
		emit := func() bool {
			x := last.exchange(c, n)
			n++
			c.Exchanges++
			stopped = !yield(x, nil)
			return !stopped
		}
		scan(string(b), func(e *fault) bool {
			switch {
			case last == nil:
			case n == maxErrors:
				c.Add(exchange.NoteTruncated)
				return false
			case e.chained && e.status == last.status && e.url == last.url:
				last.add(e)
				return true
			case !emit():
				return false
			}
			last = e
			return true
		})
		if last != nil && !stopped {
			emit()
		}
		switch {
		case stopped:
		case err != nil:
			fatal("the text could not be read to its end", "copy the file again")
		case n == 0:
			fatal("there is no error with an address and a status in it", "copy the whole error, with the address of the request")
		}
	}
}

// A fault is what one error text tells.
type fault struct {
	at      int
	client  string
	method  string
	url     string
	status  int
	reason  string
	chained bool // it was raised while another one was handled

	request  exchange.Header // nil: not printed
	sent     bool            // request is what was sent, not what was configured
	whole    bool            // all of request was printed
	response exchange.Header
	body     []byte
	said     bool // there is a body
}

// add takes what a second error tells of the same request.
func (e *fault) add(o *fault) {
	if e.request == nil {
		e.request, e.sent, e.whole = o.request, o.sent, o.whole
	}
	if e.response == nil {
		e.response = o.response
	}
	if !e.said {
		e.body, e.said = o.body, o.said
	}
	if e.method == "" {
		e.method = o.method
	}
	e.client = o.client
}

// exchange makes the n-th exchange of a fault.
func (e *fault) exchange(c *exchange.Capture, n int) *exchange.Exchange {
	x := &exchange.Exchange{
		At: exchange.Locator{Capture: c.Name, Index: n, Offset: int64(e.at)}, From: c,
		Took: -1, Client: e.client,
	}
	x.Request = exchange.Request{Method: e.method, URL: e.url, Header: e.request, Body: exchange.Body{Size: -1}}
	x.Response = &exchange.Response{Status: e.status, Reason: e.reason, Header: e.response, Body: exchange.Body{Size: -1}}
	if e.request != nil && !e.sent {
		x.Fidelity = exchange.AsConfigured
		c.Add(exchange.NoteAsConfigured)
	}
	switch {
	case e.whole && e.sent:
		x.Sight = exchange.Credentials | exchange.Cookies
	case e.whole:
		x.Sight = exchange.Credentials
	}
	if e.said {
		b := e.body[:min(len(e.body), exchange.MaxBody)]
		x.Response.Body = exchange.Body{Head: b, Size: int64(len(e.body)), Kept: true, Media: e.response.Value("Content-Type")}
		x.Sight |= exchange.Bodies
	}
	return x
}

const (
	address = `(https?://[^\s"'<>\x60\\]+)`
	refused = `\b(401|403|407)\b`
	verbs   = `(?i:"?\b(GET|POST|PUT|PATCH|DELETE|HEAD|OPTIONS)"?)`
)

// A shape is how errors of one kind are written in a line.
type shape struct {
	has                    string // it holds; "": a status of refused
	expr                   func() *regexp.Regexp
	client                 string
	method, url, status, r int // groups; 0: there is none
}

// shapes are looked for in this order.
var shapes = []shape{
	{`JiraError HTTP `, form.Pattern(`JiraError HTTP ([1-5][0-9]{2}) url: ` + address), "jira (Python)", 0, 2, 1, 0},
	{` Error: `, form.Pattern(`\b([45][0-9]{2}) (?:Client|Server) Error: ([^\n]{0,80}?) ?for url: ` + address), "python-requests", 0, 3, 1, 2},
	{`rror '`, form.Pattern(`\b(?:Client|Server) error '([45][0-9]{2}) ?([^'\n]{0,80})' for url '` + address), "python-httpx", 0, 3, 1, 2},
	{`ClientResponseError: `, form.Pattern(`ClientResponseError: ([45][0-9]{2}), message='([^'\n]{0,80})', url=(?:URL\()?'` + address), "aiohttp", 0, 3, 1, 2},
	{`Server returned HTTP response code: `, form.Pattern(`Server returned HTTP response code: ([45][0-9]{2}) for URL: ` + address), "Java", 0, 2, 1, 0},
	{"", form.Pattern(refused + `[\w ()]{0,40} (?:on|from) ` + verbs + ` (?:request for )?"?` + address), "", 2, 3, 1, 0},
	{`unable to access '`, form.Pattern(`unable to access '` + address + `': The requested URL returned error: ([45][0-9]{2})`), "git", 0, 1, 2, 0},
	{`] during [`, form.Pattern(`\[(401|403|407)\b[^\]\n]{0,40}\] during \[(GET|POST|PUT|PATCH|DELETE|HEAD|OPTIONS)\] to \[` + address), "Feign", 2, 3, 1, 0},
	{"", form.Pattern(verbs + ` "?` + address + `"?[: ]{1,2}` + refused), "", 1, 2, 3, 0},
	{"", form.Pattern(verbs + ` "?` + address + `"?:? [^\n]{0,200}?(?i:status(?: ?code)?|HTTP|error code|response|returned)[ :=(]{1,3}` + refused), "", 1, 2, 3, 0},
	{"", form.Pattern(`(?i:status(?:[ _-]?code)?|HTTP(?: error)?|response code|error code)[ :=(]{1,3}` + refused + `[^\n]{0,200}?\b(?i:for|from|at|url|uri|to)[ :="'(]{1,4}` + address), "", 0, 2, 1, 0},
	{"", form.Pattern(address + `[^\n]{0,80}?(?i:status(?:[ _-]?code)?|HTTP error|response code|error code|failed with|returned)[ :=(]{1,3}` + refused), "", 0, 1, 2, 0},
}

var (
	// hint is what a text must have somewhere to be worth a look.
	hint    = form.Pattern(`\b(?:JiraError|AxiosError|Request failed with status code|[45][0-9]{2} (?:Client|Server) Error)\b|error '[45]|\b(?:401|403|407)\b`)
	chained = form.Pattern(`^(?:During handling of the above exception|The above exception was the direct cause)`)
	status  = form.Pattern(refused)
	code    = form.Pattern(`[1-5][0-9]{2}`)
)

// scan calls f with the errors of a text in order, until it returns false.
func scan(text string, f func(*fault) bool) {
	chain, tries := false, maxTries
	for at := 0; at < len(text); {
		end := strings.IndexByte(text[at:], '\n') + at + 1
		if end <= at {
			end = len(text)
		}
		line := strings.TrimRight(text[at:min(end, at+maxLine)], "\r\n")
		if chained().MatchString(line) {
			chain = true
		}
		next := end
		if e := told(text, line, at, &next, &tries); e != nil {
			e.chained = chain
			chain = false
			if !f(e) {
				return
			}
		}
		at = max(next, end)
	}
}

// told makes a fault of a line; next is where the text goes on after it. tries counts
// down the lines that are looked at for errors without a name.
func told(text, line string, at int, next, tries *int) *fault {
	if strings.Contains(line, "Request failed with status code ") {
		return axios(text, line, at, next)
	}
	if !strings.Contains(line, "http") || !code().MatchString(line) {
		return nil
	}
	some := *tries > 0 && status().MatchString(line)
	if some {
		*tries--
	}
	for i := range shapes {
		s := &shapes[i]
		if s.has == "" && !some || !strings.Contains(line, s.has) {
			continue
		}
		m := s.expr().FindStringSubmatch(line)
		if m == nil {
			continue
		}
		e := &fault{at: at, client: s.client, url: clean(m[s.url])}
		e.status, _ = strconv.Atoi(m[s.status])
		if s.method > 0 {
			e.method = strings.ToUpper(m[s.method])
		}
		if s.r > 0 {
			e.reason = strings.TrimSpace(m[s.r])
		}
		if i == 0 {
			*next = e.details(text, *next)
		}
		if len(e.url) > maxURL {
			return nil
		}
		if some {
			*tries++
		}
		return e
	}
	return nil
}

// clean takes off what a sentence puts after an address.
func clean(url string) string {
	url = strings.TrimRight(url, ".,;:!?")
	if strings.HasSuffix(url, ")") && !strings.Contains(url, "(") {
		url = strings.TrimRight(url, ").,")
	}
	return strings.TrimRight(url, "]}")
}
