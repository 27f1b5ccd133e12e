package charles

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/why401/why401/internal/exchange"
)

const session = `[{"status":"COMPLETE","method":"GET","protocolVersion":"HTTP/1.1","scheme":"https","host":"jira.example.com","port":8443,"actualPort":8443,"path":"/rest/api/2/myself","query":"a=b",
"tunnel":false,"remoteAddress":"jira.example.com/192.0.2.20","clientAddress":"/127.0.0.1","times":{"start":"2026-03-02T09:00:00.500+0100","end":"2026-03-02T09:00:01.500+01:00"},
"durations":{"total":1000,"ssl":null},"ssl":{"protocol":"TLSv1.2","cipherSuite":"TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256"},"alpn":{"protocol":"http/1.1"},
"request":{"sizes":{"headers":100,"body":0},"mimeType":null,"header":{"firstLine":"GET /rest/api/2/myself HTTP/1.1","headers":[{"name":"Host","value":"jira.example.com"},{"name":"User-Agent","value":"sync/1.0"},{"name":"Authorization","value":"Basic CANARY"}]}},
"response":{"status":401,"sizes":{"headers":100,"body":6},"mimeType":"text/html","header":{"firstLine":"HTTP/1.1 401 Not Authorized","headers":[{"name":"X-Seraph-LoginReason","value":"AUTHENTICATED_FAILED"}]},"body":{"encoded":"ZGVuaWVk","encoding":"base64"}}},
{"status":"FAILED","method":"GET","scheme":"https","host":"acme.atlasian.net","port":443,"path":"/","query":null,"errorMessage":"Name or service not known","request":{"header":null},"response":null}]`

func read(t testing.TB, text string) (xs []*exchange.Exchange, errs []*exchange.Unreadable) {
	t.Helper()
	c := &exchange.Capture{Name: "test.chlsj"}
	for x, err := range Read(c, strings.NewReader(text)) {
		if (x == nil) == (err == nil) {
			t.Fatal("neither an exchange nor an error, or both")
		}
		if x != nil {
			if x.From != c || x.At.Capture != c.Name || len(x.Request.Body.Head) > exchange.MaxBody {
				t.Fatalf("%+v", x.At)
			}
			xs = append(xs, x)
			continue
		}
		u := new(exchange.Unreadable)
		if !errors.As(err, &u) || strings.Contains(u.Error()+u.Hint, "CANARY") || u.At.Offset > int64(len(text)) {
			t.Fatalf("%+v", err)
		}
		errs = append(errs, u)
	}
	return xs, errs
}

func TestRead(t *testing.T) {
	xs, errs := read(t, session)
	if len(xs) != 2 || len(errs) != 0 {
		t.Fatal(len(xs), errs)
	}
	x := xs[0]
	if x.Request.URL != "https://jira.example.com:8443/rest/api/2/myself?a=b" || x.Request.Header.Value("Authorization") != "Basic CANARY" || x.Client != "sync/1.0" {
		t.Errorf("%+v", x.Request)
	}
	if x.Response.Status != 401 || x.Response.Reason != "Not Authorized" || string(x.Response.Body.Head) != "denied" || x.Took != time.Second {
		t.Errorf("%+v %s", x.Response, x.Took)
	}
	if x.Conn.TLS.Version != "TLS 1.2" || x.Conn.ServerAddr != "192.0.2.20" || x.Conn.TLS.Protocol != "http/1.1" {
		t.Errorf("%+v", x.Conn)
	}
	if want := exchange.Credentials | exchange.Cookies | exchange.TLSFacts | exchange.Bodies | exchange.Timing; x.Sight != want {
		t.Error(x.Sight)
	}
	if f := xs[1].Failure; f == nil || f.Phase != exchange.DNS || xs[1].Response != nil || xs[1].Conn != nil || xs[1].At.Index != 1 {
		t.Errorf("%+v", f)
	}
}

func TestDamage(t *testing.T) {
	for name, tt := range map[string]struct {
		text     string
		xs, errs int
	}{
		"cut":        {session[:len(session)-30], 1, 1},
		"wrong type": {strings.Replace(session, `"method":"GET"`, `"method":["CANARY"]`, 1), 1, 1},
		"not JSON":   {strings.Replace(session, `"FAILED"`, `CANARY`, 1), 1, 1},
		"no list":    {`{"a":[]}`, 0, 0},
		"bad base64": {strings.Replace(session, "ZGVuaWVk", "!CANARY", 1), 2, 0},
	} {
		if xs, errs := read(t, tt.text); len(xs) != tt.xs || len(errs) != tt.errs {
			t.Errorf("%s: %d exchanges, %d errors, want %d and %d: %v", name, len(xs), len(errs), tt.xs, tt.errs, errs)
		}
	}
}

func FuzzRead(f *testing.F) {
	f.Add(session)
	f.Add(session[:200])
	f.Fuzz(func(t *testing.T, text string) { read(t, text) })
}
