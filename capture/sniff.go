package capture

import (
	"archive/zip"
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"net/http"
	"slices"
	"strings"

	"github.com/why401/why401/capture/form"
)

// A kind is a kind of input that is told apart, but is no capture: how to tell it,
// and what to do about it. One that packs others has no reason.
type kind struct {
	id      string // [exchange.Capture.Format]
	is      func(*form.Sample) bool
	reason  string // what is wrong with it
	hint    string // how to come to one that can be read
	traffic bool   // it records traffic, so somebody hoped that it helps
}

// packs reports whether other inputs are in it.
func (k *kind) packs() bool {
	switch k.id {
	case "gzip", "zlib", "bzip2", "zstd", "zip", "tar":
		return true
	}
	return false
}

// sniff finds out what an input is: a form that can be read or, else, a kind that
// cannot. It always finds one. What is told by a sure mark goes before what is told
// by a lesser one, and of those alike, what can be read goes first.
func sniff(sm *form.Sample) (*form.Form, *kind) {
	for _, stage := range [...]struct {
		by    form.Mark
		kinds []kind
	}{
		{form.Start, wrapped},
		{form.Structure, documents},
		{form.Lines, others},
	} {
		for _, f := range forms {
			if f.By == stage.by && f.Is != nil && f.Is(sm) {
				return f, nil
			}
		}
		for i := range stage.kinds {
			if k := &stage.kinds[i]; k.is(sm) {
				return nil, k
			}
		}
	}
	return nil, &others[len(others)-1]
}

// Ways to a HAR that several hints name.
const (
	viaBrowser = "this version reads HAR files: record the request in a browser (developer tools, Network, Export HAR) or through mitmproxy"
	viaRepeat  = "send the request again through mitmproxy (mitmdump --set hardump=out.har) and hand in out.har"
	viaUnpack  = "unpack it first, or pack it as zip or gzip"
	viaExport  = "export the HAR again; what was saved is something else"
)

// In these lists the order counts: the first kind that fits is taken, so the narrow
// ones stand first.

// wrapped is nothing, what has captures in it, and what nearly is a HAR.
var wrapped = []kind{
	{id: "empty", is: func(s *form.Sample) bool { return s.Whole && len(s.Raw) == 0 }, reason: "it is empty", hint: "the export did not finish; save the HAR again"},
	{id: "blank", is: func(s *form.Sample) bool { return len(s.Text) == 0 }, reason: "it holds nothing but blanks or zero bytes", hint: "the export or copy did not finish; save the HAR again"},

	{id: "gzip", is: form.Magic("\x1f\x8b")},
	{id: "zlib", is: isZlib},
	{id: "bzip2", is: form.Matches(`^BZh[1-9](1AY&SY|\x17rE8P\x90)`)},
	{id: "zstd", is: isZstd},
	{id: "zip", is: form.Magic("PK\x03\x04", "PK\x05\x06", "PK\x07\x08PK")},
	{id: "tar", is: func(s *form.Sample) bool { return len(s.Raw) >= 512 && string(s.Raw[257:262]) == "ustar" }},
	{id: "utf-32", is: func(s *form.Sample) bool { return s.UTF32 }, reason: "the text is UTF-32", hint: "save it as UTF-8 (iconv -f UTF-32 -t UTF-8 FILE)"},

	{id: "har-quoted", is: isQuotedHAR, traffic: true, reason: "the HAR is inside a JSON string", hint: "take it out: jq -r . FILE > out.har"},
	{id: "har-list", is: form.Members('[', "[]/log"), traffic: true, reason: "the HAR is inside a JSON list", hint: "take it out: jq '.[0]' FILE > out.har"},
	{id: "har-nested", is: isNestedHAR, traffic: true, reason: "the HAR is inside another JSON document", hint: "take out the value that holds `log`: jq '.. | objects | select(.log.entries)' FILE > out.har"},
	{id: "har-headless", is: form.Members('{', "entries", "creator"), traffic: true, reason: "the `log` around the entries of the HAR is missing", hint: "put it back: jq '{log: .}' FILE > out.har"},
	{id: "har-entry", is: form.Members('{', "request", "response"), traffic: true, reason: "one entry of a HAR, without the HAR around it", hint: "put it back: jq '{log: {entries: [.]}}' FILE > out.har"},
	{id: "har-request", is: form.Members('{', "method", "url", "headers"), traffic: true, reason: "a single request, not a HAR", hint: "it does not show what came of it: " + viaRepeat},
	{id: "why401", is: func(s *form.Sample) bool { return strings.HasPrefix(s.JSON.Text["schema"], "why401.report/") }, reason: "a report of why401, not a HAR", hint: "hand in the capture that the report is about"},
}

