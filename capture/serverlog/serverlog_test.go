package serverlog

import (
	"errors"
	"fmt"
	"io"
	"iter"
	"os"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/why401/why401/internal/exchange"
)

const folder = "../../testdata/inputs/serverlog/"

type reading = func(*exchange.Capture, io.Reader) iter.Seq2[*exchange.Exchange, error]

// told is what a log yields, one line each.
func told(t testing.TB, read reading, src io.Reader) (c *exchange.Capture, lines []string) {
	t.Helper()
	c = &exchange.Capture{Name: "x.log"}
	n := 0
	for x, err := range read(c, src) {
		if (x == nil) == (err == nil) {
			t.Fatalf("%v and %v", x, err)
		}
		if err != nil {
			if !errors.As(err, new(*exchange.Unreadable)) {
				t.Fatalf("%T", err)
			}
			lines = append(lines, "error "+err.Error())
			continue
		}
		if x.At.Index != n || x.From != c || x.Log == nil || x.Response == nil {
			t.Fatalf("%+v", x)
		}
		if x.Sight != exchange.Timing || x.Unsure != 0 {
			t.Errorf("sight %v", x.Sight)
		}
		n++
		s := fmt.Sprintf("%d %s %s %s %d", x.At.Offset, x.Start.UTC().Format("15:04:05.000"), x.Request.Method, x.Request.URL, x.Response.Status)
		for _, f := range x.Response.Header {
			if !f.Derived {
				t.Errorf("%s is not marked", f.Name)
			}
			s += " " + f.Name + "=" + f.Value
		}
		s += fmt.Sprintf(" [%s] account=%s failures=%d", x.Client, x.Log.Account, x.Log.Failures)
		lines = append(lines, s)
	}
	if c.Exchanges != n {
		t.Errorf("%d counted, %d yielded", c.Exchanges, n)
	}
	return c, lines
}

