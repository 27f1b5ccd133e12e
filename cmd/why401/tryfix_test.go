package main

import (
	"bufio"
	"bytes"
	"context"
	"crypto/tls"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/why401/why401/capture/proxy"
	"github.com/why401/why401/internal/jiratest"
	"github.com/why401/why401/internal/report"
)

// A bench is a made-up site, a proxy in front of it and what tries repairs.
type bench struct {
	t     *testing.T
	site  *jiratest.Site
	proxy *proxy.Proxy
	addr  string
	view  *live
	fix   *fixer
	out   *safeBuffer
	done  func() // ends the traffic; all was tried then
}

// safeBuffer may be written by several goroutines.
type safeBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (s *safeBuffer) Write(b []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(b)
}

func (s *safeBuffer) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.String()
}

func newBench(t *testing.T, repair bool) *bench {
	t.Helper()
	b := &bench{t: t, site: newSite(t), out: new(safeBuffer)}
	hosts := []string{"*.example.com"}
	var err error
	if b.view, err = newLive(b.out, hosts, report.Style{Width: 200, Shell: "sh"}); err != nil {
		t.Fatal(err)
	}
	i := intercepting{tryFix: !repair, repair: repair}
	i.hosts = hosts
	o := proxy.Options{Intercept: proxy.Hosts(hosts...), UpstreamCA: b.site.CA(), Connect: map[string]string{}}
	for _, c := range b.site.Connect() {
		host, addr, _ := strings.Cut(c, "=")
		o.Connect[host] = addr
	}
	if o.CA, err = proxy.NewCA(hosts); err != nil {
		t.Fatal(err)
	}
	b.fix = i.fixer(t.Context(), b.view, &o)
	o.See = b.view.see
	if b.proxy, err = proxy.New(o); err != nil {
		t.Fatal(err)
	}
	b.fix.use(b.proxy)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	b.addr = l.Addr().String()
	serving := make(chan error, 1)
	go func() { serving <- b.proxy.Serve(context.Background(), l) }()
	b.done = sync.OnceFunc(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		if err := b.proxy.Shutdown(ctx); err != nil {
			t.Error(err)
		}
		<-serving
		b.fix.close()
	})
	t.Cleanup(b.done)
	return b
}

// send sends a request just so, with a host of the site, and returns the answer.
func (b *bench) send(host, raw string) *http.Response {
	b.t.Helper()
	c, err := net.Dial("tcp", b.addr)
	if err != nil {
		b.t.Fatal(err)
	}
	defer c.Close()
	_ = c.SetDeadline(time.Now().Add(20 * time.Second))
	fmt.Fprintf(c, "CONNECT %s:443 HTTP/1.1\r\nHost: %[1]s:443\r\n\r\n", host)
	br := bufio.NewReader(c)
	if resp, err := http.ReadResponse(br, &http.Request{Method: "CONNECT"}); err != nil || resp.StatusCode != 200 {
		b.t.Fatal("CONNECT", err)
	}
	t := tls.Client(c, &tls.Config{ServerName: host, RootCAs: b.proxy.CA().Pool()})
	if _, err := io.WriteString(t, raw); err != nil {
		b.t.Fatal(err)
	}
	method, _, _ := strings.Cut(raw, " ")
	resp, err := http.ReadResponse(bufio.NewReader(t), &http.Request{Method: method})
	if err != nil {
		b.t.Fatal(err)
	}
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		b.t.Fatal(err)
	}
	resp.Body = io.NopCloser(bytes.NewReader(body))
	return resp
}

// get sends a GET as curl would, with header lines just so.
func (b *bench) get(url string, lines ...string) *http.Response {
	b.t.Helper()
	host, path := split(url)
	return b.send(host, "GET "+path+" HTTP/1.1\r\nHost: "+host+"\r\nUser-Agent: curl/8.5.0\r\nAccept: */*\r\n"+strings.Join(lines, "")+"\r\n")
}

