package capture

import (
	"archive/zip"
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"io"
	"iter"
	"net/http"
	"regexp"
	"strings"
	"sync"
	"unicode/utf8"

	"github.com/why401/why401/internal/exchange"
)

// A kind is a kind of input: how to tell it, and what to do about it if it is
// no capture that can be read.
type kind struct {
	id      string // [exchange.Capture.Format]
	is      func(*sample) bool
	reason  string // what is wrong with it; "": it can be read
	hint    string // how to come to a HAR
	traffic bool   // it records traffic, so somebody hoped that it helps

	// How to read it, if it can be: as a stream, or as a zip archive of which
	// the members belong together.
	read    func(*Source, *input, *sample, *exchange.Capture) exchanges
	archive func(*exchange.Capture, []*zip.File, opener) exchanges
}

// An opener opens a member of an archive; what it reads counts against the limits
// of the archive.
type opener = func(*zip.File) (io.ReadCloser, error)

// exchanges is what a source yields: each is an exchange or an error.
type exchanges = iter.Seq2[*exchange.Exchange, error]

// packs reports whether other inputs are in it.
func (k *kind) packs() bool {
	switch k.id {
	case "gzip", "zlib", "bzip2", "zstd", "zip", "tar":
		return true
	}
	return false
}

// sniff returns the kind of an input; it always finds one.
func sniff(sm *sample) *kind {
	for i := range kinds {
		if kinds[i].is(sm) {
			return &kinds[i]
		}
	}
	return &kinds[len(kinds)-1]
}

// Ways to a HAR that several hints name.
const (
	viaBrowser = "this version reads HAR files: record the request in a browser (developer tools, Network, Export HAR) or through mitmproxy"
	viaRepeat  = "send the request again through mitmproxy (mitmdump --set hardump=out.har) and hand in out.har"
	viaUnpack  = "unpack it first, or pack it as zip or gzip"
	viaExport  = "export the HAR again; what was saved is something else"
)

