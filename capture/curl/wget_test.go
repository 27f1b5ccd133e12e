package curl_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/why401/why401/capture/curl"
	"github.com/why401/why401/internal/exchange"
)

const (
	wgetPage = "--2026-03-02 09:00:00--  https://h.example/x?a=b\n"
	wgetDial = "Resolving h.example (h.example)... 192.0.2.1, 192.0.2.2\nConnecting to h.example (h.example)|192.0.2.1|:443... connected.\n"
	wgetAsks = "HTTP request sent, awaiting response... "
)

// TestWgetTells reads what wget prints with and without -S and -d.
func TestWgetTells(t *testing.T) {
	debug := "---request begin---\nGET /x HTTP/1.1\nHost: h.example\nAuthorization: Basic QQ==\n\n---request end---\n" + wgetAsks + "\n---response begin---\nHTTP/1.1 401 Unauthorized\nX-A: b\n\n---response end---\n401 Unauthorized\n"
	for name, c := range map[string]struct{ in, want string }{
		"plain":            {wgetPage + wgetDial + wgetAsks + "401 Unauthorized\n\nUsername/Password Authentication Failed.\n", ` https://h.example/x?a=b 401 "Unauthorized" 192.0.2.1 []`},
		"without address":  {wgetDial + wgetAsks + "401 Unauthorized\n", ` https://h.example/ 401 "Unauthorized" 192.0.2.1 []`},
		"error":            {wgetPage + wgetDial + wgetAsks + "403 Forbidden\n2026-03-02 09:00:00 ERROR 403: Forbidden.\n", ` https://h.example/x?a=b 403 "Forbidden" 192.0.2.1 []`},
		"quiet":            {wgetPage + "2026-03-02 09:00:00 ERROR 403: Forbidden.\n", ` https://h.example/x?a=b 403 "Forbidden"  []`},
		"asked again":      {wgetPage + wgetDial + wgetAsks + "401 Unauthorized\nAuthentication selected: Basic realm=\"x\"\nReusing existing connection to h.example:443.\n" + wgetAsks + "403 \n", ` https://h.example/x?a=b 401 "Unauthorized" 192.0.2.1 []` + "\n" + ` https://h.example/x?a=b 403 "" 192.0.2.1 []`},
		"redirected":       {wgetPage + wgetDial + wgetAsks + "302 Found\nLocation: /login [following]\n" + strings.Replace(wgetPage, "/x?a=b", "/login", 1) + "Reusing existing connection to h.example:443.\n" + wgetAsks + "200 OK\nLength: 12 [text/html]\nSaving to: 'x'\n", ` https://h.example/x?a=b 302 "Found" 192.0.2.1 []` + "\n" + ` https://h.example/login 200 "OK"  []`},
		"-S":               {wgetPage + wgetDial + wgetAsks + "\n  HTTP/1.1 401 Unauthorized\n  X-A: b\n  Content-Length: 12\n\nUsername/Password Authentication Failed.\n", ` https://h.example/x?a=b 401 "Unauthorized" 192.0.2.1 "b" []`},
		"-S, twice":        {wgetPage + wgetDial + wgetAsks + "\n  HTTP/1.1 401 Unauthorized\n  X-A: b\n" + wgetAsks + "\n  HTTP/1.1 200 OK\nLength: 3\n", ` https://h.example/x?a=b 401 "Unauthorized" 192.0.2.1 "b" []` + "\n" + ` https://h.example/x?a=b 200 "OK" 192.0.2.1 []`},
		"-d":               {wgetPage + wgetDial + debug, `GET https://h.example/x 401 "Unauthorized" 192.0.2.1 "b" [credentials, cookies, wire]`},
		"-d, body":         {wgetPage + wgetDial + debug + "Skipping 2 bytes of body: [no] done.\n", `GET https://h.example/x 401 "Unauthorized" 192.0.2.1 "b" [credentials, cookies, wire, bodies]`},
		"-d, http":         {strings.NewReplacer("https:", "http:", ":443", ":8080").Replace(wgetPage+wgetDial) + debug, `GET http://h.example/x 401 "Unauthorized" 192.0.2.1 "b" [credentials, cookies, wire]`},
		"-d, from within":  {debug, `GET https://h.example/x 401 "Unauthorized"  "b" [credentials, cookies, wire]`},
		"German":           {wgetPage + "Auflösen des Hostnamens h.example (h.example)… 192.0.2.1\nVerbindungsaufbau zu h.example (h.example)|192.0.2.1|:443 ... verbunden.\nHTTP-Anforderung gesendet, auf Antwort wird gewartet ... 401 Unauthorized\n", ` https://h.example/x?a=b 401 "Unauthorized" 192.0.2.1 []`},
		"no such host":     {wgetPage + "Resolving h.example (h.example)... failed: Name or service not known.\nwget: unable to resolve host address 'h.example'\n", " https://h.example/x?a=b 0 ENOTFOUND "},
		"refused":          {wgetPage + "Connecting to h.example (h.example)|192.0.2.1|:443... failed: Connection refused.\n", " https://h.example/x?a=b 0 ECONNREFUSED 192.0.2.1"},
		"refused once":     {wgetPage + "Connecting to h.example (h.example)|192.0.2.9|:443... failed: Connection refused.\n" + wgetDial + wgetAsks + "401 Unauthorized\n", ` https://h.example/x?a=b 401 "Unauthorized" 192.0.2.1 []`},
		"certificate":      {wgetPage + wgetDial + "ERROR: cannot verify h.example's certificate, issued by 'CN=x':\n  Unable to locally verify the issuer's authority.\nTo connect to h.example insecurely, use `--no-check-certificate'.\n", " https://h.example/x?a=b 0 CERT_UNTRUSTED 192.0.2.1"},
		"proxy":            {wgetPage + "Connecting to proxy.example:3128... connected.\nProxy request sent, awaiting response... 407 Proxy Authentication Required\n", ` https://h.example/x?a=b 407 "Proxy Authentication Required"  []`},
		"busybox":          {"Connecting to h.example (192.0.2.1:443)\nwget: server returned error: HTTP/1.1 401 Unauthorized\n", ` https://h.example/ 401 "Unauthorized" 192.0.2.1 []`},
		"curl before wget": {"* Connected to h.example (192.0.2.1) port 80\n> GET /y HTTP/1.1\n> Host: h.example\n>\n< HTTP/1.1 401 \n<\nbody... \n" + wgetPage + wgetDial + wgetAsks + "200 OK\n", `GET http://h.example/y 401 "" 192.0.2.1 [credentials, cookies, bodies]` + "\n" + ` https://h.example/x?a=b 200 "OK" 192.0.2.1 []`},
	} {
		c2 := &exchange.Capture{Name: "w"}
		var b strings.Builder
		last := int64(-1)
		for x, err := range curl.Read(c2, strings.NewReader(c.in)) {
			if err != nil || x.At.Offset <= last {
				t.Fatalf("%s: %v %+v", name, err, x)
			}
			last = x.At.Offset
			fmt.Fprintf(&b, "%s %s", x.Request.Method, x.Request.URL)
			addr := ""
			if x.Conn != nil {
				addr = x.Conn.ServerAddr
			}
			if x.Response == nil {
				fmt.Fprintf(&b, " 0 %s %s\n", x.Failure.Code, addr)
				continue
			}
			fmt.Fprintf(&b, " %d %q %s", x.Response.Status, x.Response.Reason, addr)
			if v := x.Response.Header.Value("X-A"); v != "" {
				fmt.Fprintf(&b, " %q", v)
			}
			fmt.Fprintf(&b, " [%v]\n", x.Sight)
		}
		if b.String() != c.want+"\n" {
			t.Errorf("%s: got\n%swant\n%s", name, b.String(), c.want)
		}
	}
}