func split(url string) (host, path string) {
	host, path, _ = strings.Cut(strings.TrimPrefix(url, "https://"), "/")
	return host, "/" + path
}

// report ends the traffic and returns the report. No secret may be in what was
// said, nor anything that was sent as Authorization.
func (b *bench) report() *report.Report {
	b.t.Helper()
	b.done()
	r := report.New(b.view.diagnosis(), "test")
	var text bytes.Buffer
	if err := r.Text(&text, report.Style{Width: 200, Shell: "sh", Long: true}); err != nil {
		b.t.Fatal(err)
	}
	if err := r.JSON(&text); err != nil {
		b.t.Fatal(err)
	}
	all := text.String() + b.out.String()
	secrets := []string{"CANARY"}
	log, _ := b.site.Received()
	for _, in := range log {
		for _, word := range strings.Fields(strings.Join(in.Authorization, " ")) {
			if len(word) > 16 {
				secrets = append(secrets, word, word[len(word)/2:])
			}
		}
	}
	for _, secret := range secrets {
		if strings.Contains(all, secret) {
			b.t.Errorf("a secret is in what was said:\n%s", all)
		}
	}
	return r
}

// hits counts what the site was asked, tries included.
func (b *bench) hits() int {
	log, _ := b.site.Received()
	return len(log)
}

func auth(value string) string { return "Authorization: " + value + "\r\n" }

