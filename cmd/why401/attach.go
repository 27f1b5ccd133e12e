package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"runtime"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/why401/why401/internal/diagnose"
	"github.com/why401/why401/internal/redact"
	"github.com/why401/why401/internal/report"
	"github.com/why401/why401/internal/ticket"
	"github.com/why401/why401/rules"
)

// attaching is the flags of attach.
type attaching struct {
	showing
	site        string
	credentials string
	ca          string
	connect     []string
	public      bool
	check       bool
	confirm     bool
}

func newAttach(io stdio) *cobra.Command {
	var a attaching
	c := &cobra.Command{
		Use:   "attach KEY FILE...",
		Short: "Attach reports to a Jira issue or service request",
		Long: `Attaches reports, bundles and scrubbed HARs to an issue of Jira Cloud or Data
Center, or to a request of Jira Service Management, with a comment that says
what they are. Nothing else is taken: no capture that was not scrubbed, and no
file in which anything looks like a secret.

By itself it says what it would do and sends nothing. --check asks the site
first, and changes nothing there; --confirm attaches. What is on the ticket
already is not sent again, so a command that broke off can be repeated. On a
request files and comment are internal, unless --public shows them to its
customer.

The credential is never a flag and never that of a capture. It comes from the
environment, or from a file that only its owner may read, of lines NAME=VALUE:

  WHY401_SITE   the address of Jira, unless --site names it
  WHY401_USER   e-mail address or user name; without it the token goes as Bearer
  WHY401_TOKEN  API token, personal access token or password

It goes to that site only, over TLS, and to no redirect. If the site refuses,
the exchange is diagnosed like any other.

Exit status: 0 done or planned, 1 the site refused and a cause was found, 2 it
could not be done, 4 a file may hold secrets, 130 interrupted.`,
		Example: `  why401 attach ABC-12 report.html
  why401 attach --site https://acme.atlassian.net ABC-12 report.html --check
  why401 attach --credentials ~/.why401 HELP-7 ticket.zip --confirm`,
		Args: cobra.ArbitraryArgs,
		RunE: func(c *cobra.Command, args []string) error {
			if len(args) < 2 {
				return &exitError{code: exitUnusable, err: errors.New("a key and at least one file are needed"), hint: "why401 attach ABC-12 report.html"}
			}
			return a.run(c.Context(), io, args[0], args[1:])
		},
	}
	a.shell, a.color = "sh", "auto"
	if runtime.GOOS == "windows" {
		a.shell = "powershell"
	}
	f := c.Flags()
	f.StringVar(&a.site, "site", "", "address of Jira, https://...; else "+ticket.EnvSite)
	f.StringVar(&a.credentials, "credentials", "", "file with the credential, mode 0600, instead of the environment")
	f.BoolVar(&a.public, "public", false, "show it to the customer of a service request")
	f.BoolVar(&a.check, "check", false, "ask the site what is there and what it takes; change nothing")
	f.BoolVar(&a.confirm, "confirm", false, "attach")
	f.StringVar(&a.ca, "ca", "", "file of certificates to trust besides the system's, PEM")
	f.StringSliceVar(&a.connect, "connect", nil, "where a host really is: HOST=ADDR:PORT")
	_ = f.MarkHidden("connect") // for tests and odd networks
	return c
}