// documents is what its structure tells, and can hold lines of any look.
var documents = []kind{
	{id: "postman-environment", is: func(s *form.Sample) bool {
		return s.JSON.Has["_postman_variable_scope"] || s.JSON.All("values", "name", "id")
	}, reason: "a Postman environment, which holds no request", hint: "name it beside the collection that uses it: why401 analyze --env ENVIRONMENT.json COLLECTION.json"},
	{id: "postman-run", is: form.Members('{', "results", "totalPass", "totalFail"), traffic: true, reason: "a Postman run result, not a HAR", hint: "it holds no headers: set mitmproxy (mitmdump --set hardump=out.har) as the proxy in Postman's settings and run again"},
	{id: "playwright-trace", is: func(s *form.Sample) bool { return s.JSON.Text["type"] == "context-options" }, traffic: true, reason: "the part of a Playwright trace that holds no requests", hint: "hand in the whole trace.zip; its network log is trace.network"},
	{id: "netlog", is: form.Members('{', "constants", "constants/logEventTypes"), traffic: true, reason: "a Chromium network log, not a HAR", hint: viaBrowser},
	{id: "performance-trace", is: form.Members('{', "traceEvents"), traffic: true, reason: "a Chromium performance trace, not a HAR", hint: "in the developer tools, open Network instead of Performance and choose Export HAR"},
	{id: "sarif", is: func(s *form.Sample) bool {
		return s.JSON.Has["runs"] && (s.JSON.Has["version"] || s.JSON.Has["$schema"])
	}, reason: "a SARIF report, not a HAR", hint: "hand in the capture, not a report about it"},
	{id: "package-json", is: func(s *form.Sample) bool {
		return s.JSON.Has["name"] && (s.JSON.Has["dependencies"] || s.JSON.Has["devDependencies"] || s.JSON.Has["scripts"])
	}, reason: "a package.json, not a HAR", hint: "check the name of the file"},
	{id: "openapi", is: func(s *form.Sample) bool {
		return s.JSON.Has["openapi"] || s.JSON.Has["swagger"] || bytes.HasPrefix(s.Text, []byte("openapi:")) || bytes.HasPrefix(s.Text, []byte("swagger:"))
	}, reason: "an OpenAPI description, not a HAR", hint: "it holds no traffic; " + viaBrowser},
	{id: "atlassian-error", is: func(s *form.Sample) bool {
		return s.JSON.Has["errorMessages"] || s.JSON.All("message", "status-code") || s.JSON.All("code", "message")
	}, reason: "the JSON body of an error response, not a HAR", hint: "the body alone does not show the request; " + viaBrowser},
	{id: "har-quotes", is: form.Matches(`^\{\s*(['‘’“”]|log\s*:)`), traffic: true, reason: "it is not JSON: the names are not in plain double quotes", hint: "export it again, or write it with a JSON library (in Python: json.dump)"},
	{id: "rich-text", is: form.Matches(`^\{\\rtf`), reason: "a rich text document, not a HAR", hint: "attach the HAR itself; a text editor changed it"},
	{id: "ndjson", is: func(s *form.Sample) bool { return s.JSON.End == form.JSONMore && s.JSON.First == '{' && isLines(s) }, reason: "a list of JSON lines, not a HAR", hint: viaExport},
	{id: "json-broken", is: func(s *form.Sample) bool { return s.JSON.First == '{' && s.JSON.End == form.JSONBroken && !isFenced(s) }, reason: "it starts like JSON but is not, and holds no `log`", hint: viaExport},
	{id: "json-cut", is: func(s *form.Sample) bool { return s.JSON.First == '{' && s.JSON.End == form.JSONCut && s.Whole }, reason: "the JSON ends before any entry", hint: "the export or copy did not finish; save the HAR again"},
	{id: "json", is: func(s *form.Sample) bool { return s.JSON.First != 0 && s.JSON.End != form.JSONBroken }, reason: "JSON, but not a HAR: it has no `log`", hint: viaExport},

	// Markup.
	{id: "html", is: form.Matches(`(?i)^(<!--.*?-->\s*)?<(!doctype\s+html|html|head|body|title|meta|script)[\s>]`), reason: "a web page, not a HAR", hint: "a login or error page was saved in place of the HAR: open it in a browser to see why, then export again"},
	{id: "junit", is: form.Matches(`(?s)^(<\?xml[^>]*>\s*)?<testsuites?[\s>]`), reason: "a test report, not a HAR", hint: "it holds no headers: run the tests through mitmproxy (mitmdump --set hardump=out.har)"},
	{id: "xml", is: form.Matches(`^<(\?xml|!DOCTYPE|[A-Za-z][\w:.-]*[\s/>])`), reason: "XML, not a HAR", hint: viaExport},

	// Other recordings.
	{id: "snoop", is: form.Magic("snoop\x00\x00\x00", "GMBU", "\x54\x52\x53\x4e\x49\x46\x46"), traffic: true, reason: "a packet capture of a kind that this version does not read", hint: "convert it: editcap -F pcapng FILE trace.pcapng"},
	{id: "charles", is: func(s *form.Sample) bool {
		return form.Magic("\xac\xed\x00\x05")(s) && bytes.Contains(s.Raw, []byte("charles"))
	}, traffic: true, reason: "a Charles session, not a HAR", hint: "in Charles: File > Export Session > HTTP Archive (.har)"},
	{id: "tls-keys", is: isKeyLog, reason: "a TLS key log, not a HAR", hint: "it holds the keys to a packet capture: why401 analyze --keylog KEYS CAPTURE"},
}