// kinds is all that the program can tell apart. The order counts: the first
// kind that fits is taken, so the narrow ones stand first.
var kinds = []kind{
	{id: "empty", is: func(s *sample) bool { return s.whole && len(s.raw) == 0 }, reason: "it is empty", hint: "the export did not finish; save the HAR again"},
	{id: "blank", is: func(s *sample) bool { return len(s.text) == 0 }, reason: "it holds nothing but blanks or zero bytes", hint: "the export or copy did not finish; save the HAR again"},

	// What can be read.
	{id: "har", is: isHAR, traffic: true, read: (*Source).har},
	{id: "pcap", is: magic("\xd4\xc3\xb2\xa1", "\xa1\xb2\xc3\xd4", "\x4d\x3c\xb2\xa1", "\xa1\xb2\x3c\x4d", "\x34\xcd\xb2\xa1", "\xa1\xb2\xcd\x34"), traffic: true, read: (*Source).packets},
	{id: "pcapng", is: isPcapng, traffic: true, read: (*Source).packets},
	{id: "gzip", is: magic("\x1f\x8b")},
	{id: "zlib", is: isZlib},
	{id: "bzip2", is: matches(`^BZh[1-9](1AY&SY|\x17rE8P\x90)`)},
	{id: "zstd", is: isZstd},
	{id: "zip", is: magic("PK\x03\x04", "PK\x05\x06", "PK\x07\x08PK")},
	{id: "tar", is: func(s *sample) bool { return len(s.raw) >= 512 && string(s.raw[257:262]) == "ustar" }},
	{id: "utf-32", is: func(s *sample) bool { return s.utf32 }, reason: "the text is UTF-32", hint: "save it as UTF-8 (iconv -f UTF-32 -t UTF-8 FILE)"},

	// JSON that is something else.
	{id: "har-quoted", is: isQuotedHAR, traffic: true, reason: "the HAR is inside a JSON string", hint: "take it out: jq -r . FILE > out.har"},
	{id: "har-list", is: members('[', "[]/log"), traffic: true, reason: "the HAR is inside a JSON list", hint: "take it out: jq '.[0]' FILE > out.har"},
	{id: "har-nested", is: isNestedHAR, traffic: true, reason: "the HAR is inside another JSON document", hint: "take out the value that holds `log`: jq '.. | objects | select(.log.entries)' FILE > out.har"},
	{id: "har-headless", is: members('{', "entries", "creator"), traffic: true, reason: "the `log` around the entries of the HAR is missing", hint: "put it back: jq '{log: .}' FILE > out.har"},
	{id: "har-entry", is: members('{', "request", "response"), traffic: true, reason: "one entry of a HAR, without the HAR around it", hint: "put it back: jq '{log: {entries: [.]}}' FILE > out.har"},
	{id: "har-request", is: members('{', "method", "url", "headers"), traffic: true, reason: "a single request, not a HAR", hint: "it does not show what came of it: " + viaRepeat},
	{id: "why401", is: func(s *sample) bool { return strings.HasPrefix(s.json.text["schema"], "why401.report/") }, reason: "a report of why401, not a HAR", hint: "hand in the capture that the report is about"},
	{id: "newman", is: isNewman, traffic: true, read: (*Source).newman},
	{id: "postman-collection", is: isPostman, traffic: true, read: (*Source).collection},
	{id: "postman-environment", is: func(s *sample) bool {
		return s.json.has["_postman_variable_scope"] || s.json.all("values", "name", "id")
	}, reason: "a Postman environment, which holds no request", hint: "name it beside the collection that uses it: why401 analyze --env ENVIRONMENT.json COLLECTION.json"},
	{id: "postman-run", is: members('{', "results", "totalPass", "totalFail"), traffic: true, reason: "a Postman run result, not a HAR", hint: "it holds no headers: set mitmproxy (mitmdump --set hardump=out.har) as the proxy in Postman's settings and run again"},
	{id: "insomnia", is: isInsomnia, traffic: true, read: (*Source).insomnia},
	{id: "playwright-trace", is: func(s *sample) bool { return s.json.text["type"] == "resource-snapshot" }, traffic: true, read: (*Source).network},
	{id: "playwright-trace", is: func(s *sample) bool { return s.json.text["type"] == "context-options" }, traffic: true, reason: "the part of a Playwright trace that holds no requests", hint: "hand in the whole trace.zip; its network log is trace.network"},
	{id: "charles-json", is: members('[', "[]/status", "[]/method", "[]/protocolVersion"), traffic: true, read: (*Source).charles},
	{id: "netlog", is: members('{', "constants", "constants/logEventTypes"), traffic: true, reason: "a Chromium network log, not a HAR", hint: viaBrowser},
	{id: "performance-trace", is: members('{', "traceEvents"), traffic: true, reason: "a Chromium performance trace, not a HAR", hint: "in the developer tools, open Network instead of Performance and choose Export HAR"},
	{id: "sarif", is: func(s *sample) bool { return s.json.has["runs"] && (s.json.has["version"] || s.json.has["$schema"]) }, reason: "a SARIF report, not a HAR", hint: "hand in the capture, not a report about it"},
	{id: "package-json", is: func(s *sample) bool {
		return s.json.has["name"] && (s.json.has["dependencies"] || s.json.has["devDependencies"] || s.json.has["scripts"])
	}, reason: "a package.json, not a HAR", hint: "check the name of the file"},
	{id: "openapi", is: func(s *sample) bool {
		return s.json.has["openapi"] || s.json.has["swagger"] || bytes.HasPrefix(s.text, []byte("openapi:")) || bytes.HasPrefix(s.text, []byte("swagger:"))
	}, reason: "an OpenAPI description, not a HAR", hint: "it holds no traffic; " + viaBrowser},
	{id: "atlassian-error", is: func(s *sample) bool {
		return s.json.has["errorMessages"] || s.json.all("message", "status-code") || s.json.all("code", "message")
	}, reason: "the JSON body of an error response, not a HAR", hint: "the body alone does not show the request; " + viaBrowser},
	{id: "har-quotes", is: matches(`^\{\s*(['‘’“”]|log\s*:)`), traffic: true, reason: "it is not JSON: the names are not in plain double quotes", hint: "export it again, or write it with a JSON library (in Python: json.dump)"},
	{id: "rich-text", is: matches(`^\{\\rtf`), reason: "a rich text document, not a HAR", hint: "attach the HAR itself; a text editor changed it"},
	{id: "ndjson", is: func(s *sample) bool { return s.json.end == jsonMore && s.json.first == '{' && isLines(s) }, reason: "a list of JSON lines, not a HAR", hint: viaExport},
	{id: "json-broken", is: func(s *sample) bool { return s.json.first == '{' && s.json.end == jsonBroken && !isFenced(s) }, reason: "it starts like JSON but is not, and holds no `log`", hint: viaExport},
	{id: "json-cut", is: func(s *sample) bool { return s.json.first == '{' && s.json.end == jsonCut && s.whole }, reason: "the JSON ends before any entry", hint: "the export or copy did not finish; save the HAR again"},
	{id: "json", is: func(s *sample) bool { return s.json.first != 0 && s.json.end != jsonBroken }, reason: "JSON, but not a HAR: it has no `log`", hint: viaExport},

	// Markup.
	{id: "burp", is: matches(`(?is)^<\?xml.*?<items\s[^>]*burpVersion|^<items\s[^>]*burpVersion|^<\?xml[^>]*>\s*<!DOCTYPE items`), traffic: true, read: (*Source).burp},
	{id: "html", is: matches(`(?i)^(<!--.*?-->\s*)?<(!doctype\s+html|html|head|body|title|meta|script)[\s>]`), reason: "a web page, not a HAR", hint: "a login or error page was saved in place of the HAR: open it in a browser to see why, then export again"},
	{id: "junit", is: matches(`(?s)^(<\?xml[^>]*>\s*)?<testsuites?[\s>]`), reason: "a test report, not a HAR", hint: "it holds no headers: run the tests through mitmproxy (mitmdump --set hardump=out.har)"},
	{id: "xml", is: matches(`^<(\?xml|!DOCTYPE|[A-Za-z][\w:.-]*[\s/>])`), reason: "XML, not a HAR", hint: viaExport},

	// Other recordings.
	{id: "snoop", is: magic("snoop\x00\x00\x00", "GMBU", "\x54\x52\x53\x4e\x49\x46\x46"), traffic: true, reason: "a packet capture of a kind that this version does not read", hint: "convert it: editcap -F pcapng FILE trace.pcapng"},
	{id: "mitmproxy", is: matches(`^[0-9]{1,12}:[0-9]{1,3}:[a-z_]+[;,]`), traffic: true, read: (*Source).flows},
	{id: "charles", is: func(s *sample) bool {
		return magic("\xac\xed\x00\x05")(s) && bytes.Contains(s.raw, []byte("charles"))
	}, traffic: true, reason: "a Charles session, not a HAR", hint: "in Charles: File > Export Session > HTTP Archive (.har)"},
	{id: "tls-keys", is: isKeyLog, reason: "a TLS key log, not a HAR", hint: "it holds the keys to a packet capture: why401 analyze --keylog KEYS CAPTURE"},
	{id: "jira-security-log", is: matches(`(?m)^[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9:]{8},[0-9]{3}[+-][0-9]{4} \S+ (url: \S+ (user: \S+ )?)?(\S* ){5}(The user '|HttpSession |login : '|User '|(The s|S)ession )`), read: (*Source).securityLog},
	{id: "access-log", is: matches(`^\S+ \S+ [^\[\n]*\[[0-9]{2}/[A-Z][a-z]{2}/[0-9]{4}:[0-9:]{8} [+-][0-9]{4}\] "[A-Z]+ [^"\n ]+ HTTP/[0-9.]+" [0-9]{3} ([0-9]+|-)( |\r?\n|$)`), read: (*Source).accessLog},
	{id: "http-file", is: isHTTPFile, traffic: true, read: (*Source).requests},
	{id: "curl-trace", is: isTranscript, traffic: true, read: (*Source).pasted},
	{id: "command", is: isCommand, traffic: true, read: (*Source).pasted},
	{id: "http", is: isMessage, traffic: true, reason: "the text of an HTTP message, not a HAR", hint: viaBrowser},
	{id: "jsonp", is: matches(`^(var |let |const |window\.)?[\w$.]+\s*[(=]\s*\{\s*"log"\s*:`), traffic: true, reason: "the HAR is wrapped in a script", hint: "remove what stands before the first { and after the last }"},
	{id: "access-log-other", is: matches(`^[^\n]*"(GET|HEAD|POST|PUT|PATCH|DELETE|OPTIONS|PROPFIND|REPORT) [^\n"]+ HTTP/[0-9.]+" [0-9]{3} `), reason: "an access log of a form that this version does not read", hint: "it reads those of Jira's Tomcat and the common and combined formats; " + viaRepeat},
	{id: "application-log", is: matches(`^(\[?[0-9]{4}-[0-9]{2}-[0-9]{2}[ T][0-9:]{8}[.,][0-9]{3}|[0-9]{2}-[A-Z][a-z]{2}-[0-9]{4} [0-9:]{8}\.[0-9]{3}) ?`), reason: "the log of an application, not a HAR", hint: "it does not show the request: " + viaRepeat},
	{id: "mail", is: matches(`(?i)^(return-path|received|delivered-to|mime-version|message-id|from|subject):[ \t][^\n]*\n([\w-]+:|[ \t])`), reason: "an e-mail message, not a HAR", hint: "save the attachment of the message and hand that in"},
	{id: "git-lfs", is: magic("version https://git-lfs.github.com/spec/"), reason: "a Git LFS pointer, not the file itself", hint: "fetch it: git lfs pull"},
	{id: "pem", is: magic("-----BEGIN "), reason: "a certificate or key, not a HAR", hint: "check the name of the file"},

	// Other files.
	{id: "java-heap", is: magic("JAVA PROFILE 1.0"), reason: "a Java heap dump, not a HAR", hint: "it may hold passwords, so do not pass it on; " + viaBrowser},
	{id: "pdf", is: magic("%PDF-"), reason: "a PDF, not a HAR", hint: viaExport},
	{id: "image", is: isImage, reason: "a picture, not a HAR", hint: "a picture of the developer tools does not hold the bytes; in the Network tab choose Export HAR"},
	{id: "office", is: magic("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"), reason: "an Office document or Outlook message, not a HAR", hint: "save the attachment or the embedded file and hand that in"},
	{id: "archive-other", is: magic("7z\xbc\xaf\x27\x1c", "Rar!\x1a\x07", "\xfd7zXZ\x00", "\x04\x22\x4d\x18", "MSCF"), reason: "an archive of a kind that this version does not read", hint: viaUnpack},
	{id: "program", is: magic("\x7fELF", "MZ\x90\x00", "\xca\xfe\xba\xbe", "\xcf\xfa\xed\xfe", "\xfe\xed\xfa\xcf"), reason: "a program, not a HAR", hint: "check the name of the file"},
	{id: "sqlite", is: magic("SQLite format 3\x00"), reason: "a database, not a HAR", hint: viaExport},
	{id: "text", is: isText, reason: "text, but not a HAR", hint: viaExport},
	{id: "binary", is: func(*sample) bool { return true }, reason: "neither text nor a known archive", hint: viaExport},
}

