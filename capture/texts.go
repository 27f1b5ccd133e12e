package capture

import (
	"archive/zip"
	"bufio"
	"bytes"
	"errors"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/why401/why401/capture/burp"
	"github.com/why401/why401/capture/charles"
	"github.com/why401/why401/capture/command"
	"github.com/why401/why401/capture/curl"
	"github.com/why401/why401/capture/fiddler"
	"github.com/why401/why401/capture/httpfile"
	"github.com/why401/why401/capture/insomnia"
	"github.com/why401/why401/capture/mitmflow"
	"github.com/why401/why401/capture/playwright"
	"github.com/why401/why401/capture/postman"
	"github.com/why401/why401/internal/exchange"
)

// pasted reads commands and what curl or wget printed, in any order. A command
// and the output below it are one exchange.
func (s *Source) pasted(in *input, sm *sample, c *exchange.Capture) exchanges {
	r := in.text(sm, c)
	head, err := io.ReadAll(io.LimitReader(r, command.MaxText+1))
	switch {
	case err != nil:
		return curl.Read(c, io.MultiReader(bytes.NewReader(head), failing{err}))
	case len(head) > command.MaxText: // a transcript
		return curl.Read(c, io.MultiReader(bytes.NewReader(head), r))
	}
	text := string(head)
	if b := stripped(text); b != nil {
		return moved(snippets(c, b.text), b)
	}
	return snippets(c, text)
}

// moved yields what was read of a bare text with the places in the original.
func moved(all exchanges, b *bare) exchanges {
	return func(yield func(*exchange.Exchange, error) bool) {
		for x, err := range all {
			if x != nil && x.At.Offset >= 0 {
				x.At.Offset = b.origin(x.At.Offset)
			}
			if !yield(x, err) {
				return
			}
		}
	}
}

// snippets reads the commands and transcripts in a text.
func snippets(c *exchange.Capture, text string) exchanges {
	found := command.Find(text)
	if len(found) == 0 {
		return curl.Read(c, strings.NewReader(text))
	}
	return func(yield func(*exchange.Exchange, error) bool) {
		c.Exchanges = 0
		n := 0
		emit := func(x *exchange.Exchange) bool {
			x.At.Capture, x.At.Index, x.From = c.Name, n, c
			n++
			c.Exchanges = n
			return yield(x, nil)
		}
		// output yields what stands in text[from:to]; p is the command above it.
		output := func(p *command.Pasted, from, to int) bool {
			for x, err := range curl.Read(c, strings.NewReader(text[from:to])) {
				if u := new(exchange.Unreadable); errors.As(err, &u) {
					continue // there is no output
				}
				x.At.Offset += int64(from)
				if p != nil {
					for _, k := range p.Notes {
						if k != command.NoteMayWrap { // what was sent can be seen
							c.Add(k)
						}
					}
					x, p = united(p, x), nil
				}
				if !emit(x) {
					return false
				}
			}
			if p != nil {
				p.Note(c)
				c.Add(exchange.NoteAsConfigured)
				return emit(p.Exchange)
			}
			return true
		}
		if !output(nil, 0, found[0].From) {
			return
		}
		for i := range found {
			to := len(text)
			if i+1 < len(found) {
				to = found[i+1].From
			}
			if !output(&found[i], found[i].To, to) {
				return
			}
		}
	}
}

// flows reads what mitmproxy saved.
func (s *Source) flows(in *input, _ *sample, c *exchange.Capture) exchanges {
	return mitmflow.Read(c, in.r, mitmflow.Options{Decoder: Decode})
}

// burp reads items that Burp saved.
func (s *Source) burp(in *input, sm *sample, c *exchange.Capture) exchanges {
	return burp.Read(c, in.text(sm, c), burp.Options{Decoder: Decode})
}

// sessions reads an archive of Fiddler.
func sessions(c *exchange.Capture, members []*zip.File, open opener) exchanges {
	return fiddler.Read(c, members, fiddler.Options{Open: open, Decoder: Decode})
}

// network reads the network log of a trace of Playwright.
func (s *Source) network(in *input, sm *sample, c *exchange.Capture) exchanges {
	return playwright.ReadLog(c, in.text(sm, c))
}

// traced reads a trace of Playwright.
func traced(c *exchange.Capture, members []*zip.File, open opener) exchanges {
	return playwright.Read(c, members, playwright.Options{Open: open})
}

// insomnia reads what is configured in Insomnia.
func (s *Source) insomnia(in *input, sm *sample, c *exchange.Capture) exchanges {
	return insomnia.Read(c, in.text(sm, c))
}

// isInsomnia finds an export in JSON or YAML.
func isInsomnia(s *sample) bool {
	return s.json.text["_type"] == "export" || s.json.has["__export_format"] || insomnia.Is(s.text)
}

// charles reads a session of Charles.
func (s *Source) charles(in *input, sm *sample, c *exchange.Capture) exchanges {
	return charles.Read(c, in.text(sm, c))
}

// newman reads the report of a run.
func (s *Source) newman(in *input, sm *sample, c *exchange.Capture) exchanges {
	return postman.ReadReport(c, in.text(sm, c))
}

// collection reads what is configured in Postman.
func (s *Source) collection(in *input, sm *sample, c *exchange.Capture) exchanges {
	return postman.ReadCollection(c, in.text(sm, c), postman.Options{Variables: s.variables})
}

// environments reads the environments that the user named. One that cannot be read
// is told; the captures are read all the same.
func (s *Source) environments() {
	for _, name := range s.o.Environments {
		if s.halted() {
			return
		}
		f, err := open(s.ctx, name)
		if err != nil {
			s.refuse(label(name), "postman-environment", faultOf(err))
			continue
		}
		b := bufio.NewReaderSize(f, s.lim.head)
		head, _ := b.Peek(s.lim.head)
		in := &input{r: b}
		vars, ok := postman.Environment(in.text(newSample(head, false), nil))
		f.Close()
		if !ok {
			s.refuse(label(name), "postman-environment", faultNoEnvironment)
			continue
		}
		if s.variables == nil {
			s.variables = map[string]string{}
		}
		maps.Copy(s.variables, vars)
	}
}

var faultNoEnvironment = &fault{"it is no Postman environment", "export it in Postman: Environments, the dots beside its name, Export"}

// united makes one exchange of a command and the first that its output shows. What
// was printed of the request is what was sent; the command only tells the rest.
func united(p *command.Pasted, x *exchange.Exchange) *exchange.Exchange {
	x.At.Offset = p.Exchange.At.Offset
	if x.Request.Method != "" {
		return x
	}
	x.Request, x.Client, x.Fidelity = p.Exchange.Request, p.Exchange.Client, exchange.AsConfigured
	x.Sight |= p.Exchange.Sight
	return x
}

// requests reads the requests of a .http or .rest file.
func (s *Source) requests(in *input, sm *sample, c *exchange.Capture) exchanges {
	return httpfile.Read(c, in.plain(sm, c))
}

func isHTTPFile(s *sample) bool { return httpfile.Is(string(s.text)) }

// isTranscript finds what curl or wget printed, with other text around it.
func isTranscript(s *sample) bool {
	if isCurl(s) {
		return true
	}
	b := bareSample(s)
	return b != nil && slices.ContainsFunc(bytes.Split(b.text, []byte("\n")), telling().Match)
}

// isCommand finds a command that makes a request, with other text around it.
func isCommand(s *sample) bool {
	if !isText(s) || !shown().Match(s.text) {
		return false
	}
	if b := bareSample(s); b != nil {
		s = b
	}
	text := string(s.text)
	return command.Is(text) && len(command.Find(text)) > 0
}
