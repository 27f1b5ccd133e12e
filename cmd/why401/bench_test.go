package main

import (
	"bytes"
	"context"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// BenchmarkAnalyze runs the whole program, with all rules, over a HAR of REST
// calls to Jira Cloud. WHY401_BENCH names another file to run over.
func BenchmarkAnalyze(b *testing.B) {
	name := os.Getenv("WHY401_BENCH")
	if name == "" {
		name = filepath.Join(b.TempDir(), "rest.har")
		if err := os.WriteFile(name, restCalls(8000), 0o644); err != nil {
			b.Fatal(err)
		}
	}
	info, err := os.Stat(name)
	if err != nil {
		b.Fatal(err)
	}
	b.SetBytes(info.Size())
	b.ReportAllocs()
	for b.Loop() {
		run(context.Background(), []string{"analyze", "--format", "json", name},
			stdio{in: strings.NewReader(""), out: io.Discard, err: io.Discard})
	}
}

// restCalls is a HAR as a browser writes it: pretty-printed, some 15 fields a
// message, every fortieth call refused.
func restCalls(n int) []byte {
	var b bytes.Buffer
	b.WriteString(`{"log": {"version": "1.2", "creator": {"name": "Firefox", "version": "153.0"}, "entries": [`)
	field := func(name, value string, last bool) {
		b.WriteString("\n          {\n            \"name\": \"" + name + "\",\n            \"value\": \"" + value + "\"\n          }")
		if !last {
			b.WriteByte(',')
		}
	}
	for i := range n {
		if i > 0 {
			b.WriteByte(',')
		}
		status := "200"
		if i%40 == 0 {
			status = "401"
		}
		b.WriteString("\n    {\n      \"startedDateTime\": \"2026-03-02T09:00:00.000Z\",\n      \"time\": 88.5,\n      \"request\": {\n        \"method\": \"GET\",\n        \"url\": \"https://acme.atlassian.net/rest/api/3/issue/OPS-" +
			strconv.Itoa(i) + "?fields=summary\",\n        \"httpVersion\": \"HTTP/2\",\n        \"headers\": [")
		for _, h := range []string{"Host", "Accept", "Accept-Language", "Accept-Encoding", "Referer", "Connection", "Sec-Fetch-Dest", "Sec-Fetch-Mode", "Sec-Fetch-Site", "DNT"} {
			field(h, "value of "+h, false)
		}
		field("User-Agent", "Mozilla/5.0 (X11; Linux x86_64; rv:153.0) Gecko/20100101 Firefox/153.0", false)
		field("Authorization", "Basic ZnJlZEBleGFtcGxlLmNvbTpDQU5BUlktMTIzNDU2Nzg5MA==", true)
		b.WriteString("\n        ],\n        \"queryString\": [],\n        \"cookies\": [],\n        \"headersSize\": 500,\n        \"bodySize\": 0\n      },\n      \"response\": {\n        \"status\": " +
			status + ",\n        \"statusText\": \"\",\n        \"httpVersion\": \"HTTP/2\",\n        \"headers\": [")
		for _, h := range []string{"server", "vary", "cache-control", "x-content-type-options", "x-xss-protection", "strict-transport-security", "atl-traceid", "date", "content-encoding"} {
			field(h, "value of "+h, false)
		}
		field("content-type", "application/json;charset=UTF-8", true)
		b.WriteString("\n        ],\n        \"cookies\": [],\n        \"content\": {\n          \"size\": 250,\n          \"mimeType\": \"application/json\",\n          \"text\": \"{\\\"key\\\":\\\"OPS\\\",\\\"fields\\\":{\\\"summary\\\":\\\"" +
			strings.Repeat("x", 200) + "\\\"}}\"\n        },\n        \"redirectURL\": \"\",\n        \"headersSize\": -1,\n        \"bodySize\": 250\n      },\n      \"cache\": {},\n      \"timings\": {\"send\": 0, \"wait\": 88, \"receive\": 0}\n    }")
	}
	b.WriteString("\n]}}\n")
	return b.Bytes()
}
