package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"sync"

	"github.com/why401/why401/internal/diagnose"
	"github.com/why401/why401/internal/exchange"
	"github.com/why401/why401/internal/redact"
	"github.com/why401/why401/internal/report"
	"github.com/why401/why401/internal/rule"
	"github.com/why401/why401/internal/safely"
	"github.com/why401/why401/internal/scrub"
	"github.com/why401/why401/rules"
)

// live shows exchanges as they happen, with what is found about each, and keeps
// what the diagnosis at the end needs. It may be used by several goroutines.
type live struct {
	mu     sync.Mutex
	engine *diagnose.Engine
	found  []rule.Finding // about the exchange at hand
	told   map[toldKey]bool
	past   map[lineKey]string // lines of exchanges like these
	w      io.Writer
	style  report.Style
	quiet  bool
	lines  *json.Encoder // what is shown, as JSON, one object a line; nil: as text
	out    io.Writer     // where lines go
	har    *harLog
	fix    *fixer
}

// A toldKey is what is told once: what a rule found, or a fault by its text.
type toldKey struct {
	id      string
	message redact.Text
}

// newLive returns a live view that writes to w.
func newLive(w io.Writer, hosts []string, style report.Style) (*live, error) {
	l := &live{w: w, style: style, told: map[toldKey]bool{}}
	engine, err := diagnose.New(rules.All(), diagnose.Options{
		Hosts: hosts,
		News: func(s *rule.Subject, f rule.Finding) {
			if s != nil && !f.Minor {
				l.found = append(l.found, f)
			}
		},
	})
	l.engine = engine
	return l, err
}

// opened announces a capture that may stay empty.
func (l *live) opened(c *exchange.Capture) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.engine.Opened(c)
}

// record writes all exchanges to a file, too, scrubbed unless s is nil, which must not be one of inputs.
func (l *live) record(name string, s *scrub.Scrubber, inputs ...string) error {
	if old, err := os.Stat(name); err == nil {
		for _, in := range inputs {
			if i, err := os.Stat(in); err == nil && os.SameFile(old, i) {
				return &exitError{code: exitUnusable, err: errors.New("--har names a file that is read")}
			}
		}
	}
	return l.recordUpTo(name, 0, s)
}

// recordUpTo writes all exchanges to a file, too, and begins it anew when it has
// limit bytes; 0: it never does.
func (l *live) recordUpTo(name string, limit int64, s *scrub.Scrubber) error {
	h, err := newHARLog(name, limit, openHAR, s)
	if err != nil {
		return &exitError{code: exitUnusable, err: fmt.Errorf("--har: %w", cause(err))}
	}
	l.har = h
	return nil
}

// machine makes l write to w what programs read, in place of text.
func (l *live) machine(w io.Writer) {
	l.quiet, l.out = true, w
	l.lines = json.NewEncoder(w)
	l.lines.SetEscapeHTML(false)
}

// see takes an exchange. One that breaks the program is told of as one that could not
// be read; the others go on.
func (l *live) see(x *exchange.Exchange) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if err := safely.Do(func() { l.take(x) }); err != nil {
		l.broke(err, x.At)
	}
}

// fault tells of something of the program that broke.
func (l *live) fault(err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.broke(err, exchange.Locator{Capture: "proxy", Index: -1})
}

// broke is fault with l.mu held, at an exchange.
func (l *live) broke(err error, at exchange.Locator) {
	l.engine.See(nil, &exchange.Unreadable{At: at, Reason: "why401 itself broke, and went on without it"})
	text := err.Error()
	if key := (toldKey{id: text}); !l.told[key] {
		l.told[key] = true
		fmt.Fprintf(l.w, "why401: %s; please report it with the command line (not the traffic)\n", text)
	}
}

// interim is show for a goroutine of its own.
func (l *live) interim(w io.Writer) {
	if err := safely.Do(func() { _ = l.show(w) }); err != nil {
		l.fault(err)
	}
}

