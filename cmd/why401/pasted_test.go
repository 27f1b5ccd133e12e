package main

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
)

// TestPastedTexts hands texts as people paste them to the whole program: what it
// finds, and in what it takes them for.
func TestPastedTexts(t *testing.T) {
	const padded = "Authorization: Basic ZnJlZDpDQU5BUlktNDcxMQo=" // ends in a line feed
	for name, c := range map[string]struct{ in, format, cause string }{
		"raw request and answer": {
			"GET /rest/api/2/myself HTTP/1.1\r\nHost: jira.example.com\r\n" + padded + "\r\n\r\nHTTP/1.1 401 Unauthorized\r\nX-Seraph-LoginReason: AUTHENTICATED_FAILED\r\n\r\n",
			"http-message", "basic-newline",
		},
		"copied from Fiddler": {
			"GET https://jira.example.com/rest/api/2/myself HTTP/1.1\nHost: jira.example.com\n" + padded + "\n\n\nHTTP/1.1 401 Unauthorized\nX-Seraph-LoginReason: AUTHENTICATED_FAILED\n\n",
			"http-message", "basic-newline",
		},
		"an answer alone": {
			"HTTP/1.1 401 Unauthorized\nX-AREQUESTID: 540x1x1\nX-Seraph-LoginReason: AUTHENTICATED_FAILED\nWWW-Authenticate: OAuth realm=\"https%3A%2F%2Fjira.example.com\"\n\n",
			"http-message", "dc-credential-refused",
		},
		"JIRAError": {
			"jira.exceptions.JIRAError: JiraError HTTP 401 url: https://jira.example.com/rest/api/2/serverInfo\n\ttext: no\n\n\tresponse headers = {'X-AREQUESTID': '540x1x1', 'X-Seraph-LoginReason': 'AUTHENTICATED_FAILED'}\n\tresponse text = CANARY\n",
			"error-text", "dc-credential-refused",
		},
		"axios": {
			"AxiosError: Request failed with status code 401\n    at settle (a.js:1:1) {\n  config: {\n    headers: {\n      Authorization: 'Basic ZnJlZDpDQU5BUlktNDcxMQo='\n    },\n    method: 'get',\n    url: 'https://jira.example.com/rest/api/2/myself'\n  },\n  response: { status: 401, headers: { 'x-seraph-loginreason': 'AUTHENTICATED_FAILED' } }\n}\n",
			"error-text", "basic-newline",
		},
		"PowerShell 5.1": {
			"PS C:\\> $h = @{ Authorization = 'Basic ZnJlZDpDQU5BUlktNDcxMQo=' }\nInvoke-RestMethod : The remote server returned an error: (401) Unauthorized.\nAt line:1 char:1\n+ Invoke-RestMethod -Uri https://jira.example.com/rest/api/2/myself -Headers $h\n+ ~~~~~\n    + CategoryInfo          : x\n",
			"command", "basic-newline",
		},
		"PowerShell 7": {
			"Invoke-RestMethod:\nLine |\n   1 |  Invoke-RestMethod https://jira.example.com/rest/api/2/myself -Headers @{ Authorization = 'Basic ZnJlZDpDQU5BUlktNDcxMQo=' }\n     |  ~~~~\n     | Response status code does not indicate success: 401 (Unauthorized).\n",
			"command", "basic-newline",
		},
		"wget -S": {
			"--2026-03-02 09:00:00--  https://jira.example.com/rest/api/2/myself\nConnecting to jira.example.com (jira.example.com)|192.0.2.1|:443... connected.\nHTTP request sent, awaiting response... \n  HTTP/1.1 401 Unauthorized\n  X-AREQUESTID: 540x1x1\n  X-Seraph-LoginReason: AUTHENTICATED_FAILED\n\nUsername/Password Authentication Failed.\n",
			"curl-trace", "dc-credential-refused",
		},
		"wget -d": {
			"---request begin---\nGET /rest/api/2/myself HTTP/1.1\nHost: jira.example.com\n" + padded + "\n\n---request end---\nHTTP request sent, awaiting response... \n---response begin---\nHTTP/1.1 401 Unauthorized\nX-Seraph-LoginReason: AUTHENTICATED_FAILED\n\n---response end---\n401 Unauthorized\n",
			"curl-trace", "basic-newline",
		},
	} {
		var out, errs bytes.Buffer
		run(t.Context(), []string{"analyze", "--format", "json", "-"}, stdio{in: strings.NewReader(c.in), out: &out, err: &errs})
		var r struct {
			Captures []struct{ Format string }
			Causes   []struct{ Rule string }
		}
		if err := json.Unmarshal(out.Bytes(), &r); err != nil || len(r.Captures) != 1 {
			t.Errorf("%s: %v %s %s", name, err, out.String(), errs.String())
			continue
		}
		cause := ""
		if len(r.Causes) > 0 {
			cause = r.Causes[0].Rule
		}
		if cause != c.cause || r.Captures[0].Format != c.format {
			t.Errorf("%s: %s in %s, want %s in %s", name, cause, r.Captures[0].Format, c.cause, c.format)
		}
		if strings.Contains(out.String()+errs.String(), "CANARY") || strings.Contains(out.String(), "Q0FOQVJZ") {
			t.Errorf("%s: a secret shows", name)
		}
		if strings.Contains(strings.SplitN(out.String(), "\"unchecked\"", 2)[0], "no-credentials-sent") {
			t.Errorf("%s: what was not seen is called missing", name)
		}
	}
}
