package command

import (
	"io"
	"iter"
	"regexp"
	"slices"
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
	// Notes are remarks on options that matter and are not looked into, each once.
	Notes []exchange.NoteKind
}

// The remarks on commands.
const (
	// NoteMayWrap: base64 breaks a long value into lines.
	NoteMayWrap exchange.NoteKind = "base64-may-wrap"
	// NoteProxy: the request goes through a proxy (-x), which can change it.
	NoteProxy exchange.NoteKind = "proxy-named"
	// NoteNoVerify: certificates are not checked (-k).
	NoteNoVerify exchange.NoteKind = "certificates-not-checked"
	// NoteConfigFile, NoteNetrc, NoteCookieFile and NoteHeaderFile: the command
	// takes a part of the request from a file, which was not read.
	NoteConfigFile exchange.NoteKind = "config-file-not-read"
	NoteNetrc      exchange.NoteKind = "netrc-not-read"
	NoteCookieFile exchange.NoteKind = "cookie-file-not-read"
	NoteHeaderFile exchange.NoteKind = "header-file-not-read"
)

// Note enters in c what is to be said of p as a whole.
func (p *Pasted) Note(c *exchange.Capture) {
	c.AddN(exchange.NoteUnresolved, p.Unresolved)
	for _, k := range p.Notes {
		c.Add(k)
	}
}

func pattern(expr string) func() *regexp.Regexp {
	return sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(expr) })
}

// starts finds where a command may start: at the start of a line, or after a prompt,
// the bullet of a list or what a shell traces its commands with.
var starts = pattern(`(?m)^[ \t]*(?:\x60{0,3}|[^\s<>|{}"']{0,60}[$#%>][ \t]*|PS [^\r\n>]{0,200}>[ \t]*|[A-Za-z]:\\[^\r\n>]{0,200}>[ \t]*|[^\r\n"'\x60]{0,80}[$#%❯➜»][ \t]+(?:[~/][^\s"'\x60]{0,60}[ \t]+)?|[-*•+|]{1,4}[ \t]+|[0-9]{1,3}[.)][ \t]+|[^\r\n]*?(?:;|&&)[ \t]*)(?:(?:sudo|time|&)[ \t]+)?(?:\$[\w:]+[ \t]*=[ \t]*(?:\([ \t]*)?)?(curl(?:\.exe)?|wget(?:\.exe)?|(?i:Invoke-WebRequest|Invoke-RestMethod|iwr|irm)|(?:await[ \t]+)?fetch)(?:[ \t]*\(|[ \t]+\S|[ \t]*[\\^\x60]\r?\n)`)

// Is reports whether text holds a command that makes a request.
func Is(text string) bool { return starts().MatchString(text[:min(len(text), MaxText)]) }

// Find returns the commands in text, in order. Only the first [MaxText] bytes
// are searched.
func Find(text string) []Pasted {
	text = text[:min(len(text), MaxText)]
	var out []Pasted
	sets, vars := settings(text), map[string]word{}
	var lines *script
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
		default:
			if lines == nil {
				lines = scripted(text)
			}
			wget := strings.HasPrefix(name, "wget")
			before := text[strings.LastIndexByte(text[:m[2]], '\n')+1 : m[2]]
			power, own := forPower(before, src, len(lines.vars) > 0)
			switch {
			case name[0] == 'i', own:
				p = invoke(lines.upTo(m[2]), src)
			case power:
				words, to := powerWords(lines.upTo(m[2]), src)
				p = shell(words, to, wget)
			default:
				for ; len(sets) > 0 && sets[0].at < m[2]; sets = sets[1:] {
					vars[sets[0].name] = sets[0].value
				}
				words, to := split(before, src, vars)
				p = shell(words, to, wget)
			}
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
			p.Note(c)
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
	openURL     bool // it holds what only the shell knows
	literal     bool // curl expands no brackets in it
	header      exchange.Header
	body        []byte
	hasBody     bool
	form        bool // curl adds the media type of a form
	user        *word
	bearer      *word
	hidden      exchange.Sight // what files or variables may add
	unresolved  int
	notes       []exchange.NoteKind
	agent       string
}

// done makes a configured exchange of d.
func (d *draft) done(to int) Pasted {
	if d.url == "" || !d.openURL && !address().MatchString(d.url) {
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
	x.Request = exchange.Request{Method: d.method, URL: d.url, PartialURL: d.openURL, Header: d.header}
	x.Request.Body = exchange.Body{Size: -1}
	if d.hasBody {
		b := d.body[:min(len(d.body), exchange.MaxBody)]
		x.Request.Body = exchange.Body{Head: b, Size: int64(len(d.body)), Kept: true, Media: d.header.Value("Content-Type")}
	}
	return Pasted{Exchange: x, To: to, Unresolved: d.unresolved, Notes: d.notes}
}

// field adds a header field whose value may be one that only the shell knows:
// then it is left out, unless what is known of it already tells a defect.
func (d *draft) field(name string, w word) {
	if !w.open {
		d.header = append(d.header, exchange.Field{Name: name, Value: w.text})
		return
	}
	d.unresolved++
	switch strings.ToLower(strings.TrimSpace(name)) {
	case "cookie":
		d.hidden |= exchange.Cookies
	case "authorization", "proxy-authorization":
		d.hidden |= exchange.Credentials
		if w.slip&mayWrap != 0 {
			d.note(NoteMayWrap)
		}
		if v := unknown().ReplaceAllString(w.text, exchange.Unknown); telling().MatchString(v) {
			d.header = append(d.header, exchange.Field{Name: name, Value: v, Partial: true})
		}
	default: // a variable may hold the name of the field, too
		if strings.ContainsAny(name, "$%`{") {
			d.hidden |= exchange.Credentials | exchange.Cookies
		}
	}
}

// address is what a URL has and a word of a sentence has not.
var address = pattern(`\w[./:]\S|://|^localhost`)

var (
	// unknown are the variables of shells and tools as they stand in a text.
	unknown = pattern(`\$\{[^}\n]*\}|\$[A-Za-z_]\w*|%[A-Za-z_]\w*%|\{\{[^{}\n]*\}\}`)
	// telling are values that have a defect whatever is unknown in them: base64
	// that ends in a line feed, and a pair with a colon, which base64 has not.
	telling = pattern(`^(?i:basic)[ \t]+(?:\*\*\*Cg==|[^\s:]*:[^\s:]*)$`)
)

func (d *draft) note(k exchange.NoteKind) {
	if !slices.Contains(d.notes, k) {
		d.notes = append(d.notes, k)
	}
}