// TestTryFix: each mechanical repair is tried once, works, and proves its finding;
// the client has the answer of the server to its own request.
func TestTryFix(t *testing.T) {
	site := jiratest.New(jiratest.Options{}) // the secrets are the same for every site
	jo, ci := site.Jo, site.Clerk
	pair := jo.Email + ":" + jo.Token
	encoded := base64.StdEncoding.EncodeToString([]byte(pair))
	wrapped := encoded[:76] + " " + encoded[76:152] + " " + encoded[152:]
	const align = "https://acme.jiraalign.com/rest/align/api/2/epics"
	for _, tc := range []struct {
		name, rule, url, lines, did string
		status                      int
	}{
		{"line feed in the pair", "basic-newline", cloudMyself, auth(jiratest.Basic(jo.Email, jo.Token+"\n")), "the line feed removed", 401},
		{"CR LF in the pair", "basic-newline", cloudMyself, auth(jiratest.Basic(jo.Email, jo.Token+"\r\n")), "the line break removed", 401},
		{"line feed in a password", "basic-newline", dcMyself, auth(jiratest.Basic(ci.Name, ci.Password+"\n")), "the line feed removed", 401},
		{"blanks in the base64", "authorization-line-break", dcMyself, auth("Basic " + base64.StdEncoding.EncodeToString([]byte(ci.Name + ":" + ci.Password))[:8] + " " + base64.StdEncoding.EncodeToString([]byte(ci.Name + ":" + ci.Password))[8:]), "the line break removed", 401},
		{"wrapped base64", "authorization-line-break", cloudMyself, auth("Basic " + wrapped), "the line break removed", 401},
		{"written-out line break", "authorization-line-break", cloudMyself, auth("Basic " + encoded + `\n`), "the line break removed", 401},
		{"pair in clear", "basic-not-encoded", cloudMyself, auth("Basic " + pair), "user name and token base64-encoded", 401},
		{"encoded twice", "basic-double-encoded", cloudMyself, auth("Basic " + base64.StdEncoding.EncodeToString([]byte(encoded))), "user name and token encoded once", 401},
		{"UTF-16", "basic-utf16", dcMyself, auth("Basic " + base64.StdEncoding.EncodeToString([]byte(wide(ci.Name+":"+ci.Password)))), "user name and token encoded as UTF-8", 401},
		{"quotes", "credential-quotes", cloudMyself, auth(jiratest.Basic(jo.Email, `"`+jo.Token+`"`)), "the quotation marks removed", 401},
		{"percent escapes", "credential-percent-encoded", cloudMyself, auth(jiratest.Basic(strings.Replace(jo.Email, "@", "%40", 1), jo.Token)), "the percent-encoding undone", 401},
		{"zero-width space", "credential-invisible-character", cloudMyself, auth(jiratest.Basic(jo.Email, jo.Token+"\u200b")), "the character that cannot be seen removed", 401},
		{"blank in the pair", "basic-stray-blank", cloudMyself, auth(jiratest.Basic(jo.Email, " "+jo.Token)), "the space removed", 401},
		{"scheme twice", "authorization-extra-text", cloudMyself, auth("Basic Basic " + encoded), "the scheme word once", 401},
		{"scheme missing", "auth-scheme-missing", cloudMyself, auth(encoded), "the word Basic put before the value", 401},
		{"bearer missing", "auth-scheme-missing", dcMyself, auth(ci.PAT), "the word Bearer put before the token", 401},
		{"scheme misspelt", "auth-scheme-unknown", dcMyself, auth("Bearrer " + ci.PAT), "the word before the credential written right", 401},
		{"pair as Bearer", "basic-credential-as-bearer", dcMyself, auth("Bearer " + base64.StdEncoding.EncodeToString([]byte(ci.Name+":"+ci.Password))), "the word Basic in place of Bearer", 401},
		{"PAT as password", "pat-sent-as-basic", dcMyself, auth(jiratest.Basic(ci.Name, ci.PAT)), "the token alone after Bearer", 401},
		{"Bearer in the password", "bearer-inside-basic", dcMyself, auth(jiratest.Basic(ci.Name, "Bearer "+ci.PAT)), "the token alone after Bearer", 401},
		{"curl option", "curl-option-in-header", cloudMyself, auth("-u " + pair), "what curl makes of that option", 401},
		{"misnamed", "authorization-header-misnamed", cloudMyself, "Authorisation: Basic " + encoded + "\r\n", "the header called Authorization", 401},
		{"Align", "align-bearer-missing", align, auth(site.AlignToken), "the word bearer before the token", 401},
		{"Align as pair", "align-bearer-missing", align, auth("Basic " + base64.StdEncoding.EncodeToString([]byte(site.AlignToken))), "the word bearer before the token", 401},
	} {
		for _, repair := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, repair %v", tc.name, repair), func(t *testing.T) {
				b := newBench(t, repair)
				resp := b.get(tc.url, tc.lines)
				want, label := tc.status, ""
				if repair {
					want, label = 200, tc.rule
				}
				if resp.StatusCode != want || resp.Header.Get("X-Why401-Repaired") != label {
					t.Errorf("the client got %d, repaired %q", resp.StatusCode, resp.Header.Get("X-Why401-Repaired"))
				}
				r := b.report()
				if b.hits() != 2 {
					t.Errorf("the site was asked %d times, want 2", b.hits())
				}
				if n := r.Captures[0].Exchanges; n != 1 {
					t.Errorf("the try counts as traffic: %d exchanges", n)
				}
				if len(r.Causes) == 0 {
					t.Fatal("no cause")
				}
				c := r.Causes[0]
				if c.Rule != tc.rule || c.Certainty != "proven" || len(c.Tried) != 1 {
					t.Fatalf("got %s, %s, tried %v, want %s", c.Rule, c.Certainty, c.Tried, tc.rule)
				}
				got := c.Tried[0]
				if got.Did.String() != tc.did || got.Status != 200 || !got.Accepted || got.Given != repair || got.Index != 0 {
					t.Errorf("got %+v, did %s", got, got.Did)
				}
				if said := "Tried it: the same request with " + tc.did + " was answered 200"; !strings.Contains(b.out.String(), said) {
					t.Errorf("%q was not said:\n%s", said, b.out)
				}
			})
		}
	}
}

