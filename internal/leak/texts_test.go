package leak

import (
	"fmt"
	"strconv"
	"strings"
	"testing"
)

// asVerbose is what curl -v prints.
func asVerbose(b *batch) string {
	var out strings.Builder
	for i := range b.calls {
		c := &b.calls[i]
		w := c.wire()
		fmt.Fprintf(&out, "* Connected to %s (192.0.2.1) port 443\n* Server auth using Basic with user '%s'\n* SSL connection using TLSv1.3 / %s\n*  subject: CN=%s\n* %s\n",
			c.host(), b.plant(), b.token(), b.token(), b.plant())
		for side, sign := range []string{"> ", "< "} {
			head, body, _ := strings.Cut(w[side], "\r\n\r\n")
			for l := range strings.SplitSeq(head, "\r\n") {
				out.WriteString(sign + l + "\n")
			}
			out.WriteString(sign + "\n")
			if side == 1 {
				out.WriteString(body + "\n")
			}
		}
		fmt.Fprintf(&out, "* Connection #0 to host %s left intact\n", c.host())
	}
	return out.String()
}

// asTrace is what curl --trace and --trace-ascii write.
func asTrace(b *batch, ascii bool) string {
	var out strings.Builder
	part := func(name, text string) {
		fmt.Fprintf(&out, "%s, %d bytes (0x%x)\n", name, len(text), len(text))
		if ascii {
			at := 0
			for l := range strings.SplitAfterSeq(text, "\r\n") {
				if l != "" {
					fmt.Fprintf(&out, "%04x: %s\n", at, strings.TrimSuffix(l, "\r\n"))
				}
				at += len(l)
			}
			return
		}
		for at := 0; at < len(text); at += 16 {
			row := text[at:min(len(text), at+16)]
			printable := strings.Map(func(r rune) rune {
				if r < 32 || r > 126 {
					return '.'
				}
				return r
			}, row)
			fmt.Fprintf(&out, "%04x: %-48s%s\n", at, fmt.Sprintf("% x ", row), printable)
		}
	}
	for i := range b.calls {
		c := &b.calls[i]
		w := c.wire()
		fmt.Fprintf(&out, "== Info: Connected to %s (192.0.2.1) port 443 (#0)\n== Info: Server auth using Basic with user '%s'\n", c.host(), b.plant())
		head, body, _ := strings.Cut(w[0], "\r\n\r\n")
		part("=> Send header", head+"\r\n\r\n")
		if body != "" {
			part("=> Send data", body)
		}
		head, body, _ = strings.Cut(w[1], "\r\n\r\n")
		for l := range strings.SplitSeq(head, "\r\n") {
			part("<= Recv header", l+"\r\n")
		}
		part("<= Recv header", "\r\n")
		if body != "" {
			part("<= Recv data", body)
		}
		fmt.Fprintf(&out, "== Info: Connection #0 to host %s left intact\n", c.host())
	}
	return out.String()
}

// asWget is what wget -d prints.
func asWget(b *batch) string {
	var out strings.Builder
	for i := range b.calls {
		w := b.calls[i].wire()
		ask, _, _ := strings.Cut(strings.ReplaceAll(w[0], "\r", ""), "\n\n")
		answer, _, _ := strings.Cut(strings.ReplaceAll(w[1], "\r", ""), "\n\n")
		fmt.Fprintf(&out, "$ wget -d -O- '%s'\nSetting --password (password) to %s\nDEBUG output created by Wget 1.21.3 on linux-gnu.\n\nAuth-without-challenge set, %s\n---request begin---\n%s\n\n---request end---\nHTTP request sent, awaiting response... \n---response begin---\n%s\n\n---response end---\n%s\n",
			strings.ReplaceAll(b.calls[i].url, "'", ""), b.plant(), b.plant(), ask, answer, b.plant())
	}
	return out.String()
}

