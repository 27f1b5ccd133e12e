package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime/debug"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/why401/why401/internal/prefault"
)

// The exit codes.
const (
	exitOK          = 0
	exitCause       = 1 // there is a cause at or above --fail-on
	exitUnusable    = 2 // usage, or nothing could be analysed
	exitUnreadable  = 3 // something could not be read, and no cause was found
	exitInterrupted = 130
)

// version is set by the linker for releases.
var version = ""

// stdio is where a command reads and writes.
type stdio struct {
	in       io.Reader
	out, err io.Writer
}

// exitError carries an exit code out of a command; err may be nil if all was
// said.
type exitError struct {
	code int
	err  error
	hint string
}

func (e *exitError) Error() string {
	if e.err == nil {
		return fmt.Sprintf("exit status %d", e.code)
	}
	return e.err.Error()
}

func (e *exitError) Unwrap() error { return e.err }

// run is the program: it returns the exit code, and never panics on input.
func run(ctx context.Context, args []string, io stdio) (code int) {
	defer func() {
		if v := recover(); v != nil {
			// The value of a panic can hold input, so it is not printed.
			fmt.Fprintln(io.err, "why401: internal error; please report it with the command line (not the capture)")
			if os.Getenv("WHY401_TRACE") != "" {
				debug.PrintStack()
			}
			code = exitUnusable
		}
	}()
	args = impliedAnalyze(args)
	root := newRoot(io, named(args)...)
	root.SetArgs(args)
	if !brief(args) {
		prefault.Processors()
	}
	root.SetIn(io.in)
	root.SetOut(io.out)
	root.SetErr(io.err)
	err := root.ExecuteContext(ctx)
	var ee *exitError
	switch {
	case err == nil:
		return exitOK
	case errors.As(err, &ee):
		if ee.err != nil {
			complain(io.err, ee.err, ee.hint)
		}
		return ee.code
	default:
		complain(io.err, err, "why401 --help lists the commands and their flags")
		return exitUnusable
	}
}

// complain prints an error and, on a line of its own, what to do about it.
func complain(w io.Writer, err error, hint string) {
	fmt.Fprintf(w, "why401: %s\n", err)
	if hint != "" {
		fmt.Fprintf(w, "why401: hint: %s\n", hint)
	}
}

// A subcommand is one of the program, and how it is built.
type subcommand struct {
	name  string
	build func(stdio) *cobra.Command
}

// commands is a function, and no table, because help names the commands.
func commands() []subcommand {
	return []subcommand{
		{"analyze", newAnalyze},
		{"compare", newCompare},
		{"proxy", newProxy},
		{"run", newRun},
		{"sniff", newSniff},
		{"ca", newCA},
		{"decode", newDecode},
		{"explain", newExplain},
		{"rules", newRules},
		{"demo", newDemo},
		{"scrub", newScrub},
		{"bundle", newBundle},
		{"attach", newAttach},
		{"schema", newSchema},
		{"version", newVersion},
		{"man", newMan},
	}
}

// named returns the command that args begin with, or else all: building those
// that are not run would take as long as analysing a small capture.
func named(args []string) []subcommand {
	all := commands()
	for _, c := range all {
		if len(args) > 0 && c.name == args[0] {
			return []subcommand{c}
		}
	}
	return all
}

func newRoot(io stdio, list ...subcommand) *cobra.Command {
	root := &cobra.Command{
		Use:   "why401 [CAPTURE...]",
		Short: "Tells why requests to Atlassian products are refused, and what to change",
		Long: `why401 reads captures of HTTP traffic to Jira, Confluence, Bitbucket, Jira
Align and the Atlassian API gateway, and says why requests were refused: the
cause, the proof by place and byte, and the command that mends it.

  why401 capture.har            analyse a capture (the same as why401 analyze)
  why401 compare good.har bad.har
                                hold what works against what does not
  why401 run -- COMMAND         run a command and say why its requests fail
  why401 proxy                  watch a client's requests as they happen
  why401 sniff                  watch the packets of this machine (Linux)
  why401 decode 'Basic ...'     look into one Authorization value
  why401 explain 401            what a status, header or rule means
  why401 attach ABC-12 report.html
                                put a report onto a ticket, once it is confirmed
  why401 demo                   see it work on bundled captures

No secret of a capture is ever printed, and nothing is sent anywhere but, with
--try-fix, to the host that a request was for, and by attach to your Jira.`,
		SilenceErrors: true,
		SilenceUsage:  true,
		Version:       buildVersion(),
		RunE: func(c *cobra.Command, args []string) error {
			return c.Help()
		},
	}
	for _, c := range list {
		root.AddCommand(c.build(io))
	}
	root.SetVersionTemplate("why401 {{.Version}}\n")
	root.SetUsageTemplate(strings.ReplaceAll(root.UsageTemplate(), "Flags.FlagUsages ", "Flags.FlagUsagesWrapped 80 "))
	return root
}

// impliedAnalyze puts analyze in front of arguments that start with an existing
// file, a pattern or "-", so that "why401 capture.har" works.
func impliedAnalyze(args []string) []string {
	value := false // it may be that of the flag before
	for _, a := range args {
		if a != "-" && strings.HasPrefix(a, "-") {
			value = !strings.Contains(a, "=")
			continue
		}
		if len(named([]string{a})) == 1 || a == "help" || a == "completion" || strings.HasPrefix(a, "__complete") {
			return args
		}
		_, err := os.Stat(a)
		if a == "-" || err == nil || strings.ContainsAny(a, "*?[/\\.") {
			return append([]string{"analyze"}, args...)
		}
		if !value {
			return args
		}
		value = false
	}
	return args
}

// brief reports whether there is so little to do that one processor does it best.
func brief(args []string) bool {
	if len(args) == 0 || slices.Contains([]string{"decode", "explain", "rules", "schema", "version", "man", "ca"}, args[0]) {
		return true
	}
	if args[0] != "analyze" {
		return false
	}
	left := int64(1 << 20)
	for _, a := range args[1:] {
		if strings.HasPrefix(a, "-") {
			continue
		}
		// The value of a flag is no file, most often, and does not count.
		if info, err := os.Stat(a); err == nil {
			left -= info.Size()
			if !info.Mode().IsRegular() || left < 0 {
				return false
			}
		}
	}
	return left < 1<<20 // a file was named
}

func buildVersion() string {
	if version != "" {
		return version
	}
	if bi, ok := debug.ReadBuildInfo(); ok && bi.Main.Version != "" && bi.Main.Version != "(devel)" {
		return bi.Main.Version
	}
	return "devel"
}
