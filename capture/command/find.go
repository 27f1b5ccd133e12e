package command

import (
	"io"
	"iter"
	"regexp"
	"strings"
	"sync"

	"github.com/why401/why401/internal/exchange"
)

// A Pasted is a command that was found in a text.
type Pasted struct {
	// Exchange is the configured request, without response. At.Offset is that
	// of the command; At.Capture, At.Index and From are not filled in.
	Exchange *exchange.Exchange
	From, To int // where it stands in the text
	// Unresolved counts the values that only the shell knows.
	Unresolved int
}

func pattern(expr string) func() *regexp.Regexp {
	return sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(expr) })
}

var starts = pattern(`(?m)^[ \t]*(?:\x60{0,3}|[^\s<>|{}"']{0,60}[$#%>][ \t]*|PS [^\r\n>]{0,200}>[ \t]*|[A-Za-z]:\\[^\r\n>]{0,200}>[ \t]*)(?:(?:sudo|time)[ \t]+)?(?:\$[\w:]+[ \t]*=[ \t]*)?(curl(?:\.exe)?|wget(?:\.exe)?|(?i:Invoke-WebRequest|Invoke-RestMethod|iwr|irm)|(?:await[ \t]+)?fetch)(?:[ \t]*\(|[ \t]+\S|[ \t]*[\\^\x60]\r?\n)`)

// Is reports whether text holds a command that makes a request.
func Is(text string) bool { return starts().MatchString(text[:min(len(text), MaxText)]) }

// Find returns the commands in text, in order. Only the first [MaxText] bytes
// are searched.
func Find(text string) []Pasted {
	text = text[:min(len(text), MaxText)]
	var out []Pasted
	at := 0
	for _, m := range starts().FindAllStringSubmatchIndex(text, maxCommands) {
		if m[2] < at {
			continue // within the command before it
		}
		src := text[m[2]:min(len(text), m[2]+maxCommand)]
		var p Pasted
		switch name := strings.ToLower(text[m[2]:m[3]]); {
		case strings.HasSuffix(name, "fetch"):
			p = fetch(src)
		case name[0] == 'i':
			p = power(text[:m[2]], src)
		default:
			p = shell(src, strings.HasPrefix(name, "wget"))
		}
		if p.Exchange == nil {
			continue
		}
		p.From, p.To = m[2], m[2]+max(p.To, m[3]-m[2])
		at = p.To
		p.Exchange.At.Offset = int64(m[2])
		out = append(out, p)
	}
	return out
}

// Read yields the commands of a text in UTF-8 as configured requests.
func Read(c *exchange.Capture, r io.Reader) iter.Seq2[*exchange.Exchange, error] {
	return func(yield func(*exchange.Exchange, error) bool) {
		fatal := func(reason, hint string) {
			yield(nil, &exchange.Unreadable{At: exchange.Locator{Capture: c.Name, Index: -1, Offset: -1}, Reason: reason, Hint: hint, Fatal: true})
		}
		text, err := io.ReadAll(io.LimitReader(r, MaxText+1))
		if len(text) > MaxText {
			c.Add(exchange.NoteTruncated)
		}
		found := Find(string(text))
		if len(found) > 0 {
			c.Add(exchange.NoteAsConfigured)
		}
		for i, p := range found {
			p.Exchange.At.Capture, p.Exchange.At.Index, p.Exchange.From = c.Name, i, c
			c.AddN(exchange.NoteUnresolved, p.Unresolved)
			c.Exchanges++
			if !yield(p.Exchange, nil) {
				return
			}
		}
		switch {
		case err != nil:
			fatal("the text could not be read to its end", "copy the file again")
		case len(found) == 0:
			fatal("there is no command with a URL in it", "paste the whole command, from curl to its last option")
		}
	}
}

// A draft is a request in the making.
type draft struct {
	method, url string
	header      exchange.Header
	body        []byte
	hasBody     bool
	form        bool // curl adds the media type of a form
	user        *word
	bearer      *word
	hidden      exchange.Sight // what files or variables may add
	unresolved  int
	agent       string
}

// done makes a configured exchange of d.
func (d *draft) done(to int) Pasted {
	if d.url == "" {
		return Pasted{}
	}
	x := &exchange.Exchange{
		At: exchange.Locator{Offset: -1}, Fidelity: exchange.AsConfigured, Took: -1,
		Sight:  (exchange.Credentials | exchange.Cookies) &^ d.hidden,
		Client: d.agent,
	}
	if !strings.Contains(d.url, "://") {
		d.url = "http://" + d.url // as curl guesses
	}
	if d.method == "" {
		d.method = "GET"
		if d.hasBody {
			d.method = "POST"
		}
	}
	if d.form && !d.header.Has("Content-Type") {
		d.header = append(d.header, exchange.Field{Name: "Content-Type", Value: "application/x-www-form-urlencoded"})
	}
	x.Request = exchange.Request{Method: d.method, URL: d.url, Header: d.header}
	x.Request.Body = exchange.Body{Size: -1}
	if d.hasBody {
		b := d.body[:min(len(d.body), exchange.MaxBody)]
		x.Request.Body = exchange.Body{Head: b, Size: int64(len(d.body)), Kept: true, Media: d.header.Value("Content-Type")}
	}
	return Pasted{Exchange: x, To: to, Unresolved: d.unresolved}
}

// field adds a header field whose value may be one that only the shell knows:
// then it is left out.
func (d *draft) field(name, value string, open bool) {
	if open {
		d.unresolved++
		switch strings.ToLower(strings.TrimSpace(name)) {
		case "cookie":
			d.hidden |= exchange.Cookies
		case "authorization", "proxy-authorization":
			d.hidden |= exchange.Credentials
		default: // a variable may hold the name of the field, too
			if strings.ContainsAny(name, "$%`{") {
				d.hidden |= exchange.Credentials | exchange.Cookies
			}
		}
		return
	}
	d.header = append(d.header, exchange.Field{Name: name, Value: value})
}
