package capture

import "strings"

// Samples for tests of more than that a form conforms. Those are in testdata/ID of
// the package of the form.

const transcript = "*   Trying 192.0.2.1:80...\n* Connected to jira.example.com (192.0.2.1) port 80\n" +
	"> GET /rest/api/2/myself HTTP/1.1\n> Host: jira.example.com\n> Authorization: Basic ZnJlZDpDQU5BUlktNDcxMQ==\n> X-Note: " + canary + "\n> \n" +
	"< HTTP/1.1 401 Unauthorized\n< X-AREQUESTID: 540x1x1\n< Content-Type: text/plain\n< Content-Length: 11\n< \n\n" + canary + "\n"

const (
	playwrightEntry = `{"startedDateTime":"2026-03-02T09:00:00.000Z","time":7,"request":{"method":"GET","url":"https://jira.example.com/rest/api/2/myself","httpVersion":"HTTP/1.1","cookies":[],"headers":[{"name":"Authorization","value":"Basic ` + canary + `"}],"queryString":[],"headersSize":-1,"bodySize":0},` +
		`"response":{"status":401,"statusText":"","httpVersion":"HTTP/1.1","cookies":[],"headers":[{"name":"X-AREQUESTID","value":"540x1x1"}],"content":{"size":11,"mimeType":"text/plain","NAMED":"` + playwrightBody + `"},"headersSize":-1,"bodySize":11,"redirectURL":""},"cache":{},"timings":{"send":0,"wait":1,"receive":1}}`
	playwrightBody = "0123456789abcdef0123456789abcdef01234567.txt"
)

var (
	playwrightLog   = strings.Repeat(`{"type":"resource-snapshot","snapshot":`+strings.Replace(playwrightEntry, "NAMED", "_sha1", 1)+"}\n", 2)
	playwrightTrace = zipped("trace.trace", `{"version":8,"type":"context-options"}`, "trace.network", playwrightLog, "resources/"+playwrightBody, canary)
	playwrightHAR   = `{"log":{"version":"1.2","creator":{"name":"Playwright","version":"1.65"},"pages":[],"entries":[` + strings.Replace(playwrightEntry, "NAMED", "_file", 1) + `]}}`
)
