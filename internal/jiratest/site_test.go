package jiratest_test

import (
	"bufio"
	"bytes"
	"context"
	"crypto/tls"
	"encoding/base64"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/why401/why401/internal/jiratest"
)

func client(t *testing.T, s *jiratest.Site, addr string) *http.Client {
	t.Helper()
	tr := s.Transport(addr)
	t.Cleanup(tr.CloseIdleConnections)
	return &http.Client{Transport: tr, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
}

func call(t *testing.T, c *http.Client, method, to, value string, header ...string) (*http.Response, string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, to, nil)
	if err != nil {
		t.Fatal(err)
	}
	if value != "" {
		r.Header.Set("Authorization", value)
	}
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	resp, err := c.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp, string(b)
}

// TestReceived looks at what is remembered of a request, byte for byte.
func TestReceived(t *testing.T) {
	s := start(t, jiratest.Options{})
	c := client(t, s, "")
	call(t, c, "GET", "https://jira.example.com/rest/api/2/myself?a=%2F", "bearer\t"+s.Clerk.PAT, "Cookie", "a=b", "User-Agent", "test/1")
	call(t, c, "GET", "http://jira.example.com/rest/api/2/myself", jiratest.Basic(s.Clerk.Name, s.Clerk.Password))
	list, dropped := s.Received()
	if len(list) != 2 || dropped != 0 {
		t.Fatalf("%d requests, %d dropped", len(list), dropped)
	}
	a, b := list[0], list[1]
	if a.Scheme != "https" || a.TLS != tls.VersionTLS13 || a.ServerName != "jira.example.com" || a.Target != "/rest/api/2/myself?a=%2F" ||
		a.Method != "GET" || a.Proto != "HTTP/1.1" || a.UserAgent != "test/1" || a.Status != 401 || a.User != "" ||
		!slices.Equal(a.Cookie, []string{"a=b"}) || !slices.Equal(a.Authorization, []string{"bearer\t" + s.Clerk.PAT}) {
		t.Errorf("%+v", a)
	}
	if b.Scheme != "http" || b.TLS != 0 || b.Status != 200 || b.User != s.Clerk.Name || b.Host != "jira.example.com" {
		t.Errorf("%+v", b)
	}
}

func TestReceivedIsBounded(t *testing.T) {
	s := jiratest.New(jiratest.Options{})
	for i := range 5000 {
		r := httptest.NewRequest("GET", fmt.Sprintf("https://jira.example.com/rest/api/2/serverInfo?n=%d", i), nil)
		r.Header.Set("Authorization", "Unknown "+strings.Repeat("x", 20_000))
		s.ServeHTTP(httptest.NewRecorder(), r)
	}
	list, dropped := s.Received()
	if len(list)+dropped != 5000 || len(list) != 4096 || !strings.HasSuffix(list[len(list)-1].Target, "=4999") ||
		!strings.HasSuffix(list[0].Target, fmt.Sprintf("=%d", dropped)) || list[0].Status != 200 || len(list[0].Authorization[0]) != 16<<10 {
		t.Errorf("%d kept, %d dropped, first %.80s", len(list), dropped, list[0].Target)
	}
}

// TestProtocols: Cloud speaks HTTP/2, Data Center does not, and no door forgets
// how the products spell the names of fields.
func TestProtocols(t *testing.T) {
	s := start(t, jiratest.Options{})
	c := client(t, s, s.TLSAddr)
	for to, want := range map[string]string{
		"https://acme.atlassian.net/rest/api/3/serverInfo":  "HTTP/2.0",
		"https://acme.jiraalign.com/rest/align/api/2/epics": "HTTP/2.0",
		"https://jira.example.com/rest/api/2/serverInfo":    "HTTP/1.1",
	} {
		if r, _ := call(t, c, "GET", to, ""); r.Proto != want {
			t.Errorf("%s: %s", to, r.Proto)
		}
	}
	for _, addr := range []string{s.Addr, s.PlainAddr} {
		conn, err := net.Dial("tcp", addr)
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(conn, "GET /rest/api/2/myself HTTP/1.1\r\nHost: jira.example.com\r\nConnection: close\r\nAuthorization: %s\r\n\r\n", jiratest.Basic("svc-ci", "no"))
		b, err := io.ReadAll(conn)
		conn.Close()
		if err != nil {
			t.Fatal(err)
		}
		for _, line := range []string{
			"HTTP/1.1 401 Unauthorized", "X-AREQUESTID: ", "X-ANODEID: node1", "X-AUSERNAME: anonymous", "X-Seraph-LoginReason: AUTHENTICATED_FAILED",
			"WWW-Authenticate: OAuth realm=\"http%3A%2F%2Fjira.example.com\"",
		} {
			if !bytes.Contains(b, []byte(line)) {
				t.Errorf("no %q in\n%s", line, b)
			}
		}
	}
}

