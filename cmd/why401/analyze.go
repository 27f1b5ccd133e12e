package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/why401/why401/capture"
	"github.com/why401/why401/internal/diagnose"
	"github.com/why401/why401/internal/redact"
	"github.com/why401/why401/internal/report"
	"github.com/why401/why401/internal/rule"
	"github.com/why401/why401/rules"
)

// analyzing is the flags of analyze.
type analyzing struct {
	showing
	failOn     string
	only, skip []string
	hosts      []string
	showUsers  bool
	keyFile    string
	debug      bool
	workers    int
	keyLogs    []string
	envs       []string
	har        string
	harRaw     string
}

func newAnalyze(io stdio) *cobra.Command {
	var a analyzing
	c := &cobra.Command{
		Use:   "analyze CAPTURE...",
		Short: "Say why requests in captures were refused",
		Long: `Reads captures (HAR files, folders, patterns, archives with HAR files in them,
or "-" for standard input) and says why requests to Atlassian products were
refused.

What a file is, its content says; .har, .har.gz, .zhar and zip archives are
read, also Playwright's, in UTF-8 or UTF-16. Packet captures (pcap, pcapng) are
read as well; for what is in TLS, --keylog names the secrets that SSLKEYLOGFILE
made the client write, unless the capture holds them, and --har makes a HAR of
them.

Exit status: 0 nothing found, 1 a cause at or above --fail-on, 2 nothing could
be analysed, 3 something could not be read, 130 interrupted.`,
		Example: `  why401 analyze login.har
  why401 analyze -o report.html login.har
  why401 analyze --format json ticket-4711/ > report.json
  why401 analyze --host jira.example.com --long capture.har
  why401 analyze --keylog keys.log --har trace.har trace.pcapng`,
		Args: cobra.ArbitraryArgs,
		RunE: func(c *cobra.Command, args []string) error {
			if len(args) == 0 {
				return &exitError{
					code: exitUnusable, err: errors.New("no capture named"),
					hint: "why401 analyze capture.har; to record one, open the browser's developer tools, tab Network, and save all as HAR with sensitive data",
				}
			}
			return a.run(c.Context(), io, args)
		},
	}
	f := c.Flags()
	a.flags(f)
	f.StringVar(&a.failOn, "fail-on", "error", "exit with 1 for causes at or above: error, warning or info")
	f.StringSliceVar(&a.only, "only", nil, "use only these rules")
	f.StringSliceVar(&a.skip, "skip", nil, "leave out these rules")
	f.StringVar(&a.har, "har", "", "write packet captures to this new file as HAR, scrubbed: secrets are replaced")
	f.StringVar(&a.harRaw, "har-raw", "", "the same, secrets included")
	f.BoolVar(&a.debug, "debug", false, "log to standard error what each rule finds")
	a.sharedFlags(f)
	_ = c.RegisterFlagCompletionFunc("fail-on", words("error", "warning", "info"))
	_ = c.RegisterFlagCompletionFunc("only", completeRules)
	_ = c.RegisterFlagCompletionFunc("skip", completeRules)
	a.complete(c)
	return c
}

// sharedFlags are the flags of every command that reads captures.
func (a *analyzing) sharedFlags(f *pflag.FlagSet) {
	f.StringSliceVar(&a.hosts, "host", nil, "treat these hosts as Atlassian products (jira.example.com, *.example.com or *)")
	f.BoolVar(&a.showUsers, "show-users", false, "show account names; secrets are never shown")
	f.StringVar(&a.keyFile, "key-file", "", "key for the tags of secrets, so that reports can be compared (16 bytes or more)")
	f.StringSliceVar(&a.keyLogs, "keylog", nil, "file of TLS secrets (SSLKEYLOGFILE) for packet captures")
	f.StringSliceVar(&a.envs, "env", nil, "environment exported from Postman, for the variables of a collection")
	f.IntVar(&a.workers, "workers", 0, "goroutines that read one file; 0: one for each core")
}

func (a *analyzing) run(ctx context.Context, io stdio, names []string) error {
	if err := a.check(); err != nil {
		return err
	}
	a.inputs = names
	if err := a.clash(); err != nil { // before the work, too
		return err
	}
	engine, err := a.engine(io)
	if err != nil {
		return err
	}
	var rec *recording
	name, scrubber, err := a.recorded(a.har, a.harRaw)
	if err != nil {
		return err
	}
	if name != "" {
		if rec, err = newRecording(name, scrubber); err != nil {
			return err
		}
	}
	bar := newProgress(io.err)
	source := capture.Open(ctx, names, capture.Options{Stdin: io.in, Workers: a.workers, Prepare: rule.Prepare, KeyLogs: a.keyLogs, Environments: a.envs, Bodies: name != "", Progress: bar.update})
	for x, err := range source.Exchanges() {
		rec.see(x)
		engine.See(x, err)
	}
	bar.done()
	recorded := rec.close(io.err, source.Captures())
	for _, c := range source.Captures() {
		engine.Opened(c)
		a.inputs = append(a.inputs[:len(a.inputs):len(a.inputs)], c.Name)
	}
	d := engine.Diagnosis()
	r := report.New(d, buildVersion())
	if err := a.show(io, r); err != nil {
		return err
	}
	if ctx.Err() != nil {
		return &exitError{code: exitInterrupted, err: errors.New("interrupted; the report is on what was read until then")}
	}
	if recorded != nil {
		return recorded
	}
	return a.verdict(d)
}

