package leak

import (
	"archive/zip"
	"bytes"
	"crypto/tls"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/why401/why401/internal/packettest"
)

// An input is what one form makes of calls.
type input struct {
	files  map[string]string
	keyLog string // given with --keylog
	env    string // given with --env
	least  int    // how many requests of it must be read
	secret []secret
}

// A form is a kind of input that can be read.
type form struct {
	name  string
	make  func(t *testing.T, b *batch) input
	trial bool // it needs a handshake, so one encoding a place is enough
}

// forms are kinds of input of which a test makes one with a canary in every place. One
// that is not here is covered by its samples (TestSamples).
var forms = []form{
	{"har", one(".har", asHAR), false},
	{"playwright-trace", asPlaywright, false},
	{"newman", one(".json", asNewman), false},
	{"postman-collection", asCollection, false},
	{"insomnia", one(".json", asInsomnia), false},
	{"insomnia 5", one(".yaml", asInsomniaYAML), false},
	{"mitmproxy", one(".flows", asFlows), false},
	{"fiddler", one(".saz", asFiddler), false},
	{"burp", one(".xml", asBurp), false},
	{"charles-json", one(".chlsj", asCharles), false},
	{"curl-trace -v", one(".txt", asVerbose), false},
	{"curl-trace --trace", one(".txt", func(b *batch) string { return asTrace(b, false) }), false},
	{"curl-trace --trace-ascii", one(".txt", func(b *batch) string { return asTrace(b, true) }), false},
	{"curl-trace wget -d", one(".txt", asWget), false},
	{"curl-trace wget -S", one(".txt", asWgetServer), false},
	{"command", one(".txt", asCommands), false},
	{"command of PowerShell errors", one(".txt", asPowerErrors), false},
	{"http-file", one(".http", asHTTPFile), false},
	{"http-message", one(".txt", asMessages), false},
	{"error-text", one(".txt", asErrors), false},
	{"access-log and jira-security-log", asJiraLogs, false},
	{"pcap", one(".pcap", func(b *batch) string { return string(b.overTCP().PCAP()) }), false},
	{"pcap with TLS 1.2 and key log", func(t *testing.T, b *batch) input { return asTLS(t, b, tls.VersionTLS12, false) }, true},
	{"pcap with TLS 1.3 and key log", func(t *testing.T, b *batch) input { return asTLS(t, b, tls.VersionTLS13, false) }, true},
	{"pcapng with keys in it", func(t *testing.T, b *batch) input { return asTLS(t, b, tls.VersionTLS13, true) }, true},
	{"zip", one(".zip", func(b *batch) string {
		return zipped(b.token()+"/"+b.token()+".har", asHAR(b), b.token()+"/notes.txt", "nothing "+b.plant())
	}), false},
}

// one is a form that is a single file with all calls in it.
func one(ending string, f func(*batch) string) func(*testing.T, *batch) input {
	return func(_ *testing.T, b *batch) input {
		return input{files: map[string]string{"in" + ending: f(b)}, least: len(b.calls)}
	}
}

func marshal(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return string(b)
}

func zipped(pairs ...string) string {
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for i := 0; i < len(pairs); i += 2 {
		f, err := w.Create(pairs[i])
		if err == nil {
			_, err = f.Write([]byte(pairs[i+1]))
		}
		if err != nil {
			panic(err)
		}
	}
	if err := w.Close(); err != nil {
		panic(err)
	}
	return b.String()
}

func asHAR(b *batch) string {
	var entries []any
	for i := range b.calls {
		e := b.calls[i].entry()
		if i%16 == 0 {
			e["comment"], e["_initiator"] = b.plant(), object{"type": "script", "url": "https://h.example/?t=" + b.plant()}
			e["response"].(object)["_error"], e["pageref"], e["connection"] = b.plant(), b.plant(), b.plant()
		}
		entries = append(entries, e)
	}
	return marshal(object{"log": object{
		"version": "1.2", "creator": object{"name": "WebInspector", "version": "1", "comment": b.plant()}, "entries": entries, "comment": b.plant(),
		"pages": []any{object{"id": b.plant(), "title": b.plant(), "startedDateTime": "2026-11-22T07:28:13Z"}},
	}})
}

func asPlaywright(_ *testing.T, b *batch) input {
	var log strings.Builder
	for i := range b.calls {
		e := b.calls[i].entry()
		e["pageref"] = "page@" + b.plant()
		log.WriteString(`{"type":"resource-snapshot","snapshot":` + marshal(e) + "}\n")
	}
	trace := marshal(object{"version": 8, "type": "context-options", "browserName": "chromium", "title": b.plant(), "options": object{"httpCredentials": object{"password": b.plant()}}}) + "\n" +
		marshal(object{"type": "before", "callId": "call@1", "method": "fill", "params": object{"selector": "#password", "value": b.plant()}}) + "\n"
	return input{files: map[string]string{"trace.zip": zipped("trace.trace", trace, "trace.network", log.String(), "resources/"+b.token()+".txt", b.plant())}, least: len(b.calls)}
}

