package command_test

import (
	"encoding/base64"
	"errors"
	"strings"
	"testing"

	"github.com/why401/why401/capture/command"
	"github.com/why401/why401/internal/exchange"
)

const url = "https://acme.atlassian.net/rest/api/3/myself"

func basic(pair string) string {
	return "Basic " + base64.StdEncoding.EncodeToString([]byte(pair))
}

func TestFind(t *testing.T) {
	long := strings.Repeat("CANARY", 20)
	wrapped := basic("a:" + long + "\n")
	for name, c := range map[string]struct {
		text, auth string // auth "-": no such field
		open       int
	}{
		"pair":          {`curl -u fred:CANARYpw ` + url, basic("fred:CANARYpw"), 0},
		"glued":         {`curl -sSufred:CANARYpw ` + url, basic("fred:CANARYpw"), 0},
		"prompt":        {`fred@host:~$ curl --user 'fred:CANARY$pw' ` + url, basic("fred:CANARY$pw"), 0},
		"echo":          {`curl -H "Authorization: Basic $(echo fred:CANARY | base64)" ` + url, basic("fred:CANARY\n"), 0},
		"backticks":     {"curl -H \"Authorization: Basic `echo fred:CANARY | base64`\" " + url, basic("fred:CANARY\n"), 0},
		"echo -n":       {`curl -H "Authorization: Basic $(echo -n 'fred:CANARY' | base64)" ` + url, basic("fred:CANARY"), 0},
		"printf":        {`curl -H "Authorization: Basic $(printf '%s' fred:CANARY | base64 -w0)" ` + url, basic("fred:CANARY"), 0},
		"here-string":   {`curl -H "Authorization: Basic $(base64 <<< fred:CANARY)" ` + url, basic("fred:CANARY\n"), 0},
		"wrapped":       {`curl -H "Authorization: Basic $(echo a:` + long + ` | base64)" ` + url, wrapped[:6+76] + "\n" + wrapped[6+76:6+152] + "\n" + wrapped[6+152:], 0},
		"tr":            {`curl -H "Authorization: Basic $(echo -n a:` + long + ` | base64 | tr -d '\n')" ` + url, basic("a:" + long), 0},
		"variable":      {`curl -H "Authorization: Bearer $TOKEN" ` + url, "-", 1},
		"quoted dollar": {`curl -H 'Authorization: Bearer $TOKEN' ` + url, "Bearer $TOKEN", 0},
		"other command": {`curl -H "Authorization: Bearer $(cat token.txt)" ` + url, "-", 1},
		"template":      {`curl -H 'Authorization: Bearer {{token}}' ` + url, "-", 1},
		"ansi":          {`curl -H $'Authorization: Bearer CANARY\n' ` + url, "Bearer CANARY\n", 0},
		"smart quotes":  {`curl -H “Authorization: Bearer CANARY” ` + url, "Bearer CANARY", 0},
		"no end":        {`curl ` + url + ` -H 'Authorization: Bearer CANARY`, "Bearer CANARY", 0},
		"oauth2":        {`curl --oauth2-bearer CANARY ` + url, "Bearer CANARY", 0},
		"netrc":         {`curl -n ` + url, "-", 0},
		"lines":         {"curl \\\n  -H 'Authorization: Bearer CANARY' \\\n  " + url, "Bearer CANARY", 0},
		"cmd":           {"curl ^\"" + url + "^\" ^\r\n  -H ^\"x: ^\\^\"a^\\^\"^\" ^\r\n  -H ^\"authorization: Bearer CANARY^\"\r\n", "Bearer CANARY", 0},
		"cmd variable":  {"curl.exe -H \"Authorization: Bearer %TOKEN%\" " + url, "-", 1},
		"wget":          {`wget --auth-no-challenge --user=fred --password=CANARY ` + url, basic("fred:CANARY"), 0},
		"wget waits":    {`wget --user=fred --password=CANARY ` + url, "-", 0},
		"fetch":         {`fetch("` + url + `", {"headers": {"accept": "*/*", "authorization": "Bearer CANARY"}, "body": null, "method": "GET"});`, "Bearer CANARY", 0},
		"btoa":          {"await fetch('" + url + "', { headers: { Authorization: 'Basic ' + btoa('fred:CANARY') } })", basic("fred:CANARY"), 0},
		"fetch open":    {"fetch('" + url + "', { headers: { Authorization: `Bearer ${token}` } })", "-", 1},
		"powershell":    {"Invoke-RestMethod -Uri \"" + url + "\" `\n -Headers @{\n \"authorization\"=\"Bearer CANARY\"\n}", "Bearer CANARY", 0},
		"ps variables":  {"$pair = \"fred:CANARY\"\n$e = [Convert]::ToBase64String([Text.Encoding]::ASCII.GetBytes($pair))\n$h = @{ Authorization = \"Basic $e\" }\nInvoke-RestMethod " + url + " -Headers $h", basic("fred:CANARY"), 0},
		"ps unknown":    {"irm " + url + " -Headers @{ Authorization = \"Bearer $env:TOKEN\" }", "-", 1},
	} {
		found := command.Find(c.text)
		if len(found) != 1 {
			t.Errorf("%s: %d commands", name, len(found))
			continue
		}
		x := found[0].Exchange
		got, ok := x.Request.Header.Get("Authorization")
		if !ok {
			got = "-"
		}
		if got != c.auth || x.Request.URL != url || found[0].Unresolved != c.open {
			t.Errorf("%s: Authorization %q, want %q; URL %q; %d unresolved", name, got, c.auth, x.Request.URL, found[0].Unresolved)
		}
		if c.auth == "-" && name != "wget waits" && x.Sees(exchange.Credentials) != exchange.Hidden {
			t.Errorf("%s: it claims to show the credentials", name)
		}
		if x.Fidelity != exchange.AsConfigured || x.Response != nil {
			t.Errorf("%s: not as configured", name)
		}
	}
}

