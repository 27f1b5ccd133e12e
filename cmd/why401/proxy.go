package main

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/why401/why401/capture"
	"github.com/why401/why401/capture/proxy"
	"github.com/why401/why401/internal/exchange"
	"github.com/why401/why401/internal/report"
)

// intercepting is the flags of the commands that intercept traffic.
type intercepting struct {
	analyzing
	connect          []string
	upstreamCA       string
	upstreamInsecure bool
	upstreamProxy    string
	clientCert       string
	clientKey        string
	har, harRaw      string
	harMax           string
	tryFix, repair   bool
}

func (i *intercepting) flags(f *pflag.FlagSet) {
	i.showing.flags(f)
	i.sharedFlags(f)
	f.StringSliceVar(&i.connect, "connect", nil, "where a host really is: HOST=ADDR or HOST=ADDR:PORT")
	f.StringVar(&i.upstreamCA, "upstream-ca", "", "file of further authorities that servers are trusted by (PEM)")
	f.BoolVar(&i.upstreamInsecure, "upstream-insecure", false, "do not verify the certificates of servers")
	f.StringVar(&i.upstreamProxy, "upstream-proxy", "", "reach servers over this proxy: http, https or socks5 URL; default: HTTPS_PROXY")
	f.StringVar(&i.clientCert, "client-cert", "", "certificate for servers that ask for one (PEM)")
	f.StringVar(&i.clientKey, "client-key", "", "key of --client-cert; default: in the same file")
	f.BoolVar(&i.tryFix, "try-fix", false, "repeat refused GET and HEAD requests with the repair that a finding names, and tell what came of it")
	f.BoolVar(&i.repair, "repair", false, "like --try-fix, and give the client the answer if the repaired request was accepted")
	f.StringVar(&i.harRaw, "har-raw", "", "also write what was really sent to this file as HAR, secrets included")
	f.StringVar(&i.har, "har", "", "also write the traffic to this file as HAR, scrubbed: secrets are replaced")
	f.StringVar(&i.harMax, "har-max-size", defaultHARSize, "begin the HAR anew at this size; one before it is kept as NAME.1.har; 0: never")
}

// options makes options for a proxy of the flags.
func (i *intercepting) options() (proxy.Options, error) {
	bad := func(text, hint string) error {
		return &exitError{code: exitUnusable, err: errors.New(text), hint: hint}
	}
	o := proxy.Options{
		Intercept: proxy.Hosts(i.hosts...), UpstreamInsecure: i.upstreamInsecure, Connect: map[string]string{},
		NoProxy: firstOf(os.Getenv("NO_PROXY"), os.Getenv("no_proxy")), Decoder: capture.Decode,
	}
	for _, c := range i.connect {
		host, addr, ok := strings.Cut(c, "=")
		if !ok || host == "" || addr == "" {
			return o, bad("--connect must be HOST=ADDR", "for example --connect jira.example.com=127.0.0.1:8443")
		}
		o.Connect[strings.ToLower(host)] = addr
	}
	if i.upstreamCA != "" {
		b, err := os.ReadFile(i.upstreamCA)
		if err != nil {
			return o, &exitError{code: exitUnusable, err: fmt.Errorf("--upstream-ca: %w", cause(err))}
		}
		o.UpstreamCA = b
	}
	if i.clientCert != "" {
		c, err := tls.LoadX509KeyPair(i.clientCert, firstOf(i.clientKey, i.clientCert))
		if err != nil {
			return o, bad("--client-cert: certificate and key cannot be read or do not belong together", "both must be PEM")
		}
		o.ClientCert = &c
	}
	if p := firstOf(i.upstreamProxy, os.Getenv("HTTPS_PROXY"), os.Getenv("https_proxy")); p != "" {
		u, err := url.Parse(p)
		if err != nil || u.Host == "" {
			return o, bad("the upstream proxy is no URL", "for example --upstream-proxy http://proxy.example.com:3128")
		}
		o.UpstreamProxy = u
	}
	return o, nil
}

func firstOf(values ...string) string {
	for _, v := range values {
		if v != "" {
			return v
		}
	}
	return ""
}