// members is fields with the key that Postman uses.
func members(f fields) []any {
	out := []any{}
	for _, h := range f {
		out = append(out, object{"key": h["name"], "value": h["value"]})
	}
	return out
}

func asNewman(b *batch) string {
	var runs []any
	for i := range b.calls {
		c := &b.calls[i]
		ask := object{"url": c.url, "method": c.method, "header": members(c.ask), "description": b.plant()}
		if c.body != "" {
			ask["body"] = object{"mode": "raw", "raw": c.body}
		}
		var stream []int
		for _, x := range []byte(c.said) {
			stream = append(stream, int(x))
		}
		run := object{
			"id": b.plant(), "item": object{"name": b.plant()}, "request": ask,
			"response":   object{"code": c.status, "status": b.plant(), "header": members(c.answer), "stream": object{"type": "Buffer", "data": stream}, "responseTime": 3},
			"assertions": []any{object{"assertion": b.plant(), "error": object{"message": b.plant(), "stack": b.plant()}}},
		}
		if i%20 == 19 {
			delete(run, "response")
			run["requestError"] = object{"code": "E" + b.plant(), "message": b.plant()}
		}
		runs = append(runs, run)
	}
	return marshal(object{
		"collection": object{"info": object{"name": b.plant()}, "item": []any{}}, "environment": object{"name": b.plant(), "values": []any{object{"key": "token", "value": b.plant()}}},
		"run": object{"executions": runs, "failures": []any{object{"error": object{"message": b.plant()}}}},
	})
}

func asCollection(_ *testing.T, b *batch) input {
	var items []any
	for i := range b.calls {
		c := &b.calls[i]
		ask := object{"url": c.url, "method": c.method, "header": members(c.ask), "description": b.plant()}
		if c.body != "" {
			ask["body"] = object{"mode": "raw", "raw": c.body}
		}
		switch i % 8 {
		case 0:
			ask["auth"] = object{"type": "basic", "basic": []any{object{"key": "username", "value": b.plant()}, object{"key": "password", "value": b.plant()}}}
		case 1:
			ask["auth"] = object{"type": "bearer", "bearer": []any{object{"key": "token", "value": "{{secret}}"}}}
		case 2:
			ask["auth"] = object{"type": "apikey", "apikey": []any{object{"key": "key", "value": b.token()}, object{"key": "value", "value": b.plant()}}}
		case 3:
			ask["auth"] = object{"type": b.plant(), "x": b.plant()}
		}
		items = append(items, object{
			"name": b.plant(), "request": ask, "event": []any{object{"listen": "test", "script": object{"exec": []any{"var t = '" + b.plant() + "'"}}}},
			"response": []any{object{"name": b.plant(), "originalRequest": ask, "code": c.status, "status": b.plant(), "header": members(c.answer), "body": c.said}},
		})
	}
	return input{
		files: map[string]string{"in.json": marshal(object{
			"info":     object{"name": b.plant(), "description": b.plant(), "schema": "https://schema.getpostman.com/json/collection/v2.1.0/collection.json"},
			"variable": []any{object{"key": "other", "value": b.plant()}, object{"key": b.plant(), "value": "{{" + b.plant() + "}}"}}, "item": items,
		})},
		env:   marshal(object{"id": "x", "name": b.token(), "values": []any{object{"key": "secret", "value": b.plant(), "enabled": true}}, "_postman_variable_scope": "environment"}),
		least: 2 * len(b.calls),
	}
}

// insomniaRequests are the calls as both formats have them.
func insomniaRequests(b *batch) (out []object) {
	for i := range b.calls {
		c := &b.calls[i]
		r := object{"name": b.plant(), "method": c.method, "url": c.url, "headers": c.ask, "description": b.plant(), "parameters": []any{object{"name": b.token(), "value": b.plant()}}}
		if c.body != "" {
			r["body"] = object{"mimeType": "application/json", "text": c.body}
		}
		switch i % 6 {
		case 0:
			r["authentication"] = object{"type": "basic", "username": b.plant(), "password": "{{ _.secret }}"}
		case 1:
			r["authentication"] = object{"type": "bearer", "token": b.plant()}
		case 2:
			r["authentication"] = object{"type": "apikey", "key": b.token(), "value": b.plant(), "addTo": "queryParams"}
		case 3:
			r["authentication"] = object{"type": "oauth2", "clientSecret": b.plant(), "accessTokenUrl": "https://h.example/?x=" + b.plant()}
		}
		out = append(out, r)
	}
	return out
}