// wide returns ASCII text as UTF-16, little end first.
func wide(s string) string {
	var b strings.Builder
	for i := range len(s) {
		b.WriteByte(s[i])
		b.WriteByte(0)
	}
	return b.String()
}

// TestTryFixOnTheWire: what was sent again is the client's request with nothing
// else changed, over a connection of its own.
func TestTryFixOnTheWire(t *testing.T) {
	b := newBench(t, false)
	jo := b.site.Jo
	b.get(cloudMyself, "X-Custom: 1\r\n", auth(jiratest.Basic(jo.Email, jo.Token+"\n")), "Cookie: a=b\r\n", "x-LAST: 2\r\n")
	b.report()
	log, _ := b.site.Received()
	if len(log) != 2 {
		t.Fatalf("%d requests", len(log))
	}
	own, again := log[0], log[1]
	if own.Status != 401 || again.Status != 200 || !slices.Equal(again.Authorization, []string{jiratest.Basic(jo.Email, jo.Token)}) {
		t.Errorf("answered %d, then %d", own.Status, again.Status)
	}
	own.Authorization, again.Authorization = nil, nil
	own.Status, again.Status = 0, 0
	own.User, again.User = "", ""
	own.Time, again.Time = time.Time{}, time.Time{}
	if !reflect.DeepEqual(own, again) {
		t.Errorf("got %+v, then %+v", own, again)
	}
}

// TestTryFixLeavesAlone: what must not be sent again is not.
func TestTryFixLeavesAlone(t *testing.T) {
	type bad struct {
		name string
		send func(b *bench)
		hits int    // without tries
		said string // "": nothing about it
	}
	lf := func(user, password string) string { return auth(jiratest.Basic(user, password+"\n")) }
	for _, tc := range []bad{
		{"POST", func(b *bench) {
			b.send("acme.atlassian.net", "POST /rest/api/3/issue HTTP/1.1\r\nHost: acme.atlassian.net\r\nContent-Type: application/json\r\nContent-Length: 2\r\n"+
				lf(b.site.Jo.Email, b.site.Jo.Token)+"\r\n{}")
		}, 1, ""},
		{"DELETE", func(b *bench) {
			b.send("acme.atlassian.net", "DELETE /rest/api/3/issue/DEMO-1 HTTP/1.1\r\nHost: acme.atlassian.net\r\n"+lf(b.site.Jo.Email, b.site.Jo.Token)+"\r\n")
		}, 1, ""},
		{"GET with a body", func(b *bench) {
			b.send("jira.example.com", "GET /rest/api/2/myself HTTP/1.1\r\nHost: jira.example.com\r\nContent-Length: 2\r\n"+lf(b.site.Clerk.Name, b.site.Clerk.Password)+"\r\n{}")
		}, 1, ""},
		{"API token alone", func(b *bench) { b.get(cloudMyself, auth("Bearer "+b.site.Jo.Token)) }, 1, ""},
		{"a password that is wrong", func(b *bench) { b.get(dcMyself, auth(jiratest.Basic(b.site.Clerk.Name, "CANARY-wrong"))) }, 1, ""},
		{"two credentials", func(b *bench) {
			b.get(dcMyself, lf(b.site.Clerk.Name, b.site.Clerk.Password), auth("Bearer "+b.site.Clerk.PAT))
		}, 1, ""},
		{"right", func(b *bench) { b.get(cloudMyself, auth(jiratest.Basic(b.site.Jo.Email, b.site.Jo.Token))) }, 1, ""},
		{"locked account", func(b *bench) { b.get(dcMyself, lf(b.site.Locked.Name, b.site.Locked.Password)) }, 1, "the server asks for a CAPTCHA"},
		{"after a CAPTCHA", func(b *bench) {
			b.get(dcMyself, auth(jiratest.Basic(b.site.Locked.Name, b.site.Locked.Password)))
			b.get(cloudMyself, lf(b.site.Jo.Email, b.site.Jo.Token))
		}, 2, "the server asks for a CAPTCHA"},
		{"one failed login before", func(b *bench) {
			b.get(dcMyself, auth(jiratest.Basic(b.site.Clerk.Name, "CANARY-wrong")))
			b.get(dcMyself, lf(b.site.Clerk.Name, b.site.Clerk.Password))
		}, 2, "could lock the account"},
	} {
		for _, repair := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, repair %v", tc.name, repair), func(t *testing.T) {
				b := newBench(t, repair)
				tc.send(b)
				r := b.report()
				if b.hits() != tc.hits {
					t.Errorf("the site was asked %d times, want %d", b.hits(), tc.hits)
				}
				for _, f := range r.Findings {
					if f.Tried != nil {
						t.Errorf("%s was tried", f.Rule)
					}
				}
				if !strings.Contains(b.out.String(), tc.said) || tc.said == "" && strings.Contains(b.out.String(), "why401: not tried") {
					t.Errorf("want %q:\n%s", tc.said, b.out)
				}
			})
		}
	}
}

