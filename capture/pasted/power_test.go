package pasted

import (
	"fmt"
	"strings"
	"testing"

	"github.com/why401/why401/capture/form"
	"github.com/why401/why401/internal/exchange"
)

const (
	error51 = "Invoke-RestMethod : The remote server returned an error: (401) \nUnauthorized.\nAt line:1 char:1\n" +
		"+ Invoke-RestMethod -Uri https://h.example/x -Headers $h\n+ ~~~~~~~~~~~\n    + CategoryInfo          : InvalidOperation: (System.Net.HttpWebRequest:HttpWebRequest) [Invoke-RestMethod], WebExc \n   eption\n" +
		"    + FullyQualifiedErrorId : WebCmdletWebResponseException,Microsoft.PowerShell.Commands.InvokeRestMethodCommand\n"
	error7 = "Invoke-RestMethod: \nLine |\n   1 |  Invoke-RestMethod -Uri https://h.example/x -Headers @{ Authorization = 'Basic QQ==' }\n     |  ~~~~~~~~\n     | Response status code does not indicate success: 403 (Forbidden).\n"
	ask    = "PS C:\\> Invoke-RestMethod -Uri https://h.example/x -Headers @{ Authorization = 'Basic QQ==' }\n"
)

func TestRefusals(t *testing.T) {
	const shown = "[credentials, cookies]"
	for name, c := range map[string]struct{ in, want string }{
		"5.1":               {error51, `https://h.example/x "" 401 "Unauthorized" []`},
		"5.1, variables":    {"$h = @{ Authorization = 'Basic QQ==' }\n" + error51, `https://h.example/x "Basic QQ==" 401 "Unauthorized" ` + shown},
		"5.1, command":      {ask + error51, `https://h.example/x "Basic QQ==" 401 "Unauthorized" ` + shown},
		"5.1, not its own":  {strings.Replace(ask, "/x", "/y", 1) + error51, `https://h.example/y "Basic QQ==" 0 "" ` + shown + "\n" + `https://h.example/x "" 401 "Unauthorized" []`},
		"5.1, cut":          {strings.Replace(error51, "-Headers $h", "-Headers @{ Authorization = 'Basic Q ...", 1), `https://h.example/x "" 401 "Unauthorized" []`},
		"5.1, assigned":     {strings.Replace(error51, "+ Invoke", "+ ... $r = Invoke", 1), `https://h.example/x "" 401 "Unauthorized" []`},
		"5.1, German":       {strings.Replace(error51, "The remote server returned an error", "Der Remoteserver hat einen Fehler zurückgegeben", 1), `https://h.example/x "" 401 "Unauthorized" []`},
		"5.1, as curl":      {strings.NewReplacer("Invoke-RestMethod : ", "curl : ", "+ Invoke-RestMethod", "+ curl").Replace(error51), `https://h.example/x "" 401 "Unauthorized" []`},
		"7":                 {error7, `https://h.example/x "Basic QQ==" 403 "Forbidden" ` + shown},
		"7, command":        {ask + error7, `https://h.example/x "Basic QQ==" 403 "Forbidden" ` + shown},
		"7, coloured":       {"\x1b[31;1mInvoke-RestMethod: \x1b[0m\n\x1b[31;1m" + strings.TrimPrefix(error7, "Invoke-RestMethod: \n"), `https://h.example/x "Basic QQ==" 403 "Forbidden" ` + shown},
		"7, cut":            {strings.Replace(error7, "x -Headers @{ Authorization = 'Basic QQ==' }", "x…", 1), `https://h.example/x "" 403 "Forbidden" []`},
		"two":               {ask + error51 + ask + error7, `https://h.example/x "Basic QQ==" 401 "Unauthorized" ` + shown + "\n" + `https://h.example/x "Basic QQ==" 403 "Forbidden" ` + shown},
		"command and curl":  {ask + error7 + "$ curl -i https://h.example/z\nHTTP/1.1 200 OK\n\n", `https://h.example/x "Basic QQ==" 403 "Forbidden" ` + shown + "\n" + `https://h.example/z "" 200 "OK" ` + shown},
		"other message":     {strings.Replace(ask+error51, "(401)", "401", 1), `https://h.example/x "Basic QQ==" 0 "" ` + shown + "\n" + `https://h.example/x "" 0 "" []`},
		"with CR, in a row": {strings.ReplaceAll(ask+error51, "\n", "\r\n"), `https://h.example/x "Basic QQ==" 401 "Unauthorized" ` + shown},
	} {
		sample := form.NewSample([]byte(c.in), true)
		if !isCommand(sample) || isTranscript(sample) {
			t.Errorf("%s: not recognised", name)
		}
		var b strings.Builder
		cap := &exchange.Capture{Name: "p"}
		last := int64(-1)
		for x, err := range read(cap, &form.Input{Sample: sample, Raw: strings.NewReader(c.in)}) {
			if err != nil || x.At.Offset <= last || int64(len(c.in)) <= x.At.Offset {
				t.Fatalf("%s: %v %+v", name, err, x)
			}
			last = x.At.Offset
			status, reason := 0, ""
			if x.Response != nil {
				status, reason = x.Response.Status, x.Response.Reason
			}
			fmt.Fprintf(&b, "%s %q %d %q [%v]\n", x.Request.URL, x.Request.Header.Value("Authorization"), status, reason, x.Sight)
		}
		if b.String() != c.want+"\n" {
			t.Errorf("%s: got\n%swant\n%s", name, b.String(), c.want)
		}
	}
}

func FuzzRefusals(f *testing.F) {
	for _, in := range []string{ask + error51 + error7, error51[:200], error7[:100], "Line |\n 1 | irm x.y/z\n | : 401 (a)\nLine |\n", "curl : (401) a\n+ curl …\n+ ~\n"} {
		f.Add(in)
	}
	f.Fuzz(func(t *testing.T, in string) {
		list := refusals(in)
		last := 0
		for _, r := range list {
			if r.from < last || r.to <= r.from || r.to > len(in) || r.at < r.from || r.at > r.to || r.status < 100 {
				t.Fatalf("%+v after %d, of %d", r, last, len(in))
			}
			last = r.to
		}
		if out := without(in, list); len(out) != len(in) || strings.Count(out, "\n") != strings.Count(in, "\n") || len(list) > 0 && len(refusals(out)) > 0 {
			t.Fatal("without its errors it is another text")
		}
		c := &exchange.Capture{Name: "fuzz"}
		n := 0
		for x, err := range read(c, &form.Input{Sample: form.NewSample([]byte(in), true), Raw: strings.NewReader(in)}) {
			if (x == nil) == (err == nil) {
				t.Fatal("an exchange or an error")
			}
			if x != nil {
				if x.At.Index != n || x.From != c {
					t.Fatalf("%d where %d is due", x.At.Index, n)
				}
				n++
			}
		}
		if c.Exchanges != n {
			t.Fatalf("%d counted, %d yielded", c.Exchanges, n)
		}
	})
}
