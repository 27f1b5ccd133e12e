package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/why401/why401/capture"
	"github.com/why401/why401/internal/compare"
	"github.com/why401/why401/internal/diagnose"
	"github.com/why401/why401/internal/report"
	"github.com/why401/why401/internal/rule"
	"github.com/why401/why401/rules"
)

func newCompare(std stdio) *cobra.Command {
	var a analyzing
	c := &cobra.Command{
		Use:   "compare GOOD BAD",
		Short: "Hold a capture that works against one that does not",
		Long: `Takes a capture in which a request is accepted and one in which a like request
is refused, and shows what differs that matters for a login: address,
credential (only as tags that tell which are equal, as sent and as meant),
scheme, cookies, client, TLS, and whether that difference is the cause.

Exit status: 0 compared, 2 one of the captures does not hold what it is named
for, 130 interrupted.`,
		Example: `  why401 compare postman-via-proxy.har script.har
  why401 compare --format json good.har bad.har`,
		Args: cobra.ExactArgs(2),
		RunE: func(c *cobra.Command, args []string) error {
			a.failOn = "error"
			if err := a.check(); err != nil {
				return err
			}
			if !slices.Contains(report.ComparisonFormats(), a.format) {
				return &exitError{code: exitUnusable, err: errors.New("--format must be one of " + strings.Join(report.ComparisonFormats(), ", ") + " here"), hint: "why401 analyze has the other formats for the report on one capture"}
			}
			a.inputs = args
			return a.compare(c.Context(), std, args[0], args[1])
		},
	}
	f := c.Flags()
	a.flags(f)
	a.sharedFlags(f)
	f.Lookup("format").Usage = strings.Join(report.ComparisonFormats(), ", ")
	_ = c.RegisterFlagCompletionFunc("format", words(report.ComparisonFormats()...)) // the first one counts
	a.complete(c)
	return c
}

func (a *analyzing) compare(ctx context.Context, std stdio, goodName, badName string) error {
	good, bad := compare.NewSide(a.hosts), compare.NewSide(a.hosts)
	engine, err := diagnose.New(rules.All(), diagnose.Options{Hosts: a.hosts})
	if err != nil {
		return err
	}
	for _, in := range []struct {
		name string
		side *compare.Side
	}{{goodName, good}, {badName, bad}} {
		source := capture.Open(ctx, []string{in.name}, capture.Options{
			Stdin: std.in, Workers: a.workers, Prepare: rule.Prepare, KeyLogs: a.keyLogs, Environments: a.envs,
		})
		for x, err := range source.Exchanges() {
			if err != nil {
				fmt.Fprintf(std.err, "why401: %s\n", err)
				continue
			}
			in.side.See(x)
			if in.side == bad {
				engine.See(x, nil)
			}
		}
	}
	if ctx.Err() != nil {
		return &exitError{code: exitInterrupted, err: errors.New("interrupted; nothing was compared")}
	}
	var first *diagnose.Cause
	if causes := engine.Diagnosis().Causes; len(causes) > 0 {
		first = causes[0]
	}
	c, err := compare.Of(good, bad, first)
	if err != nil {
		return &exitError{
			code: exitUnusable, err: err,
			hint: "name the capture that works first, then the one that does not; --host names a product that is not recognised",
		}
	}
	out := report.NewComparison(c, buildVersion())
	return a.emit(std, func(w io.Writer) error { return out.Write(w, a.format, a.style(w)) })
}