// others is what lines tell, and everything else.
var others = []kind{
	{id: "jsonp", is: form.Matches(`^(var |let |const |window\.)?[\w$.]+\s*[(=]\s*\{\s*"log"\s*:`), traffic: true, reason: "the HAR is wrapped in a script", hint: "remove what stands before the first { and after the last }"},
	{id: "access-log-other", is: form.Matches(`^[^\n]*"(GET|HEAD|POST|PUT|PATCH|DELETE|OPTIONS|PROPFIND|REPORT) [^\n"]+ HTTP/[0-9.]+" [0-9]{3} `), reason: "an access log of a form that this version does not read", hint: "it reads those of Jira's Tomcat and the common and combined formats; " + viaRepeat},
	{id: "application-log", is: form.Matches(`^(\[?[0-9]{4}-[0-9]{2}-[0-9]{2}[ T][0-9:]{8}[.,][0-9]{3}|[0-9]{2}-[A-Z][a-z]{2}-[0-9]{4} [0-9:]{8}\.[0-9]{3}) ?`), reason: "the log of an application, not a HAR", hint: "it does not show the request: " + viaRepeat},
	{id: "mail", is: form.Matches(`(?i)^(return-path|received|delivered-to|mime-version|message-id|from|subject):[ \t][^\n]*\n([\w-]+:|[ \t])`), reason: "an e-mail message, not a HAR", hint: "save the attachment of the message and hand that in"},
	{id: "git-lfs", is: form.Magic("version https://git-lfs.github.com/spec/"), reason: "a Git LFS pointer, not the file itself", hint: "fetch it: git lfs pull"},
	{id: "pem", is: form.Magic("-----BEGIN "), reason: "a certificate or key, not a HAR", hint: "check the name of the file"},

	// Other files.
	{id: "java-heap", is: form.Magic("JAVA PROFILE 1.0"), reason: "a Java heap dump, not a HAR", hint: "it may hold passwords, so do not pass it on; " + viaBrowser},
	{id: "pdf", is: form.Magic("%PDF-"), reason: "a PDF, not a HAR", hint: viaExport},
	{id: "image", is: isImage, reason: "a picture, not a HAR", hint: "a picture of the developer tools does not hold the bytes; in the Network tab choose Export HAR"},
	{id: "office", is: form.Magic("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"), reason: "an Office document or Outlook message, not a HAR", hint: "save the attachment or the embedded file and hand that in"},
	{id: "archive-other", is: form.Magic("7z\xbc\xaf\x27\x1c", "Rar!\x1a\x07", "\xfd7zXZ\x00", "\x04\x22\x4d\x18", "MSCF"), reason: "an archive of a kind that this version does not read", hint: viaUnpack},
	{id: "program", is: form.Magic("\x7fELF", "MZ\x90\x00", "\xca\xfe\xba\xbe", "\xcf\xfa\xed\xfe", "\xfe\xed\xfa\xcf"), reason: "a program, not a HAR", hint: "check the name of the file"},
	{id: "sqlite", is: form.Magic("SQLite format 3\x00"), reason: "a database, not a HAR", hint: viaExport},
	{id: "text", is: (*form.Sample).IsText, reason: "text, but not a HAR", hint: viaExport},
	{id: "binary", is: func(*form.Sample) bool { return true }, reason: "neither text nor a known archive", hint: viaExport},
}

