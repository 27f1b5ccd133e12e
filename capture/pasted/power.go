package pasted

import (
	"errors"
	"strconv"
	"strings"

	"github.com/why401/why401/capture/command"
	"github.com/why401/why401/capture/form"
	"github.com/why401/why401/internal/exchange"
)

// A refusal is an error that PowerShell printed: what the server answered to a
// command, which it shows, perhaps not to its end.
type refusal struct {
	from, to int    // where it stands in the text
	at       int    // where its command does
	command  string // from its name on
	cut      bool   // something of it is not shown
	status   int
	reason   string
}

var (
	// failing51 starts an error of Windows PowerShell, failing7 the code that one of
	// PowerShell 7 shows.
	failing51 = form.Pattern(`^(?i:Invoke-RestMethod|Invoke-WebRequest|irm|iwr|curl|wget) : `)
	failing7  = form.Pattern(`^Line \|[ \t]*$`)
	header7   = form.Pattern(`^(?i:Invoke-RestMethod|Invoke-WebRequest|irm|iwr|[^\s|]{1,200}\.ps1): ?`)
	code7     = form.Pattern(`^ *([0-9]{0,6}) \| ?(.*)$`)
	status51  = form.Pattern(`\(([1-5][0-9]{2})\)[ \t]*([^.\r\n]{0,60})`)
	status7   = form.Pattern(`: ([1-5][0-9]{2}) \(([^)\r\n]{0,60})\)`)
	named     = form.Pattern(`(?i)\b(?:Invoke-RestMethod|Invoke-WebRequest|irm|iwr|curl(?:\.exe)?|wget)[ \t]`)
	// printed is what a text must have somewhere to be worth a look.
	printed = form.Pattern(`(?m)^(?:\x1b\[[0-9;]*m)*(?:(?i:Invoke-RestMethod|Invoke-WebRequest|irm|iwr|curl|wget) : |Line \|)`)
)

// refusals finds the errors of PowerShell in a text.
func refusals(text string) (out []refusal) {
	if !printed().MatchString(text) {
		return nil
	}
	lines := cutLines(text)
	colours(lines)
	for i := 0; i < len(lines) && len(out) < maxRefusals; {
		r, n := refusal{}, 0
		switch l := lines[i].s[:min(len(lines[i].s), maxTold)]; {
		case failing51().MatchString(l):
			r, n = refused51(lines[i:])
		case failing7().MatchString(strings.TrimRight(l, "\r\n")):
			r, n = refused7(lines[i:])
			if i > 0 && header7().MatchString(lines[i-1].s[:min(len(lines[i-1].s), maxTold)]) {
				r.from = lines[i-1].from
			}
		}
		if n == 0 || r.status == 0 || r.command == "" {
			i++
			continue
		}
		if r.to = len(text); i+n < len(lines) {
			r.to = lines[i+n].from
		}
		out = append(out, r)
		i += n
	}
	return out
}

// refused51 reads an error of Windows PowerShell and returns how many lines it has.
func refused51(lines []bareLine) (r refusal, n int) {
	r.from = lines[0].from
	var said strings.Builder
	for n < len(lines) && n < maxSaid && !strings.HasPrefix(lines[n].s, "+ ") {
		said.WriteString(strings.TrimRight(lines[n].s[:min(len(lines[n].s), maxTold)], "\r\n") + " ")
		n++
	}
	if n == len(lines) || n == maxSaid {
		return r, 0
	}
	r.answered(status51().FindStringSubmatch(said.String()))
	r.code(lines[n], len("+ "))
	for n++; n < len(lines) && n < 2*maxSaid; n++ {
		if s := strings.TrimLeft(lines[n].s, " "); !strings.HasPrefix(s, "+ ") && (s == lines[n].s || strings.TrimSpace(s) == "") {
			break
		}
	}
	return r, n
}

// refused7 reads an error of PowerShell 7, from the line above its code on.
func refused7(lines []bareLine) (r refusal, n int) {
	r.from = lines[0].from
	var said strings.Builder
	for n = 1; n < len(lines) && n < 2*maxSaid; n++ {
		l := lines[n].s[:min(len(lines[n].s), maxTold)]
		m := code7().FindStringSubmatchIndex(strings.TrimRight(l, "\r\n"))
		if m == nil {
			break
		}
		switch {
		case m[3] > m[2] && r.command == "":
			r.code(lines[n], m[4])
		case m[3] == m[2] && !strings.HasPrefix(strings.TrimLeft(l[m[4]:], " "), "~"):
			said.WriteString(strings.TrimRight(l[m[4]:], "\r\n"))
		}
	}
	r.answered(status7().FindStringSubmatch(said.String()))
	return r, n
}