// archives is what an archive without captures can be, told by the names of its
// members.
var archives = []struct {
	name func() *regexp.Regexp
	kind kind
}{
	{pattern(`(?i)(^|/)raw/0*[0-9]+_[csm]\.(txt|xml)$`), kind{id: "fiddler", traffic: true, archive: sessions}},
	{pattern(`(^|/)([\w-]*trace|[0-9a-f-]+)\.network$`), kind{id: "playwright-trace", traffic: true, archive: traced}},
	{pattern(`(^|/)([\w-]*trace|[0-9a-f-]+)\.trace$`), kind{id: "playwright-trace", traffic: true, reason: "a Playwright trace without a network log", hint: "record a HAR: browser.newContext({recordHar: {path: 'out.har'}})"}},
	{pattern(`^\[Content_Types\]\.xml$`), kind{id: "office", reason: "an Office document, not a HAR", hint: "save the HAR itself; a document that shows it does not hold it"}},
	{pattern(`(^|/)application-(logs|config)/`), kind{id: "support-zip", reason: "a support zip without an access or security log", hint: "choose the Tomcat access logs when you create it (Jira administration > System > Troubleshooting and support tools)"}},
	{pattern(`^(META-INF/MANIFEST\.MF|AndroidManifest\.xml)$`), kind{id: "program", reason: "a program, not a HAR", hint: "check the name of the file"}},
}