func file(t testing.TB, name string) string {
	t.Helper()
	b, err := os.ReadFile(folder + name)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func equal(t *testing.T, got []string, want ...string) {
	t.Helper()
	if g, w := strings.Join(got, "\n"), strings.Join(want, "\n"); g != w {
		t.Errorf("got\n%s\nwant\n%s", g, w)
	}
}

func TestAccess(t *testing.T) {
	_, lines := told(t, ReadAccess, strings.NewReader(file(t, "access_log.2026-03-02")))
	if len(lines) != 8 {
		t.Fatalf("%d requests", len(lines))
	}
	equal(t, []string{lines[1], lines[4]},
		"176 09:10:01.000 GET /jira/rest/api/2/search?jql=project%3DOPS&maxResults=50 401 X-AREQUESTID=550x102x1 [192.0.2.20 nightly-sync/1.4] account= failures=0",
		"656 09:10:12.000 POST /jira/login.jsp 302 X-AREQUESTID=550x105x1 X-AUSERNAME=agrant [192.0.2.10 Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0] account= failures=0")
}

func TestAccessForms(t *testing.T) {
	for in, want := range map[string]string{
		// An account name with a blank, a quote in an address and in a User-Agent.
		`2001:db8::1 1x2x3 John Doe [02/Mar/2026:09:10:00 -0700] "GET /a"b?q="x HTTP/1.1" 200 - 1 "-" "say "hi" 1" "-"`: `0 16:10:00.000 GET /a"b?q="x 200 X-AREQUESTID=1x2x3 X-AUSERNAME=John Doe [2001:db8::1 say "hi" 1] account= failures=0`,
		`192.0.2.1 - - [02/Mar/2026:09:10:00 +0000] "HEAD / HTTP/2.0" 403 5`:                                            `0 09:10:00.000 HEAD / 403 [192.0.2.1] account= failures=0`,
		`192.0.2.1 - fred [02/Mar/2026:09:10:00 +0000] "GET / HTTP/1.0" 200 5 "-" "x"`:                                  `0 09:10:00.000 GET / 200 X-AUSERNAME=fred [192.0.2.1 x] account= failures=0`,
		`192.0.2.1 1x2x3 - [02/Mar/2026:09:10:00 +0000] "-" 400 - 0 "-" "-" "-"`:                                        `error x.log: entry 0: line 1, column 1 (byte 0): this line is none of an access log`,
		`192.0.2.1 1x2x3 - [02/Mar/2026:09:10:00 +0000] "GET / HTTP/1.1" 4`:                                             `error x.log: entry 0: line 1, column 1 (byte 0): this line is none of an access log`,
	} {
		_, lines := told(t, ReadAccess, strings.NewReader(in+"\r\n"))
		equal(t, lines[:1], want)
	}
}

func TestSecurity(t *testing.T) {
	_, lines := told(t, ReadSecurity, strings.NewReader(file(t, "atlassian-jira-security.log")))
	if len(lines) != 6 {
		t.Fatalf("%d logins", len(lines))
	}
	equal(t, []string{lines[0], lines[3], lines[4]},
		// The line about the permission, which precedes it, says nothing certain.
		"402 09:10:01.213  /jira/rest/api/2/search 0 X-AREQUESTID=550x102x1 X-Seraph-LoginReason=AUTHENTICATED_FAILED [192.0.2.20] account=svc-nightly failures=1",
		"1017 09:10:12.015  /jira/login.jsp 0 X-AREQUESTID=550x105x1 X-Seraph-LoginReason=OK X-AUSERNAME=agrant [192.0.2.10] account=agrant failures=0",
		"1180 09:10:16.220  /jira/rest/api/2/search 0 X-AREQUESTID=550x106x1 X-Seraph-LoginReason=AUTHENTICATION_DENIED X-Authentication-Denied-Reason=CAPTCHA_CHALLENGE [192.0.2.20] account=svc-nightly failures=4")
	// Before Jira 9.5: no address behind the thread, and two addresses of clients.
	_, lines = told(t, ReadSecurity, strings.NewReader(file(t, "atlassian-jira-security.log.1")))
	equal(t, lines,
		"352 20:35:50.101  /login.jsp 0 X-AREQUESTID=815x4x1 X-Seraph-LoginReason=AUTHENTICATED_FAILED [192.0.2.10] account=charlie failures=1",
		"532 20:36:02.001  /rest/gadget/1.0/login 0 X-AREQUESTID=816x9x1 X-Seraph-LoginReason=OK X-AUSERNAME=charlie [192.0.2.10] account=charlie failures=0",
		"698 20:36:40.001  /rest/api/2/myself 0 X-AREQUESTID=816x12x1 X-Seraph-LoginReason=AUTHORISATION_FAILED [192.0.2.31] account=dora failures=0")
}

// TestSessionsOnly reads a log without a login, and with one.
func TestSessionsOnly(t *testing.T) {
	const line = "2026-03-02 09:10:00,101+0000 http-nio-8080-exec-1 anonymous 550x101x1 1k2wz9f 192.0.2.10 /login.jsp HttpSession created [1k2wz9f]\n"
	const login = "2026-03-02 09:10:01,213+0000 http-nio-8080-exec-3 anonymous 1x2x1 - 192.0.2.20 /login.jsp The user 'x' has PASSED authentication.\n"
	for text, want := range map[string]int{line + line: 2, line + login: 0} {
		c, lines := told(t, ReadSecurity, strings.NewReader(text))
		n := 0
		for _, note := range c.Notes {
			if note.Kind == exchange.NoteSessionsOnly {
				n = note.N
			}
		}
		if n != want || (len(lines) == 0) != (want > 0) {
			t.Errorf("%d noted, want %d; %q", n, want, lines)
		}
	}
}

// Nobody can write a verdict into the log by the name that he logs in with.
func TestForgedVerdict(t *testing.T) {
	const columns = "2026-03-02 09:10:01,213+0000 http-nio-8080-exec-3 anonymous 1x2x1 - 192.0.2.20 /login.jsp "
	for message, want := range map[string]string{
		"The user 'x' has PASSED authentication. ' has FAILED authentication.  Failure count equals 1": "AUTHENTICATED_FAILED",
		"The user 'The user 'y' has PASSED authentication.' has FAILED authentication.":                "AUTHENTICATED_FAILED",
		"The user 'x' has PASSED authentication, or so he says":                                        "",
	} {
		_, lines := told(t, ReadSecurity, strings.NewReader(columns+message+"\n"))
		if want == "" && len(lines) != 0 || want != "" && (len(lines) != 1 || !strings.Contains(lines[0], "X-Seraph-LoginReason="+want)) {
			t.Errorf("%q: %q", message, lines)
		}
	}
}

// The lines of one request make one exchange, also if others lie between.
func TestSeveralLines(t *testing.T) {
	line := func(id, what string) string {
		return "2026-03-02 09:10:01,213+0000 exec-3 anonymous " + id + " - 192.0.2.20 /login.jsp The user 'x' " + what + "\n"
	}
	in := line("1x1x1", "has FAILED authentication.  Failure count equals 2") + line("1x2x1", "has PASSED authentication.") +
		"continued\n" + line("1x1x1", "is required to answer a CAPTCHA elevated security check.  Failure count equals 3")
	_, lines := told(t, ReadSecurity, strings.NewReader(in))
	if len(lines) != 2 || !strings.Contains(lines[0], "CAPTCHA_CHALLENGE") || !strings.HasSuffix(lines[0], "failures=3") {
		t.Errorf("%q", lines)
	}
}

func TestUnreadable(t *testing.T) {
	const secret = "CANARY-horse"
	for name, read := range map[string]reading{"access": ReadAccess, "security": ReadSecurity} {
		for in, want := range map[string]string{
			"":                              "there is no",
			secret + "\n":                   "there is no",
			strings.Repeat(secret, 1<<20/8): "there is no",
		} {
			_, lines := told(t, read, strings.NewReader(in))
			if n := len(lines); n == 0 || !strings.Contains(lines[n-1], want) || strings.Contains(strings.Join(lines, ""), secret) {
				t.Errorf("%s: %.300q", name, lines)
			}
		}
		_, lines := told(t, read, io.MultiReader(strings.NewReader("x\n"), iotest.ErrReader(errors.New(secret))))
		if n := len(lines); !strings.Contains(lines[n-1], "could not be read") || strings.Contains(lines[n-1], secret) {
			t.Errorf("%s: %q", name, lines)
		}
	}
	c, lines := told(t, ReadAccess, strings.NewReader(strings.Repeat("x\n", 1000)))
	if len(lines) != maxBad+1 || c.Notes[0] != (exchange.Note{Kind: exchange.NoteUnreadable, N: 1000}) {
		t.Errorf("%d errors, %v", len(lines), c.Notes)
	}
}

func FuzzLogs(f *testing.F) {
	for _, name := range []string{"access_log.2026-03-02", "atlassian-jira-security.log", "atlassian-jira-security.log.1"} {
		f.Add(file(f, name))
	}
	f.Add("2026-03-02 09:10:01,213+0000      The user '' has PASSED authentication.\n")
	f.Fuzz(func(t *testing.T, in string) {
		for _, read := range []reading{ReadAccess, ReadSecurity} {
			c := &exchange.Capture{Name: "x"}
			last, ended := int64(-1), false
			for x, err := range read(c, strings.NewReader(in)) {
				if ended || (x == nil) == (err == nil) {
					t.Fatal("an exchange and an error, or neither, or more after the end")
				}
				if err != nil {
					u := err.(*exchange.Unreadable)
					ended = u.Fatal
					if u.At.Offset > int64(len(in)) {
						t.Fatalf("offset %d of %d", u.At.Offset, len(in))
					}
					continue
				}
				if x.At.Offset <= last || x.At.Offset >= int64(len(in)) {
					t.Fatalf("offset %d after %d of %d", x.At.Offset, last, len(in))
				}
				last = x.At.Offset
			}
		}
	})
}
