package main

import (
	"archive/zip"
	"bufio"
	"bytes"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"github.com/why401/why401/capture"
	"github.com/why401/why401/har"
	"github.com/why401/why401/internal/diagnose"
	"github.com/why401/why401/internal/exchange"
	"github.com/why401/why401/internal/redact"
	"github.com/why401/why401/internal/report"
	"github.com/why401/why401/internal/rule"
	"github.com/why401/why401/internal/scrub"
	"github.com/why401/why401/internal/ticket"
)

// maxComplaints is how many places that cannot be read are named on standard
// error; the report has them all.
const maxComplaints = 5

func newBundle(std stdio) *cobra.Command {
	a := bundling{analyzing: analyzing{failOn: "error"}}
	c := &cobra.Command{
		Use:   "bundle CAPTURE... -o TICKET.zip",
		Short: "Put report and scrubbed capture into one archive for a ticket",
		Long: `Analyses captures and writes an archive with the report (report.html,
report.md, report.json), each capture as a scrubbed HAR (scrubbed.har, or
scrubbed-1.har and so on, see why401 scrub) and MANIFEST.txt with sizes and
SHA-256 sums. The captures themselves, key logs and environments never go in.

With --key-file the same captures make the same bytes, and two who share the key
see equal tags for equal tokens. Keep it: who has it can try short passwords.

Exit status: 0 written, 2 unusable, 3 written, but something could not be read,
4 a secret was left and nothing was written, 130 interrupted.`,
		Example: `  why401 bundle login.har -o ticket-4711.zip
  why401 bundle --keylog keys.log trace.pcapng access_log.txt -o ticket.zip`,
		Args: cobra.MinimumNArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			return a.run(c.Context(), std, args)
		},
	}
	f := c.Flags()
	f.StringVarP(&a.output, "output", "o", "", "the archive to write")
	f.BoolVar(&a.hide, "hide-hosts", false, "replace host names, too, in the report as well")
	a.format, a.shell, a.color = "json", "sh", "never"
	a.sharedFlags(f)
	return c
}

// bundling is the flags of bundle, and what becomes of the captures.
type bundling struct {
	analyzing
	hide bool

	scrub *scrub.Scrubber
	draft *os.File
	parts []part
	bad   int
}

// A part is the scrubbed form of one capture: a run of the draft.
type part struct {
	of       *exchange.Capture
	from, to int64
}

func (a *bundling) run(ctx context.Context, std stdio, names []string) error {
	switch {
	case a.output == "":
		return &exitError{code: exitUnusable, err: errors.New("no archive is named"), hint: "why401 bundle capture.har -o ticket.zip"}
	case a.showUsers:
		return &exitError{
			code: exitUnusable, err: errors.New("--show-users does not go into what is made to be shared"),
			hint: "why401 analyze --show-users -o report.html makes a report for yourself",
		}
	}
	if err := a.check(); err != nil {
		return err
	}
	a.inputs = names
	a.inputs = append(a.inputs[:len(a.inputs):len(a.inputs)], append(a.keyLogs, a.envs...)...)
	if err := a.clash(); err != nil {
		return err
	}
	o, err := a.scrubOptions()
	if err != nil {
		return err
	}
	a.scrub = scrub.New(o)
	if a.hide {
		a.hosts = hidden(a.hosts, o)
	}
	engine, err := a.engine(std)
	if err != nil {
		return err
	}
	_, err = writeWhole(a.output, func(w io.Writer) error { return a.pack(ctx, std, w, names, engine) })
	if err := unwritten(ctx, err, "bundle"); err != nil {
		return err
	}
	fmt.Fprintf(std.err, "why401: wrote %s: report.html, report.md, report.json, %s, MANIFEST.txt\n", a.output, a.harNames())
	tellStrict(std.err, a.scrub.Counts())
	if a.bad > 0 {
		return &exitError{code: exitUnreadable, err: fmt.Errorf("%s unreadable and left out", places(a.bad)), hint: "the report says which"}
	}
	return nil
}

