package main

import (
	"fmt"
	"io"
	"os"
	"sync"

	"github.com/why401/why401/har"
	"github.com/why401/why401/internal/diagnose"
	"github.com/why401/why401/internal/exchange"
	"github.com/why401/why401/internal/redact"
	"github.com/why401/why401/internal/report"
	"github.com/why401/why401/internal/rule"
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
	har    *har.Writer
	file   *os.File
	broken bool // the HAR could not be written any further
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

// record writes all exchanges to a new file, too.
func (l *live) record(name string) error {
	f, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return &exitError{code: exitUnusable, err: fmt.Errorf("--har: %w", cause(err))}
	}
	l.file, l.har = f, har.NewWriter(f, "why401", buildVersion())
	return nil
}

// see takes an exchange.
func (l *live) see(x *exchange.Exchange) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.har != nil && !l.broken {
		if err := l.har.Write(x); err != nil {
			l.broken = true
			fmt.Fprintf(l.w, "why401: the HAR cannot be written any further: %s\n", cause(err))
		}
	}
	l.found = l.found[:0]
	l.engine.See(x, nil)
	if l.quiet {
		return
	}
	fmt.Fprintln(l.w, lineFor(x))
	for _, f := range l.found {
		// The same again is not news; the count is in the diagnosis.
		if key := f.Rule.ID + f.Message.String(); !l.told[key] {
			l.told[key] = true
			fmt.Fprintf(l.w, "     %s %s: %s\n", f.Certainty, f.Rule.ID, f.Rule.Title)
		}
	}
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

// show writes the ranked diagnosis so far.
func (l *live) show(w io.Writer) error {
	return report.New(l.diagnosis(), buildVersion()).Text(w, l.style)
}

// close completes the HAR.
func (l *live) close() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.har == nil {
		return nil
	}
	err := l.har.Close()
	if e := l.file.Close(); err == nil {
		err = e
	}
	return err
}