func (a *attaching) run(ctx context.Context, std stdio, key string, names []string) error {
	key, err := ticket.ParseKey(key)
	if err != nil {
		return &exitError{code: exitUnusable, err: err, hint: "why401 attach ABC-12 report.html"}
	}
	cred, missing := ticket.Credentials(os.Getenv, a.credentials)
	o := ticket.Options{Key: key, Credential: cred, Public: a.public, Agent: "why401/" + buildVersion(), Title: titleOf}
	if o.Site, err = a.where(cred); err != nil {
		return err
	}
	o.Say = func(t redact.Text) { fmt.Fprintf(std.err, "why401: %s\n", t) }
	if err := a.network(&o); err != nil {
		return err
	}
	files, err := openAll(names)
	if err != nil {
		return err
	}
	defer func() {
		for _, f := range files {
			f.Close()
		}
	}()
	client, err := ticket.New(o)
	if err != nil {
		return &exitError{code: exitUnusable, err: err, hint: "it must hold certificates in PEM"}
	}
	defer client.Close()
	a.plan(std.out, o, client, files, missing)
	if !a.check && !a.confirm {
		fmt.Fprintln(std.out, "\nNothing was sent. --check asks the site first, --confirm attaches.")
		return nil
	}
	if missing != nil {
		return &exitError{code: exitUnusable, err: missing, hint: fmt.Sprintf("set %s, and %s for Basic, or name a file with --credentials", ticket.EnvToken, ticket.EnvUser)}
	}
	state, err := client.Look(ctx, files)
	if err != nil {
		return a.failed(std, o, client, err)
	}
	found(std.out, state, files)
	switch {
	case state.Done(files):
		fmt.Fprintf(std.out, "\n%s has all of it already; nothing was sent.\n", key)
		return nil
	case !a.confirm:
		fmt.Fprintln(std.out, "\nNothing was sent to the ticket. --confirm attaches.")
		return nil
	}
	there := maps.Clone(state.There)
	if err := client.Attach(ctx, state, files); err != nil {
		for _, f := range files {
			if state.There[f.Name()] && !there[f.Name()] {
				fmt.Fprintf(std.out, "attached    %s\n", f.Name())
			}
		}
		return a.failed(std, o, client, err)
	}
	fmt.Fprintf(std.out, "\nAttached to %s, with a comment.\n", key)
	return nil
}

// where returns the site. That of the settings binds the credential.
func (a *attaching) where(cred ticket.Credential) (ticket.Site, error) {
	hint := "name it with --site https://your-domain.atlassian.net, or in " + ticket.EnvSite
	name := firstOf(a.site, cred.Site())
	if name == "" {
		name = os.Getenv(ticket.EnvSite)
	}
	site, err := ticket.ParseSite(name)
	if err != nil {
		return site, &exitError{code: exitUnusable, err: err, hint: hint}
	}
	if a.site != "" && cred.Site() != "" {
		if own, err := ticket.ParseSite(cred.Site()); err != nil || own.URL() != site.URL() {
			return site, &exitError{
				code: exitUnusable, err: errors.New("--site is not the site that the credential is for"),
				hint: "the settings name another " + ticket.EnvSite + "; change it there, or leave out --site",
			}
		}
	}
	return site, nil
}

func (a *attaching) network(o *ticket.Options) error {
	if a.ca != "" {
		b, err := os.ReadFile(a.ca)
		if err != nil {
			return &exitError{code: exitUnusable, err: fmt.Errorf("--ca: %w", cause(err))}
		}
		o.CA = b
	}
	for _, c := range a.connect {
		host, addr, ok := strings.Cut(c, "=")
		if !ok || host == "" || addr == "" {
			return &exitError{code: exitUnusable, err: errors.New("--connect must be HOST=ADDR:PORT")}
		}
		if o.Connect == nil {
			o.Connect = map[string]string{}
		}
		o.Connect[strings.ToLower(host)] = addr
	}
	return nil
}

// openAll opens the files, each content once. One that may not be sent refuses
// all of them.
func openAll(names []string) (files []*ticket.File, err error) {
	if len(names) > ticket.MaxFiles {
		return nil, &exitError{code: exitUnusable, err: fmt.Errorf("more than %d files", ticket.MaxFiles), hint: "why401 bundle makes one of them"}
	}
	defer func() {
		if err != nil {
			for _, f := range files {
				f.Close()
			}
		}
	}()
	for _, name := range names {
		f, err := ticket.Open(name)
		if err != nil {
			e := &exitError{code: exitUnusable, err: err}
			var r *ticket.Refusal
			if errors.As(err, &r) {
				if e.hint = r.Hint; r.Leak {
					e.code = exitLeak
				}
			}
			return files, e
		}
		if slices.ContainsFunc(files, func(g *ticket.File) bool { return g.SHA256 == f.SHA256 }) {
			f.Close()
			continue
		}
		files = append(files, f)
	}
	return files, nil
}