// scrubOptions always has a key: names of hosts must come out the same twice.
func (a *bundling) scrubOptions() (o scrub.Options, err error) {
	o.Hosts = a.hide
	if a.keyFile != "" {
		o.Key, err = readKey(a.keyFile)
		return o, err
	}
	_, _ = rand.Read(o.Key[:]) // never fails: it crashes instead
	return o, nil
}

// hidden returns what hosts, or patterns of them, are called in a scrubbed capture.
func hidden(hosts []string, o scrub.Options) []string {
	s := scrub.New(o)
	var out []string
	for _, h := range hosts {
		name, wild := h, strings.HasPrefix(h, "*.")
		if wild {
			name = "jira" + h[1:]
		}
		y := s.Exchange(&exchange.Exchange{Request: exchange.Request{Method: "GET", URL: "https://" + name + "/"}})
		name = strings.TrimSuffix(strings.TrimPrefix(y.Request.URL, "https://"), "/")
		if _, rest, ok := strings.Cut(name, "."); wild && ok {
			name = "*." + rest
		}
		if h == "*" {
			name = h
		}
		out = append(out, name)
	}
	return out
}

// pack writes the archive. All of the captures is scrubbed into a draft first:
// a secret that is seen late may stand in an early exchange.
func (a *bundling) pack(ctx context.Context, std stdio, w io.Writer, names []string, engine *diagnose.Engine) (err error) {
	if a.draft, err = os.CreateTemp(draftDir(a.output), ".why401-*"); err != nil { // mode 0600
		return err
	}
	defer func() {
		_ = a.draft.Close()
		_ = os.Remove(a.draft.Name())
	}()
	if err := a.read(ctx, std, names, engine); err != nil {
		return err
	}
	z := &sealed{z: zip.NewWriter(w)}
	g := a.scrub.Gate()
	for i, p := range a.parts {
		name := "scrubbed.har"
		if len(a.parts) > 1 {
			name = fmt.Sprintf("scrubbed-%d.har", i+1)
			z.say("%s is of %s", name, redact.Name(p.of.Name))
		}
		if err := z.add(name, func(w io.Writer) error {
			return a.scrub.Copy(w, io.NewSectionReader(a.draft, p.from, p.to-p.from), g)
		}); err != nil {
			return err
		}
	}
	r := report.New(engine.Diagnosis(), buildVersion())
	for _, v := range []struct {
		name  string
		write func(io.Writer) error
	}{{"report.html", r.HTML}, {"report.md", r.Markdown}, {"report.json", r.JSON}} {
		var b bytes.Buffer
		if err := v.write(&b); err != nil {
			return err
		}
		if !g.Clean(b.Bytes()) {
			return scrub.ErrLeak
		}
		if err := z.add(v.name, func(w io.Writer) error { _, err := w.Write(b.Bytes()); return err }); err != nil {
			return err
		}
	}
	return z.close(a.scrub.Counts())
}

// read diagnoses the captures, and writes them into the draft, scrubbed: each as a
// HAR of its own, because what an absent Authorization means depends on the
// program that wrote it, and what two captures show is told once.
func (a *bundling) read(ctx context.Context, std stdio, names []string, engine *diagnose.Engine) error {
	b := &counting{w: bufio.NewWriterSize(a.draft, 1<<20)}
	var out *har.Writer
	end := func() error {
		if out == nil {
			return nil
		}
		err := out.Close()
		a.parts[len(a.parts)-1].to = b.n
		return err
	}
	source := capture.Open(ctx, names, capture.Options{
		Stdin: std.in, Workers: a.workers, Prepare: rule.Prepare, KeyLogs: a.keyLogs, Environments: a.envs, Bodies: true,
	})
	for x, err := range source.Exchanges() {
		if err != nil {
			if a.bad++; a.bad <= maxComplaints {
				fmt.Fprintf(std.err, "why401: %s\n", err)
			}
			engine.See(nil, err)
			continue
		}
		y := a.scrub.Exchange(x)
		if a.hide {
			engine.See(seenHidden(x, y), nil)
		} else {
			engine.See(x, nil)
		}
		if n := len(a.parts); n == 0 || a.parts[n-1].of != x.From {
			if n == ticket.MaxHARs {
				return &exitError{code: exitUnusable, err: fmt.Errorf("more than %d captures; nothing was written", n), hint: "make several bundles"}
			}
			if err := end(); err != nil {
				return err
			}
			a.parts = append(a.parts, part{of: x.From, from: b.n})
			out = har.NewWriter(b, creatorOf(x.From), creatorVersion(x.From))
		}
		if err := out.Write(y); err != nil {
			return err
		}
	}
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case out == nil:
		return &exitError{
			code: exitUnusable, err: errors.New("there is no request in it to scrub; nothing was written"),
			hint: "why401 analyze says why, and how to record one",
		}
	}
	if err := end(); err != nil {
		return err
	}
	for _, c := range source.Captures() {
		engine.Opened(c)
	}
	return b.w.(*bufio.Writer).Flush()
}

