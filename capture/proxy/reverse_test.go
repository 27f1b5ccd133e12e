package proxy

import (
	"crypto/tls"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/why401/why401/internal/exchange"
)

// A client in reverse mode is led back to the proxy, and keeps the cookies; the
// capture has what the server sent.
func TestReverseAnswer(t *testing.T) {
	head := func(lines ...string) string {
		return "HTTP/1.1 302 Found\r\nX-b: 1 \r\n" + strings.Join(lines, "\r\n") + "\r\nContent-Length: 0\r\n\r\n"
	}
	sent := head("LOCATION:https://"+site+"/login?to=https://"+site+"/", "Content-Location: http://"+site+":80/x",
		"Set-Cookie: a=b=c; Path=/; Domain=.atlassian.net; secure; SameSite=None; HttpOnly", "Set-Cookie: plain=1; Path=/", "Set-Cookie: __Host-x=1; Secure; Path=/")
	w := newWorld(t, newOrigin(t, script(sent, sent, head("Location: https://id.example.com/"), head("Location: /relative")), site),
		func(o *Options) { o.Reverse = &url.URL{Scheme: "https", Host: site} })
	c := w.dial()
	for _, host := range []string{w.addr, "localhost:8402"} {
		c.send("GET / HTTP/1.1\r\nHost: " + host + "\r\n\r\n")
		c.expect(t, head("LOCATION: http://"+host+"/login?to=https://"+site+"/", "Content-Location: http://"+host+"/x",
			"Set-Cookie: a=b=c; Path=/; HttpOnly", "Set-Cookie: plain=1; Path=/", "Set-Cookie: __Host-x=1; Secure; Path=/"))
	}
	// What leads elsewhere, or is relative, stays as it is.
	c.send("GET / HTTP/1.1\r\nHost: " + w.addr + "\r\n\r\n")
	c.expect(t, head("Location: https://id.example.com/"))
	c.send("GET / HTTP/1.1\r\nHost: " + w.addr + "\r\n\r\n")
	c.expect(t, head("Location: /relative"))
	seen := w.exchanges(4)
	for i, x := range seen {
		if i < 2 && (string(x.Response.Raw) != sent || x.Response.Header.Value("Location") != "https://"+site+"/login?to=https://"+site+"/") {
			t.Errorf("%q", x.Response.Raw)
		}
		if noted := x.Comment != ""; noted != (i < 2) {
			t.Errorf("%d: comment %q", i, x.Comment)
		}
		if x.Request.URL != "https://"+site+"/" {
			t.Error(x.Request.URL)
		}
	}
	w.stop()
	if notes := w.Capture().Notes; len(notes) != 1 || notes[0] != (exchange.Note{Kind: exchange.NoteRewritten, N: 2}) {
		t.Errorf("%+v", notes)
	}
	// As an explicit proxy, the same answer passes as it is.
	w = newWorld(t, newOrigin(t, script(sent), site))
	d := w.client(site)
	d.send(get)
	d.expect(t, sent)
	if x := w.exchanges(1)[0]; x.Comment != "" {
		t.Error(x.Comment)
	}
}

// TestReverseRequest: the server is told that it is where it believes to be, else
// its check against forged requests fails; the capture has what it got.
func TestReverseRequest(t *testing.T) {
	w := newWorld(t, newOrigin(t, echo, site), func(o *Options) { o.Reverse = &url.URL{Scheme: "https", Host: site + ":443"} })
	c := w.dial()
	request := func(host, origin, referer string) string {
		return "POST /x HTTP/1.1\r\nX-b: 1 \r\nHost: " + host + "\r\nORIGIN: " + origin + "\r\nreferer:" + referer + "\r\nContent-Length: 0\r\n\r\n"
	}
	n := 0
	for _, host := range []string{w.addr, "localhost:8402"} {
		for _, tt := range [][4]string{
			{"http://" + host, "http://" + host + "/browse/A-1?a=http://" + host, "https://" + site, " https://" + site + "/browse/A-1?a=http://" + host},
			{"HTTP://" + strings.ToUpper(host) + " ", "\thttp://" + host, "https://" + site, " https://" + site},
			{"null", "https://" + host + "/", "null", "https://" + host + "/"},                               // another scheme
			{"http://evil.example", "http://" + host + "0/", "http://evil.example", "http://" + host + "0/"}, // another port
		} {
			c.send(request(host, tt[0], tt[1]))
			want := request(site+":443", tt[2], tt[3])
			contains(t, c.head(), "200 OK")
			c.expect(t, want)
			n++
			if x := w.exchanges(n)[n-1]; string(x.Request.Raw) != want || x.Request.Header.Value("Origin") != tt[2] {
				t.Errorf("%q", x.Request.Raw)
			}
		}
	}
	w.stop()
	// As an explicit proxy, they stay as they are.
	e := newWorld(t, newOrigin(t, echo, site)).client(site)
	e.send(request(site, "http://"+site, "http://"+site))
	contains(t, e.head(), "200 OK")
	e.expect(t, request(site, "http://"+site, "http://"+site))
}