// plan says what will be sent, to where and for whom.
func (a *attaching) plan(w io.Writer, o ticket.Options, c *ticket.Client, files []*ticket.File, missing error) {
	kind := "Jira Data Center"
	if o.Site.Cloud() {
		kind = "Jira Cloud"
	}
	fmt.Fprintf(w, "ticket      %s at %s, %s\n", o.Key, redact.Host(o.Site.Host()), kind)
	switch {
	case missing != nil:
		fmt.Fprintf(w, "credential  none: %s\n", missing)
	case a.credentials != "":
		fmt.Fprintf(w, "credential  %s, from the file\n", o.Credential.Kind())
	default:
		fmt.Fprintf(w, "credential  %s, from the environment\n", o.Credential.Kind())
	}
	if a.public {
		fmt.Fprintln(w, "seen by     whoever may see the issue, and the customer of a service request")
	} else {
		fmt.Fprintln(w, "seen by     whoever may see the issue; on a service request it is internal")
	}
	for _, f := range files {
		fmt.Fprintf(w, "file        %s\n            %s, %d bytes\n            SHA-256 %s\n", f.Name(), f.Kind, f.Size, f.SHA256)
	}
	fmt.Fprintln(w, "comment")
	for _, l := range c.Comment(files) {
		for _, part := range wrapAt(l, 76) {
			fmt.Fprintf(w, "  | %s\n", part)
		}
	}
}

// wrapAt breaks a line at blanks.
func wrapAt(s string, width int) []string {
	var out []string
	line := ""
	for _, word := range strings.Fields(s) {
		if line != "" && len(line)+1+len(word) > width {
			out = append(out, line)
			line = " "
		}
		if line != "" {
			line += " "
		}
		line += word
	}
	return append(out, line)
}

// found says what the site answered.
func found(w io.Writer, s *ticket.State, files []*ticket.File) {
	if s.Limit > 0 {
		fmt.Fprintf(w, "site        takes attachments of up to %d bytes\n", s.Limit)
	}
	fmt.Fprintf(w, "visibility  %s\n", s.Visibility())
	for _, f := range files {
		if s.There[f.Name()] {
			fmt.Fprintf(w, "there       %s\n", f.Name())
		}
	}
	if s.Noted {
		fmt.Fprintln(w, "there       the comment")
	}
}

// failed says what went wrong, and diagnoses the client's own exchanges.
func (a *attaching) failed(std stdio, o ticket.Options, c *ticket.Client, err error) error {
	if errors.Is(err, context.Canceled) {
		return &exitError{
			code: exitInterrupted, err: errors.New("interrupted"),
			hint: "give the same command again: what is there is not sent twice",
		}
	}
	out := &exitError{code: exitUnusable, err: err}
	var ce *ticket.CallError
	if errors.As(err, &ce) {
		out.hint = ce.Hint
	}
	host, _, _ := strings.Cut(o.Site.Host(), ":")
	engine, e := diagnose.New(rules.All(), diagnose.Options{Hosts: []string{host}})
	if e != nil {
		return out
	}
	for _, x := range c.Exchanges() {
		engine.See(x, nil)
	}
	engine.Opened(c.Capture())
	d := engine.Diagnosis()
	r := report.New(d, buildVersion())
	if len(r.Causes) == 0 {
		return out
	}
	out.code = exitCause
	complain(std.err, out.err, out.hint)
	out.err = nil
	fmt.Fprintln(std.out)
	if err := r.Text(std.out, a.style(std.out)); err != nil {
		return &exitError{code: exitUnusable, err: errors.New("the report could not be written")}
	}
	return out
}

// titleOf returns the title of a rule.
func titleOf(id string) string {
	if r := byID(rules.All(), id); r != nil {
		return r.Title
	}
	return ""
}
