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