// TestTryFixLimit: a cause is tried twice at most, and an account is not locked by
// it, whatever the client does.
func TestTryFixLimit(t *testing.T) {
	b := newBench(t, false)
	for n := range 5 {
		// Nobody has these passwords; each is another user, so nothing locks.
		b.get(dcMyself, auth(jiratest.Basic(fmt.Sprintf("nobody%d", n), "CANARY-wrong\n")))
	}
	r := b.report()
	if b.hits() != 5+triesEach {
		t.Errorf("the site was asked %d times", b.hits())
	}
	c := r.Causes[0]
	if c.Rule != "basic-newline" || len(c.Tried) != triesEach || c.Tried[0].Accepted {
		t.Errorf("got %s, tried %v", c.Rule, c.Tried)
	}
	if !strings.Contains(b.out.String(), "was answered 401: something else is wrong, too") {
		t.Errorf("not said:\n%s", b.out)
	}
}

// TestTryFixDoesNotLock: what is tried counts as a failed login, so that neither it
// nor what follows is the third, which locks an account.
func TestTryFixDoesNotLock(t *testing.T) {
	for _, repair := range []bool{false, true} {
		b := newBench(t, repair)
		wrong := auth(jiratest.Basic(b.site.Clerk.Name, "CANARY-wrong\n"))
		b.get(dcMyself, wrong)
		b.settle()
		if b.site.IsLocked(b.site.Clerk.Name) {
			t.Error("locked by the first try")
		}
		b.get(dcMyself, wrong) // the third, by the client itself
		b.report()
		if b.hits() != 3 {
			t.Errorf("the site was asked %d times, want 3", b.hits())
		}
		if !strings.Contains(b.out.String(), "could lock the account") {
			t.Errorf("not said why nothing was tried:\n%s", b.out)
		}
	}
}

// TestRepairKeepsOwnAnswer: where the repaired request is refused, too, the client
// gets the answer to its own.
func TestRepairKeepsOwnAnswer(t *testing.T) {
	b := newBench(t, true)
	resp := b.get(cloudMyself, auth(jiratest.Basic(b.site.Jo.Email, b.site.Jo.Expired+"\n")))
	if resp.StatusCode != 401 || resp.Header.Get("X-Why401-Repaired") != "" {
		t.Errorf("got %d, %v", resp.StatusCode, resp.Header)
	}
	c := b.report().Causes[0]
	if len(c.Tried) != 1 || c.Tried[0].Accepted || c.Tried[0].Given {
		t.Errorf("got %+v", c.Tried)
	}
}

