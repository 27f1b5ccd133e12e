package ticket

import (
	"context"
	"encoding/json"
	"errors"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/why401/why401/internal/jiratest"
)

const (
	cloudSite  = "https://acme.atlassian.net"
	serverSite = "https://jira.example.com"
)

// TestAttach: files and a comment arrive once, as they are, on each product.
func TestAttach(t *testing.T) {
	for _, c := range []struct {
		name, site, key string
		cloud           bool
		internal        bool
		posts           int
	}{
		{"Cloud", cloudSite, "DEMO-1", true, false, 3},
		{"Data Center", serverSite, "ABC-1", false, false, 3},
		{"request in Cloud", cloudSite, "HELP-1", true, true, 3},
		{"request in Data Center", serverSite, "HELP-1", false, true, 3},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := startSite(t, jiratest.Options{})
			cred := serverOf(s)
			if c.cloud {
				cred = cloudOf(s)
			}
			before := len(s.Ticket(c.cloud, c.key).Files)
			files := twoFiles(t)
			b := onto(t, s, c.site, c.key, cred, func(o *Options) { o.Title = func(string) string { return "A [~title]!" } })
			state, err := b.attach(t.Context(), files)
			if err != nil {
				t.Fatal(err)
			}
			if state.Internal != c.internal || state.Limit != 10<<20 || !state.Done(files) {
				t.Errorf("state %+v", state)
			}
			if n := b.trip.posts(); n != c.posts {
				t.Errorf("%d posts, want %d: %q", n, c.posts, b.trip.sent)
			}
			got := s.Ticket(c.cloud, c.key)
			if len(got.Files) != before+2 || len(got.Comments) != 1 {
				t.Fatalf("on the ticket: %+v", got)
			}
			for i, f := range files {
				if g := got.Files[before+i]; g.Name != f.Name() || g.SHA256 != f.SHA256 || g.Size != f.Size || g.Public {
					t.Errorf("sent %s %s, there is %+v", f.Name(), f.SHA256, g)
				}
			}
			note := got.Comments[0]
			if note.Internal != c.internal {
				t.Errorf("internal is %t", note.Internal)
			}
			if !strings.Contains(note.Body, files[1].Causes[0].Rule) || !strings.Contains(note.Body, files[0].SHA256) {
				t.Errorf("the comment says %s", note.Body)
			}
			if adf := strings.HasPrefix(note.Body, `{"content":`); adf != (c.cloud && !c.internal) || adf && !json.Valid([]byte(note.Body)) {
				t.Errorf("of the wrong form: %s", note.Body)
			} else if !adf && (strings.Contains(note.Body, "A [~title]!") || !strings.Contains(note.Body, `A \[\~title\]\!`)) {
				t.Errorf("not escaped: %s", note.Body)
			}
			noSecret(t, "comment", note.Body)

			// The same again: it is told, and nothing is sent.
			again := onto(t, s, c.site, c.key, cred, nil)
			state, err = again.attach(t.Context(), files)
			if err != nil || !state.Done(files) || again.trip.posts() != 0 {
				t.Errorf("again: %v, %d posts, %+v", err, again.trip.posts(), state)
			}
			if now := s.Ticket(c.cloud, c.key); len(now.Files) != len(got.Files) || len(now.Comments) != 1 {
				t.Errorf("sent twice: %+v", now)
			}
		})
	}
}

// TestHalfDone: what is missing is sent, and only that.
func TestHalfDone(t *testing.T) {
	s := startSite(t, jiratest.Options{})
	files := twoFiles(t)
	for _, key := range []string{"ABC-1", "HELP-1"} {
		b := onto(t, s, serverSite, key, serverOf(s), nil)
		broke := false
		b.trip.hook = func(_ int, r *http.Request) (*http.Response, error) {
			if r.Method == http.MethodPost && (strings.HasSuffix(r.URL.Path, "/comment") || strings.HasSuffix(r.URL.Path, "HELP-1/attachment")) && !broke {
				broke = true
				return nil, errors.New("broken")
			}
			return nil, nil
		}
		if _, err := b.attach(t.Context(), files); err == nil || !strings.Contains(err.(*CallError).Hint, "not sent twice") {
			t.Errorf("%s: got %v", key, err)
		}
		again := onto(t, s, serverSite, key, serverOf(s), nil)
		if _, err := again.attach(t.Context(), files); err != nil {
			t.Error(err)
		}
		if got := s.Ticket(false, key); len(got.Comments) != 1 {
			t.Errorf("%s: %d comments", key, len(got.Comments))
		}
		if n := again.trip.posts(); key == "ABC-1" && n != 1 {
			t.Errorf("%d posts for a comment", n)
		}
	}
}