// TestLock goes through the life of a locked account.
func TestLock(t *testing.T) {
	s := start(t, jiratest.Options{MaxFailures: 2})
	c := client(t, s, "")
	const me = "https://jira.example.com/rest/api/2/myself"
	right, wrong := jiratest.Basic(s.Clerk.Name, s.Clerk.Password), jiratest.Basic(s.Clerk.Name, "no")
	expect := func(what string, status int, value string) *http.Response {
		t.Helper()
		r, _ := call(t, c, "GET", me, value)
		if r.StatusCode != status {
			t.Errorf("%s: %d, want %d", what, r.StatusCode, status)
		}
		return r
	}
	form := func(captcha string) (int, string) {
		t.Helper()
		r, err := c.PostForm("https://jira.example.com/login.jsp", url.Values{
			"os_username": {s.Clerk.Name}, "os_password": {s.Clerk.Password}, "os_captcha": {captcha}, "os_destination": {"/browse/ABC-1"},
		})
		if err != nil {
			t.Fatal(err)
		}
		r.Body.Close()
		return r.StatusCode, r.Header.Get("X-Seraph-Loginreason")
	}
	expect("first failure", 401, wrong)
	expect("a success between", 200, right)
	expect("one", 401, wrong)
	expect("two", 401, wrong)
	if r := expect("locked", 403, right); !strings.HasPrefix(r.Header.Get("X-Authentication-Denied-Reason"), "CAPTCHA_CHALLENGE; login-url=https://jira.example.com/login.jsp") {
		t.Errorf("%v", r.Header)
	}
	expect("a token still works", 200, "Bearer "+s.Clerk.PAT)
	if status, reason := form(""); status != 200 || reason != "AUTHENTICATED_FAILED, AUTHENTICATION_DENIED" {
		t.Errorf("the form without CAPTCHA: %d %s", status, reason)
	}
	if status, _ := form("seen"); status != 302 || s.IsLocked(s.Clerk.Name) {
		t.Errorf("the form with CAPTCHA: %d", status)
	}
	expect("one", 401, wrong)
	expect("two", 401, wrong)
	if r, _ := call(t, c, "GET", "https://jira.example.com/secure/admin/user/ResetFailedLoginCount.jspa?name="+s.Clerk.Name, jiratest.Basic(s.Admin.Name, s.Admin.Password)); r.StatusCode != 302 {
		t.Errorf("reset: %d", r.StatusCode)
	}
	expect("reset", 200, right)
}

