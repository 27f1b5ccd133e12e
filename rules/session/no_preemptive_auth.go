package session

import (
	"strings"

	"github.com/why401/why401/internal/redact"
	"github.com/why401/why401/internal/rule"
	"github.com/why401/why401/internal/target"
)

var _ = Set.Add(&rule.Rule{
	ID:    "no-preemptive-auth",
	Title: "The client waits for a challenge that Jira and Confluence never send",
	Doc: `Some clients send user name and password only when a server asks for them with
` + "`WWW-Authenticate: Basic`" + `. Jira and Confluence allow anonymous use, so they do not ask: they answer 200 or 404 for an
anonymous user, or send 401 with ` + "`WWW-Authenticate: OAuth`" + `, which such a client does not understand. It gives up, or
takes the anonymous answer for the real one. The credential that it was given never leaves the machine.

It is recognised by a request without any credential, an answer that does not ask for Basic, and a client that is
known to wait: PowerShell with -Credential, Java's Authenticator, Apache HttpClient, wget, Python's urllib,
Perl's LWP. Whether such a client was given a credential at all the capture does not show; with none it looks the
same.

A client that sent a credential of its own accord to the same host does not wait, nor do curl, requests, fetch
or a browser: for those see no-credentials-sent.`,
	Area: rule.SessionAndCookie, Severity: rule.Error, Layer: rule.LayerAbsent,
	Products: target.Jira | target.Confluence | target.SetOf(target.UnknownDC),
	Needs:    cookieSight,
	Explains: rule.Explaining([]string{"no-credentials-sent"}, rule.AnonymousEffects),
	Fix: []rule.Fix{{
		Who: rule.Caller,
		Do: redact.Const("Make the client send the credential with the first request: wget --auth-no-challenge; PowerShell and .NET: set the Authorization header; " +
			"Java: set the header or a preemptive AuthCache"),
		Command: redact.Const(`wget --auth-no-challenge --user="$EMAIL" --password="$T" -O - "URL"`),
		PowerShell: redact.Const(`$b64 = [Convert]::ToBase64String([Text.Encoding]::UTF8.GetBytes("${email}:$t"))
Invoke-RestMethod -Headers @{Authorization="Basic $b64"} -Uri "URL"`),
	}},
	Confirm: &rule.Confirm{
		Do:         redact.Const("Send the same request with curl, which does not wait."),
		Command:    redact.Const(`curl -v -u "$EMAIL:$T" "URL"`),
		PowerShell: redact.Const(`curl.exe -v -u "${email}:$t" "URL"`),
		Outcomes: []rule.Outcome{
			{Seen: redact.Const("it works, and the failing client was given a credential: it waits to be asked for it")},
			{Seen: redact.Const("it works, and the failing client was given no credential"), Means: "no-credentials-sent"},
			{Seen: redact.Const("it fails in the same way: look at the credential")},
		},
	},
	References: []rule.Reference{
		{Title: "AtlassianPS/JiraPS, Tests/Helpers/IntegrationTestTools.ps1", URL: "https://github.com/AtlassianPS/JiraPS"},
		{Title: "RFC 9110, section 11.6.1", URL: "https://www.rfc-editor.org/rfc/rfc9110#section-11.6.1"},
	},
	Since: "0.1",
	Over: func(p *rule.Pass, ses *rule.Session) {
		eager := map[string]bool{} // hosts that got a credential
		for _, s := range ses.Subjects {
			eager[s.Target.Host] = eager[s.Target.Host] || s.Has(rule.HasAuthorization)
		}
		bare(ses, func(s *rule.Subject, _ bool) {
			client := waiting(s.Agent())
			if client == nil || eager[s.Target.Host] || challenged(s) || !s.Is(target.Jira|target.Confluence|target.SetOf(target.UnknownDC)) {
				return
			}
			if _, ok := lacking(s); !ok {
				return
			}
			p.Report(s, rule.Finding{
				Certainty: rule.Likely, Rests: cookieSight, Alternatives: []string{"no-credentials-sent"}, Fix: []rule.Fix{client.fix},
				Message: redact.Const("The client is of a kind that sends its credential only when it is asked for Basic, and the answer does not ask."),
				Evidence: []rule.Evidence{
					s.Part(redact.Const("request header User-Agent"), client.name, redact.Text{}),
					s.AnswerField("WWW-Authenticate", redact.Const("Basic, for this client")), noField(s),
				},
			})
		})
	},
})

// A patient is a client that waits for a challenge, unless told otherwise.
type patient struct {
	part string // of the User-Agent, in lower case
	name redact.Text
	fix  rule.Fix
}

var patients = []patient{
	{"windowspowershell/", redact.Const("Windows PowerShell"), setHeader},
	{" powershell/", redact.Const("PowerShell"), setHeader},
	{"wget/", redact.Const("wget"), askWget},
	{"apache-httpclient/", redact.Const("Apache HttpClient"), preemptive},
	{"commons-httpclient/", redact.Const("Commons HttpClient"), preemptive},
	{"java-http-client/", redact.Const("Java's HttpClient"), inJava},
	{"java/", redact.Const("Java's HttpURLConnection"), inJava},
	{"python-urllib/", redact.Const("Python's urllib"), inPython},
	{"libwww-perl/", redact.Const("Perl's LWP"), inPerl},
}

// What to do for each of them.
var (
	setHeader = rule.Fix{
		Who: rule.Caller,
		Do:  redact.Const("Set the Authorization header in place of -Credential: that waits to be asked"),
		PowerShell: redact.Const(`$b64 = [Convert]::ToBase64String([Text.Encoding]::UTF8.GetBytes("${email}:$t"))
Invoke-RestMethod -Headers @{Authorization="Basic $b64"} -Uri "URL"`),
	}
	askWget = rule.Fix{
		Who:     rule.Caller,
		Do:      redact.Const("Let wget send the credential with the first request"),
		Command: redact.Const(`wget --auth-no-challenge --user="$EMAIL" --password="$T" -O - "URL"`),
	}
	preemptive = rule.Fix{
		Who: rule.Caller,
		Do:  redact.Const("Give the client an AuthCache that holds the host with BasicScheme (preemptive authentication), or set the Authorization header of each request"),
	}
	inJava = rule.Fix{
		Who: rule.Caller,
		Do:  redact.Const("Set the Authorization header of each request yourself in place of an Authenticator, which waits to be asked"),
	}
	inPython = rule.Fix{
		Who: rule.Caller,
		Do:  redact.Const("Add the Authorization header to the request yourself in place of HTTPBasicAuthHandler, which waits to be asked"),
	}
	inPerl = rule.Fix{
		Who: rule.Caller,
		Do:  redact.Const("Call authorization_basic on the request in place of credentials on the agent, which waits to be asked"),
	}
)

// waiting returns the client if it is one that waits; else nil.
func waiting(agent string) *patient {
	for i := range patients {
		k := &patients[i]
		if at := strings.Index(agent, k.part); at == 0 || at > 0 && (agent[at-1] == ' ' || k.part[0] == ' ') {
			return k
		}
	}
	return nil
}

// challenged reports whether the answer asks for Basic, which is what a client
// that waits is waiting for. A joined field may hold several challenges.
func challenged(s *rule.Subject) bool {
	for _, v := range s.Response.Header.All("WWW-Authenticate") {
		for _, part := range strings.FieldsFunc(v, func(r rune) bool { return r == ',' || r == '\n' }) {
			word, _, _ := strings.Cut(strings.TrimSpace(part), " ")
			if strings.EqualFold(word, "Basic") {
				return true
			}
		}
	}
	return false
}
