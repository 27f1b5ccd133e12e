package capture

import (
	"encoding/base64"
	"fmt"
	"strings"
	"time"

	"github.com/why401/why401/internal/packettest"
)

// Samples for [forms], where there is no file in testdata/inputs.

// wire is a request and its answer as they go over the wire.
const (
	wireRequest  = "GET /rest/api/2/myself HTTP/1.1\r\nHost: jira.example.com\r\nAuthorization: Basic ZnJlZDpDQU5BUlktNDcxMQ==\r\nX-Note: " + canary + "\r\n\r\n"
	wireResponse = "HTTP/1.1 401 Unauthorized\r\nX-AREQUESTID: 540x1x1\r\nContent-Type: text/plain\r\nContent-Length: 11\r\n\r\n" + canary
)

func trace() *packettest.Trace {
	t := &packettest.Trace{}
	for i := range uint16(2) {
		d := t.Dial(packettest.At(packettest.Laptop, 51000+i), packettest.At(packettest.Server, 8080), 1000).Open()
		d.Ask(wireRequest).Answer(wireResponse).Close()
		t.Now += time.Second
	}
	return t
}

var transcripts = []string{
	"*   Trying 192.0.2.1:80...\n* Connected to jira.example.com (192.0.2.1) port 80\n> " + strings.TrimSuffix(strings.ReplaceAll(wireRequest, "\r\n", "\r\n> "), "> ") +
		"< " + strings.ReplaceAll(strings.TrimSuffix(wireResponse, canary), "\r\n", "\r\n< ") + "\n" + canary + "\n",
	"note\n== Info: Connected to jira.example.com\n=> Send header, 94 bytes (0x5e)\n0000: GET /rest/api/2/myself HTTP/1.1\n0021: Host: jira.example.com\n0039: Authorization: Basic " + canary + "\n005c: \n<= Recv header, 19 bytes (0x13)\n0000: HTTP/1.1 401 \n<= Recv header, 2 bytes (0x2)\n0000: \n",
}

var commands = []string{
	"curl -u fred:" + canary + " https://jira.example.com/rest/api/2/myself\n",
	"Look:\n\nInvoke-RestMethod -Uri https://jira.example.com/rest/api/2/myself -Headers @{Authorization='Bearer " + canary + "'}\n",
}

var burpItems = `<?xml version="1.0"?><items burpVersion="2026.1" exportTime="Mon Mar 02 09:10:00 UTC 2026">` + strings.Repeat(
	`<item><time>Mon Mar 02 09:10:00 UTC 2026</time><url><![CDATA[http://jira.example.com/rest/api/2/myself]]></url><host ip="192.0.2.1">jira.example.com</host><port>80</port><protocol>http</protocol><method><![CDATA[GET]]></method><path><![CDATA[/rest/api/2/myself]]></path><extension>null</extension><request base64="true"><![CDATA[`+
		base64.StdEncoding.EncodeToString([]byte(wireRequest))+`]]></request><status>401</status><responselength>1</responselength><mimetype>text</mimetype><response base64="true"><![CDATA[`+
		base64.StdEncoding.EncodeToString([]byte(wireResponse))+`]]></response><comment></comment></item>`, 2) + "</items>"

var fiddlerArchive = zipped(
	"raw/1_c.txt", strings.Replace(wireRequest, "GET /", "GET http://jira.example.com/", 1), "raw/1_s.txt", wireResponse,
	"raw/1_m.xml", `<?xml version="1.0" encoding="utf-8"?><Session SID="1"><SessionTimers ClientBeginRequest="2026-03-02T09:10:00.1+00:00"/></Session>`)

var charlesSession = "[" + strings.TrimSuffix(strings.Repeat(
	`{"status":"COMPLETE","method":"GET","protocolVersion":"HTTP/1.1","scheme":"https","host":"jira.example.com","port":443,"path":"/rest/api/2/myself","query":null,"times":{"start":"2026-03-02T09:10:00.100Z"},`+
		`"request":{"header":{"headers":[{"name":"Authorization","value":"Basic `+canary+`"}]}},"response":{"status":401,"header":{"headers":[{"name":"X-AREQUESTID","value":"540x1x1"}]},"body":{"text":"no"}}},`, 2), ",") + "]"

