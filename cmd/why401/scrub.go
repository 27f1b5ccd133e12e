package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/why401/why401/capture"
	"github.com/why401/why401/har"
	"github.com/why401/why401/internal/exchange"
	"github.com/why401/why401/internal/redact"
	"github.com/why401/why401/internal/scrub"
)

// exitLeak is the exit code for an output that was not written because a secret
// was left in it.
const exitLeak = 4

// scrubbing is the flags of scrub.
type scrubbing struct {
	output  string
	hosts   bool
	keyFile string
	keyLogs []string
	check   bool
}

func newScrub(std stdio) *cobra.Command {
	var a scrubbing
	c := &cobra.Command{
		Use:   "scrub CAPTURE... -o OUT.har",
		Short: "Make a HAR that is safe to share and fails for the same reasons",
		Long: `Reads captures of any kind and writes a HAR in which every secret is replaced by
a stand-in of the same shape, so that an analysis of it finds the same causes.
E-mail addresses and account names become pseudonyms, bodies are dropped but for
what servers say of the failure, and what is not known to be harmless is replaced.

Before the file gets its name, all that was replaced is looked for in it, in all
encodings. If a secret is left, nothing is written.

--check looks into any file, a HAR or not, and lists where a third party could
read a secret from it, never which.

Exit status: 0 written, or nothing found; 1 --check found something; 2 unusable;
3 written, but something could not be read; 4 a secret was left; 130 interrupted.`,
		Example: `  why401 scrub login.har -o login-safe.har
  why401 scrub --keylog keys.log trace.pcapng -o safe.har
  why401 scrub --check ticket.log`,
		Args: cobra.MinimumNArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			if a.check {
				return checkFiles(std, args)
			}
			return a.run(c.Context(), std, args)
		},
	}
	f := c.Flags()
	f.StringVarP(&a.output, "output", "o", "", "the HAR to write")
	f.BoolVar(&a.hosts, "hosts", false, "replace host names, too")
	f.StringVar(&a.keyFile, "key-file", "", "key of the stand-ins, for the same output each time (16 bytes or more; keep it)")
	f.StringSliceVar(&a.keyLogs, "keylog", nil, "file of TLS secrets (SSLKEYLOGFILE) for packet captures")
	f.BoolVar(&a.check, "check", false, "list what could be read from files, and write nothing")
	return c
}

func (a *scrubbing) run(ctx context.Context, std stdio, names []string) error {
	if a.output == "" {
		return &exitError{code: exitUnusable, err: errors.New("no file to write is named"), hint: "why401 scrub capture.har -o safe.har"}
	}
	if err := (&showing{output: a.output, inputs: names}).clash(); err != nil {
		return err
	}
	o := scrub.Options{Hosts: a.hosts}
	if a.keyFile != "" {
		k, err := readKey(a.keyFile)
		if err != nil {
			return err
		}
		o.Key = k
	}
	s := scrub.New(o)
	unreadable := 0
	_, err := writeWhole(a.output, func(w io.Writer) (err error) {
		unreadable, err = scrubTo(ctx, w, filepath.Dir(a.output), std, s, names, capture.Options{Stdin: std.in, KeyLogs: a.keyLogs, Bodies: true}, nil)
		return err
	})
	switch n := s.Counts(); {
	case errors.Is(err, scrub.ErrLeak):
		return &exitError{code: exitLeak, err: errors.New("nothing was written: a secret was left in the scrubbed capture"), hint: "please report the kind of capture (not the capture)"}
	case ctx.Err() != nil:
		return &exitError{code: exitInterrupted, err: errors.New("interrupted; nothing was written")}
	case err != nil:
		var ee *exitError
		if errors.As(err, &ee) {
			return ee
		}
		return &exitError{code: exitUnusable, err: fmt.Errorf("--output: %w", cause(err)), hint: "is the folder there, and may you write to it?"}
	default:
		fmt.Fprintf(std.err, "why401: wrote %s: %d requests, %d secrets replaced, %d bodies dropped\n", a.output, n.Exchanges, n.Secrets, n.Bodies)
		if n.Unlearnt > 0 {
			fmt.Fprintf(std.err, "why401: more secrets than can be looked for: all that is not known to be harmless\nwas replaced, too (%d places, such as ids of requests)\n", n.Strict)
			fmt.Fprintf(std.err, "why401: hint: to keep them, scrub a smaller part of the capture\n")
		}
	}
	if unreadable > 0 {
		return &exitError{code: exitUnreadable, err: fmt.Errorf("%d places could not be read and are left out", unreadable), hint: "why401 analyze says which"}
	}
	return nil
}

// scrubTo writes the scrubbed form of captures to w. A draft is kept in dir until
// all secrets are known: one seen late may stand in an early exchange.
func scrubTo(ctx context.Context, w io.Writer, dir string, std stdio, s *scrub.Scrubber, names []string, o capture.Options, see func(*exchange.Exchange, error)) (unreadable int, err error) {
	draft, err := os.CreateTemp(dir, ".why401-*") // mode 0600
	if err != nil {
		return 0, err
	}
	defer func() {
		_ = draft.Close()
		_ = os.Remove(draft.Name())
	}()
	b := bufio.NewWriterSize(draft, 1<<20)
	var out *har.Writer
	source := capture.Open(ctx, names, o)
	for x, err := range source.Exchanges() {
		if see != nil {
			see(x, err)
		}
		if err != nil {
			unreadable++
			continue
		}
		if out == nil {
			out = har.NewWriter(b, creatorOf(x.From), creatorVersion(x.From))
		}
		if err := out.Write(s.Exchange(x)); err != nil {
			return unreadable, err
		}
	}
	if ctx.Err() != nil {
		return unreadable, ctx.Err()
	}
	if out == nil {
		return unreadable, &exitError{code: exitUnusable, err: errors.New("no request could be read; nothing was written"), hint: "why401 analyze says why"}
	}
	if err := out.Close(); err != nil {
		return unreadable, err
	}
	if err := b.Flush(); err != nil {
		return unreadable, err
	}
	if _, err := draft.Seek(0, io.SeekStart); err != nil {
		return unreadable, err
	}
	return unreadable, s.Copy(w, draft, s.Gate())
}

// creatorOf names the program that wrote a capture: by it readers tell what an
// absent Authorization means.
func creatorOf(c *exchange.Capture) string {
	name, _, _ := strings.Cut(redact.Label(c.Producer).String(), " ")
	if name == "" || c.Format != "har" {
		return "why401"
	}
	return name
}

func creatorVersion(c *exchange.Capture) string {
	_, version, _ := strings.Cut(redact.Label(c.Producer).String(), " ")
	if c.Format != "har" {
		return buildVersion()
	}
	return version
}

// checkFiles lists the places of files where a secret can be read.
func checkFiles(std stdio, names []string) error {
	found := 0
	for _, name := range names {
		f, err := os.Open(name)
		if err != nil {
			return &exitError{code: exitUnusable, err: fmt.Errorf("%s: %w", redact.Name(name), cause(err))}
		}
		n, err := scrub.Check(f, func(p scrub.Place) {
			fmt.Fprintf(std.out, "%s:%d:%d: %s\n", redact.Name(name), p.Line, p.Column, p.Kind)
		})
		_ = f.Close()
		if err != nil {
			return &exitError{code: exitUnusable, err: fmt.Errorf("%s: %w", redact.Name(name), cause(err))}
		}
		if n == 0 {
			fmt.Fprintf(std.out, "%s: nothing found\n", redact.Name(name))
		}
		found += n
	}
	if found > 0 {
		return &exitError{code: exitCause}
	}
	return nil
}
