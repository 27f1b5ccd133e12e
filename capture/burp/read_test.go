package burp

import (
	"encoding/base64"
	"errors"
	"strings"
	"testing"

	"github.com/why401/why401/internal/exchange"
)

const (
	head = `<?xml version="1.0"?><!DOCTYPE items [<!ELEMENT items (item*)>]>
<items burpVersion="2025.1" exportTime="Mon Mar 02 09:00:00 UTC 2026">
`
	request  = "GET /rest/api/2/myself HTTP/1.1\r\nHost: jira.example.com\r\nUser-Agent: sync/1.0\r\nAuthorization: Basic CANARY\r\n\r\n"
	response = "HTTP/1.1 401 Unauthorized\r\nX-Seraph-LoginReason: AUTHENTICATED_FAILED\r\nContent-Type: text/html\r\n\r\ndenied"
)

func anItem(coded bool, request, response string) string {
	of := func(s string) string { return "<![CDATA[" + s + "]]>" }
	attr := "false"
	if coded {
		attr = "true"
		of = func(s string) string { return "<![CDATA[" + base64.StdEncoding.EncodeToString([]byte(s)) + "]]>" }
	}
	return `<item><time>Mon Mar 02 08:59:01 UTC 2026</time><url><![CDATA[https://jira.example.com/rest/api/2/myself]]></url>
<host ip="192.0.2.20">jira.example.com</host><port>443</port><protocol>https</protocol>
<request base64="` + attr + `">` + of(request) + `</request><status>401</status><response base64="` + attr + `">` + of(response) + "</response></item>\n"
}

func read(t testing.TB, text string) (xs []*exchange.Exchange, errs []*exchange.Unreadable) {
	t.Helper()
	c := &exchange.Capture{Name: "items.xml"}
	for x, err := range Read(c, strings.NewReader(text), Options{}) {
		if (x == nil) == (err == nil) {
			t.Fatal("neither an exchange nor an error, or both")
		}
		if x != nil {
			if x.From != c || x.At.Capture != c.Name {
				t.Fatalf("%+v", x.At)
			}
			xs = append(xs, x)
			continue
		}
		u := new(exchange.Unreadable)
		if !errors.As(err, &u) || strings.Contains(u.Error()+u.Hint, "CANARY") || u.At.Offset < 0 || u.At.Offset > int64(len(text)) {
			t.Fatalf("%+v", err)
		}
		errs = append(errs, u)
	}
	return xs, errs
}

func TestRead(t *testing.T) {
	xs, errs := read(t, head+anItem(true, request, response)+anItem(false, request, "")+"</items>")
	if len(xs) != 2 || len(errs) != 0 {
		t.Fatal(len(xs), errs)
	}
	x := xs[0]
	if x.Request.Method != "GET" || x.Request.URL != "https://jira.example.com/rest/api/2/myself" || x.Request.Header.Value("Authorization") != "Basic CANARY" || x.Client != "sync/1.0" {
		t.Errorf("%+v", x.Request)
	}
	if x.Response.Status != 401 || string(x.Response.Body.Head) != "denied" || x.Conn.ServerAddr != "192.0.2.20" || x.Conn.ServerPort != 443 || x.Start.Hour() != 8 {
		t.Errorf("%+v %+v %s", x.Response, x.Conn, x.Start)
	}
	if x.Sight != exchange.Credentials|exchange.Cookies|exchange.Bodies {
		t.Error(x.Sight)
	}
	if xs[1].Response != nil || xs[1].Request.Header.Value("Authorization") != "Basic CANARY" || xs[1].At.Index != 1 || xs[1].Sight&exchange.Bodies != 0 {
		t.Errorf("%+v", xs[1])
	}
}

func TestDamage(t *testing.T) {
	good := anItem(true, request, response)
	for name, tt := range map[string]struct {
		text     string
		xs, errs int
	}{
		"no items":        {head + "</items>", 0, 0},
		"cut":             {head + good + good[:len(good)/2], 1, 1},
		"no request":      {head + good + "<item><url>x</url></item>" + good, 2, 1},
		"no HTTP":         {head + anItem(true, "\x00\x01CANARY", "") + good, 1, 1},
		"wrong base64":    {head + strings.Replace(good, "R0VU", "!!CANARY", 1) + good, 1, 1},
		"unknown entity":  {head + "<item><url>&CANARY;</url></item>" + good, 1, 1},
		"not well-formed": {head + good + "<item <CANARY", 1, 1},
	} {
		xs, errs := read(t, tt.text)
		if len(xs) != tt.xs || len(errs) != tt.errs {
			t.Errorf("%s: %d exchanges, %d errors, want %d and %d: %v", name, len(xs), len(errs), tt.xs, tt.errs, errs)
		}
	}
}

// TestEntities: entities of the file's own are not expanded.
func TestEntities(t *testing.T) {
	bomb := `<?xml version="1.0"?><!DOCTYPE items [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]><items burpVersion="1"><item><url>&b;</url></item></items>`
	xs, _ := read(t, bomb)
	for _, x := range xs {
		if strings.Contains(x.Request.URL, "aaaa") {
			t.Error("expanded")
		}
	}
}

func FuzzRead(f *testing.F) {
	f.Add(head + anItem(true, request, response) + "</items>")
	f.Add(head + anItem(false, request, response))
	f.Add("<items><item><request base64='true'>!</request></item>")
	f.Add(head + anItem(false, " /x HTTP/1.1\r\nHost: a\r\n\r\n", response))
	f.Fuzz(func(t *testing.T, text string) {
		for _, x := range first(read(t, text)) {
			if x.Request.Method == "" || len(x.Request.Body.Head) > exchange.MaxBody {
				t.Fatalf("%+v", x.Request)
			}
		}
	})
}

func first(xs []*exchange.Exchange, _ []*exchange.Unreadable) []*exchange.Exchange { return xs }
