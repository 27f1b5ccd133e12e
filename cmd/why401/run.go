package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/why401/why401/capture/proxy"
	"github.com/why401/why401/internal/exchange"
)

func newRun(io stdio) *cobra.Command {
	var (
		i        intercepting
		exitCode string
		reverse  string
	)
	c := &cobra.Command{
		Use:   "run -- COMMAND [ARGUMENT...]",
		Short: "Run a command and say why its requests are refused",
		Long: `Runs a command behind an intercepting proxy of its own and prints the diagnosis
when it ends. Nothing has to be trusted or set up: the proxy makes an authority
that dies with it, and hands it to the command, and to nothing else, in the
variables that curl, git, wget, Python, Node, Java, Ruby, PHP, Go, .NET and
others read. Chromium and its relatives get flags and a new profile; a script
that starts one finds those in WHY401_CHROMIUM_FLAGS.

A command that takes no proxy, such as Node before 22.21 and 24.5, can be given
another address of the site: with --reverse URL, what it asks of the address in
WHY401_URL is asked of URL.

The exit status is that of the command, unless --exit-code findings asks for
that of why401 analyze.`,
		Example: `  why401 run -- python sync.py
  why401 run --host jira.example.com -- \
    curl -u fred https://jira.example.com/rest/api/2/myself
  why401 run --reverse https://acme.atlassian.net -- \
    sh -c 'JIRA_URL=$WHY401_URL node sync.js'`,
		Args: cobra.MinimumNArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			i.failOn = "error"
			if err := i.check(); err != nil {
				return err
			}
			if exitCode != "command" && exitCode != "findings" {
				return &exitError{code: exitUnusable, err: errors.New("--exit-code must be command or findings")}
			}
			return i.run(c.Context(), io, args, reverse, exitCode == "findings")
		},
	}
	f := c.Flags()
	f.SetInterspersed(false) // what follows the command is the command's
	i.flags(f)
	f.StringVar(&exitCode, "exit-code", "command", "exit with the status of the command, or with that of the findings: command or findings")
	f.StringVar(&reverse, "reverse", "", "also pass on to this server what is asked of the address in WHY401_URL, for commands that take no proxy")
	_ = c.RegisterFlagCompletionFunc("exit-code", words("command", "findings"))
	i.complete(c)
	return c
}

func (i *intercepting) run(ctx context.Context, io stdio, args []string, reverse string, findings bool) error {
	o, err := i.options()
	if err != nil {
		return err
	}
	if reverse != "" {
		if o.Reverse, err = url.Parse(reverse); err != nil || o.Reverse.Hostname() == "" {
			return &exitError{code: exitUnusable, err: errors.New("--reverse must be a URL such as https://acme.atlassian.net")}
		}
		i.hosts = append(i.hosts, o.Reverse.Hostname())
	}
	// The command has standard output for itself.
	view, err := newLive(io.err, i.hosts, i.style(io.err))
	if err != nil {
		return err
	}
	view.quiet = true
	if err := i.watched(view, io.err, io); err != nil {
		return err
	}
	fix := i.fixer(ctx, view, &o)
	past := &past{reverse: reverse != "", program: args[0]}
	o.See = func(x *exchange.Exchange) { past.seen.Store(true); view.see(x) }
	o.Tunnelled, o.Fault = past.tunnelled, view.fault
	o.Signer, o.Command = exchange.RunSigner, filepath.Base(args[0])
	if o.CA, err = proxy.NewCA(i.hosts); err != nil {
		return &exitError{code: exitUnusable, err: err}
	}
	dir, err := os.MkdirTemp("", "why401-run-")
	if err != nil {
		return &exitError{code: exitUnusable, err: errors.New("no folder for temporary files can be made")}
	}
	defer os.RemoveAll(dir)
	defer onSignal(func() { view.interim(io.err) })()
	status, err := behind(ctx, io, o, fix, dir, args)
	fix.close()
	leaked := i.closeHAR(view, io)
	if err != nil {
		return err
	}
	if past.seen.Load() || i.format != "table" {
		if err := i.conclude(view, io.err, io); err != nil {
			return err
		}
	}
	past.tell(ctx, io.err)
	if leaked != nil {
		if findings || status == 0 {
			return leaked
		}
		fmt.Fprintf(io.err, "why401: %s\n", leaked)
	}
	if findings {
		return i.verdict(view.diagnosis())
	}
	if status != 0 {
		return &exitError{code: status}
	}
	return nil
}

// behind runs a command behind a proxy and returns its exit status, after all
// its exchanges were seen.
func behind(ctx context.Context, io stdio, o proxy.Options, fix *fixer, dir string, args []string) (status int, err error) {
	ca := filepath.Join(dir, "ca.pem")
	if err := os.WriteFile(ca, o.CA.PEM(), 0o600); err != nil {
		return 0, &exitError{code: exitUnusable, err: errors.New("the certificate of the proxy cannot be written")}
	}
	p, err := proxy.New(o)
	if err != nil {
		return 0, &exitError{code: exitUnusable, err: err}
	}
	fix.use(p)
	defer breathe(p)()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, &exitError{code: exitUnusable, err: errors.New("no port to listen on")}
	}
	var direct []string
	if o.Reverse != nil {
		direct = []string{"127.0.0.1"} // where WHY401_URL is
	}
	env, err := proxy.RunEnv(ctx, l.Addr().String(), ca, dir, direct...)
	if err != nil {
		return 0, &exitError{code: exitUnusable, err: err}
	}
	if o.Reverse != nil {
		env.Vars = append(env.Vars, "WHY401_URL=http://"+l.Addr().String()+strings.TrimSuffix(o.Reverse.Path, "/"))
	}
	if proxy.IsChromium(args[0]) {
		args = slices.Concat(args[:1], env.Browser, args[1:])
		fmt.Fprintln(io.err, "why401: the browser gets a new profile, which is deleted at the end")
	}
	for _, n := range env.Notes {
		fmt.Fprintf(io.err, "why401: %s\n", n)
	}
	serving := make(chan error, 1)
	go func() { serving <- p.Serve(context.WithoutCancel(ctx), l) }()
	cmd := exec.CommandContext(ctx, args[0], args[1:]...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = io.in, io.out, io.err
	cmd.Env = append(os.Environ(), env.Vars...)
	// Ctrl-C reaches the command by itself; it is to end in its own way.
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	cmd.WaitDelay = 5 * time.Second
	failed := cmd.Run()
	down, cancel := context.WithTimeout(context.WithoutCancel(ctx), 2*time.Second)
	defer cancel()
	_ = p.Shutdown(down)
	<-serving
	var exit *exec.ExitError
	switch {
	case failed == nil:
		return 0, nil
	case errors.As(failed, &exit) && exit.ExitCode() >= 0:
		return exit.ExitCode(), nil
	case errors.As(failed, &exit):
		return exitInterrupted, nil
	}
	return 0, &exitError{
		code: exitUnusable, err: errors.New("the command cannot be started"),
		hint: "why401 run -- COMMAND: is it spelt as in the shell, and on the PATH?",
	}
}
