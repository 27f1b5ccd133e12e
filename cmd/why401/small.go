package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"

	"github.com/spf13/cobra"
	"github.com/spf13/cobra/doc"

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

func newMan(root *cobra.Command) *cobra.Command {
	return &cobra.Command{
		Use:   "man DIRECTORY",
		Short: "Write the manual pages into a directory",
		Args:  cobra.ExactArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			if err := os.MkdirAll(args[0], 0o755); err != nil {
				return &exitError{code: exitUnusable, err: fmt.Errorf("the directory cannot be made: %w", cause(err))}
			}
			root.DisableAutoGenTag = true // the same bytes on every day
			return doc.GenManTree(root, &doc.GenManHeader{Title: "WHY401", Section: "1", Source: "why401", Manual: "why401"}, args[0])
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
