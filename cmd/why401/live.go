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
	"github.com/why401/why401/internal/scrub"
	"github.com/why401/why401/rules"
)

// live shows exchanges as they happen, with what is found about each, and keeps
// what the diagnosis at the end needs. It may be used by several goroutines.
type live struct {
	mu     sync.Mutex
	engine *diagnose.Engine
	found  []rule.Finding // about the exchange at hand
	told   map[string]bool
	w      io.Writer
	style  report.Style
	quiet  bool
	lines  *json.Encoder // what is shown, as JSON, one object a line; nil: as text
	out    io.Writer     // where lines go
	har    *harLog
	fix    *fixer
}

// newLive returns a live view that writes to w.
func newLive(w io.Writer, hosts []string, style report.Style) (*live, error) {
	l := &live{w: w, style: style, told: map[string]bool{}}
	engine, err := diagnose.New(rules.All(), diagnose.Options{
		Hosts: hosts,
		Trace: func(s *rule.Subject, f rule.Finding) {
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

// see takes an exchange.
func (l *live) see(x *exchange.Exchange) {
	l.mu.Lock()
	defer l.mu.Unlock()
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
		fmt.Fprintln(l.w, lineFor(x))
	}
	for _, f := range l.found {
		// The same again is not news; the count is in the diagnosis.
		key := f.Rule.ID + f.Message.String()
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