// asCommands is commands as people paste them.
func asCommands(b *batch) string {
	var out strings.Builder
	plain := func(s string) string { return strings.NewReplacer("\n", "", "\r", "", "\x00", "").Replace(s) }
	sh := func(s string) string { return "'" + strings.ReplaceAll(plain(s), "'", `'\''`) + "'" }
	ps := func(s string) string { return "'" + strings.ReplaceAll(plain(s), "'", "''") + "'" }
	for i := range b.calls {
		c := &b.calls[i]
		switch i % 4 {
		case 0:
			out.WriteString("\ncurl " + sh(c.url))
			for _, h := range c.ask {
				out.WriteString(" -H " + sh(h["name"]+": "+h["value"]))
			}
			switch i % 3 {
			case 0:
				out.WriteString(" -u " + sh(b.plant()+":"+b.plant()))
			case 1:
				out.WriteString(" --oauth2-bearer " + b.plant() + " -b " + sh("JSESSIONID="+b.plant()))
			default:
				out.WriteString(" --proxy-user " + sh(b.plant()+":"+b.plant()) + " -A " + sh(b.plant()))
			}
			if c.body != "" {
				out.WriteString(" --data-raw " + sh(c.body))
			}
		case 1:
			out.WriteString("\nwget " + sh(c.url))
			for _, h := range c.ask {
				out.WriteString(" --header=" + sh(h["name"]+": "+h["value"]))
			}
			out.WriteString(" --user=" + b.plant() + " --password=" + b.plant())
			if c.body != "" {
				out.WriteString(" --post-data=" + sh(c.body))
			}
		case 2:
			out.WriteString("\nInvoke-RestMethod -Uri " + ps(c.url) + " -Method " + c.method + " -Headers @{")
			for _, h := range c.ask {
				out.WriteString(ps(h["name"]) + "=" + ps(h["value"]) + ";")
			}
			out.WriteString("}")
			if c.body != "" {
				out.WriteString(" -Body " + ps(c.body))
			}
		default:
			headers := object{}
			for _, h := range c.ask {
				headers[h["name"]] = h["value"]
			}
			o := object{"method": c.method, "headers": headers}
			if c.body != "" {
				o["body"] = c.body
			}
			out.WriteString("\nfetch(" + marshal(c.url) + ", " + marshal(o) + ");")
		}
		out.WriteString("\n\nand it says " + b.plant() + "\n")
	}
	return out.String()
}

// asHTTPFile is a file of requests.
func asWgetServer(b *batch) string {
	var out strings.Builder
	for i := range b.calls {
		c := &b.calls[i]
		answer, _, _ := strings.Cut(strings.ReplaceAll(c.wire()[1], "\r", ""), "\n\n")
		fmt.Fprintf(&out, "--2026-03-02 09:00:00--  %s\nConnecting to %s (%s)|192.0.2.1|:443... connected.\nHTTP request sent, awaiting response... \n  %s\n\n%s\n",
			c.url, c.host(), b.token(), strings.ReplaceAll(answer, "\n", "\n  "), b.plant())
	}
	return out.String()
}

func asPowerErrors(b *batch) string {
	var out strings.Builder
	ps := func(s string) string {
		return "'" + strings.NewReplacer("'", "''", "\n", "", "\r", "", "\x00", "").Replace(s) + "'"
	}
	for i := range b.calls {
		c := &b.calls[i]
		ask := "Invoke-RestMethod -Uri " + ps(c.url) + " -Headers @{"
		for _, h := range c.ask {
			ask += ps(h["name"]) + "=" + ps(h["value"]) + ";"
		}
		ask += "}"
		if i%2 == 0 {
			fmt.Fprintf(&out, "Invoke-RestMethod : The remote server returned an error: (401) %s.\nAt %s:1 char:1\n+ %s\n+ ~~~~\n    + CategoryInfo : %s\n%s\n", b.token(), b.token(), ask, b.plant(), b.plant())
			continue
		}
		fmt.Fprintf(&out, "Invoke-RestMethod: %s\nLine |\n   1 |  %s\n     |  ~~~~\n     | Response status code does not indicate success: 401 (%s).\n%s\n", b.plant(), ask, b.token(), b.plant())
	}
	return out.String()
}