// TestPublic: only if it is asked for does a customer see anything.
func TestPublic(t *testing.T) {
	s := startSite(t, jiratest.Options{})
	b := onto(t, s, cloudSite, "HELP-1", cloudOf(s), func(o *Options) { o.Public = true })
	if _, err := b.attach(t.Context(), twoFiles(t)); err != nil {
		t.Fatal(err)
	}
	got := s.Ticket(true, "HELP-1")
	if got.Comments[0].Internal || !got.Files[0].Public {
		t.Errorf("%+v", got)
	}
}

// TestServiceIssue: an issue of a service project that no portal shows still gets
// an internal comment.
func TestServiceIssue(t *testing.T) {
	s := startSite(t, jiratest.Options{})
	b := onto(t, s, serverSite, "HELP-1", serverOf(s), nil)
	b.trip.hook = func(_ int, r *http.Request) (*http.Response, error) {
		if strings.HasPrefix(r.URL.Path, "/rest/servicedeskapi/") {
			return answer(r, 404, nil, "{}"), nil
		}
		return nil, nil
	}
	if _, err := b.attach(t.Context(), twoFiles(t)); err != nil {
		t.Fatal(err)
	}
	if got := s.Ticket(false, "HELP-1"); len(got.Comments) != 1 || !got.Comments[0].Internal || len(got.Files) != 2 {
		t.Errorf("%+v", got)
	}
}

// TestCustomer: who sees no issue may see the request.
func TestCustomer(t *testing.T) {
	s := startSite(t, jiratest.Options{})
	b := onto(t, s, cloudSite, "HELP-1", cloudOf(s), func(o *Options) { o.Public = true })
	b.trip.hook = func(_ int, r *http.Request) (*http.Response, error) {
		if strings.HasPrefix(r.URL.Path, "/rest/api/3/issue/") {
			return answer(r, 404, nil, `{"errorMessages":["Issue does not exist or you do not have permission to see it."]}`), nil
		}
		return nil, nil
	}
	files := twoFiles(t)
	if _, err := b.attach(t.Context(), files); err != nil {
		t.Fatal(err)
	}
	if s, err := b.client.Look(t.Context(), files); err != nil || !s.Done(files) {
		t.Errorf("again: %+v, %v", s, err)
	}
}

// TestGateway: a token with scopes goes to the gateway.
func TestGateway(t *testing.T) {
	s := startSite(t, jiratest.Options{})
	b := onto(t, s, "https://api.atlassian.com/ex/jira/"+s.CloudID, "DEMO-1", Credential{token: s.Robot.Scoped}, nil)
	if _, err := b.attach(t.Context(), twoFiles(t)); err != nil {
		t.Fatal(err)
	}
}

