package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"time"

	"github.com/spf13/cobra"

	"github.com/why401/why401/capture/proxy"
)

func newCA(io stdio) *cobra.Command {
	c := &cobra.Command{
		Use:   "ca",
		Short: "Show, or learn to trust, the certificate authority of the proxy",
		Long: `The proxy signs the certificates that it shows to clients with an authority of
its own. It can sign only for Atlassian's domains and the hosts named with
--host, it ends after 30 days, and its key never leaves this machine.`,
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error { return c.Help() },
	}
	var hosts []string
	var goos string
	open := func() (*proxy.CA, string, error) {
		dir, err := os.UserConfigDir()
		if err != nil {
			return nil, "", &exitError{code: exitUnusable, err: errors.New("there is no folder for settings"), hint: "set HOME"}
		}
		ca, file, _, err := proxy.OpenCA(filepath.Join(dir, "why401"), hosts)
		if err != nil {
			return nil, "", &exitError{code: exitUnusable, err: err}
		}
		return ca, file, nil
	}
	show := &cobra.Command{
		Use: "show", Short: "Show the authority: file, fingerprint, end, hosts", Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			ca, file, err := open()
			if err != nil {
				return err
			}
			fmt.Fprintf(io.out, "name         %s\nfile         %s\nSHA-256      %s\nends         %s\nsigns for    Atlassian's domains\n",
				ca.Name(), file, ca.Fingerprint(), ca.Expires().UTC().Format(time.DateOnly))
			for _, h := range ca.Hosts() {
				fmt.Fprintf(io.out, "             %s\n", h)
			}
			return nil
		},
	}
	path := &cobra.Command{
		Use: "file", Short: "Print the file of its certificate and nothing else, for commands", Args: cobra.NoArgs,
		Example: `  curl --cacert "$(why401 ca file)" -x http://127.0.0.1:8401 https://acme.atlassian.net/`,
		RunE: func(*cobra.Command, []string) error {
			_, file, err := open()
			if err == nil {
				fmt.Fprintln(io.out, file)
			}
			return err
		},
	}
	steps := func(use, short string, remove bool) *cobra.Command {
		return &cobra.Command{
			Use: use, Short: short, Args: cobra.NoArgs,
			RunE: func(*cobra.Command, []string) error {
				_, file, err := open()
				if err != nil {
					return err
				}
				for _, s := range proxy.TrustSteps(file, goos) {
					what := s.Trust
					if remove {
						what = s.Remove
					}
					if what == "" {
						continue
					}
					fmt.Fprintf(io.out, "%s\n    %s\n", s.Client, what)
				}
				return nil
			},
		}
	}
	for _, sub := range []*cobra.Command{
		show, path,
		steps("trust", "Print how clients come to trust the authority", false),
		steps("untrust", "Print how to undo that", true),
	} {
		sub.Flags().StringSliceVar(&hosts, "host", nil, "hosts besides Atlassian's that the authority may sign for")
		if sub != show && sub != path {
			sub.Flags().StringVar(&goos, "os", runtime.GOOS, "print the steps for this system: linux, darwin or windows")
		}
		c.AddCommand(sub)
	}
	return c
}
