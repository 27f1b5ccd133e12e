package main

import (
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"os"

	"github.com/spf13/cobra"

	"github.com/why401/why401/internal/report"
)

func newSchema(io stdio) *cobra.Command {
	return &cobra.Command{
		Use:   "schema",
		Short: "Print the JSON Schema of the report",
		Args:  cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			_, err := fmt.Fprint(io.out, report.Schema)
			return err
		},
	}
}

func newVersion(io stdio) *cobra.Command {
	return &cobra.Command{
		Use:   "version",
		Short: "Print the version",
		Args:  cobra.NoArgs,
		Run: func(*cobra.Command, []string) {
			fmt.Fprintf(io.out, "why401 %s\n", buildVersion())
		},
	}
}

// pages are the manual pages. A test writes them from the commands, for what
// makes them would cost every start of the program more than a third.
//
//go:embed man
var pages embed.FS

func manual() fs.FS {
	sub, err := fs.Sub(pages, "man")
	if err != nil {
		panic(err) // the name is constant
	}
	return sub
}

func newMan(stdio) *cobra.Command {
	return &cobra.Command{
		Use:   "man DIRECTORY",
		Short: "Write the manual pages into a directory",
		Args:  cobra.ExactArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			if err := os.MkdirAll(args[0], 0o755); err != nil {
				return &exitError{code: exitUnusable, err: fmt.Errorf("the directory cannot be made: %w", cause(err))}
			}
			if err := os.CopyFS(args[0], manual()); err != nil {
				return &exitError{code: exitUnusable, err: fmt.Errorf("the pages cannot be written: %w", cause(err)), hint: "pages that are there already are not replaced; name a new directory"}
			}
			return nil
		},
	}
}

// cause strips the path from an error of package os: the user knows it.
func cause(err error) error {
	var pe *fs.PathError
	if errors.As(err, &pe) {
		return pe.Err
	}
	return err
}
