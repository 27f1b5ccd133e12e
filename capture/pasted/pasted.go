package pasted

import (
	"bytes"
	"errors"
	"io"
	"slices"
	"strings"

	"github.com/why401/why401/capture/command"
	"github.com/why401/why401/capture/curl"
	"github.com/why401/why401/capture/form"
	"github.com/why401/why401/internal/exchange"
)

// read reads commands and what curl or wget printed, in any order. A command
// and the output below it are one exchange.
func read(c *exchange.Capture, in *form.Input) form.Exchanges {
	r := in.Text(c)
	head, err := io.ReadAll(io.LimitReader(r, command.MaxText+1))
	switch {
	case err != nil:
		return curl.Read(c, io.MultiReader(bytes.NewReader(head), failing{err}))
	case len(head) > command.MaxText: // a transcript
		return curl.Read(c, io.MultiReader(bytes.NewReader(head), r))
	}
	text := string(head)
	list := refusals(text)
	if len(list) == 0 {
		return lines(c, text)
	}
	text = without(text, list)
	return answered(c, lines(c, text), text, list)
}

// lines reads a text with or without what stands around its lines.
func lines(c *exchange.Capture, text string) form.Exchanges {
	if b := stripped(text); b != nil {
		return moved(snippets(c, b.text), b)
	}
	return snippets(c, text)
}

// failing is a reader that cannot read.
type failing struct{ err error }

func (f failing) Read([]byte) (int, error) { return 0, f.err }

// moved yields what was read of a bare text with the places in the original.
func moved(all form.Exchanges, b *bare) form.Exchanges {
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
func snippets(c *exchange.Capture, text string) form.Exchanges {
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

// isTranscript finds what curl or wget printed, with other text around it.
func isTranscript(s *form.Sample) bool {
	if isCurl(s) || s.IsText() && isWget().Match(s.Text) {
		return true
	}
	b := bareSample(s)
	return b != nil && slices.ContainsFunc(bytes.Split(b.Text, []byte("\n")), telling().Match)
}

// isCommand finds a command that makes a request, with other text around it.
func isCommand(s *form.Sample) bool {
	if !s.IsText() || !shown().Match(s.Text) {
		return false
	}
	for _, r := range refusals(string(s.Text)) {
		if r.asked(string(s.Text)) != nil {
			return true
		}
	}
	if b := bareSample(s); b != nil {
		s = b
	}
	text := string(s.Text)
	return command.Is(text) && len(command.Find(text)) > 0
}

// isCurl tests for a transcript of curl -v or --trace: its lines start with a
// mark that says what they are.
func isCurl(s *form.Sample) bool {
	marks := map[byte]int{}
	lines := bytes.SplitN(s.Text, []byte("\n"), 400)
	for _, line := range lines {
		switch {
		case bytes.HasPrefix(line, []byte("== Info: ")), bytes.HasPrefix(line, []byte("=> Send header")):
			return true
		case len(line) > 1 && line[1] == ' ' && strings.IndexByte("*<>{}", line[0]) >= 0:
			marks[line[0]]++
		}
	}
	if marks['*'] == 0 {
		return requestLine().Match(s.Text) && marks['<'] > 0
	}
	return marks['>'] > 0 || marks['<'] > 0 || marks['*'] > 1
}

// isWget tests for what wget prints of a call, with -d or not.
var isWget = form.Pattern(`(?m)^(?:---request begin---|HTTP request sent, awaiting response\.\.\.|--[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9:]{8}--  https?://\S+\r?$)`)

var requestLine = form.Pattern(`(?m)^> [A-Z]+ \S+ HTTP/[0-9.]+\r?$`)
