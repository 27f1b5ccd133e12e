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
}

var formats = []string{"table", "json", "ndjson"}

func (s *showing) flags(f *pflag.FlagSet) {
	shell := "sh"
	if runtime.GOOS == "windows" {
		shell = "powershell"
	}
	f.StringVarP(&s.format, "format", "f", "table", "table, json or ndjson")
	f.StringVar(&s.shell, "shell", shell, "show commands for sh or powershell")
	f.StringVar(&s.color, "color", "auto", "auto, always or never; NO_COLOR is honoured")
	f.BoolVar(&s.ascii, "ascii", false, "draw tables with ASCII characters")
	f.BoolVarP(&s.long, "long", "l", false, "show all findings and all that was not checked")
	f.IntVar(&s.width, "width", 0, "columns to fit into; 0: those of the terminal, else 80")
}

func (s *showing) complete(c *cobra.Command) {
	_ = c.RegisterFlagCompletionFunc("format", words(formats...))
	_ = c.RegisterFlagCompletionFunc("shell", words("sh", "powershell"))
	_ = c.RegisterFlagCompletionFunc("color", words("auto", "always", "never"))
}

func (s *showing) check() error {
	switch {
	case !slices.Contains(formats, s.format):
		return &exitError{code: exitUnusable, err: errors.New("--format must be table, json or ndjson")}
	case !slices.Contains([]string{"sh", "powershell"}, s.shell):
		return &exitError{code: exitUnusable, err: errors.New("--shell must be sh or powershell")}
	case !slices.Contains([]string{"auto", "always", "never"}, s.color):
		return &exitError{code: exitUnusable, err: errors.New("--color must be auto, always or never")}
	}
	return nil
}

func (s *showing) show(io stdio, r *report.Report) error {
	var err error
	switch s.format {
	case "json":
		err = r.JSON(io.out)
	case "ndjson":
		err = r.NDJSON(io.out)
	default:
		err = r.Text(io.out, s.style(io.out))
	}
	if err != nil {
		return &exitError{code: exitUnusable, err: errors.New("the report could not be written")}
	}
	return nil
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