// archives is what an archive without captures can be, told by the names of its
// members.
var archives = []struct {
	named func(string) bool
	kind  kind
}{
	{form.Named(`(^|/)([\w-]*trace|[0-9a-f-]+)\.trace$`), kind{id: "playwright-trace", traffic: true, reason: "a Playwright trace without a network log", hint: "record a HAR: browser.newContext({recordHar: {path: 'out.har'}})"}},
	{form.Named(`^\[Content_Types\]\.xml$`), kind{id: "office", reason: "an Office document, not a HAR", hint: "save the HAR itself; a document that shows it does not hold it"}},
	{form.Named(`(^|/)application-(logs|config)/`), kind{id: "support-zip", reason: "a support zip without an access or security log", hint: "choose the Tomcat access logs when you create it (Jira administration > System > Troubleshooting and support tools)"}},
	{form.Named(`^(META-INF/MANIFEST\.MF|AndroidManifest\.xml)$`), kind{id: "program", reason: "a program, not a HAR", hint: "check the name of the file"}},
}

// sniffArchive finds out what an archive with these members is: a form, a kind that
// cannot be read, or neither.
func sniffArchive(members []*zip.File) (*form.Form, *kind) {
	has := func(named func(string) bool) bool {
		return slices.ContainsFunc(members, func(m *zip.File) bool { return named(strings.ReplaceAll(m.Name, `\`, "/")) })
	}
	for _, f := range forms {
		if f.Member != nil && has(f.Member) {
			return f, nil
		}
	}
	for i := range archives {
		if has(archives[i].named) {
			return nil, &archives[i].kind
		}
	}
	return nil, nil
}

// isZlib tests a zlib stream (mitmproxy's .zhar) by unpacking its start; its
// two magic bytes alone also fit text that starts with "x".
func isZlib(s *form.Sample) bool {
	if len(s.Raw) < 2 || s.Raw[0] != 0x78 || binary.BigEndian.Uint16(s.Raw)%31 != 0 {
		return false
	}
	z, err := zlib.NewReader(bytes.NewReader(s.Raw))
	if err != nil {
		return false
	}
	_, err = z.Read(make([]byte, 1))
	return err == nil || len(s.Raw) < 16
}

// isZstd tests for a frame of zstd, or a skippable one that may precede it (RFC
// 8878, section 3.1).
func isZstd(s *form.Sample) bool {
	if len(s.Raw) < 4 {
		return false
	}
	m := binary.LittleEndian.Uint32(s.Raw)
	return m == 0xfd2fb528 || m&^0xf == 0x184d2a50
}

// isQuotedHAR finds a HAR that was stored as a string, as by a tool that
// serialised it twice.
func isQuotedHAR(s *form.Sample) bool {
	return quotedHAR().Match(s.Text)
}

var quotedHAR = form.Pattern(`^"\s*(\\[nrt]|\s)*\{(\\[nrt]|\s)*\\"log\\"`)

// isNestedHAR finds {"har": {"log": {"entries": …}}} and the like.
func isNestedHAR(s *form.Sample) bool {
	for name := range s.JSON.Has {
		if strings.HasSuffix(name, "/log/entries") {
			return true
		}
	}
	return false
}

// isFenced tests for a text in the markup of Jira.
func isFenced(s *form.Sample) bool { return fenced().Match(s.Text) }

var fenced = form.Pattern(`^\{(\{|code\b|noformat\b|quote\b|panel\b)`)

// isLines tests for one JSON value a line.
func isLines(s *form.Sample) bool {
	line, _, more := bytes.Cut(s.Text, []byte("\n"))
	line = bytes.TrimSpace(line)
	return more && len(line) > 0 && (line[len(line)-1] == '}' || line[len(line)-1] == ']')
}

// isKeyLog tests for lines of a TLS key log (SSLKEYLOGFILE).
func isKeyLog(s *form.Sample) bool { return keyLog().Match(s.Text) }

var keyLog = form.Pattern(`^(#[^\n]*\n\s*)*(CLIENT_RANDOM|(CLIENT|SERVER)_(HANDSHAKE_)?TRAFFIC_SECRET(_0)?|CLIENT_EARLY_TRAFFIC_SECRET|(EARLY_)?EXPORTER_SECRET|RSA) [0-9a-fA-F]+ `)

func isImage(s *form.Sample) bool {
	return strings.HasPrefix(http.DetectContentType(s.Raw), "image/") ||
		len(s.Raw) > 12 && string(s.Raw[4:8]) == "ftyp"
}