// TestRefused: what a product says no to is told, and its own exchange is
// diagnosed; nothing of the credential is in a text.
func TestRefused(t *testing.T) {
	for _, c := range []struct {
		name, site, key string
		cred            func(*jiratest.Site) Credential
		o               jiratest.Options
		hook            func(int, *http.Request) (*http.Response, error)
		status          int
		says            string
		cause           string // of the client's own calls
		posts           int
		agent           string
	}{
		{
			name: "401 Cloud", site: cloudSite, key: "DEMO-1", status: 404, says: "reading the ticket",
			cred:  func(s *jiratest.Site) Credential { return Credential{user: s.Gone.Email, token: s.Gone.Token} },
			cause: "-",
		},
		{
			name: "401 Data Center", site: serverSite, key: "ABC-1", status: 401, says: "asking for the limit",
			cred:  func(s *jiratest.Site) Credential { return Credential{token: s.Clerk.ExpiredPAT} },
			cause: "-",
		},
		{
			name: "password in Cloud", site: cloudSite, key: "DEMO-1", status: 401,
			cred:  func(s *jiratest.Site) Credential { return Credential{user: s.Jo.Email, token: s.Jo.Password} },
			cause: "-",
		},
		{
			name: "404", site: serverSite, key: "ABC-99", status: 404, says: "no such ticket", cred: serverOf, cause: "",
		},
		{
			name: "403 XSRF", site: serverSite, key: "ABC-1", status: 403, says: "takes X-Atlassian-Token away", cred: serverOf, posts: 1,
			hook: func(_ int, r *http.Request) (*http.Response, error) {
				r.Header.Del("X-Atlassian-Token") // as a proxy in between may do
				return nil, nil
			},
		},
		{
			name: "403 XSRF as a browser", site: serverSite, key: "ABC-1", status: 403, says: "attaching", cred: serverOf, posts: 1,
			agent: "Mozilla/5.0 Gecko/20100101 Firefox/140.0", cause: "xsrf-browser-user-agent",
		},
		{
			name: "413 of what stands in front", site: serverSite, key: "ABC-1", o: jiratest.Options{MaxBody: 1000}, status: 413,
			says: "something in front of Jira", cred: serverOf, posts: 1, cause: "",
		},
		{
			name: "over the limit", site: serverSite, key: "ABC-1", o: jiratest.Options{MaxUpload: 1000}, says: "and the site takes 1000", cred: serverOf,
		},
		{
			name: "switched off", site: serverSite, key: "ABC-1", says: "switched off", cred: serverOf,
			hook: func(_ int, r *http.Request) (*http.Response, error) {
				if strings.HasSuffix(r.URL.Path, "/meta") {
					return answer(r, 200, nil, `{"enabled":false,"uploadLimit":1}`), nil
				}
				return nil, nil
			},
		},
		{
			name: "429 for too long", site: serverSite, key: "ABC-1", status: 429, says: "wait 1h0m0s", cred: serverOf,
			hook: func(_ int, r *http.Request) (*http.Response, error) {
				return answer(r, 429, map[string]string{"Retry-After": "3600"}, "{}"), nil
			},
			cause: "-",
		},
		{
			name: "no Jira", site: serverSite, key: "ABC-1", status: 200, says: "not the JSON", cred: serverOf,
			hook: func(_ int, r *http.Request) (*http.Response, error) {
				return answer(r, 200, nil, "<html>CANARY</html>"), nil
			},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := startSite(t, c.o)
			b := onto(t, s, c.site, c.key, c.cred(s), func(o *Options) {
				if c.agent != "" {
					o.Agent = c.agent
				}
			})
			b.trip.hook = c.hook
			_, err := b.attach(t.Context(), twoFiles(t))
			var ce *CallError
			if !errors.As(err, &ce) || ce.Status != c.status || !strings.Contains(ce.Error()+" "+ce.Hint, c.says) {
				t.Fatalf("got %v, want %d and %q", err, c.status, c.says)
			}
			if b.trip.posts() != c.posts {
				t.Errorf("%d posts, want %d", b.trip.posts(), c.posts)
			}
			noSecret(t, "error", err, ce.Hint)
			got := b.causes(t)
			t.Logf("%v; causes %q", err, got)
			if c.cause == "-" && got == "" || c.cause != "-" && !strings.Contains(got, c.cause) {
				t.Errorf("causes %q, want %q", got, c.cause)
			}
		})
	}
}