func newProxy(io stdio) *cobra.Command {
	var (
		i         intercepting
		listen    string
		reverse   string
		redirect  bool
		caCert    string
		caKey     string
		allowFrom []string
		authFile  string
	)
	c := &cobra.Command{
		Use:   "proxy",
		Short: "Watch a client's requests, and show findings as they happen",
		Long: `Listens as an HTTP proxy, opens the TLS of connections to Atlassian hosts (and
those named with --host), passes everything else through untouched, and shows
each request with what is wrong with it. On Ctrl-C it prints the ranked
diagnosis; on SIGUSR1, too, and goes on. With --format ndjson each line is a
JSON object: exchange, found, and at the end those of the report.

With --try-fix, a GET or HEAD that was refused for something mechanical, such
as a line feed behind the token, is sent once more to the same host without it:
if that is accepted, the finding is proven. A cause is tried twice at most, and
nothing is where a failed login could lock an account.

With --reverse, clients ask the proxy as if it were the server, which gets Host,
Origin and Referer with its own address in place of the proxy's; in its answers,
Location and Set-Cookie are changed so that they lead back to the proxy.

With --transparent (Linux), clients need no setting but trust: the system leads
their connections here, by server name or Host field. Run the proxy as a user
of its own, whose connections are left alone, and lead those of the others to
it:
  sudo iptables -t nat -A OUTPUT -p tcp -m multiport --dports 80,443 \
    -m owner ! --uid-owner why401 -j REDIRECT --to-ports 8401
-D in place of -A undoes it. nft says the same in a nat chain with hook output:
  meta skuid != why401 tcp dport { 80, 443 } redirect to :8401

Clients must trust the certificate of the proxy, whose file is named at the
start; why401 run -- COMMAND needs no such step.`,
		Example: `  why401 proxy
  why401 proxy --host jira.example.com --har traffic.har
  why401 proxy --try-fix
  why401 proxy --reverse https://acme.atlassian.net --listen 127.0.0.1:8402`,
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			i.failOn = "error"
			if err := i.check(); err != nil {
				return err
			}
			o, err := i.options()
			if err != nil {
				return err
			}
			if reverse != "" {
				if o.Reverse, err = url.Parse(reverse); err != nil || o.Reverse.Host == "" {
					return &exitError{code: exitUnusable, err: errors.New("--reverse must be a URL such as https://acme.atlassian.net")}
				}
			}
			if o.Transparent = redirect; redirect && runtime.GOOS != "linux" {
				return &exitError{code: exitUnusable, err: errors.New("--transparent works on Linux only"), hint: "set the proxy in the client, or use --reverse"}
			}
			if redirect && reverse != "" {
				return &exitError{code: exitUnusable, err: errors.New("--transparent and --reverse exclude each other")}
			}
			if err := access(&o, listen, allowFrom, authFile); err != nil {
				return err
			}
			file, err := authority(&o, i.hosts, caCert, caKey, io)
			if err != nil {
				return err
			}
			return i.serve(c.Context(), io, o, listen, file)
		},
	}
	f := c.Flags()
	i.flags(f)
	f.StringVar(&listen, "listen", "127.0.0.1:8401", "address to listen on")
	f.StringVar(&reverse, "reverse", "", "pass plain requests on to this server, for clients that cannot use a proxy")
	f.BoolVar(&redirect, "transparent", false, "serve clients that the network leads here without their knowledge (Linux)")
	f.StringVar(&caCert, "ca-cert", "", "certificate of the authority to sign with (PEM); default: one of why401's own")
	f.StringVar(&caKey, "ca-key", "", "key of --ca-cert (PEM); default: in the same file")
	f.StringSliceVar(&allowFrom, "allow-from", nil, "networks that clients may be in besides this machine, as 10.1.2.0/24")
	f.StringVar(&authFile, "auth-file", "", "file with user:password that clients must present; needed for --listen on other than this machine")
	i.complete(c)
	return c
}

// access refuses to listen to strangers.
func access(o *proxy.Options, listen string, allowFrom []string, authFile string) error {
	for _, a := range allowFrom {
		p, err := netip.ParsePrefix(a)
		if err != nil {
			return &exitError{code: exitUnusable, err: errors.New("--allow-from must be a network such as 10.1.2.0/24")}
		}
		o.AllowFrom = append(o.AllowFrom, p)
	}
	if authFile != "" {
		b, err := os.ReadFile(authFile)
		if err != nil {
			return &exitError{code: exitUnusable, err: fmt.Errorf("--auth-file: %w", cause(err))}
		}
		o.Auth = strings.TrimSpace(string(b))
	}
	host, _, err := net.SplitHostPort(listen)
	if err != nil {
		return &exitError{code: exitUnusable, err: errors.New("--listen must be ADDRESS:PORT")}
	}
	if ip, err := netip.ParseAddr(host); (err == nil && ip.IsLoopback()) || host == "localhost" {
		return nil
	}
	if len(o.AllowFrom) == 0 || o.Auth == "" {
		return &exitError{
			code: exitUnusable, err: errors.New("--listen on an address that others reach needs --allow-from and --auth-file"),
			hint: "the proxy can read every password that goes through it",
		}
	}
	return nil
}

