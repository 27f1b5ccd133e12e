package main

import (
	"bufio"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"time"

	"github.com/why401/why401/capture/proxy"
	"github.com/why401/why401/internal/exchange"
	"github.com/why401/why401/internal/jiratest"
	"github.com/why401/why401/internal/report"
)

// demoTime bounds one request of the live demonstration.
const demoTime = 5 * time.Second

// A story is what a client of the live demonstration does.
type story struct {
	command string // what a person would have typed
	agent   string
	url     string
	auth    string // the value of Authorization
	times   int    // 0: once
}

func demoStories(s *jiratest.Site) []story {
	const (
		curl   = "curl/8.5.0"
		python = "python-requests/2.32.3"
		align  = "https://acme.jiraalign.com/rest/align/api/2/epics"
		cloud  = "https://acme.atlassian.net/rest/api/3/myself"
		wiki   = "https://confluence.example.com/rest/api/user/current"
		server = "https://jira.example.com/rest/api/2/myself"
	)
	jo, ci := s.Jo, s.Clerk
	return []story{
		{`curl -H "Authorization: Basic $(echo $EMAIL:$TOKEN | base64 -w0)" ` + cloud, curl, cloud, jiratest.Basic(jo.Email, jo.Token+"\n"), 0},
		{`curl -H "Authorization: Basic $EMAIL:$TOKEN" ` + cloud, curl, cloud, "Basic " + jo.Email + ":" + jo.Token, 0},
		{`curl -H "Authorization: Bearer $TOKEN" https://acme.atlassian.net/rest/api/3/issue/DEMO-1`, curl, "https://acme.atlassian.net/rest/api/3/issue/DEMO-1", "Bearer " + jo.Token, 0},
		{`requests.get("` + align + `", headers={"Authorization": token})`, python, align, s.AlignToken, 0},
		{`fetch("` + wiki + `", {headers: {Authorization: "Bearer " + process.env.BEARER}})`, "node", wiki, "Bearer Bearer " + ci.PAT, 0},
		{`curl -u "$EMAIL:$TOKEN" ` + cloud, curl, cloud, jiratest.Basic(jo.Email, jo.Token), 0},
		{`requests.get("` + server + `", auth=("svc-ci", old_password))  # in a loop`, python, server, jiratest.Basic(ci.Name, "CANARY-old-pass"), 4},
	}
}

// demoLive runs products that fail, clients that are refused and the proxy
// between them, all in this process, and shows what is found.
func demoLive(ctx context.Context, io stdio, show *showing) error {
	site := jiratest.New(jiratest.Options{})
	if err := site.Start(); err != nil {
		return &exitError{code: exitUnusable, err: errors.New("no port on this machine to listen on")}
	}
	defer site.Close()
	hosts := []string{"*.example.com"}
	view, err := newLive(io.out, hosts, show.style(io.out))
	if err != nil {
		return err
	}
	view.quiet = show.format != "table"
	fix := newFixer(ctx, view, hosts, false)
	defer fix.close()
	o := proxy.Options{Intercept: proxy.Hosts(hosts...), UpstreamCA: site.CA(), Connect: map[string]string{}, Name: "demo"}
	for _, c := range site.Connect() {
		host, addr, _ := strings.Cut(c, "=")
		o.Connect[host] = addr
	}
	if o.CA, err = proxy.NewCA(hosts); err != nil {
		return err
	}
	seen := make(chan struct{}, 1)
	o.Fault = view.fault
	o.See = func(x *exchange.Exchange) {
		view.see(x)
		seen <- struct{}{}
	}
	p, err := proxy.New(o)
	if err != nil {
		return err
	}
	fix.use(p)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return &exitError{code: exitUnusable, err: errors.New("no port on this machine to listen on")}
	}
	serving := make(chan error, 1)
	go func() { serving <- p.Serve(context.WithoutCancel(ctx), l) }()
	if !view.quiet {
		fmt.Fprint(io.out, "A Jira Cloud, a Jira Data Center and a Jira Align run inside this program. Clients\ncall them through the proxy with --try-fix; nothing leaves this machine, and every\nname and secret is made up.\n")
	}
	told := tell(ctx, io.out, view.quiet, demoStories(site), func(st story) error {
		if err := st.call(ctx, l.Addr().String(), p.CA()); err != nil {
			return err
		}
		select {
		case <-seen:
			fix.flush()
			return nil
		case <-time.After(demoTime):
			return errors.New("the proxy did not tell of a request")
		}
	})
	down, cancel := context.WithTimeout(context.WithoutCancel(ctx), 2*time.Second)
	defer cancel()
	_ = p.Shutdown(down)
	<-serving
	if told != nil {
		return told
	}
	if !view.quiet {
		fmt.Fprintln(io.out)
	}
	return show.show(io, report.New(view.diagnosis(), buildVersion()))
}

// tell plays stories.
func tell(ctx context.Context, w io.Writer, quiet bool, stories []story, call func(story) error) error {
	for _, st := range stories {
		if !quiet {
			fmt.Fprintf(w, "\n$ %s\n", st.command)
		}
		for range max(st.times, 1) {
			if err := call(st); err != nil {
				if ctx.Err() != nil {
					return &exitError{code: exitInterrupted}
				}
				return &exitError{code: exitUnusable, err: fmt.Errorf("the live demonstration: %w", err), hint: "why401 demo without --live needs no network at all"}
			}
		}
	}
	return nil
}

// call makes the request through the proxy at addr, byte for byte as the client
// would.
func (st story) call(ctx context.Context, addr string, ca *proxy.CA) error {
	rest := strings.TrimPrefix(st.url, "https://")
	host, path, _ := strings.Cut(rest, "/")
	d := net.Dialer{Timeout: demoTime}
	c, err := d.DialContext(ctx, "tcp", addr)
	if err != nil {
		return errors.New("the proxy cannot be reached")
	}
	defer c.Close()
	_ = c.SetDeadline(time.Now().Add(demoTime))
	fmt.Fprintf(c, "CONNECT %s:443 HTTP/1.1\r\nHost: %[1]s:443\r\nUser-Agent: %s\r\n\r\n", host, st.agent)
	resp, err := http.ReadResponse(bufio.NewReader(c), &http.Request{Method: http.MethodConnect})
	if err != nil || resp.StatusCode != http.StatusOK {
		return errors.New("the proxy refused a connection")
	}
	t := tls.Client(c, &tls.Config{ServerName: host, RootCAs: ca.Pool()})
	fmt.Fprintf(t, "GET /%s HTTP/1.1\r\nHost: %s\r\nUser-Agent: %s\r\nAccept: */*\r\nAuthorization: %s\r\nConnection: close\r\n\r\n", path, host, st.agent, st.auth)
	resp, err = http.ReadResponse(bufio.NewReader(t), nil)
	if err != nil {
		return errors.New("no answer came")
	}
	_, err = io.Copy(io.Discard, resp.Body)
	if err != nil {
		return errors.New("an answer broke off")
	}
	return nil
}