// TestPatience: a site that asks to wait is given what it asks, a few times.
func TestPatience(t *testing.T) {
	s := startSite(t, jiratest.Options{})
	b := onto(t, s, serverSite, "ABC-1", serverOf(s), nil)
	asked := map[string]int{}
	b.trip.hook = func(_ int, r *http.Request) (*http.Response, error) {
		k := r.Method + r.URL.Path
		if asked[k]++; asked[k] < maxTries && (r.Method == http.MethodPost || strings.HasSuffix(r.URL.Path, "/meta")) {
			return answer(r, 429, map[string]string{"Retry-After": "7"}, "{}"), nil
		}
		return nil, nil
	}
	files := twoFiles(t)[:1]
	if _, err := b.attach(t.Context(), files); err != nil {
		t.Fatal(err)
	}
	if len(b.slept) != 3*(maxTries-1) || b.slept[0] != 7*time.Second {
		t.Errorf("slept %v", b.slept)
	}
	if got := s.Ticket(false, "ABC-1"); got.Files[1].SHA256 != files[0].SHA256 {
		t.Error("what came after the wait is not the file")
	}

	busy := onto(t, s, "https://busy.atlassian.net", "DEMO-1", cloudOf(s), nil)
	_, err := busy.attach(t.Context(), files)
	var ce *CallError
	if !errors.As(err, &ce) || ce.Status != 429 || len(busy.trip.sent) != maxTries || len(busy.slept) != maxTries-1 {
		t.Errorf("busy for ever: %v after %d calls", err, len(busy.trip.sent))
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := onto(t, s, serverSite, "ABC-1", serverOf(s), nil).attach(ctx, files); !errors.Is(err, context.Canceled) {
		t.Errorf("interrupted: %v", err)
	}
}

// TestRedirect: the credential goes to the named site only.
func TestRedirect(t *testing.T) {
	s := startSite(t, jiratest.Options{})
	b := onto(t, s, "https://tracker.example.com", "ABC-1", serverOf(s), nil)
	_, err := b.attach(t.Context(), twoFiles(t))
	if err == nil || !strings.Contains(err.Error(), "redirect to jira.example.com; the credential was not sent there") {
		t.Errorf("got %v", err)
	}
	list, _ := s.Received()
	for _, r := range list {
		if r.Host != "tracker.example.com" {
			t.Errorf("%s %s was asked, with %d credentials", r.Host, r.Target, len(r.Authorization))
		}
	}
	if len(list) != 1 {
		t.Errorf("%d requests", len(list))
	}
}

// TestSilence: a site that says nothing is left.
func TestSilence(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	s := startSite(t, jiratest.Options{})
	files := twoFiles(t)
	b := onto(t, s, serverSite, "ABC-1", serverOf(s), func(o *Options) {
		o.silence = 200 * time.Millisecond
		o.transport = nil
		o.Connect = map[string]string{"jira.example.com": l.Addr().String()}
	})
	_, err = b.client.Look(t.Context(), files)
	var ce *CallError
	if !errors.As(err, &ce) || !strings.Contains(err.Error(), "nothing moved") {
		t.Errorf("got %v", err)
	}
	// A post that is not answered may have arrived.
	b = onto(t, s, serverSite, "ABC-1", serverOf(s), func(o *Options) { o.silence = 300 * time.Millisecond })
	b.trip.hook = func(_ int, r *http.Request) (*http.Response, error) {
		if r.Method == http.MethodPost {
			<-r.Context().Done()
			return nil, r.Context().Err()
		}
		return nil, nil
	}
	_, err = b.attach(t.Context(), files)
	if !errors.As(err, &ce) || !strings.Contains(err.Error(), "nothing moved") || !strings.Contains(ce.Hint, "may have arrived") {
		t.Errorf("got %v", err)
	}
	if x := b.client.Exchanges(); x[len(x)-1].Failure == nil {
		t.Error("no failure in its own exchange")
	}
}

// TestTrust: a site whose authority nobody knows is not spoken to, unless the
// authority is named.
func TestTrust(t *testing.T) {
	s := startSite(t, jiratest.Options{})
	files := twoFiles(t)
	connect := map[string]string{"jira.example.com": s.Addr}
	b := onto(t, s, serverSite, "ABC-1", serverOf(s), func(o *Options) { o.transport, o.Connect = nil, connect })
	if _, err := b.client.Look(t.Context(), files); err == nil || !strings.Contains(err.Error(), "no connection") {
		t.Errorf("got %v", err)
	}
	if list, _ := s.Received(); len(list) != 0 {
		t.Errorf("%d requests came in", len(list))
	}
	if got := b.causes(t); got == "" {
		t.Error("no cause is named")
	}
	b = onto(t, s, serverSite, "ABC-1", serverOf(s), func(o *Options) { o.transport, o.Connect, o.CA = nil, connect, s.CA() })
	defer b.client.Close()
	if _, err := b.attach(t.Context(), files); err != nil {
		t.Error(err)
	}
	if _, err := New(Options{CA: []byte("hello")}); err == nil {
		t.Error("a file without a certificate was taken")
	}
}

func TestChanged(t *testing.T) {
	s := startSite(t, jiratest.Options{})
	path := write(t, "report.html", formatted(t, reportOf(t, calls(t)), "html"))
	f := open(t, path)
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	b[100] ^= 1
	if err := os.WriteFile(path, b, 0o600); err != nil {
		t.Fatal(err)
	}
	for site, cred := range map[string]Credential{serverSite: serverOf(s), cloudSite: cloudOf(s)} {
		key := map[string]string{serverSite: "ABC-1", cloudSite: "DEMO-1"}[site]
		_, err = onto(t, s, site, key, cred, nil).attach(t.Context(), []*File{f})
		if err == nil || !strings.Contains(err.Error(), "changed while") {
			t.Errorf("%s: got %v", site, err)
		}
		if got := s.Ticket(site == cloudSite, key); len(got.Files) != 1 || len(got.Comments) != 0 {
			t.Errorf("it arrived: %+v", got)
		}
	}
}

func TestParseSite(t *testing.T) {
	for in, want := range map[string]string{
		"acme.atlassian.net": "https://acme.atlassian.net", "https://Jira.Example.com/jira/": "https://jira.example.com/jira",
		"https://acme.atlassian.net/browse/DEMO-1": "https://acme.atlassian.net", "https://jira.example.com:8443": "https://jira.example.com:8443",
		"http://jira.example.com": "", "http://127.0.0.1:8080": "", "": "", "https://jo:CANARY@jira.example.com": "", "https://jira.example.com?token=CANARY": "",
		"https://": "", "ftp://x": "", "https://a b": "", "https://jira.example.com\r\nX: y": "", "https://ex%61mple.com": "",
	} {
		got, err := ParseSite(in)
		if got.URL() != want || (err == nil) != (want != "") {
			t.Errorf("%q: %q, %v, want %q", in, got.URL(), err, want)
		}
		noSecret(t, "error", err)
	}
	for in, want := range map[string]string{"abc-1": "ABC-1", "A_B2-10": "A_B2-10", "ABC": "", "ABC-1/../..": "", "1-2": "", "ABC-": "", "A?-1": ""} {
		got, err := ParseKey(in)
		if got != want || (err == nil) != (want != "") {
			t.Errorf("%q: %q, %v, want %q", in, got, err, want)
		}
	}
}

func TestCredentials(t *testing.T) {
	env := func(set map[string]string) func(string) string { return func(k string) string { return set[k] } }
	for what, set := range map[string]map[string]string{
		"nothing": {}, "line break": {EnvToken: "CANARY\n"}, "blank": {EnvToken: " CANARY"}, "quotes": {EnvToken: `"CANARY"`},
		"a pair": {EnvToken: "jo:CANARY"}, "a scheme": {EnvToken: "Bearer CANARY"}, "colon": {EnvUser: "a:b", EnvToken: "CANARY"},
		"user only": {EnvUser: "CANARY"},
	} {
		_, err := Credentials(env(set), "")
		if err == nil {
			t.Errorf("%s: taken", what)
		}
		noSecret(t, what, err)
	}
	c, err := Credentials(env(map[string]string{EnvUser: "jo", EnvToken: "CANARY"}), "")
	if err != nil || c.authorization() != jiratest.Basic("jo", "CANARY") {
		t.Errorf("%v", err)
	}
	noSecret(t, "the credential", c)

	file := write(t, "why401.env", []byte("# mine\nWHY401_SITE=acme.atlassian.net\r\nWHY401_TOKEN=CANARY=x\n"))
	c, err = Credentials(env(map[string]string{EnvUser: "somebody else"}), file)
	if err != nil || c.authorization() != "Bearer CANARY=x" || c.Site() != "acme.atlassian.net" {
		t.Errorf("%v, %q", err, c.Site())
	}
	bad := write(t, "why401.env", []byte("WHY401_TOKEN=a\nCANARY\n"))
	_, err = Credentials(env(nil), bad)
	if err == nil || !strings.Contains(err.Error(), "line 2") {
		t.Errorf("got %v", err)
	}
	noSecret(t, "error", err)
	if runtime.GOOS != "windows" {
		if err := os.Chmod(file, 0o640); err != nil {
			t.Fatal(err)
		}
		if _, err := Credentials(env(nil), file); err == nil || !strings.Contains(err.Error(), "0640") {
			t.Errorf("a file that others may read: %v", err)
		}
	}
	if _, err := Credentials(env(nil), filepath.Join(t.TempDir(), "CANARY")); err == nil {
		t.Error("no file, and no error")
	} else {
		noSecret(t, "error", err)
	}
}

// TestLongComment: the most that a comment can hold is within what Jira takes.
func TestLongComment(t *testing.T) {
	c := &Client{o: Options{Title: func(string) string { return strings.Repeat("w!", 100) }}}
	var files []*File
	for i := range MaxFiles {
		f := &File{Kind: KindReport, Size: 1 << 40, SHA256: strings.Repeat("a", 64), name: strings.Repeat("n", 300) + ".html"}
		for j := range maxCauses {
			f.Causes = append(f.Causes, Cause{strings.Repeat("r", 50+i%10) + string(rune('a'+j)), 1 << 30})
		}
		files = append(files, f)
	}
	if n := len(c.note(files).wiki()); n > 30_000 { // Jira's limit is 32,767 unless it is set otherwise
		t.Errorf("%d characters", n)
	}
}