func TestReverseFields(t *testing.T) {
	https := &url.URL{Scheme: "https", Host: site}
	odd := &url.URL{Scheme: "https", Host: site + ":8443"}
	plain, secure := listener{"http", "127.0.0.1:8402"}, listener{"https", "localhost:8402"}
	for _, tt := range []struct {
		l           listener
		server      *url.URL
		name, value string
		want        string // "": as it is
	}{
		{plain, https, "location", "https://" + site, "http://127.0.0.1:8402"},
		{plain, https, "Location", "HTTPS://ACME.atlassian.net:443?a", "http://127.0.0.1:8402?a"},
		{plain, https, "Location", "//" + site + "/a", "http://127.0.0.1:8402/a"},
		{secure, https, "Location", "http://" + site + "/a#b", "https://localhost:8402/a#b"},
		{plain, https, "Location", "https://" + site + ":8443/", ""},
		{plain, odd, "Location", "https://" + site + ":8443/", "http://127.0.0.1:8402/"},
		{plain, odd, "Location", "https://" + site + "/", ""},
		{plain, https, "Location", "https://" + site + ".evil.example/", ""},
		{plain, https, "Location", "https://user@" + site + "/", ""},
		{plain, https, "Location", "mailto:a//b", ""},
		{plain, https, "Location", "a/b//" + site, ""},
		{plain, https, "Link", "<https://" + site + ">", ""},
		{secure, https, "Set-Cookie", "a=1; Secure; SameSite=None; domain=" + site, "a=1; Secure; SameSite=None"},
		{plain, https, "Set-Cookie", "a=\"Secure\";Secure", "a=\"Secure\""},
		{plain, https, "Set-Cookie", "a=1; SameSite=Lax", ""},
		{plain, https, "Set-Cookie", "__Secure-a=1; Secure; Domain=x", ""},
	} {
		got, ok := tt.l.field(tt.name, tt.value, tt.server)
		if ok != (tt.want != "") || got != tt.want {
			t.Errorf("%s: %s: %q, %v; want %q", tt.name, tt.value, got, ok, tt.want)
		}
	}
}

// The same over HTTP/2 with TLS: Secure may stay.
func TestReverseAnswerH2(t *testing.T) {
	ca, err := NewCA([]string{"127.0.0.1", "localhost"})
	if err != nil {
		t.Fatal(err)
	}
	o := h2Origin(t, func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Origin") != "https://"+site || r.Header.Get("Referer") != "https://"+site+"/a" {
			t.Errorf("%+v", r.Header)
		}
		w.Header().Set("Location", "https://"+site+"/login")
		w.Header().Add("Set-Cookie", "a=1; Domain="+site+"; Secure")
		w.WriteHeader(http.StatusFound)
	}, "h2", "http/1.1")
	w := newWorld(t, o, func(o *Options) { o.Reverse, o.CA = &url.URL{Scheme: "https", Host: site}, ca })
	var only http.Protocols
	only.SetHTTP2(true)
	client := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: ca.Pool(), NextProtos: []string{"h2"}}, Protocols: &only}
	defer client.CloseIdleConnections()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "https://"+w.addr+"/", nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Origin", "https://"+w.addr)
	r.Header.Set("Referer", "https://"+w.addr+"/a")
	resp, err := client.RoundTrip(r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if l, c := resp.Header.Get("Location"), resp.Header.Get("Set-Cookie"); l != "https://"+w.addr+"/login" || c != "a=1; Secure" {
		t.Errorf("%q, %q", l, c)
	}
	if x := w.exchanges(1)[0]; x.Response.Header.Value("Location") != "https://"+site+"/login" || x.Comment == "" || x.Request.URL != "https://"+site+"/" {
		t.Errorf("%+v %+v", x, x.Response)
	}
}