// TestSession: cookies of visitors do no harm, those of ended sessions do.
func TestSession(t *testing.T) {
	s := start(t, jiratest.Options{})
	c := client(t, s, "")
	const me = "https://jira.example.com/rest/api/2/myself"
	cookie := func(r *http.Response) string {
		for _, k := range r.Cookies() {
			if k.Name == "JSESSIONID" {
				return "JSESSIONID=" + k.Value
			}
		}
		return ""
	}
	token := "Bearer " + s.Clerk.PAT
	r, _ := call(t, c, "GET", me, "")
	visitor := cookie(r)
	r, _ = call(t, c, "GET", me, token, "Cookie", visitor)
	if r.StatusCode != 200 || visitor == "" {
		t.Errorf("a token with the cookie of a visitor: %d", r.StatusCode)
	}
	in := cookie(r)
	if r, _ = call(t, c, "GET", me, "", "Cookie", in); r.StatusCode != 200 || r.Header.Get("X-Ausername") != s.Clerk.Name {
		t.Errorf("the cookie alone: %d", r.StatusCode)
	}
	if r, _ = call(t, c, "DELETE", "https://jira.example.com/rest/auth/1/session", "", "Cookie", in); r.StatusCode != 204 {
		t.Errorf("logout: %d", r.StatusCode)
	}
	r, body := call(t, c, "GET", me, token, "Cookie", in)
	if r.StatusCode != 401 || body != "os_authType was 'any' and an invalid cookie was sent." {
		t.Errorf("after the logout: %d %s", r.StatusCode, body)
	}
	if r, _ = call(t, c, "GET", "https://jira.example.com/browse/ABC-1", "", "Cookie", visitor); r.StatusCode != 302 || !strings.HasPrefix(r.Header.Get("Location"), "/login.jsp?") {
		t.Errorf("a page: %d %v", r.StatusCode, r.Header)
	}
}

// TestCloudScheme: Cloud wants "Bearer" just so; anything else is anonymous.
func TestCloudScheme(t *testing.T) {
	s := start(t, jiratest.Options{})
	c := client(t, s, "")
	for value, want := range map[string]int{
		"Bearer " + s.Jo.Token: 403, "bearer " + s.Jo.Token: 404, "Bearer  " + s.Jo.Token: 404, "token " + s.Jo.Token: 404,
		jiratest.Basic(strings.ToUpper(s.Jo.Email), s.Jo.Token): 200, jiratest.Basic(s.Jo.Email, "aB3dE6gH9jK2mN5pQ8sT1vX4"): 404,
		jiratest.Basic(s.Jo.Email, s.Jo.Token[:100]): 401,
	} {
		if r, _ := call(t, c, "GET", "https://acme.atlassian.net/rest/api/3/issue/DEMO-1", value); r.StatusCode != want {
			t.Errorf("%.12s...: %d, want %d", value, r.StatusCode, want)
		}
	}
}

func TestUpload(t *testing.T) {
	s := start(t, jiratest.Options{MaxUpload: 1000})
	c := client(t, s, "")
	for size, want := range map[int]int{1000: 200, 1001: 413, 300_000: 413} {
		for _, chunked := range []bool{false, true} {
			body := "--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a\"\r\n\r\n" + strings.Repeat("x", size) + "\r\n--b--\r\n"
			var in io.Reader = strings.NewReader(body)
			if chunked {
				in = io.MultiReader(in)
			}
			r, err := http.NewRequestWithContext(t.Context(), "POST", "https://jira.example.com/rest/api/2/issue/ABC-1/attachments", in)
			if err != nil {
				t.Fatal(err)
			}
			r.Header.Set("Content-Type", "multipart/form-data; boundary=b")
			r.Header.Set("X-Atlassian-Token", "no-check")
			r.Header.Set("Authorization", "Bearer "+s.Clerk.PAT)
			resp, err := c.Do(r)
			if err != nil {
				t.Fatalf("%d bytes: %v", size, err)
			}
			resp.Body.Close()
			if resp.StatusCode != want {
				t.Errorf("%d bytes, chunked %t: %d, want %d", size, chunked, resp.StatusCode, want)
			}
		}
	}
}

// TestEvents: each event comes when it is sent, and nobody writes to a client
// that is gone.
func TestEvents(t *testing.T) {
	s := start(t, jiratest.Options{})
	c := client(t, s, "")
	ctx, cancel := context.WithCancel(t.Context())
	r, err := http.NewRequestWithContext(ctx, "GET", "https://acme.atlassian.net/tools/events?n=3&every=9s", nil)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := c.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	var sent int64
	in := bufio.NewScanner(resp.Body)
	for in.Scan() && sent == 0 {
		_, _ = fmt.Sscanf(in.Text(), "data: %d", &sent)
	}
	if late := time.Since(time.Unix(0, sent)); sent == 0 || late > time.Second {
		t.Errorf("the first event took %s", late)
	}
	cancel()
	begin := time.Now()
	s.Close()
	if took := time.Since(begin); took > time.Second {
		t.Errorf("closing took %s", took)
	}
}

