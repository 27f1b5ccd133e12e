package ticket

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/why401/why401/internal/exchange"
	"github.com/why401/why401/internal/redact"
)

// Options of a [Client].
type Options struct {
	Site       Site
	Key        string // of the issue or request, by [ParseKey]
	Credential Credential
	// Public shows comment and files on a request of Jira Service Management to
	// its customer.
	Public bool
	// Agent is the User-Agent.
	Agent string
	// CA holds certificates, in PEM, that are trusted besides the system's.
	CA []byte
	// Connect says where hosts really are, as ADDR by HOST.
	Connect map[string]string
	// Title returns the title of a rule, "" for one that is not known.
	Title func(rule string) string
	// Say is told what takes time; nil: nobody.
	Say func(redact.Text)

	transport http.RoundTripper                          // of tests
	sleep     func(context.Context, time.Duration) error // of tests
	silence   time.Duration
}

// A Client talks to one ticket. It is not safe for concurrent use.
type Client struct {
	o       Options
	http    *http.Client
	capture *exchange.Capture
	list    []*exchange.Exchange
}

// A CallError says which call failed, and how. It holds no input.
type CallError struct {
	Doing  string
	Status int // 0: there was no answer
	Why    redact.Text
	Hint   string
}

// Error says what failed.
func (e *CallError) Error() string {
	if e.Status > 0 {
		return fmt.Sprintf("%s: status %d%s", e.Doing, e.Status, e.Why)
	}
	return e.Doing + ": " + e.Why.String()
}

var errSilent = errors.New("nothing was heard for too long")

// New returns a client. Nothing is sent yet.
func New(o Options) (*Client, error) {
	if o.silence == 0 {
		o.silence = silence
	}
	if o.Say == nil {
		o.Say = func(redact.Text) {}
	}
	if o.Title == nil {
		o.Title = func(string) string { return "" }
	}
	if o.sleep == nil {
		o.sleep = sleep
	}
	c := &Client{o: o, capture: &exchange.Capture{Name: "attach", Format: "live", Producer: "why401", Complete: true}}
	rt := o.transport
	if rt == nil {
		t := http.DefaultTransport.(*http.Transport).Clone()
		t.MaxResponseHeaderBytes = maxSettings
		t.TLSClientConfig = &tls.Config{MinVersion: tls.VersionTLS12}
		if len(o.CA) > 0 {
			pool, err := x509.SystemCertPool()
			if err != nil {
				pool = x509.NewCertPool()
			}
			if !pool.AppendCertsFromPEM(o.CA) {
				return nil, errors.New("there is no certificate in the file of --ca")
			}
			t.TLSClientConfig.RootCAs = pool
		}
		if len(o.Connect) > 0 {
			t.Proxy = nil
			var d net.Dialer
			t.DialContext = func(ctx context.Context, network, addr string) (net.Conn, error) {
				host, _, _ := net.SplitHostPort(addr)
				if to, ok := o.Connect[strings.ToLower(host)]; ok {
					addr = to
				}
				return d.DialContext(ctx, network, addr)
			}
		}
		rt = t
	}
	c.http = &http.Client{
		Transport: rt,
		// A redirect is an answer: the credential goes nowhere but to the site.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	return c, nil
}

// Close closes connections.
func (c *Client) Close() { c.http.CloseIdleConnections() }

// Exchanges returns the calls of this client, at most the newest 64. They hold the
// credential.
func (c *Client) Exchanges() []*exchange.Exchange { return slices.Clone(c.list) }

// Capture is what the exchanges belong to.
func (c *Client) Capture() *exchange.Capture { return c.capture }

// A payload is the body of a call, which can be had again.
type payload struct {
	media string
	size  int64
	open  func() io.Reader
}

func jsonOf(v any) *payload {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		panic("ticket: " + err.Error()) // maps of strings
	}
	return &payload{"application/json", int64(b.Len()), func() io.Reader { return bytes.NewReader(b.Bytes()) }}
}

// call sends a request to the site and decodes the answer into v, if v is not nil.
// A site that asks for patience gets it, within bounds.
func (c *Client) call(ctx context.Context, doing, method, path string, body *payload, v any) error {
	for try := 1; ; try++ {
		resp, b, err := c.once(ctx, method, path, body)
		if err != nil {
			return c.broken(ctx, doing, method, err)
		}
		wait, asked := retryAfter(resp)
		if asked && try < maxTries && wait <= maxWait {
			c.o.Say(redact.Sprintf("the site asks to wait %s", redact.Span(wait)))
			if err := c.o.sleep(ctx, wait); err != nil {
				return err
			}
			continue
		}
		if resp.StatusCode/100 != 2 {
			return c.refused(doing, resp, b, wait, asked)
		}
		if v != nil && json.Unmarshal(b, v) != nil {
			return &CallError{
				Doing: doing, Status: resp.StatusCode, Why: redact.Const(", but the answer is not the JSON of Jira"),
				Hint: "is --site the base address of Jira, and is there a proxy or login page in front of it?",
			}
		}
		return nil
	}
}