func (r *refusal) answered(m []string) {
	if m != nil {
		r.status, _ = strconv.Atoi(m[1])
		r.reason = strings.TrimSpace(m[2])
	}
}

// code takes the line that shows the command, which starts after n bytes.
func (r *refusal) code(l bareLine, n int) {
	s := strings.TrimRight(l.s[n:], " \t\r\n")
	short := strings.TrimSuffix(strings.TrimSuffix(s, "..."), "…")
	r.cut = len(short) < len(s)
	m := named().FindStringIndex(short)
	if m == nil || len(short) > maxTold {
		return
	}
	r.at, r.command = l.from+n+m[0], short[m[0]:]
}

// without is a text with blanks in the place of errors.
func without(text string, list []refusal) string {
	b := []byte(text)
	for _, r := range list {
		for i := r.from; i < r.to; i++ {
			if b[i] != '\n' && b[i] != '\r' {
				b[i] = ' '
			}
		}
	}
	return string(b)
}

// asked makes the exchange of the command that an error shows, with the variables
// that stand in the text before it; nil: there is no address in it.
func (r *refusal) asked(text string) *command.Pasted {
	before := text[max(0, r.from-maxBefore):r.from] + "\nPS C:\\> "
	found := command.Find(before + r.command + "\n")
	if len(found) == 0 || found[len(found)-1].From < len(before) {
		return nil
	}
	p := &found[len(found)-1]
	x := p.Exchange
	x.At.Offset = int64(r.at)
	if r.cut { // what is there may be half of a value
		x.Request.Header, x.Sight = nil, 0
		x.Request.PartialURL = x.Request.PartialURL || strings.HasSuffix(strings.TrimRight(r.command, `"' `), x.Request.URL)
	}
	return p
}

// response is what the server answered.
func (r *refusal) response() *exchange.Response {
	return &exchange.Response{Status: r.status, Reason: r.reason, Body: exchange.Body{Size: -1}}
}

// of reports whether the error is of a command that was read before it; p is the
// command that the error shows.
func (r *refusal) of(x *exchange.Exchange, p *command.Pasted) bool {
	if x == nil || x.Response != nil || x.Failure != nil || x.Client != "PowerShell" {
		return false
	}
	return p == nil || r.cut || p.Exchange.Request.PartialURL || x.Request.PartialURL || p.Exchange.Request.URL == x.Request.URL
}

// answered adds errors to what was read of the text without them.
func answered(c *exchange.Capture, all form.Exchanges, text string, list []refusal) form.Exchanges {
	return func(yield func(*exchange.Exchange, error) bool) {
		n, stopped := 0, false
		var held *exchange.Exchange // the last one, to which an error may belong
		emit := func() {
			if x := held; x != nil && !stopped {
				x.At.Capture, x.At.Index, x.From = c.Name, n, c
				n++
				c.Exchanges = n
				stopped = !yield(x, nil)
			}
			held = nil
		}
		upTo := func(at int64) {
			for ; len(list) > 0 && int64(list[0].from) < at; list = list[1:] {
				r := &list[0]
				p := r.asked(text)
				if !r.of(held, p) {
					emit()
					if p == nil {
						continue
					}
					p.Note(c)
					c.Add(exchange.NoteAsConfigured)
					held = p.Exchange
				}
				held.Response = r.response()
			}
		}
		var none error
		for x, err := range all {
			if err != nil {
				if u := new(exchange.Unreadable); errors.As(err, &u) && u.Fatal {
					none = err
					continue
				}
				stopped = stopped || !yield(nil, err)
			} else {
				upTo(x.At.Offset)
				emit()
				held = x
			}
			if stopped {
				return
			}
		}
		upTo(int64(len(text)))
		emit()
		if c.Exchanges = n; n == 0 && none != nil && !stopped {
			yield(nil, none)
		}
	}
}