// authority finds or makes the authority that signs the certificates, and
// returns the file of its certificate.
func authority(o *proxy.Options, hosts []string, cert, key string, io stdio) (file string, err error) {
	if key != "" && cert == "" {
		return "", &exitError{code: exitUnusable, err: errors.New("--ca-key needs --ca-cert"), hint: "the certificate of the authority that the key belongs to"}
	}
	if cert != "" {
		var pem [2][]byte
		for n, name := range []string{cert, firstOf(key, cert)} {
			if pem[n], err = os.ReadFile(name); err != nil {
				return "", &exitError{code: exitUnusable, err: fmt.Errorf("--ca-cert, --ca-key: %w", cause(err))}
			}
		}
		if o.CA, err = proxy.LoadCA(pem[0], pem[1]); err != nil {
			return "", &exitError{code: exitUnusable, err: fmt.Errorf("--ca-cert, --ca-key: %w", err)}
		}
		o.Signer = exchange.NamedSigner
		return cert, nil
	}
	o.Signer = exchange.StoredSigner
	dir, err := os.UserConfigDir()
	if err != nil {
		return "", &exitError{code: exitUnusable, err: errors.New("there is no folder for settings"), hint: "set HOME, or name an authority with --ca-cert and --ca-key"}
	}
	var change proxy.Change
	o.CA, file, change, err = proxy.OpenCA(filepath.Join(dir, "why401"), hosts)
	if err != nil {
		return "", &exitError{code: exitUnusable, err: fmt.Errorf("the authority of the proxy: %w", err)}
	}
	if change != "" {
		fmt.Fprintf(io.err, "why401: made a new authority (%s): clients must be told to trust it again\n", string(change))
	}
	return file, nil
}

// talk returns where text about what happens goes: to out, where the report goes,
// unless a program reads that.
func (i *intercepting) talk(out, err io.Writer) io.Writer {
	if i.format == "table" || i.output != "" && i.output != "-" {
		return out
	}
	return err
}

// watched begins what is written while the proxy works: JSON to out, and a HAR.
func (i *intercepting) watched(view *live, out io.Writer, std stdio) error {
	if i.format == "ndjson" && (i.output == "" || i.output == "-") {
		view.machine(out)
	}
	return i.recordFor(view, std)
}

// conclude writes the diagnosis at the end.
func (i *intercepting) conclude(view *live, out io.Writer, std stdio) error {
	if i.format == "table" && (i.output == "" || i.output == "-") {
		fmt.Fprintln(out)
		return view.show(out)
	}
	return i.show(stdio{in: std.in, out: out, err: std.err}, report.New(view.diagnosis(), buildVersion()))
}

// serve runs the proxy until it is interrupted, then prints the diagnosis.
func (i *intercepting) serve(ctx context.Context, io stdio, o proxy.Options, listen, caFile string) error {
	view, err := newLive(i.talk(io.out, io.err), i.hosts, i.style(io.out))
	if err != nil {
		return err
	}
	if err := i.watched(view, io.out, io); err != nil {
		return err
	}
	view.gather()
	fix := i.fixer(ctx, view, &o)
	o.See, o.Fault = view.see, view.fault
	o.Tunnelled = func(t proxy.Tunnel) {
		fmt.Fprintf(io.err, "why401: passed through unopened: %s:%d (%s)\n", t.Host, t.Port, t.Why)
	}
	p, err := proxy.New(o)
	if err != nil {
		return &exitError{code: exitUnusable, err: err}
	}
	fix.use(p)
	l, err := net.Listen("tcp", listen)
	if err != nil {
		return &exitError{code: exitUnusable, err: errors.New("the address is taken or not one of this machine"), hint: "choose another with --listen"}
	}
	fmt.Fprintf(io.err, "why401: proxy on http://%s; its certificate is in %s\nwhy401: hint: curl -x http://%s --cacert %s https://...; Ctrl-C ends it and prints the diagnosis\n",
		l.Addr(), caFile, l.Addr(), caFile)
	defer onSignal(func() { view.interim(i.talk(io.out, io.err)) })()
	giveBack()
	defer breathe(p)()
	err = p.Serve(ctx, l)
	down, cancel := context.WithTimeout(context.WithoutCancel(ctx), 2*time.Second)
	defer cancel()
	_ = p.Shutdown(down)
	fix.close()
	leaked := i.closeHAR(view, io)
	if e := i.conclude(view, io.out, io); e != nil {
		return e
	}
	if leaked != nil {
		return leaked
	}
	if err != nil && ctx.Err() == nil && !errors.Is(err, proxy.ErrClosed) {
		return &exitError{code: exitUnusable, err: errors.New("the proxy stopped by itself")}
	}
	return i.verdict(view.diagnosis())
}