// once sends a request once, and reads the answer.
func (c *Client) once(ctx context.Context, method, path string, body *payload) (*http.Response, []byte, error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	watch := time.AfterFunc(c.o.silence, func() { cancel(errSilent) })
	defer watch.Stop()
	moved := func() { watch.Reset(c.o.silence) }
	req, err := http.NewRequestWithContext(ctx, method, c.o.Site.url+path, nil)
	if err != nil {
		return nil, nil, err
	}
	size := int64(0)
	if body != nil {
		size = body.size
		req.Body = io.NopCloser(moving{body.open(), moved})
		req.GetBody = func() (io.ReadCloser, error) { return io.NopCloser(moving{body.open(), moved}), nil }
		req.ContentLength = body.size
		req.Header.Set("Content-Type", body.media)
	}
	req.Header.Set("Authorization", c.o.Credential.authorization())
	req.Header.Set("Accept", "application/json")
	req.Header.Set("User-Agent", c.o.Agent)
	if method == http.MethodPost {
		req.Header.Set("X-Atlassian-Token", "no-check")
	}
	if strings.HasPrefix(path, "/rest/servicedeskapi/") {
		req.Header.Set("X-ExperimentalApi", "opt-in") // older versions of the product want it
	}
	x := exchangeOf(req, size)
	defer func() { c.keep(x) }()
	fail := func(err error) (*http.Response, []byte, error) {
		if errors.Is(context.Cause(ctx), errSilent) {
			err = errSilent
		}
		x.Took, x.Failure = time.Since(x.Start), failureOf(err)
		return nil, nil, err
	}
	resp, err := c.http.Do(req)
	if err != nil {
		return fail(err)
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(io.LimitReader(moving{resp.Body, moved}, maxAnswer))
	answered(x, resp, b)
	if err != nil && resp.StatusCode/100 == 2 {
		return fail(err)
	}
	return resp, b, nil
}

func (c *Client) keep(x *exchange.Exchange) {
	if len(c.list) == maxExchanges {
		c.list = slices.Delete(c.list, 0, 1)
	}
	x.From = c.capture
	x.At = exchange.Locator{Capture: c.capture.Name, Index: c.capture.Exchanges, Offset: -1}
	c.capture.Exchanges++
	c.list = append(c.list, x)
}

// moving is a reader that tells when something moves.
type moving struct {
	r     io.Reader
	moved func()
}

func (m moving) Read(p []byte) (int, error) {
	n, err := m.r.Read(p)
	m.moved()
	return n, err
}

// retryAfter returns how long the site asks to wait, and whether it does.
func retryAfter(r *http.Response) (time.Duration, bool) {
	if r.StatusCode != http.StatusTooManyRequests && r.StatusCode != http.StatusServiceUnavailable {
		return 0, false
	}
	v := strings.TrimSpace(r.Header.Get("Retry-After"))
	if n, err := strconv.Atoi(v); err == nil && n >= 0 && n < 1<<30 {
		return time.Duration(n) * time.Second, true
	}
	if t, err := http.ParseTime(v); err == nil {
		now := time.Now()
		if d, err := http.ParseTime(r.Header.Get("Date")); err == nil {
			now = d // the clock that the time was made with
		}
		return max(t.Sub(now), 0), true
	}
	return 0, false
}

func sleep(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// broken is the error for a call without an answer.
func (c *Client) broken(ctx context.Context, doing, method string, err error) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	e := &CallError{Doing: doing, Why: redact.Const("the connection broke")}
	var changed *changedError
	switch {
	case errors.As(err, &changed):
		return &CallError{Doing: doing, Why: redact.Const("the file was changed while it was sent"), Hint: "nothing of it was attached; try again"}
	case errors.Is(err, errSilent):
		e.Why = redact.Sprintf("nothing moved for %s", redact.Span(c.o.silence))
	case c.list[len(c.list)-1].Failure.Phase < exchange.HTTP:
		e.Why, e.Hint = redact.Const("no connection came about"), "is the address of the site right, and does this machine reach it? Nothing of this was sent"
		return e
	}
	e.Hint = "give the same command again; nothing was changed by this call"
	if method == http.MethodPost {
		e.Hint = "it may have arrived; give the same command again: what is there is not sent twice"
	}
	return e
}

// refused is the error for an answer.
func (c *Client) refused(doing string, r *http.Response, body []byte, wait time.Duration, asked bool) error {
	e := &CallError{Doing: doing, Status: r.StatusCode}
	switch s := r.StatusCode; {
	case s/100 == 3:
		e.Why, e.Hint = redact.Const(", a redirect that is not followed"), "is --site the base address of Jira?"
		if u, err := url.Parse(r.Header.Get("Location")); err == nil && u.Host != "" && !strings.EqualFold(u.Host, c.o.Site.host) {
			e.Why = redact.Sprintf(", a redirect to %s; the credential was not sent there", redact.Host(u.Host))
			e.Hint = "if that is where Jira is now, name it as --site"
		}
	case s == http.StatusUnauthorized:
		e.Hint = "the site did not take the credential"
	case s == http.StatusForbidden && bytes.Contains(body, []byte("XSRF check failed")):
		e.Why, e.Hint = redact.Const(", the XSRF check failed"), "is there something in front of Jira that takes X-Atlassian-Token away? It was sent"
	case s == http.StatusNotFound:
		e.Hint = "there is no such ticket, or this credential may not see it"
	case s == http.StatusRequestEntityTooLarge:
		e.Hint = "something in front of Jira takes smaller bodies than Jira itself: attach the report without the HAR, or ask for client_max_body_size or the like"
	case asked:
		e.Why = redact.Sprintf("; the site asks to wait %s", redact.Span(wait))
		e.Hint = "give the same command again then: what is there is not sent twice"
	case s == http.StatusTooManyRequests:
		e.Why, e.Hint = redact.Const(", too many requests"), "wait some minutes, then give the same command again: what is there is not sent twice"
	case s == http.StatusForbidden:
		e.Hint = "the site knows who asks, or does not say so, and does not allow it: may this account see the ticket, attach files and comment?"
	case s/100 == 5:
		e.Why, e.Hint = redact.Const(", which is trouble of the site"), "give the same command again later: what is there is not sent twice"
	default:
		e.Hint = "is --site the base address of Jira, and does this ticket take files and comments?"
	}
	return e
}