func TestForceTLS(t *testing.T) {
	s := start(t, jiratest.Options{ForceTLS: true})
	r, _ := call(t, client(t, s, ""), "GET", "http://jira.example.com/rest/api/2/myself?x=1", "")
	if r.StatusCode != 302 || r.Header.Get("Location") != "https://jira.example.com/rest/api/2/myself?x=1" {
		t.Errorf("%d %v", r.StatusCode, r.Header)
	}
}

func TestDoors(t *testing.T) {
	s := start(t, jiratest.Options{})
	addr, err := s.Open(jiratest.Door{ClientCert: jiratest.InHandshake, MaxVersion: tls.VersionTLS12})
	if err != nil {
		t.Fatal(err)
	}
	tr := s.Transport(addr)
	defer tr.CloseIdleConnections()
	tr.TLSClientConfig.Certificates = []tls.Certificate{s.ClientCert()}
	if r, _ := call(t, &http.Client{Transport: tr}, "GET", "https://jira.example.com/rest/api/2/serverInfo", ""); r.StatusCode != 200 || r.TLS.Version != tls.VersionTLS12 {
		t.Errorf("%d over %x", r.StatusCode, r.TLS.Version)
	}
	if r, _ := call(t, client(t, s, ""), "GET", "https://jira.example.com/nothing/here", ""); r.StatusCode != 302 {
		t.Errorf("%d", r.StatusCode)
	}
	s.Close()
	s.Close()
	if _, err := s.Open(jiratest.Door{}); err == nil {
		t.Error("a closed site opens a door")
	}
}

// TestMany lets several clients at a site at once.
func TestMany(t *testing.T) {
	s := start(t, jiratest.Options{})
	var wait sync.WaitGroup
	for _, name := range []string{"healthy-cloud-write", "healthy-session-dc", "captcha-dc", "scoped-token-cloud"} {
		sc, ok := s.Scenario(name)
		if !ok {
			t.Fatal(name)
		}
		for range 4 {
			wait.Go(func() {
				if _, err := s.Play(t.Context(), sc, nil); err != nil {
					t.Error(err)
				}
			})
		}
	}
	wait.Wait()
}

// TestSecrets: the same seed gives the same secrets, another seed others, and
// each is marked.
func TestSecrets(t *testing.T) {
	now := func() time.Time { return time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC) }
	a := jiratest.New(jiratest.Options{Now: now}).Accounts
	if b := jiratest.New(jiratest.Options{Now: now}).Accounts; a != b {
		t.Error("one seed, two sets")
	}
	b := jiratest.New(jiratest.Options{Now: now, Seed: 1}).Accounts
	for _, pair := range [][2]string{{a.Jo.Token, b.Jo.Token}, {a.Robot.Scoped, b.Robot.Scoped}, {a.AlignToken, b.AlignToken}, {a.Jo.OAuth, b.Jo.OAuth}} {
		if pair[0] == pair[1] {
			t.Error("two seeds, one secret")
		}
	}
	// A signature of RS256 with a key of 2048 bits.
	for _, token := range []string{a.Jo.OAuth, a.Jo.OAuthExpired} {
		parts := strings.Split(token, ".")
		if sig, err := base64.RawURLEncoding.DecodeString(parts[len(parts)-1]); len(parts) != 3 || err != nil || len(sig) != 256 {
			t.Errorf("%d parts, a signature of %d bytes, %v", len(parts), len(sig), err)
		}
	}
	for _, secret := range []string{a.Jo.Token, a.Jo.Password, a.Robot.Scoped, a.AlignToken, a.OrgKey, a.Clerk.Password} {
		if !strings.Contains(secret, "CANARY") {
			t.Errorf("no mark in %q", secret)
		}
	}
}
