package errtext

import (
	"strings"

	"github.com/why401/why401/capture/form"
	"github.com/why401/why401/internal/exchange"
)

var detail = form.Pattern(`^[ \t]+(text|request headers|request text|response headers|response text)(?: =|:)(?: |$)`)

// details takes the lines below a JIRAError that tell more of it, and returns where
// the text goes on.
func (e *fault) details(text string, at int) int {
	what, blank := "", false
	var said strings.Builder
	saidAll := false
	for range maxDetails {
		if at >= len(text) {
			break
		}
		end := strings.IndexByte(text[at:], '\n') + at + 1
		if end <= at {
			end = len(text)
		}
		line := strings.TrimRight(text[at:min(end, at+maxLiteral)], "\r\n")
		m := detail().FindStringSubmatch(line)
		switch {
		case m != nil:
			what, blank = m[1], false
			rest := line[len(m[0]):]
			switch what {
			case "request headers":
				if h := headerOf(literal(rest)); h != nil {
					e.request, e.sent, e.whole = h, true, strings.HasSuffix(strings.TrimSpace(rest), "}")
				}
			case "response headers":
				e.response = headerOf(literal(rest))
			case "response text":
				said.Reset() // all of what text is taken from
				said.WriteString(rest)
				e.said, saidAll = true, true
			case "text":
				if !saidAll {
					said.WriteString(rest)
					e.said = true
				}
			}
		case strings.TrimSpace(line) == "":
			blank = true
		case blank && line[0] != ' ' && line[0] != '\t', ends().MatchString(line):
			e.body = []byte(said.String())
			return at
		case what == "response text" || what == "text" && !saidAll:
			if said.Len()+len(line) < exchange.MaxBody {
				said.WriteString("\n" + line)
			}
		}
		at = end
	}
	e.body = []byte(said.String())
	return at
}

// ends is a line that is no detail of an error.
var ends = form.Pattern(`^(?:Traceback |During handling |The above exception |[\w.]+(?:Error|Exception)\b|[$>#] |\x60{3}|\[?[0-9]{4}-[0-9]{2}-[0-9]{2}[T ]|(?:ERROR|WARN|INFO|DEBUG)\b)`)

// headerOf makes a header of an object; nil: it is none.
func headerOf(n *node) exchange.Header {
	if n == nil || n.kind != object {
		return nil
	}
	h := exchange.Header{}
	for i, name := range n.names {
		v := n.list[i]
		switch {
		case len(h) == maxFields:
			return h
		case v.kind == list: // set-cookie
			for _, w := range v.list {
				if w.kind == str {
					h = append(h, exchange.Field{Name: name, Value: w.text})
				}
			}
		case v.kind == str, v.kind == word && number().MatchString(v.text):
			h = append(h, exchange.Field{Name: name, Value: v.text})
		}
	}
	return h
}

var number = form.Pattern(`^[0-9]+$`)