func FuzzRead(f *testing.F) {
	for _, s := range []string{
		"curl -u a:b " + url, `curl -H "A: $(echo x | base64)" h`, "curl ^\"a^\" ^\n -H ^\"x^\"", "fetch(`a${b}`, {headers: {a: 'b' + btoa('c')}})",
		"irm h -Headers @{ a = \"b`n$c\" }", "curl $'\\x4", "curl `", "curl \"$(", "curl $(<<<x)", "fetch(\"",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		c := &exchange.Capture{Name: "f"}
		for x, err := range command.Read(c, strings.NewReader(s)) {
			if (x == nil) == (err == nil) {
				t.Fatal("an exchange or an error")
			}
			if u := new(exchange.Unreadable); err != nil && !errors.As(err, &u) {
				t.Fatal("an error without a place")
			}
			if x != nil && (x.At.Offset < 0 || x.At.Offset >= int64(len(s)) || x.From != c) {
				t.Fatal("a place outside of the input")
			}
		}
	})
}

// TestPosixEdges reads what only sometimes is in a command.
func TestPosixEdges(t *testing.T) {
	for name, c := range map[string]struct {
		text, auth, url string
		open            int
	}{
		"trace of a shell":   {"+ curl -u fred:CANARY " + url, basic("fred:CANARY"), url, 0},
		"bullet":             {"* curl -u fred:CANARY " + url, basic("fred:CANARY"), url, 0},
		"numbered":           {"2. curl -u fred:CANARY " + url, basic("fred:CANARY"), url, 0},
		"prompt with blanks": {"fred@host:~/x (main) $ curl -u fred:CANARY " + url, basic("fred:CANARY"), url, 0},
		"arrow":              {"➜  ~ curl -u fred:CANARY " + url, basic("fred:CANARY"), url, 0},
		"after another":      {"cd /tmp && curl -u fred:CANARY " + url, basic("fred:CANARY"), url, 0},
		"octal":              {`curl -u $'fred:\103ANARY\a' ` + url, basic("fred:CANARY\a"), url, 0},
		"gap":                {"curl -u fred@example.com:<api-token> " + url, "-", url, 1},
		"gap in the address": {"curl -u fred:CANARY https://<your site>/rest/api/3/myself", basic("fred:CANARY"), "https://<your site>/rest/api/3/myself", 1},
		"unknown host":       {"curl -u fred:CANARY \"$BASE_URL/rest/api/3/myself\"", basic("fred:CANARY"), "http://$BASE_URL/rest/api/3/myself", 1},
		"unknown address":    {"curl -u fred:CANARY $URL", basic("fred:CANARY"), "http://$URL", 1},
		"cmd, caret pass":    {"curl -u fred:CAN^^ARY ^\n " + url, basic("fred:CAN^ARY"), url, 0},
		"cmd, single quotes": {"C:\\Users\\fred> curl -u 'fred:CANARY' " + url, basic("'fred:CANARY'"), url, 0},
		"cmd, doubled":       {"curl.exe -u \"fred:CAN\"\"ARY\" " + url, basic(`fred:CAN"ARY`), url, 0},
		"cmd, variables":     {"curl.exe -u \"%USER%:%TOKEN%\" " + url, "-", url, 1},
		"cmd, no variables":  {"curl -H ^\"authorization: Basic %^41BC%^41^\" " + url, "Basic %41BC%41", url, 0},
	} {
		found := command.Find(c.text)
		if len(found) != 1 {
			t.Errorf("%s: %d commands", name, len(found))
			continue
		}
		q := found[0].Exchange.Request
		got, ok := q.Header.Get("Authorization")
		if !ok {
			got = "-"
		}
		if got != c.auth || q.URL != c.url || found[0].Unresolved != c.open || q.PartialURL != (c.open > 0 && c.url != url) {
			t.Errorf("%s: Authorization %q, want %q; URL %q; %d unresolved", name, got, c.auth, q.URL, found[0].Unresolved)
		}
	}
}

// TestProse: a sentence that starts with the name of a program is no command.
func TestProse(t *testing.T) {
	for _, text := range []string{
		"curl is not installed", "1. curl works", "- wget fails\n", "* fetch all of it", "I tried: curl with my token\n", "iwr says no",
		"> curl cannot do it\n", "We use it; curl as well", "`curl` fails", "Invoke-RestMethod : The remote server returned an error: (401) Unauthorized.\n", "curl: (6) Could not resolve host: a.example\n",
	} {
		if found := command.Find(text); len(found) > 0 {
			t.Errorf("%q: %s", text, found[0].Exchange.Request.URL)
		}
	}
}

// TestGrowth: variables that double each other stay small.
func TestGrowth(t *testing.T) {
	for name, text := range map[string]string{
		"shell":      "A=xxxxxxxxxxxxxxxx\n" + strings.Repeat("A=\"$A$A\"\n", 200) + "curl -H \"Authorization: Bearer $A\" " + url,
		"PowerShell": "$a = 'xxxxxxxxxxxxxxxx'\n" + strings.Repeat("$a = \"$a$a\"\n", 80) + strings.Repeat("$a += $a\n", 80) + strings.Repeat("$a = '{0}{0}' -f $a\n", 80) + "irm " + url + " -Headers @{Authorization=\"Bearer $a\"}",
	} {
		found := command.Find(text)
		if len(found) != 1 || found[0].Exchange.Request.Header.Has("Authorization") || found[0].Unresolved == 0 {
			t.Errorf("%s: %d commands", name, len(found))
		}
	}
}
