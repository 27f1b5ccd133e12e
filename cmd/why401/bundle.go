package main

import (
	"archive/zip"
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"github.com/why401/why401/capture"
	"github.com/why401/why401/internal/exchange"
	"github.com/why401/why401/internal/report"
	"github.com/why401/why401/internal/scrub"
)

func newBundle(std stdio) *cobra.Command {
	a := analyzing{failOn: "error"}
	var hide bool
	c := &cobra.Command{
		Use:   "bundle CAPTURE... -o TICKET.zip",
		Short: "Put report and scrubbed capture into one archive for a ticket",
		Long: `Analyses captures and writes an archive with the report (report.html, report.md,
report.json), the scrubbed capture (scrubbed.har, see why401 scrub) and MANIFEST.txt
with sizes and SHA-256 sums. The captures themselves never go in.

With --key-file the same captures make the same bytes.

Exit status: 0 written, 2 unusable, 3 written, but something could not be read, 4 a
secret was left and nothing was written, 130 interrupted.`,
		Example: `  why401 bundle login.har -o ticket-4711.zip`,
		Args:    cobra.MinimumNArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			return a.bundle(c.Context(), std, args, hide)
		},
	}
	f := c.Flags()
	f.StringVarP(&a.output, "output", "o", "", "the archive to write")
	f.BoolVar(&hide, "hide-hosts", false, "replace host names in the scrubbed capture, too")
	a.format, a.shell, a.color = "json", "sh", "never"
	a.sharedFlags(f)
	return c
}

func (a *analyzing) bundle(ctx context.Context, std stdio, names []string, hide bool) error {
	if a.output == "" {
		return &exitError{code: exitUnusable, err: errors.New("no archive is named"), hint: "why401 bundle capture.har -o ticket.zip"}
	}
	if err := a.check(); err != nil {
		return err
	}
	a.inputs = names
	if err := a.clash(); err != nil {
		return err
	}
	engine, err := a.engine(std)
	if err != nil {
		return err
	}
	o := scrub.Options{Hosts: hide}
	if a.keyFile != "" {
		if o.Key, err = readKey(a.keyFile); err != nil {
			return err
		}
	}
	s := scrub.New(o)
	unreadable := 0
	_, err = writeWhole(a.output, func(w io.Writer) error {
		z := &sealed{z: zip.NewWriter(w)}
		seen := map[*exchange.Capture]bool{}
		var captures []*exchange.Capture
		if err := z.add("scrubbed.har", func(w io.Writer) (err error) {
			unreadable, err = scrubTo(ctx, w, filepath.Dir(a.output), std, s, names,
				capture.Options{Stdin: std.in, Workers: a.workers, KeyLogs: a.keyLogs, Bodies: true},
				func(x *exchange.Exchange, err error) {
					engine.See(x, err)
					if x != nil && !seen[x.From] {
						seen[x.From] = true
						captures = append(captures, x.From)
					}
				})
			return err
		}); err != nil {
			return err
		}
		for _, c := range captures {
			engine.Opened(c)
		}
		r := report.New(engine.Diagnosis(), buildVersion())
		g := s.Gate()
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
		return z.close(s.Counts())
	})
	switch {
	case errors.Is(err, scrub.ErrLeak):
		return &exitError{code: exitLeak, err: errors.New("nothing was written: a secret was left in the bundle"), hint: "please report the kind of capture (not the capture)"}
	case ctx.Err() != nil:
		return &exitError{code: exitInterrupted, err: errors.New("interrupted; nothing was written")}
	case err != nil:
		var ee *exitError
		if errors.As(err, &ee) {
			return ee
		}
		return &exitError{code: exitUnusable, err: fmt.Errorf("--output: %w", cause(err)), hint: "is the folder there, and may you write to it?"}
	}
	fmt.Fprintf(std.err, "why401: wrote %s: report.html, report.md, report.json, scrubbed.har, MANIFEST.txt\n", a.output)
	if unreadable > 0 {
		return &exitError{code: exitUnreadable, err: fmt.Errorf("%d places could not be read and are left out", unreadable), hint: "the report says which"}
	}
	return nil
}

// A sealed archive knows the sums of its members. No member has a time, so the
// same members make the same bytes.
type sealed struct {
	z    *zip.Writer
	list bytes.Buffer
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

func (s *sealed) close(n scrub.Counts) error {
	w, err := s.create("MANIFEST.txt")
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(w, "why401 %s\n\nSHA-256, bytes, name\n%s\nrequests %d\nsecrets replaced %d\naccount names replaced %d\nbodies dropped %d\nfound outside their place %d\n",
		buildVersion(), s.list.String(), n.Exchanges, n.Secrets, n.Users, n.Bodies, n.Mended)
	if err != nil {
		return err
	}
	return s.z.Close()
}