func asMessages(b *batch) string {
	out := "Hello, " + b.plant() + "\n"
	for i := range b.calls {
		c := &b.calls[i]
		w := c.wire()
		if i%4 == 1 { // as the developer tools list them
			out += "\n:authority: " + c.host() + "\n:method: " + c.method + "\n:path: " + c.target() + "\n:scheme: https\n"
			for _, h := range c.ask {
				out += strings.ToLower(h["name"]) + ": " + strings.ReplaceAll(h["value"], "\n", "") + "\n"
			}
			out += "\n" + w[1]
			continue
		}
		out += w[0] + w[1] + "\nand it says " + b.plant() + "\n"
	}
	return out
}

func asErrors(b *batch) string {
	lit := func(s string) string {
		return "'" + strings.NewReplacer(`\`, `\\`, "'", `\'`, "\n", `\n`, "\r", `\r`, "\x00", `\x00`).Replace(s) + "'"
	}
	dict := func(f fields) (s string) {
		for _, h := range f {
			s += ", " + lit(h["name"]) + ": " + lit(h["value"])
		}
		return "{" + strings.TrimPrefix(s, ", ") + "}"
	}
	out := b.plant() + "\n"
	for i := range b.calls {
		c := &b.calls[i]
		switch i % 3 {
		case 0:
			out += "raise JIRAError(" + b.plant() + ")\njira.exceptions.JIRAError: JiraError HTTP " + fmt.Sprint(c.status) + " url: " + c.url + "\n\ttext: " + b.plant() +
				"\n\t\n\trequest headers = " + dict(c.ask) + "\n\tresponse headers = " + dict(c.answer) + "\n\tresponse text = " + c.said + "\n\nTraceback: " + b.plant() + "\n"
		case 1:
			out += "AxiosError: Request failed with status code " + fmt.Sprint(c.status) + "\n    at " + b.plant() + " {\n  config: { headers: Object [AxiosHeaders] " + dict(c.ask) + ", auth: { username: " + lit(b.plant()) + ", password: " + lit(b.plant()) +
				" }, method: 'get', url: " + lit(c.url) + ", data: " + lit(c.body) + " },\n  request: <ref *1> ClientRequest { _header: " + lit(c.wire()[0]) + " },\n  response: { status: 401, statusText: " + lit(b.plant()) +
				", headers: " + dict(c.answer) + ", data: " + lit(c.said) + " }\n}\n"
		default:
			out += "requests.exceptions.HTTPError: 401 Client Error: " + b.token() + " for url: " + c.url + "\nand " + b.plant() + "\n"
		}
	}
	return out
}

func asHTTPFile(b *batch) string {
	out := "@secret = " + b.plant() + "\n@" + b.token() + " = x\n"
	for i := range b.calls {
		c := &b.calls[i]
		out += "\n### " + b.plant() + "\n# @name " + b.token() + "\n// " + b.plant() + "\n" + c.method + " " + c.url + " HTTP/1.1\n"
		for _, h := range c.ask {
			out += h["name"] + ": " + strings.ReplaceAll(h["value"], "\n", "") + "\n"
		}
		switch i % 3 {
		case 0:
			out += "X-One: {{secret}}\n"
		case 1:
			out += "X-Two: {{" + b.token() + "}}\n"
		}
		if c.body != "" {
			out += "\n" + c.body + "\n"
		}
		out += "\n> {%\nclient.global.set(\"t\", \"" + b.plant() + "\")\n%}\n"
	}
	return out
}

// asJiraLogs is Jira's access log and its security log. They show addresses,
// Referer and User-Agent, accounts and sessions.
func asJiraLogs(_ *testing.T, b *batch) input {
	var access, security strings.Builder
	for i := range b.calls {
		c := &b.calls[i]
		referer, agent := "https://jira.corp.example/?x="+b.plant(), "client/1.0 "+b.plant()
		for _, h := range c.ask {
			switch h["name"] {
			case "Referer":
				referer = strings.ReplaceAll(h["value"], "\n", "")
			case "User-Agent":
				agent = strings.ReplaceAll(h["value"], "\n", "")
			}
		}
		user, session, id := b.plant(), b.plant(), fmt.Sprintf("550x%dx1", 100+i)
		target := strings.ReplaceAll(c.target(), " ", "+")
		fmt.Fprintf(&access, "192.0.2.20 %s %s [02/Mar/2026:09:10:00 +0000] \"%s %s HTTP/1.1\" %d 73 12 \"%s\" \"%s\" \"%s\"\n", id, user, c.method, target, c.status, referer, agent, session)
		path, _, _ := strings.Cut(target, "?")
		what := []string{
			"The user '%s' has FAILED authentication.  Failure count equals 1", "The user '%s' has PASSED authentication.", "The user '%s' is required to answer a CAPTCHA elevated security check.  Failure count equals 4",
			"login : '%s' tried to login but they do not have USE permission or weren't found. Deleting remember me cookie.", "HttpSession created [%s]",
		}[i%5]
		fmt.Fprintf(&security, "2026-03-02 09:10:01,213+0000 http-nio-8080-exec-%d url: %s %s %s %s 192.0.2.20 %s "+what+"\n", i, path, user, id, session, path, b.plant())
	}
	return input{files: map[string]string{"access_log.2026-03-02": access.String(), "atlassian-jira-security.log": security.String()}, least: len(b.calls)}
}

// tnet is a value as mitmproxy stores it.
func tnet(v any) string {
	as := func(s string, kind string) string { return strconv.Itoa(len(s)) + ":" + s + kind }
	switch v := v.(type) {
	case string:
		return as(v, ",")
	case text:
		return as(string(v), ";")
	case int:
		return as(strconv.Itoa(v), "#")
	case float64:
		return as(strconv.FormatFloat(v, 'f', -1, 64), "^")
	case list:
		s := ""
		for _, x := range v {
			s += tnet(x)
		}
		return as(s, "]")
	case dict:
		s := ""
		for _, x := range v {
			s += tnet(x)
		}
		return as(s, "}")
	}
	return as("", "~")
}

type (
	text string
	list []any
	dict []any // names and values in turn
)

// asFlows is a file of mitmproxy.
func asFlows(b *batch) string {
	lines := func(f fields) (out list) {
		for _, h := range f {
			out = append(out, list{h["name"], h["value"]})
		}
		return out
	}
	var out strings.Builder
	for i := range b.calls {
		c := &b.calls[i]
		flow := dict{
			text("type"), text("http"), text("version"), 21, text("comment"), text(b.plant()), text("marked"), text(b.plant()), text("metadata"),
			dict{text("x"), text(b.plant())},
			text("request"),
			dict{
				text("path"), c.target(), text("authority"), "", text("scheme"), "https", text("method"), c.method, text("port"), 443, text("host"), text(c.host()),
				text("timestamp_start"), 1795346624.25, text("timestamp_end"), 1795346624.5, text("trailers"), nil, text("content"), c.body, text("headers"), lines(c.ask), text("http_version"), "HTTP/1.1",
			},
			text("response"),
			dict{
				text("http_version"), "HTTP/1.1", text("status_code"), c.status, text("reason"), b.plant(), text("headers"), lines(c.answer), text("content"), c.said,
				text("timestamp_start"), 1795346624.6, text("timestamp_end"), 1795346625.25,
			},
			text("client_conn"),
			dict{text("peername"), list{text("192.0.2.5"), 50000}, text("tls_version"), text(b.token()), text("proxy_mode"), text(b.plant())},
			text("server_conn"),
			dict{text("id"), text(b.plant()), text("tls_version"), text(b.token()), text("cipher"), text(b.token()), text("address"), list{text(c.host()), 443}},
		}
		if i%20 == 19 {
			flow = append(flow, text("error"), dict{text("msg"), text(b.plant()), text("timestamp"), 1.5})
		}
		out.WriteString(tnet(flow))
	}
	return out.String()
}
