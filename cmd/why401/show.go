package main

import (
	"errors"
	"io"
	"os"
	"runtime"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
	"golang.org/x/term"

	"github.com/why401/why401/internal/report"
)

// showing is the flags about how a report is shown.
type showing struct {
	format string
	shell  string
	color  string
	ascii  bool
	long   bool
	width  int
	output string
	inputs []string // files that output must not replace

	set *pflag.FlagSet // knows whether --format was given
}

func (s *showing) flags(f *pflag.FlagSet) {
	shell := "sh"
	if runtime.GOOS == "windows" {
		shell = "powershell"
	}
	s.set = f
	f.StringVarP(&s.format, "format", "f", "table", strings.Join(report.Formats(), ", "))
	f.StringVarP(&s.output, "output", "o", "", "write the report to this file; its ending tells the format (.html .md .json ...)")
	f.StringVar(&s.shell, "shell", shell, "show commands for sh or powershell")
	f.StringVar(&s.color, "color", "auto", "auto, always or never; NO_COLOR is honoured")
	f.BoolVar(&s.ascii, "ascii", false, "draw tables with ASCII characters")
	f.BoolVarP(&s.long, "long", "l", false, "show all findings and all that was not checked")
	f.IntVar(&s.width, "width", 0, "columns to fit into; 0: those of the terminal, else 80")
}

func (s *showing) complete(c *cobra.Command) {
	_ = c.RegisterFlagCompletionFunc("format", words(report.Formats()...))
	_ = c.RegisterFlagCompletionFunc("shell", words("sh", "powershell"))
	_ = c.RegisterFlagCompletionFunc("color", words("auto", "always", "never"))
}

func (s *showing) check() error {
	if err := s.guess(); err != nil {
		return err
	}
	switch {
	case !slices.Contains(report.Formats(), s.format):
		return &exitError{code: exitUnusable, err: errors.New("--format must be one of " + strings.Join(report.Formats(), ", "))}
	case !slices.Contains([]string{"sh", "powershell"}, s.shell):
		return &exitError{code: exitUnusable, err: errors.New("--shell must be sh or powershell")}
	case !slices.Contains([]string{"auto", "always", "never"}, s.color):
		return &exitError{code: exitUnusable, err: errors.New("--color must be auto, always or never")}
	}
	return nil
}

// guess takes the format from the ending of --output where --format is not given.
func (s *showing) guess() error {
	if s.output == "" || s.output == "-" || s.set == nil || s.set.Changed("format") {
		return nil
	}
	format, ok := report.FormatOf(s.output)
	if !ok {
		return &exitError{
			code: exitUnusable, err: errors.New("the ending of --output tells no format"),
			hint: "end it in .html, .md, .json, .ndjson, .sarif, .xml, .csv, .jira, .adf.json or .txt, or name a --format",
		}
	}
	s.format = format
	return nil
}

func (s *showing) show(std stdio, r *report.Report) error {
	return s.emit(std, func(w io.Writer) error { return r.Write(w, s.format, s.style(w)) })
}

// style finds out what the terminal can show.
func (s *showing) style(w io.Writer) report.Style {
	st := report.Style{Width: s.width, Shell: s.shell, Long: s.long, ASCII: s.ascii || !utf8Locale()}
	fd, tty := terminal(w)
	if st.Width == 0 {
		st.Width = 80
		if n, err := strconv.Atoi(os.Getenv("COLUMNS")); err == nil && n > 0 {
			st.Width = n
		} else if tty {
			if n, _, err := term.GetSize(fd); err == nil && n > 0 {
				st.Width = min(n, 120) // longer lines are hard to read
			}
		}
	}
	switch s.color {
	case "always":
		st.Color = true
	case "auto":
		st.Color = tty && os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb"
	}
	return st
}

// terminal reports whether w is a terminal, and its descriptor.
func terminal(w io.Writer) (fd int, ok bool) {
	f, isFile := w.(*os.File)
	if !isFile {
		return 0, false
	}
	fd = int(f.Fd())
	return fd, term.IsTerminal(fd)
}

// utf8Locale reports whether the terminal can be expected to draw boxes. An
// unset locale counts as UTF-8, as in containers.
func utf8Locale() bool {
	for _, name := range []string{"LC_ALL", "LC_CTYPE", "LANG"} {
		if v := os.Getenv(name); v != "" {
			v = strings.ToLower(v)
			return strings.Contains(v, "utf-8") || strings.Contains(v, "utf8") || v == "c.utf8"
		}
	}
	return true
}

// words completes a flag from a fixed list.
func words(list ...string) func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
	return func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
		return list, cobra.ShellCompDirectiveNoFileComp
	}
}