var newmanReport = `{"collection":{"item":[]},"run":{"executions":[` + strings.TrimSuffix(strings.Repeat(
	`{"request":{"url":{"protocol":"https","host":["jira","example","com"],"path":["rest","api","2","myself"]},"method":"GET","header":[{"key":"Authorization","value":"Bearer `+canary+`"}],"body":{}},`+
		`"response":{"code":401,"status":"Unauthorized","header":[{"key":"X-AREQUESTID","value":"540x1x1"}],"stream":{"type":"Buffer","data":[110,111]},"responseTime":7}},`, 2), ",") + "]}}"

var postmanCollection = `{"info":{"name":"x","schema":"https://schema.getpostman.com/json/collection/v2.1.0/collection.json"},"item":[` + strings.TrimSuffix(strings.Repeat(
	`{"name":"me","request":{"method":"GET","auth":{"type":"bearer","bearer":[{"key":"token","value":"`+canary+`"}]},"url":{"raw":"https://jira.example.com/rest/api/2/myself","protocol":"https","host":["jira","example","com"],"path":["rest","api","2","myself"]}}},`, 2), ",") + "]}"

// net writes a tnetstring; kind is its type.
func net(kind, data string) string { return fmt.Sprintf("%d:%s%s", len(data), data, kind) }

// dict writes a dictionary of tnetstrings; values are written already.
func dict(pairs ...string) string {
	var b strings.Builder
	for i := 0; i < len(pairs); i += 2 {
		b.WriteString(net(";", pairs[i]) + pairs[i+1])
	}
	return net("}", b.String())
}

var flows = strings.Repeat(dict(
	"type", net(";", "http"), "version", net("#", "21"), "error", net("~", ""),
	"request", dict(
		"method", net(",", "GET"), "scheme", net(",", "https"), "host", net(";", "jira.example.com"), "port", net("#", "443"),
		"path", net(",", "/rest/api/2/myself"), "authority", net(",", ""), "http_version", net(",", "HTTP/1.1"), "content", net(",", ""),
		"headers", net("]", net("]", net(",", "Host")+net(",", "jira.example.com"))+net("]", net(",", "Authorization")+net(",", "Bearer "+canary))),
		"timestamp_start", net("^", "1772442600.25"), "timestamp_end", net("^", "1772442600.5")),
	"response", dict(
		"status_code", net("#", "401"), "reason", net(",", "Unauthorized"), "http_version", net(",", "HTTP/1.1"),
		"headers", net("]", net("]", net(",", "X-AREQUESTID")+net(",", "540x1x1"))), "content", net(",", canary),
		"timestamp_start", net("^", "1772442600.6"), "timestamp_end", net("^", "1772442600.7")),
	"client_conn", dict("tls_version", net(";", "TLSv1.3")), "server_conn", dict("tls_version", net(";", "TLSv1.2")),
), 2)

var insomniaExports = []string{
	`{"_type":"export","__export_format":4,"resources":[{"_id":"wrk_1","_type":"workspace","parentId":null},` + strings.TrimSuffix(strings.Repeat(
		`{"_id":"req_1","parentId":"wrk_1","_type":"request","name":"me","url":"https://jira.example.com/rest/api/2/myself","method":"GET","headers":[{"name":"X-Note","value":"`+canary+`"}],"authentication":{"type":"bearer","token":"`+canary+`"}},`, 2), ",") + `]}`,
	"type: collection.insomnia.rest/5.0\nname: x\ncollection:\n" + strings.Repeat(
		"  - url: https://jira.example.com/rest/api/2/myself\n    name: me\n    method: GET\n    authentication:\n      type: basic\n      username: fred\n      password: "+canary+"\n", 2),
}

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