// seenHidden is what a report may say of an exchange whose host is hidden: what is
// in its scrubbed form y, and of the packets what names nobody.
func seenHidden(x, y *exchange.Exchange) *exchange.Exchange {
	z := *y
	z.Comment = ""
	if x.Conn == nil || z.Conn == nil {
		return &z
	}
	c := *z.Conn
	if h := x.Conn.Handshake; h != nil {
		bare := *h
		bare.Chain = nil
		if h.Hello != nil {
			hello := *h.Hello
			hello.ServerName = ""
			bare.Hello = &hello
		}
		c.Handshake = &bare
	}
	z.Conn = &c
	return &z
}

// harNames names the HARs of the archive.
func (a *bundling) harNames() string {
	if n := len(a.parts); n > 1 {
		return fmt.Sprintf("scrubbed-1.har to scrubbed-%d.har", n)
	}
	return "scrubbed.har"
}

// places is "1 place was" or "N places were".
func places(n int) string {
	if n == 1 {
		return "1 place was"
	}
	return fmt.Sprintf("%d places were", n)
}

// draftDir is where a draft of a file is kept: beside it, where the room for it
// must be anyway and no other user looks, unless it is a device.
func draftDir(output string) string {
	if info, err := os.Stat(output); err == nil && !info.Mode().IsRegular() {
		return ""
	}
	return filepath.Dir(output)
}

// writeHint says what to do about a file that could not be written.
func writeHint(err error) string {
	if errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT) {
		return "make room, or name a file on another disk; a file that was there before is as it was"
	}
	return "is the folder there, and may you write to it?"
}

// A sealed archive knows the sums of its members. No member has a time, so the
// same members make the same bytes.
type sealed struct {
	z     *zip.Writer
	list  bytes.Buffer
	notes bytes.Buffer
}

// zipTime is the first time that a zip archive can hold.
var zipTime = time.Date(1980, 1, 1, 0, 0, 0, 0, time.UTC)

func (s *sealed) create(name string) (io.Writer, error) {
	return s.z.CreateHeader(&zip.FileHeader{Name: name, Method: zip.Deflate, Modified: zipTime})
}

func (s *sealed) add(name string, write func(io.Writer) error) error {
	w, err := s.create(name)
	if err != nil {
		return err
	}
	sum := sha256.New()
	c := &counting{w: io.MultiWriter(w, sum)}
	if err := write(c); err != nil {
		return err
	}
	fmt.Fprintf(&s.list, "%x  %10d  %s\n", sum.Sum(nil), c.n, name)
	return nil
}

// say adds a line to the manifest.
func (s *sealed) say(format string, args ...any) { fmt.Fprintf(&s.notes, format+"\n", args...) }

func (s *sealed) close(n scrub.Counts) error {
	w, err := s.create("MANIFEST.txt")
	if err != nil {
		return err
	}
	if s.notes.Len() > 0 {
		s.notes.WriteByte('\n')
	}
	_, err = fmt.Fprintf(w, "why401 %s\n\nSHA-256, bytes, name\n%s\n%srequests %d\nsecrets replaced %d\naccount names replaced %d\nbodies dropped %d\nfound outside their place %d\n",
		buildVersion(), s.list.String(), s.notes.String(), n.Exchanges, n.Secrets, n.Users, n.Bodies, n.Mended)
	if err != nil {
		return err
	}
	return s.z.Close()
}