// archiveKind returns the kind of an archive with these members, or nil.
func archiveKind(members []*zip.File) *kind {
	for i := range archives {
		for _, m := range members {
			if archives[i].name().MatchString(strings.ReplaceAll(m.Name, `\`, "/")) {
				return &archives[i].kind
			}
		}
	}
	return nil
}

// pattern returns a function for a regular expression, which is compiled when it
// is first needed: hardly any run needs one.
func pattern(expr string) func() *regexp.Regexp {
	return sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(expr) })
}

// magic tells an input by the bytes it starts with.
func magic(starts ...string) func(*sample) bool {
	return func(s *sample) bool {
		for _, m := range starts {
			if len(s.raw) >= len(m) && string(s.raw[:len(m)]) == m {
				return true
			}
		}
		return false
	}
}

// matches tells an input by its text, without byte order mark and leading
// blanks.
func matches(expr string) func(*sample) bool {
	re := pattern(expr)
	return func(s *sample) bool { return re().Match(s.text) }
}

// members tells a JSON document by its first byte and by members it has.
func members(first byte, names ...string) func(*sample) bool {
	return func(s *sample) bool {
		for _, n := range names {
			if !s.json.has[n] {
				return false
			}
		}
		return s.json.first == first
	}
}

// isHAR tests for a HAR. A "log" that is broken is left to the reader too, for
// it can say at which byte; one that is a string, or one on each of many lines,
// is a log of another kind.
func isHAR(s *sample) bool {
	j := &s.json
	_, text := j.text["log"]
	return j.har || j.has["log"] && !text && j.end != jsonMore
}

// isZlib tests a zlib stream (mitmproxy's .zhar) by unpacking its start; its
// two magic bytes alone also fit text that starts with "x".
func isZlib(s *sample) bool {
	if len(s.raw) < 2 || s.raw[0] != 0x78 || binary.BigEndian.Uint16(s.raw)%31 != 0 {
		return false
	}
	z, err := zlib.NewReader(bytes.NewReader(s.raw))
	if err != nil {
		return false
	}
	_, err = z.Read(make([]byte, 1))
	return err == nil || len(s.raw) < 16
}

// isZstd tests for a frame of zstd, or a skippable one that may precede it (RFC
// 8878, section 3.1).
func isZstd(s *sample) bool {
	if len(s.raw) < 4 {
		return false
	}
	m := binary.LittleEndian.Uint32(s.raw)
	return m == 0xfd2fb528 || m&^0xf == 0x184d2a50
}

func isPcapng(s *sample) bool {
	if len(s.raw) < 12 || string(s.raw[:4]) != "\n\r\r\n" {
		return false
	}
	m := binary.BigEndian.Uint32(s.raw[8:])
	return m == 0x1a2b3c4d || m == 0x4d3c2b1a
}

// isQuotedHAR finds a HAR that was stored as a string, as by a tool that
// serialised it twice.
func isQuotedHAR(s *sample) bool {
	return quotedHAR().Match(s.text)
}

var quotedHAR = pattern(`^"\s*(\\[nrt]|\s)*\{(\\[nrt]|\s)*\\"log\\"`)

// isNestedHAR finds {"har": {"log": {"entries": …}}} and the like.
func isNestedHAR(s *sample) bool {
	for name := range s.json.has {
		if strings.HasSuffix(name, "/log/entries") {
			return true
		}
	}
	return false
}

// isNewman tests for the JSON report of newman, which is
// {"collection": …, "run": …}; a long collection hides the rest.
func isNewman(s *sample) bool {
	j := &s.json
	return j.has["run/executions"] || j.has["collection"] && (j.has["run"] ||
		j.key == "collection" && j.has["collection/item"] && j.end == jsonCut)
}

// isPostman tests for a collection of Postman: version 2, the same in the
// envelope of Postman's API, or version 1.
func isPostman(s *sample) bool {
	j := &s.json
	return j.has["info/_postman_id"] || j.has["collection/info"] ||
		strings.Contains(j.text["info/schema"], "getpostman.com/") ||
		strings.Contains(j.text["info/schema"], "postman.com/") ||
		j.all("requests", "order") || j.all("info", "item")
}

// isFenced tests for a text in the markup of Jira.
func isFenced(s *sample) bool { return fenced().Match(s.text) }

var fenced = pattern(`^\{(\{|code\b|noformat\b|quote\b|panel\b)`)

// isLines tests for one JSON value a line.
func isLines(s *sample) bool {
	line, _, more := bytes.Cut(s.text, []byte("\n"))
	line = bytes.TrimSpace(line)
	return more && len(line) > 0 && (line[len(line)-1] == '}' || line[len(line)-1] == ']')
}

// isKeyLog tests for lines of a TLS key log (SSLKEYLOGFILE).
func isKeyLog(s *sample) bool { return keyLog().Match(s.text) }

var keyLog = pattern(`^(#[^\n]*\n\s*)*(CLIENT_RANDOM|(CLIENT|SERVER)_(HANDSHAKE_)?TRAFFIC_SECRET(_0)?|CLIENT_EARLY_TRAFFIC_SECRET|(EARLY_)?EXPORTER_SECRET|RSA) [0-9a-fA-F]+ `)

// isCurl tests for a transcript of curl -v or --trace: its lines start with a
// mark that says what they are.
func isCurl(s *sample) bool {
	marks := map[byte]int{}
	lines := bytes.SplitN(s.text, []byte("\n"), 400)
	for _, line := range lines {
		switch {
		case bytes.HasPrefix(line, []byte("== Info: ")), bytes.HasPrefix(line, []byte("=> Send header")):
			return true
		case len(line) > 1 && line[1] == ' ' && strings.IndexByte("*<>{}", line[0]) >= 0:
			marks[line[0]]++
		}
	}
	if marks['*'] == 0 {
		return requestLine().Match(s.text) && marks['<'] > 0
	}
	return marks['>'] > 0 || marks['<'] > 0 || marks['*'] > 1
}

var requestLine = pattern(`(?m)^> [A-Z]+ \S+ HTTP/[0-9.]+\r?$`)

// isMessage tests for a request or response as it goes over the wire.
func isMessage(s *sample) bool {
	return message().Match(s.text)
}

var message = pattern(`^([A-Z]{3,10} \S+ HTTP/[0-9.]{1,3}|HTTP/[0-9.]{1,3} [0-9]{3}( [^\n]*)?)\r?\n`)

func isImage(s *sample) bool {
	return strings.HasPrefix(http.DetectContentType(s.raw), "image/") ||
		len(s.raw) > 12 && string(s.raw[4:8]) == "ftyp"
}

// isText reports whether there are no control characters other than those of
// text, and no more than a few bytes that are not UTF-8 (a title in Latin-1).
func isText(s *sample) bool {
	bad := 0
	for i := 0; i < len(s.text); {
		r, n := utf8.DecodeRune(s.text[i:])
		switch {
		case r == utf8.RuneError && n == 1:
			bad++
		case r < ' ' && r != '\n' && r != '\r' && r != '\t' && r != '\f' && r != 0x1b:
			return false
		}
		i += n
	}
	return bad*20 <= len(s.text)
}
