package command_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"regexp"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/why401/why401/capture/command"
)

// What developer tools copy comes back as it was, whatever is in it. The quoting is
// that of Chromium's NetworkLogView and Firefox's Curl.

var (
	unsureForCmd = regexp.MustCompile(`[^a-zA-Z0-9\s_\-:=+~'/.',?;*]`)
	control      = regexp.MustCompile(`[\x00-\x1f\x7f-\x{9f}!]`)
)

// forCmd quotes for cmd.exe as Chromium does: all is escaped by carets.
func forCmd(s string) string {
	s = strings.ReplaceAll(strings.ReplaceAll(s, `\`, `\\`), `"`, `\"`)
	s = unsureForCmd.ReplaceAllString(s, `^$0`)
	s = regexp.MustCompile(`%([a-zA-Z0-9_])`).ReplaceAllString(s, `%^$1`)
	return `^"` + strings.ReplaceAll(s, "\n", "^\n\n") + `^"`
}

// forCmdOnce quotes as older versions of both did: by doubled quotes.
func forCmdOnce(s string) string {
	s = strings.ReplaceAll(strings.ReplaceAll(s, `"`, `""`), `%`, `"%"`)
	return `"` + strings.ReplaceAll(s, `\`, `\\`) + `"`
}

func forBash(s string) string {
	if !control.MatchString(s) && !strings.Contains(s, "'") {
		return "'" + s + "'"
	}
	s = strings.NewReplacer(`\`, `\\`, `'`, `\'`, "\n", `\n`, "\r", `\r`).Replace(s)
	return "$'" + control.ReplaceAllStringFunc(s, func(c string) string { return fmt.Sprintf(`\u%04x`, []rune(c)[0]) }) + "'"
}

func forPowerShell(s string) string {
	var b strings.Builder
	for _, u := range utf16.Encode([]rune(strings.NewReplacer("`", "``", "$", "`$", `"`, "`\"").Replace(s))) {
		if u >= ' ' && u < 0x7f {
			b.WriteByte(byte(u))
		} else {
			fmt.Fprintf(&b, "$([char]%d)", u)
		}
	}
	return `"` + b.String() + `"`
}

func forJavaScript(s string) string {
	b, _ := json.Marshal(s)
	return string(b)
}

func TestDevTools(t *testing.T) {
	r := rand.New(rand.NewPCG(4, 1))
	alphabet := []rune("aZ9 =:/.,?;*+-_~'\"\\^%&|<>()[]{}$`!@#äé€😀\n")
	draw := func(from []rune) string {
		var b strings.Builder
		for range 1 + r.IntN(24) {
			b.WriteRune(from[r.IntN(len(from))])
		}
		return b.String()
	}
	// Without a backslash, which Chromium doubles for cmd.exe where Windows does not
	// take that back.
	narrow := []rune("aZ9=:/.,?;*+-_~'\"^%&|<>()[]{}$`!@# ")
	for range 3000 {
		any, ascii, name := strings.ReplaceAll(draw(alphabet), "{{", "{"), strings.ReplaceAll(draw(narrow), "{{", "{"), "CANARY"+draw(narrow[:2])
		token := "Bearer " + name + "%41" + strings.TrimSpace(ascii) + "x"
		body := "{" + any + "}x"
		for form, text := range map[string]string{
			"cmd":        "curl --url " + forCmd(url) + " ^\n  -H " + forCmd("accept: */*") + " ^\n  -H " + forCmd("authorization: "+token) + " ^\n  -b " + forCmd("a=b") + " ^\n  --data-raw " + forCmd("{"+ascii+"\n}x"),
			"cmd once":   "curl " + forCmdOnce(url) + " -H " + forCmdOnce("authorization: "+strings.ReplaceAll(strings.ReplaceAll(token, "^", ""), `"`, "")) + " -H \"cookie: a=b\" --compressed --data-raw \"x\"",
			"bash":       "curl --url " + forBash(url) + " \\\n  -H " + forBash("accept: */*") + " \\\n  -H " + forBash("authorization: "+token) + " \\\n  -b " + forBash("a=b") + " \\\n  --data-raw " + forBash(body) + " \\\n  --insecure",
			"PowerShell": "$session = New-Object Microsoft.PowerShell.Commands.WebRequestSession\n$session.UserAgent = \"x\"\n$session.Cookies.Add((New-Object System.Net.Cookie(\"a\", \"b\", \"/\", \".example.com\")))\nInvoke-WebRequest -UseBasicParsing -Uri " + forPowerShell(url) + " `\n-Method \"POST\" `\n-WebSession $session `\n-Headers @{\n\"authority\"=\"x\"\n  \"authorization\"=" + forPowerShell(token) + "\n} `\n-ContentType \"text/plain\" `\n-Body ([System.Text.Encoding]::UTF8.GetBytes(" + forPowerShell(body) + "))",
			"fetch":      "fetch(" + forJavaScript(url) + ", {\n  \"headers\": {\n    \"accept\": \"*/*\",\n    \"authorization\": " + forJavaScript(token) + ",\n    \"cookie\": \"a=b\"\n  },\n  \"referrer\": \"https://example.com/\",\n  \"body\": " + forJavaScript(body) + ",\n  \"method\": \"POST\"\n})",
		} {
			wantToken, wantBody := token, body
			switch form {
			case "cmd":
				wantBody = "{" + ascii + "\n}x"
			case "cmd once":
				wantToken, wantBody = strings.ReplaceAll(strings.ReplaceAll(token, "^", ""), `"`, ""), "x"
			}
			found := command.Find(text)
			if len(found) != 1 {
				t.Fatalf("%s: %d commands in %s", form, len(found), text)
			}
			q := found[0].Exchange.Request
			if got := q.Header.Value("authorization"); got != wantToken || string(q.Body.Head) != wantBody || q.URL != url || q.Method != "POST" || q.Header.Value("cookie") != "a=b" || found[0].To != len(text) {
				t.Fatalf("%s: %q, want %q; body %q, want %q; %s %s; to %d of %d, in\n%s", form, got, wantToken, q.Body.Head, wantBody, q.Method, q.URL, found[0].To, len(text), text)
			}
		}
	}
}

// TestDevToolsURL: brackets in an address are escaped for curl's globbing.
func TestDevToolsURL(t *testing.T) {
	for text, want := range map[string]string{
		`curl --url 'https://acme.example/a?b\[\]=\{x\}'`:               "https://acme.example/a?b[]={x}",
		`curl --url ^"https://acme.example/a?b^\[^\]=1^&c=%^20^"`:       "https://acme.example/a?b[]=1&c=%20",
		`curl -g 'https://acme.example/a?b\[\]'`:                        `https://acme.example/a?b\[\]`,
		"fetch(\"https://acme.example/a?b[]=1\", {\"method\":\"GET\"})": "https://acme.example/a?b[]=1",
	} {
		if found := command.Find(text); len(found) != 1 || found[0].Exchange.Request.URL != want {
			t.Errorf("%s: %+v", text, found)
		}
	}
}

// TestCopiedAll reads several commands that were copied at once.
func TestCopiedAll(t *testing.T) {
	for form, text := range map[string]string{
		"cmd":        "curl ^\"https://a.example/^\" ^\n  -H ^\"x: 1^\" ^\n  -H ^\"y: 2^\" &\r\ncurl ^\"https://b.example/^\"",
		"bash":       "curl 'https://a.example/' \\\n  -H 'x: 1' \\\n  -H 'y: 2' ;\ncurl 'https://b.example/'",
		"PowerShell": "Invoke-WebRequest -UseBasicParsing -Uri \"https://a.example/\" `\n-Headers @{\n\"x\"=\"1\"\n  \"y\"=\"2\"\n};\r\nInvoke-WebRequest -UseBasicParsing -Uri \"https://b.example/\"",
		"fetch":      "fetch(\"https://a.example/\", {\n  \"headers\": {\n    \"x\": \"1\",\n    \"y\": \"2\"\n  },\n  \"method\": \"GET\"\n}); ;\nfetch(\"https://b.example/\", {\n  \"method\": \"GET\"\n});",
	} {
		found := command.Find(text)
		if len(found) != 2 || found[0].Exchange.Request.URL != "https://a.example/" || found[1].Exchange.Request.URL != "https://b.example/" || found[0].Exchange.Request.Header.Value("y") != "2" || found[1].Exchange.Request.Header.Has("x") {
			t.Errorf("%s: %d commands", form, len(found))
		}
	}
}

// TestEditableFetch: what a browser does not let a script set is in comments.
func TestEditableFetch(t *testing.T) {
	found := command.Find("fetch(\"" + url + "\", {\n  \"headers\": {\n    \"accept\": \"*/*\",\n    // \"cookie\": \"a=CANARY\",\n    /* \"authorization\": \"Basic CANARY\", */\n    \"x-note\": \"http://a/*b*/\"\n  },\n  \"method\": \"GET\"\n});")
	if len(found) != 1 || found[0].Exchange.Request.Header.Has("cookie") || found[0].Exchange.Request.Header.Has("authorization") || found[0].Exchange.Request.Header.Value("x-note") != "http://a/*b*/" {
		t.Errorf("%+v", found)
	}
}
