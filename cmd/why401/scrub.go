package main

import (
	"archive/zip"
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
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
	envs    []string
	check   bool
}

func newScrub(std stdio) *cobra.Command {
	var a scrubbing
	c := &cobra.Command{
		Use:   "scrub CAPTURE... -o OUT.har",
		Short: "Make a HAR that is safe to share and fails for the same reasons",
		Long: `Reads captures of any kind and writes a HAR in which every secret is replaced
by a stand-in of the same shape, so that an analysis of it finds the same
causes. E-mail addresses and account names become pseudonyms, bodies are
dropped but for what servers say of the failure, and what is not known to be
harmless is replaced.

Before the file gets its name, all that was replaced is looked for in it, in all
encodings. If a secret is left, nothing is written.

--check looks into any file, a HAR or not, and lists where a third party could
read a secret from it, never which.

Exit status: 0 written, or nothing found; 1 --check found something; 2
unusable; 3 written, but something could not be read; 4 a secret was left; 130
interrupted.`,
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
	f.BoolVar(&a.hosts, "hide-hosts", false, "replace host names, too")
	f.BoolVar(&a.hosts, "hosts", false, "")
	_ = f.MarkHidden("hosts") // what it was called before
	f.StringVar(&a.keyFile, "key-file", "", "key of the stand-ins, for the same output each time (16 bytes or more; keep it)")
	f.StringSliceVar(&a.keyLogs, "keylog", nil, "file of TLS secrets (SSLKEYLOGFILE) for packet captures")
	f.StringSliceVar(&a.envs, "env", nil, "environment exported from Postman, for the variables of a collection")
	f.BoolVar(&a.check, "check", false, "list what could be read from files, and write nothing")
	return c
}

func (a *scrubbing) run(ctx context.Context, std stdio, names []string) error {
	if a.output == "" {
		return &exitError{code: exitUnusable, err: errors.New("no file to write is named"), hint: "why401 scrub capture.har -o safe.har"}
	}
	inputs := append(append(names[:len(names):len(names)], a.keyLogs...), a.envs...)
	if err := (&showing{output: a.output, inputs: inputs}).clash(); err != nil {
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
	unreadable, err := scrubTo(ctx, a.output, std, s, names, capture.Options{Stdin: std.in, KeyLogs: a.keyLogs, Environments: a.envs, Bodies: true})
	if err := unwritten(ctx, err, "scrubbed capture"); err != nil {
		return err
	}
	n := s.Counts()
	fmt.Fprintf(std.err, "why401: wrote %s: %s, %s replaced, %s dropped\n", a.output,
		counted(n.Exchanges, "request", "requests"), counted(n.Secrets, "secret", "secrets"), counted(n.Bodies, "body", "bodies"))
	tellStrict(std.err, n)
	if unreadable > 0 {
		return &exitError{code: exitUnreadable, err: fmt.Errorf("%s unreadable and left out", places(unreadable)), hint: "why401 analyze says which"}
	}
	return nil
}

// unwritten says why a file for sharing is not there; nil if it is.
func unwritten(ctx context.Context, err error, what string) error {
	var ee *exitError
	switch {
	case errors.Is(err, scrub.ErrLeak):
		return &exitError{code: exitLeak, err: errors.New("nothing was written: a secret was left in the " + what), hint: "please report the kind of capture (not the capture)"}
	case ctx.Err() != nil:
		return &exitError{code: exitInterrupted, err: errors.New("interrupted; nothing was written")}
	case err == nil:
		return nil
	case errors.As(err, &ee):
		return ee
	}
	return &exitError{code: exitUnusable, err: fmt.Errorf("--output: %w; nothing was written", cause(err)), hint: writeHint(err)}
}

// tellStrict says that there were more secrets than can be looked for, if so.
func tellStrict(w io.Writer, n scrub.Counts) {
	if n.Unlearnt > 0 {
		fmt.Fprintf(w, "why401: more secrets than can be looked for: all that is not known to be harmless\nwas replaced, too (%d places, such as ids of requests)\n", n.Strict)
		fmt.Fprintln(w, "why401: hint: to keep them, scrub a smaller part of the capture")
	}
}

// scrubTo writes the scrubbed form of captures to a file. It has its name only once
// all secrets are known: one seen late may stand in an early exchange.
func scrubTo(ctx context.Context, name string, std stdio, s *scrub.Scrubber, names []string, o capture.Options) (unreadable int, err error) {
	draft, err := os.CreateTemp(draftDir(name), ".why401-*") // mode 0600
	if err != nil {
		return 0, err
	}
	defer func() {
		_ = draft.Close()
		_ = os.Remove(draft.Name()) // unless it has got its name
	}()
	out, unreadable, err := scrubDraft(ctx, draft, std, s, names, o)
	if err != nil {
		return unreadable, err
	}
	if old, err := os.Stat(name); err == nil && !old.Mode().IsRegular() { // a device
		_, err := writeWhole(name, out.Copy)
		return unreadable, err
	}
	if err := out.Sweep(draft); err != nil {
		return unreadable, err
	}
	if err := draft.Close(); err != nil {
		return unreadable, err
	}
	return unreadable, os.Rename(draft.Name(), name)
}

// scrubDraft writes the scrubbed form of captures into a draft.
func scrubDraft(ctx context.Context, draft *os.File, std stdio, s *scrub.Scrubber, names []string, o capture.Options) (out *scrub.Draft, unreadable int, err error) {
	defer func() {
		if out != nil && err != nil {
			_ = out.Close()
		}
	}()
	var first *exchange.Capture
	several, logged := false, false
	source := capture.Open(ctx, names, o)
	for x, err := range source.Exchanges() {
		if err != nil {
			if unreadable++; unreadable <= maxComplaints {
				fmt.Fprintf(std.err, "why401: %s\n", err)
			}
			continue
		}
		if x.Log != nil && !logged {
			logged = true
			fmt.Fprintln(std.err, "why401: a HAR has no place for what a log says of logins: the causes found in the log are not found in it")
			fmt.Fprintln(std.err, "why401: hint: why401 bundle has them in its report")
		}
		if out == nil {
			first = x.From
			out = s.Draft(draft, func(w io.Writer) scrub.Encoder { return har.NewWriter(w, creatorOf(first), creatorVersion(first)) })
		}
		if x.From != first && !several {
			several = true
			fmt.Fprintln(std.err, "why401: several captures become one HAR, which tells less than they do: a request that two of them show is in it twice")
			fmt.Fprintln(std.err, "why401: hint: why401 bundle keeps them apart")
		}
		if err := out.Add(x); err != nil {
			return out, unreadable, err
		}
	}
	if ctx.Err() != nil {
		return out, unreadable, ctx.Err()
	}
	if out == nil {
		return out, unreadable, &exitError{code: exitUnusable, err: errors.New("there is no request in it to scrub; nothing was written"), hint: "why401 analyze says why, and how to record one"}
	}
	return out, unreadable, out.Close()
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

// counted is "1 one" or "N many".
func counted(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}

// The bounds of what --check unpacks.
const (
	maxCheckMembers = 10_000
	maxCheckBytes   = 2 << 30
)

// checkFiles lists the places of files where a secret can be read. Archives are
// looked into: packed, a secret has no form that could be found.
func checkFiles(std stdio, names []string) error {
	found := 0
	for _, name := range names {
		n, err := checkFile(std, name)
		if err != nil {
			var ee *exitError
			if errors.As(err, &ee) {
				return ee
			}
			return &exitError{code: exitUnusable, err: fmt.Errorf("%s: %w", redact.Name(name), cause(err))}
		}
		found += n
	}
	if found > 0 {
		return &exitError{code: exitCause}
	}
	return nil
}

func checkFile(std stdio, name string) (int, error) {
	f, err := os.Open(name)
	if err != nil {
		return 0, err
	}
	defer f.Close()
	head := make([]byte, 512)
	k, _ := io.ReadFull(f, head)
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return 0, err
	}
	switch head = head[:k]; {
	case bytes.HasPrefix(head, []byte("PK\x03\x04")):
		return checkArchive(std, name, f)
	case bytes.HasPrefix(head, []byte("\x1f\x8b")):
		z, err := gzip.NewReader(f)
		if err != nil {
			return 0, errors.New("it is packed, and damaged")
		}
		return checkText(std, name, io.LimitReader(z, maxCheckBytes), nil)
	case bytes.HasPrefix(head, []byte("BZh")), bytes.HasPrefix(head, []byte("\x28\xb5\x2f\xfd")), bytes.HasPrefix(head, []byte("\xfd7zXZ")), bytes.HasPrefix(head, []byte("7z\xbc\xaf")):
		return 0, &exitError{code: exitUnusable, err: fmt.Errorf("%s: it is packed in a way that --check does not open", redact.Name(name)), hint: "unpack it, and check what was in it"}
	}
	return checkText(std, name, f, head)
}

func checkArchive(std stdio, name string, f *os.File) (found int, err error) {
	info, err := f.Stat()
	if err != nil {
		return 0, err
	}
	z, err := zip.NewReader(f, info.Size())
	if err != nil || len(z.File) > maxCheckMembers {
		return 0, errors.New("it is a zip archive that is damaged or holds too many files")
	}
	left := int64(maxCheckBytes)
	for _, m := range z.File {
		if m.FileInfo().IsDir() {
			continue
		}
		r, err := m.Open()
		if err != nil {
			return found, errors.New("it is a zip archive with a member that cannot be read")
		}
		b := bufio.NewReaderSize(io.LimitReader(r, left), 512)
		head, _ := b.Peek(512)
		c := &reading{r: b}
		n, err := checkText(std, name+"!"+m.Name, c, slices.Clone(head))
		_ = r.Close()
		if left -= c.n; err != nil || left <= 0 {
			return found, errors.New("it is a zip archive with a member that is damaged or too long")
		}
		found += n
	}
	return found, nil
}

// A reading counts what is read.
type reading struct {
	r io.Reader
	n int64
}

func (c *reading) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	c.n += int64(n)
	return n, err
}

// checkText lists places. Of what is not text it says that not all was seen.
func checkText(std stdio, name string, r io.Reader, head []byte) (int, error) {
	n, err := scrub.Check(r, func(p scrub.Place) {
		fmt.Fprintf(std.out, "%s:%d:%d: %s\n", redact.Name(name), p.Line, p.Column, p.Kind)
	})
	switch {
	case err != nil || n > 0:
	case bytes.IndexByte(head, 0) >= 0:
		fmt.Fprintf(std.out, "%s: nothing found, but it is no text: what is packed or encrypted in it was not seen\n", redact.Name(name))
	default:
		fmt.Fprintf(std.out, "%s: nothing found\n", redact.Name(name))
	}
	return n, err
}