// take is see with l.mu held.
func (l *live) take(x *exchange.Exchange) {
	if l.har != nil {
		if err := l.har.see(x); err != nil {
			fmt.Fprintf(l.w, "why401: the HAR cannot be written any further: %s\n", cause(err))
		}
	}
	l.found = l.found[:0]
	l.engine.See(x, nil)
	if l.fix != nil {
		defer l.fix.after(x)
	}
	if l.quiet && l.lines == nil {
		return
	}
	if l.lines != nil {
		_ = l.lines.Encode(lineOf(x))
	} else {
		_, _ = io.WriteString(l.w, l.line(x))
	}
	for _, f := range l.found {
		// The same again is not news; the count is in the diagnosis.
		key := toldKey{f.Rule.ID, f.Message}
		if l.told[key] {
			continue
		}
		l.told[key] = true
		if l.lines != nil {
			_ = l.lines.Encode(foundLine{"found", x.At.Index, f.Rule.ID, f.Rule.Title, f.Rule.Severity.String(), f.Certainty.String(), f.Message})
		} else {
			fmt.Fprintf(l.w, "     %s %s: %s\n", f.Certainty, f.Rule.ID, f.Rule.Title)
		}
	}
}

// An exchangeLine is an exchange that has just ended, for programs.
type exchangeLine struct {
	Type   string      `json:"type"`
	Index  int         `json:"index"` // counts from 0
	Method redact.Text `json:"method"`
	URL    redact.Text `json:"url"`
	Status int         `json:"status"` // 0: no answer came
}

// A foundLine is what was found first about an exchange, before the whole is
// known; the report at the end says what of it was the cause.
type foundLine struct {
	Type      string      `json:"type"`
	Index     int         `json:"index"` // of the exchange
	Rule      string      `json:"rule"`
	Title     string      `json:"title"`
	Severity  string      `json:"severity"`
	Certainty string      `json:"certainty"`
	Message   redact.Text `json:"message"`
}

func lineOf(x *exchange.Exchange) exchangeLine {
	l := exchangeLine{Type: "exchange", Index: x.At.Index, Method: redact.Method(x.Request.Method), URL: redact.URL(x.Request.URL)}
	if x.Response != nil {
		l.Status = x.Response.Status
	}
	return l
}

// The lines that are kept, and the longest address of one: clients ask for the same
// again and again, and making an address fit to be shown is the most of a line.
const (
	maxLines    = 256
	maxLineFrom = 1 << 10
)

// A lineKey is what the line of an exchange is made of.
type lineKey struct {
	status      int // 0: no answer came
	method, url string
}

// line is lineFor with the end of the line.
func (l *live) line(x *exchange.Exchange) string {
	k := lineKey{method: x.Request.Method, url: x.Request.URL}
	if x.Response != nil {
		k.status = max(x.Response.Status, 0)
	}
	if s, ok := l.past[k]; ok {
		return s
	}
	s := lineFor(x) + "\n"
	if len(k.method)+len(k.url) > maxLineFrom {
		return s
	}
	if l.past == nil || len(l.past) >= maxLines {
		l.past = map[lineKey]string{}
	}
	l.past[k] = s
	return s
}

// lineFor is an exchange in one line.
func lineFor(x *exchange.Exchange) string {
	status := "---"
	if x.Response != nil && x.Response.Status > 0 {
		status = fmt.Sprint(x.Response.Status)
	}
	return fmt.Sprintf("%s  %s %s", status, redact.Method(x.Request.Method), redact.URL(x.Request.URL))
}

// diagnosis returns the answer so far.
func (l *live) diagnosis() *diagnose.Diagnosis {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.engine.Diagnosis()
}

// show writes the ranked diagnosis so far to w, or as lines to where they go.
func (l *live) show(w io.Writer) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.flush()
	defer l.flush()
	r := report.New(l.engine.Diagnosis(), buildVersion())
	if l.lines != nil {
		return r.NDJSON(l.out)
	}
	return r.Text(w, l.style)
}

// close completes the HAR.
func (l *live) close() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.flush()
	if l.har == nil {
		return nil
	}
	return l.har.close()
}