// check refuses flags that cannot be meant.
func (a *analyzing) check() error {
	if !slices.Contains([]string{"error", "warning", "info"}, a.failOn) {
		return &exitError{code: exitUnusable, err: errors.New("--fail-on must be error, warning or info")}
	}
	if err := a.showing.check(); err != nil {
		return err
	}
	p := redact.Policy{ShowUsers: a.showUsers}
	if a.keyFile != "" {
		k, err := readKey(a.keyFile)
		if err != nil {
			return err
		}
		p.Key, p.Shared = k, true
	}
	redact.Use(p)
	return nil
}

// engine makes an engine with the rules that the flags leave.
func (a *analyzing) engine(io stdio) (*diagnose.Engine, error) {
	list, err := choose(rules.All(), a.only, a.skip)
	if err != nil {
		return nil, err
	}
	o := diagnose.Options{Hosts: a.hosts}
	if a.debug {
		log := slog.New(slog.NewTextHandler(io.err, &slog.HandlerOptions{Level: slog.LevelDebug}))
		o.Trace = func(s *rule.Subject, f rule.Finding) {
			at := redact.Const("the capture")
			if s != nil {
				at = redact.Name(s.At.String())
			}
			log.Debug("finding", "rule", f.Rule.ID, "certainty", f.Certainty.String(), "minor", f.Minor,
				"at", at.String(), "message", f.Message.String())
		}
	}
	return diagnose.New(list, o)
}

// choose returns the rules named by only, all if it is empty, less those named
// by skip. Former ids count.
func choose(all []*rule.Rule, only, skip []string) ([]*rule.Rule, error) {
	find := func(ids []string) (map[*rule.Rule]bool, error) {
		found := map[*rule.Rule]bool{}
		for _, id := range ids {
			r := byID(all, id)
			if r == nil {
				return nil, &exitError{code: exitUnusable, err: errors.New("no such rule"), hint: "why401 rules lists them"}
			}
			found[r] = true
		}
		return found, nil
	}
	in, err := find(only)
	if err != nil {
		return nil, err
	}
	out, err := find(skip)
	if err != nil {
		return nil, err
	}
	var left []*rule.Rule
	for _, r := range all {
		if (len(in) == 0 || in[r]) && !out[r] {
			left = append(left, r)
		}
	}
	return left, nil
}

// byID returns the rule of this id or former id, or nil.
func byID(all []*rule.Rule, id string) *rule.Rule {
	for _, r := range all {
		if r.ID == id || slices.Contains(r.Formerly, id) {
			return r
		}
	}
	return nil
}

// verdict turns a diagnosis into the exit status.
func (a *analyzing) verdict(d *diagnose.Diagnosis) error {
	least := map[string]rule.Severity{"error": rule.Error, "warning": rule.Warning, "info": rule.Info}[a.failOn]
	exchanges := 0
	for _, c := range d.Captures {
		exchanges += c.Exchanges
	}
	for _, c := range d.Causes {
		if c.Severity >= least || c.Rule.Hides != 0 {
			return &exitError{code: exitCause}
		}
	}
	switch {
	case exchanges == 0 && d.UnreadableTotal > 0:
		return &exitError{code: exitUnusable}
	case d.UnreadableTotal > 0:
		return &exitError{code: exitUnreadable}
	}
	return nil
}

// readKey makes a tag key of a file: at least 16 bytes, blanks at the ends
// ignored, so that it can be typed.
func readKey(name string) (key [32]byte, err error) {
	b, err := os.ReadFile(name)
	if err != nil {
		return key, &exitError{code: exitUnusable, err: fmt.Errorf("--key-file: %w", errors.Unwrap(err))}
	}
	text := strings.TrimSpace(string(b))
	if len(text) < 16 {
		return key, &exitError{
			code: exitUnusable, err: errors.New("--key-file: the key is shorter than 16 bytes"),
			hint: "openssl rand -hex 32 > key.txt makes one",
		}
	}
	return redact.Key(text), nil
}
