package main

import (
	"bytes"
	"embed"
	"fmt"
	"io/fs"

	"github.com/spf13/cobra"

	"github.com/why401/why401/har"
	"github.com/why401/why401/internal/diagnose"
	"github.com/why401/why401/internal/exchange"
	"github.com/why401/why401/internal/report"
	"github.com/why401/why401/rules"
)

//go:embed demo/*.har
var demoCaptures embed.FS

func newDemo(io stdio) *cobra.Command {
	var (
		show showing
		live bool
	)
	c := &cobra.Command{
		Use:   "demo",
		Short: "Analyse bundled captures of the classic failures",
		Long: `Analyses bundled captures of failures that everybody meets once. With --live,
products that fail, clients that are refused and the intercepting proxy between
them run inside this program: findings are shown as they happen, and refused
requests are repeated with the repair. Neither needs a network.`,
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			if err := show.check(); err != nil {
				return err
			}
			if live {
				return demoLive(c.Context(), io, &show)
			}
			return demo(io, &show)
		},
	}
	show.flags(c.Flags())
	c.Flags().BoolVar(&live, "live", false, "run products that fail and clients that are refused, and watch them through the proxy")
	show.complete(c)
	return c
}

func demo(io stdio, show *showing) error {
	engine, err := diagnose.New(rules.All(), diagnose.Options{})
	if err != nil {
		return err
	}
	names, err := fs.Glob(demoCaptures, "demo/*.har")
	if err != nil {
		return err
	}
	for _, name := range names {
		b, err := demoCaptures.ReadFile(name)
		if err != nil {
			return err
		}
		c := &exchange.Capture{Name: name[len("demo/"):]}
		engine.Opened(c)
		for x, err := range har.Read(c, bytes.NewReader(b), har.Options{}) {
			engine.See(x, err)
		}
	}
	if show.format == "table" {
		fmt.Fprintf(io.out, "%d bundled captures of failures that everybody meets once; every name and secret\nin them is made up.\n\n", len(names))
	}
	return show.show(io, report.New(engine.Diagnosis(), buildVersion()))
}