// TestRepairGoesOn: a client whose requests all have the same slip works.
func TestRepairGoesOn(t *testing.T) {
	b := newBench(t, true)
	for range 5 {
		if resp := b.get(cloudMyself, auth(jiratest.Basic(b.site.Jo.Email, b.site.Jo.Token+"\n"))); resp.StatusCode != 200 {
			t.Errorf("got %d", resp.StatusCode)
		}
	}
	r := b.report()
	if c := r.Causes[0]; c.Rule != "basic-newline" || c.AccountsFor != 5 || b.hits() != 10 {
		t.Errorf("got %s for %d, %d requests", c.Rule, c.AccountsFor, b.hits())
	}
}

// TestRepairAtOnce: many clients at once; no answer is lost or mixed up.
func TestRepairAtOnce(t *testing.T) {
	for _, repair := range []bool{false, true} {
		b := newBench(t, repair)
		line := auth(jiratest.Basic(b.site.Jo.Email, b.site.Jo.Token+"\n"))
		want := 401
		if repair {
			want = 200
		}
		b.get(cloudMyself, line)
		b.settle()
		var wg sync.WaitGroup
		for range 16 {
			wg.Go(func() {
				for range 4 {
					if resp := b.get(cloudMyself, line); resp.StatusCode != want {
						t.Errorf("repair %v: got %d", repair, resp.StatusCode)
					}
				}
			})
		}
		wg.Wait()
		r := b.report()
		if c := r.Causes[0]; c.Rule != "basic-newline" || c.AccountsFor != 65 || len(c.Tried) == 0 {
			t.Errorf("got %s for %d, %d tried", c.Rule, c.AccountsFor, len(c.Tried))
		}
	}
}

// settle waits until the site was asked twice: by the client, and by the try.
func (b *bench) settle() {
	for end := time.Now().Add(5 * time.Second); b.hits() < 2 && time.Now().Before(end); {
		time.Sleep(time.Millisecond)
	}
}

// TestRepairHead: HEAD has no body, and keeps the length that a GET would have.
func TestRepairHead(t *testing.T) {
	b := newBench(t, true)
	resp := b.send("acme.atlassian.net", "HEAD /rest/api/3/myself HTTP/1.1\r\nHost: acme.atlassian.net\r\n"+
		auth(jiratest.Basic(b.site.Jo.Email, b.site.Jo.Token+"\n"))+"\r\n")
	if resp.StatusCode != 200 || resp.Header.Get("X-Why401-Repaired") != "basic-newline" || resp.ContentLength <= 0 {
		t.Errorf("got %d, %v", resp.StatusCode, resp.Header)
	}
}

// TestRepairBody: the client gets the body of the better answer.
func TestRepairBody(t *testing.T) {
	b := newBench(t, true)
	resp := b.get(cloudMyself, auth(jiratest.Basic(b.site.Jo.Email, b.site.Jo.Token+"\n")))
	var me struct{ EmailAddress string }
	if err := json.NewDecoder(resp.Body).Decode(&me); err != nil || me.EmailAddress != b.site.Jo.Email {
		t.Errorf("%v, %+v", err, me)
	}
}

// TestRunTryFix: the flag of run, with a real client.
func TestRunTryFix(t *testing.T) {
	curl := client(t, "curl")
	for _, flag := range []string{"--try-fix", "--repair"} {
		site := newSite(t)
		code, out, errs := behindProxy(t, site, []string{flag}, curl, "-sS", "--max-time", "20", "--http1.1", "-o", "/dev/null", "-w", "%{http_code}",
			"-H", "Authorization: "+jiratest.Basic(site.Jo.Email, site.Jo.Token+"\n"), cloudMyself)
		want := map[string]string{"--try-fix": "401", "--repair": "200"}[flag]
		if code != exitCause || out != want || !strings.Contains(errs, "Tried it: the same request with the line feed removed was answered 200") {
			t.Errorf("%s: exit status %d, %s\n%s", flag, code, out, errs)
		}
		if strings.Contains(errs, "CANARY") {
			t.Error("a secret is in the report")
		}
	}
}