func asInsomnia(b *batch) string {
	list := []any{
		object{"_id": "wrk_1", "_type": "workspace", "parentId": nil, "name": b.plant()},
		object{"_id": "env_1", "_type": "environment", "parentId": "wrk_1", "name": b.plant(), "data": object{"secret": b.plant(), b.plant(): b.plant()}},
	}
	for i, r := range insomniaRequests(b) {
		r["_id"], r["_type"], r["parentId"] = fmt.Sprint("req_", i), "request", "wrk_1"
		list = append(list, r)
	}
	return marshal(object{"_type": "export", "__export_format": 4, "__export_source": "insomnia.desktop.app:" + b.plant(), "resources": list})
}

// asInsomniaYAML: what is JSON is YAML.
func asInsomniaYAML(b *batch) string {
	out := "type: collection.insomnia.rest/5.0\nname: " + b.plant() + " # " + b.plant() + "\ncollection:\n"
	for _, r := range insomniaRequests(b) {
		out += "  - " + marshal(r) + "\n"
	}
	return out + "environments:\n  name: " + b.plant() + "\n  data: " + marshal(object{"secret": b.plant()}) + "\n"
}

func asFiddler(b *batch) string {
	pairs := []string{"_index.htm", "<html>" + b.plant()}
	for i := range b.calls {
		c := &b.calls[i]
		w := c.wire()
		pairs = append(pairs, fmt.Sprintf("raw/%d_c.txt", i+1), strings.Replace(w[0], " /", " https://"+c.host()+"/", 1), fmt.Sprintf("raw/%d_s.txt", i+1), w[1], fmt.Sprintf("raw/%d_m.xml", i+1),
			`<?xml version="1.0" encoding="utf-8"?><Session SID="7" BitFlags="1f"><SessionFlags><SessionFlag N="ui-comments" V="`+b.plant()+`" /><SessionFlag N="x-hostip" V="192.0.2.20" /><SessionFlag N="x-processinfo" V="`+b.token()+`:4711" /><SessionFlag N="https-client-version" V="`+b.token()+`" /></SessionFlags></Session>`)
	}
	return zipped(pairs...)
}

func asBurp(b *batch) string {
	out := `<?xml version="1.0"?><!DOCTYPE items [<!ELEMENT items (item*)>]><items burpVersion="` + b.token() + `" exportTime="Mon Mar 02 09:00:00 UTC 2026">`
	e := base64.StdEncoding.EncodeToString
	for i := range b.calls {
		c := &b.calls[i]
		w := c.wire()
		out += `<item><time>Mon Mar 02 08:59:01 UTC 2026</time><url><![CDATA[` + c.url + `]]></url><host ip="192.0.2.20">` + c.host() + `</host><port>443</port><protocol>https</protocol>
<request base64="true"><![CDATA[` + e([]byte(w[0])) + `]]></request><response base64="true"><![CDATA[` + e([]byte(w[1])) + `]]></response><comment>` + b.plant() + "</comment></item>\n"
	}
	return out + "</items>"
}

func asCharles(b *batch) string {
	var list []any
	for i := range b.calls {
		c := &b.calls[i]
		path, query, _ := strings.Cut(c.target(), "?")
		list = append(list, object{
			"status": "COMPLETE", "method": c.method, "protocolVersion": "HTTP/1.1", "scheme": "https", "host": c.host(), "port": 443, "path": path, "query": query, "notes": b.plant(),
			"remoteAddress": b.plant(), "clientAddress": b.plant(), "errorMessage": b.plant(), "ssl": object{"protocol": b.token(), "cipherSuite": b.token()},
			"request":  object{"header": object{"firstLine": b.plant(), "headers": c.ask}, "body": object{"text": c.body}},
			"response": object{"status": c.status, "header": object{"firstLine": "HTTP/1.1 401 " + b.plant(), "headers": c.answer}, "body": object{"text": c.said}},
		})
	}
	return marshal(list)
}

func (b *batch) overTCP() *packettest.Trace {
	tr := &packettest.Trace{}
	tr.Lookup("acme.atlassian.net", 0, "203.0.113.20")
	for i := range b.calls {
		d := tr.Dial(packettest.At(packettest.Laptop, uint16(20000+i)), packettest.Server, 1).Open()
		w := b.calls[i].wire()
		d.Ask(w[0]).Answer(w[1]).Close()
	}
	return tr
}

func asTLS(t *testing.T, b *batch, version uint16, inside bool) input {
	var turns [][2]string
	for i := range b.calls {
		turns = append(turns, b.calls[i].wire())
	}
	tr, log := overTLS(t, turns, version)
	in := input{files: map[string]string{"in.pcap": string(tr.PCAP())}, keyLog: log, least: len(b.calls)}
	if inside {
		in.files, in.keyLog = map[string]string{"in.pcapng": string(tr.PCAPNG(log))}, ""
	}
	for _, f := range strings.Fields(log) {
		if _, err := hex.DecodeString(f); err == nil && len(f) >= 64 {
			in.secret = append(in.secret, secret{f, "key log"})
		}
	}
	return in
}
