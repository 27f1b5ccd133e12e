package command_test

import (
	"strings"
	"testing"

	"github.com/why401/why401/capture/command"
	"github.com/why401/why401/internal/exchange"
)

// TestPowerShell reads commands of PowerShell as people write them.
func TestPowerShell(t *testing.T) {
	const get = "Invoke-RestMethod -Uri " + url + " -Headers $h"
	for name, c := range map[string]struct {
		text, auth string // auth "-": no such field
		open       int
	}{
		"one line":          {"$h = @{Authorization = 'Basic ' + [Convert]::ToBase64String([Text.Encoding]::ASCII.GetBytes(\"fred:CANARY\"))}; " + get, basic("fred:CANARY"), 0},
		"line feed":         {"$b = [Convert]::ToBase64String([Text.Encoding]::ASCII.GetBytes(\"fred:CANARY`n\"))\n$h = @{ Authorization = \"Basic $b\" }\n" + get, basic("fred:CANARY\n"), 0},
		"CR LF":             {"$b = [Convert]::ToBase64String([System.Text.Encoding]::UTF8.GetBytes(\"fred:CANARY`r`n\"))\r\n$h = @{ Authorization = \"Basic $b\" }\r\n" + get, basic("fred:CANARY\r\n"), 0},
		"open line feed":    {"$b = [Convert]::ToBase64String([Text.Encoding]::ASCII.GetBytes(\"fred:${env:TOKEN}`n\"))\n$h = @{ Authorization = \"Basic $b\" }\n" + get, "Basic ***Cg==", 1},
		"format":            {"$u='fred'\n$p='CANARY'\n$b = [Convert]::ToBase64String([Text.Encoding]::ASCII.GetBytes((\"{0}:{1}\" -f $u,$p)))\n$h = @{Authorization=(\"Basic {0}\" -f $b)}\n" + get, basic("fred:CANARY"), 0},
		"in two steps":      {"$bytes = [System.Text.Encoding]::UTF8.GetBytes('fred' + ':' + 'CANARY')\n$b = [System.Convert]::ToBase64String($bytes)\n$h = @{ 'Authorization' = 'Basic ' + $b; Accept = '*/*' }\n" + get, basic("fred:CANARY"), 0},
		"UTF-16":            {"$b = [Convert]::ToBase64String([Text.Encoding]::Unicode.GetBytes('a:b'))\n$h = @{ Authorization = \"Basic $b\" }\n" + get, basic("a\x00:\x00b\x00"), 0},
		"lost letters":      {"$b = [Convert]::ToBase64String([Text.Encoding]::ASCII.GetBytes('jörg:b'))\n$h = @{ Authorization = \"Basic $b\" }\n" + get, basic("j?rg:b"), 0},
		"dictionary":        {"$h = New-Object \"System.Collections.Generic.Dictionary[[String],[String]]\"\n$h.Add(\"Authorization\", \"Bearer CANARY\")\n" + get, "Bearer CANARY", 0},
		"member":            {"$h = @{}\n$h['Authorization'] = 'Bearer CANARY'\n" + get, "Bearer CANARY", 0},
		"property":          {"$h = @{}\n$h.Authorization = 'Bearer CANARY'\n" + get, "Bearer CANARY", 0},
		"ordered":           {"$h = [ordered]@{ Authorization = 'Bearer CANARY' }\n" + get, "Bearer CANARY", 0},
		"plus":              {"$t = 'CAN'\n$t += 'ARY'\n$h = @{ Authorization = \"Bearer $t\" }\n" + get, "Bearer CANARY", 0},
		"subexpression":     {"$c = @{ token = 'CANARY' }\n$h = @{ Authorization = \"Bearer $($c.token)\" }\n" + get, "Bearer CANARY", 0},
		"environment":       {"$env:TOKEN = 'CANARY'\n$h = @{ Authorization = \"Bearer $env:TOKEN\" }\n" + get, "Bearer CANARY", 0},
		"unknown":           {"$h = @{ Authorization = \"Bearer $env:TOKEN\" }\n" + get, "-", 1},
		"file":              {"$h = @{ Authorization = \"Bearer $(Get-Content token.txt)\" }\n" + get, "-", 1},
		"unknown table":     {get, "-", 1},
		"splat":             {"$p = @{\n  Uri = '" + url + "' # the site\n  Method = 'Get'\n  Headers = @{\n    Authorization = 'Bearer CANARY'\n  }\n  SkipCertificateCheck = $true\n}\nInvoke-RestMethod @p\n", "Bearer CANARY", 0},
		"splat and more":    {"$p = @{ Headers = @{ Authorization = 'Bearer CANARY' } }\nirm @p " + url, "Bearer CANARY", 0},
		"backticks":         {"Invoke-WebRequest `\r\n  -Uri " + url + " `\r\n  -Headers @{ Authorization = 'Bearer CANARY' } `\r\n  -Method GET\r\n", "Bearer CANARY", 0},
		"short":             {"irm -Head @{Authorization='Bearer CANARY'} " + url, "Bearer CANARY", 0},
		"basic":             {"$p = ConvertTo-SecureString 'CANARY' -AsPlainText -Force\n$c = New-Object System.Management.Automation.PSCredential('fred', $p)\nInvoke-RestMethod " + url + " -Authentication Basic -Credential $c", basic("fred:CANARY"), 0},
		"basic, new":        {"$c = [pscredential]::new('fred', (ConvertTo-SecureString -String 'CANARY' -AsPlainText -Force))\nirm " + url + " -Authentication Basic -Credential $c", basic("fred:CANARY"), 0},
		"basic, list":       {"$c = New-Object -TypeName PSCredential -ArgumentList 'fred', (ConvertTo-SecureString 'CANARY' -AsPlainText -Force)\nirm " + url + " -Authentication:Basic -Credential $c", basic("fred:CANARY"), 0},
		"waits":             {"$c = New-Object PSCredential('fred', (ConvertTo-SecureString 'CANARY' -AsPlainText -Force))\nirm " + url + " -Credential $c", "-", 0},
		"asks":              {"irm " + url + " -Authentication Basic -Credential (Get-Credential)", "-", 0},
		"token":             {"irm " + url + " -Authentication Bearer -Token (ConvertTo-SecureString 'CANARY' -AsPlainText -Force)", "Bearer CANARY", 0},
		"overridden":        {"irm " + url + " -Headers @{Authorization='Basic x'} -Authentication OAuth -Token (ConvertTo-SecureString 'CANARY' -AsPlainText)", "Bearer CANARY", 0},
		"alias":             {"PS C:\\> curl " + url + " -Headers @{ Authorization = 'Bearer CANARY' }", "Bearer CANARY", 0},
		"alias, no prompt":  {"curl -Uri " + url + " -Headers @{ Authorization = 'Bearer CANARY' }", "Bearer CANARY", 0},
		"curl.exe":          {"PS C:\\> curl.exe -u 'fred:CANARY$x' " + url, basic("fred:CANARY$x"), 0},
		"curl.exe, doubled": {"curl.exe -u 'fred:CAN''ARY' " + url, basic("fred:CAN'ARY"), 0},
		"curl.exe, lines":   {"curl.exe -H \"Authorization: Bearer CANARY\" `\n  " + url + "\n", "Bearer CANARY", 0},
		"curl.exe, open":    {"curl.exe -H \"Authorization: Bearer $env:TOKEN\" " + url, "-", 1},
		"stop parsing":      {"PS> curl.exe --% -H \"Authorization: Bearer CANARY\" " + url, "Bearer CANARY", 0},
		"stop, variable":    {"PS C:\\> curl.exe --% -H \"Authorization: Bearer %TOKEN%\" " + url, "-", 1},
		"loop":              {"$h = @{ Authorization = 'Bearer CANARY' }\nforeach ($i in 1..3) {\n  " + get + "\n}", "Bearer CANARY", 0},
		"result":            {"$h = @{ Authorization = 'Bearer CANARY' }\n$r = " + get + " | ConvertTo-Json", "Bearer CANARY", 0},
		"in brackets":       {"$h = @{ Authorization = 'Bearer CANARY' }\n$r = (" + get + ").displayName", "Bearer CANARY", 0},
		"comment":           {"$h = @{\n  # Authorization = 'Basic x'\n  Authorization = 'Bearer CANARY'\n}\n" + get, "Bearer CANARY", 0},
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
		if c.auth == "-" && x.Sees(exchange.Credentials) != exchange.Hidden {
			t.Errorf("%s: it claims to show the credentials", name)
		}
	}
}

// TestHereString reads bodies and headers of several lines.
func TestHereString(t *testing.T) {
	text := "$body = @'\n{\"a\": \"$x\"}\n'@\n$t = 'CANARY'\n$h = @{ Authorization = @\"\nBearer $t\n\"@ }\nInvoke-RestMethod -Method Post -Uri " + url + " -Headers $h -Body $body"
	found := command.Find(text)
	if len(found) != 1 {
		t.Fatal(len(found))
	}
	r := found[0].Exchange.Request
	if string(r.Body.Head) != `{"a": "$x"}` || r.Method != "POST" || r.Header.Value("Authorization") != "Bearer CANARY" {
		t.Errorf("%+v", r)
	}
	if found := command.Find(strings.Replace(text, "\n'@", "\r\n'@", 1)); len(found) != 1 || string(found[0].Exchange.Request.Body.Head) != `{"a": "$x"}` {
		t.Error("CR LF")
	}
}
