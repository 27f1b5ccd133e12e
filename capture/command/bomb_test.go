package command

import (
	"strings"
	"testing"
	"time"
)

// TestBombs reads 4 MiB of commands that look for variables, brackets and quotes
// without end. The bound tells a second from for ever, on machines that are busy.
func TestBombs(t *testing.T) {
	if testing.Short() {
		t.Skip("it takes long")
	}
	for name, text := range map[string]string{
		"PowerShell": strings.Repeat("$p = \"fred:CANARY\"\n$e = [Convert]::ToBase64String([Text.Encoding]::ASCII.GetBytes($p))\n$h = @{ Authorization = \"Basic $e\" }\nInvoke-RestMethod https://acme.example/rest/api/2/issue/1 -Headers $h\n", 10000),
		"tables":     strings.Repeat("$a = @{ ", 256) + "\n" + strings.Repeat("iwr http://a.b/ -Headers $a\n", 10000) + strings.Repeat("((", 1<<21),
		"table":      strings.Repeat("iwr http://a.b/ -Headers @{ \n", 10000) + strings.Repeat("((", 1<<21),
		"shell":      strings.Repeat("A=$(echo \"$E:$T\" | base64)\ncurl -H \"Authorization: Basic $A\" https://acme.example/\n", 10000),
		"fetch":      strings.Repeat("fetch('http://a.b/', { \n", 10000) + strings.Repeat("((", 1<<21),
		"quote":      strings.Repeat("curl http://a.b/ -H 'a\n", 10000) + strings.Repeat("((", 1<<21),
		"nested":     strings.Repeat("curl http://a.b/ -H \"$(echo $(echo $(echo \n", 10000) + strings.Repeat("((", 1<<21),
		"backtick":   strings.Repeat("curl http://a.b/ -H `echo \n", 10001) + strings.Repeat("((", 1<<21),
		"caret":      strings.Repeat("curl ^\"http://a.b/^\" ^\n", 100000),
		"padding":    strings.Repeat("curl http://a.b/ ", 1<<18),
		"assign":     strings.Repeat("A=$(", 1<<20) + "\ncurl http://a.b/",
	} {
		start := time.Now()
		n := len(Find(text))
		took := time.Since(start)
		t.Logf("%s: %d commands of %d bytes in %s", name, n, len(text), took.Round(time.Millisecond))
		if took > time.Minute {
			t.Errorf("%s: %s", name, took)
		}
	}
}
