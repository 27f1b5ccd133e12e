package errtext

import (
	"encoding/base64"
	"strconv"
	"strings"

	"github.com/why401/why401/capture/form"
	"github.com/why401/why401/capture/wire"
	"github.com/why401/why401/internal/exchange"
)

var failedWith = form.Pattern(`Error(?: \[AxiosError\])?: Request failed with status code ([1-5][0-9]{2})`)

// axios reads an error of axios as Node prints it, with its stack and its members;
// nil: they do not tell the address.
func axios(text, line string, at int, next *int) *fault {
	m := failedWith().FindStringSubmatch(line)
	if m == nil {
		return nil
	}
	open := opened(text, at)
	if open < 0 {
		return nil
	}
	// Text is read once, whatever comes of it.
	r := &reader{s: text[open:min(len(text), open+maxLiteral)]}
	root := r.value(0)
	*next = open + r.at
	e := &fault{at: at, client: "axios", reason: ""}
	e.status, _ = strconv.Atoi(m[1])
	response := root.get("response")
	config := root.get("config")
	if config.get("url") == nil && response.get("config", "url") != nil {
		config = response.get("config")
	}
	e.configured(config)
	for _, asked := range []*node{root.get("request"), response.get("request")} {
		if e.wired(asked) {
			break
		}
	}
	e.answered(response)
	if e.url == "" || len(e.url) > maxURL {
		return nil
	}
	return e
}

// opened finds the members of an error below its stack; -1: there are none.
func opened(text string, at int) int {
	for i := range maxStack {
		end := strings.IndexByte(text[at:], '\n')
		if end < 0 {
			return -1
		}
		line := strings.TrimRight(text[at:at+end], " \r")
		if strings.HasSuffix(line, " {") || line == "{" {
			return at + len(line) - 1
		}
		if i > 0 && strings.TrimSpace(line) == "" {
			return -1
		}
		at += end + 1
	}
	return -1
}

// configured takes the request as it was configured.
func (e *fault) configured(config *node) {
	if e.url = config.get("url").string(); !strings.Contains(e.url, "://") {
		if base := config.get("baseURL").string(); base != "" {
			e.url = strings.TrimRight(base, "/") + "/" + strings.TrimLeft(e.url, "/")
		}
	}
	e.method = strings.ToUpper(config.get("method").string())
	headers := headerOf(config.get("headers"))
	e.request, e.whole = headers, headers != nil
	if e.client = headers.Value("User-Agent"); e.client == "" {
		e.client = "axios"
	}
	user, password := config.get("auth", "username"), config.get("auth", "password")
	switch {
	case user != nil && user.kind == str && password != nil && password.kind == str:
		kept := exchange.Header{}
		for _, f := range headers {
			if !strings.EqualFold(f.Name, "Authorization") {
				kept = append(kept, f)
			}
		}
		v := "Basic " + base64.StdEncoding.EncodeToString([]byte(user.text+":"+password.text))
		e.request = append(kept, exchange.Field{Name: "Authorization", Value: v})
	case config.get("auth") != nil && config.get("auth").text != "undefined" && config.get("auth").text != "null":
		e.whole = false // it is not printed
	}
}

// wired takes the head that Node's request has kept of what it sent.
func (e *fault) wired(asked *node) bool {
	head := asked.get("_header").string()
	if head == "" {
		return false
	}
	h, err := wire.ParseRequest([]byte(head))
	if err != nil || h.Method == "" || len(h.Header) > maxFields {
		return false
	}
	e.method, e.request, e.sent, e.whole = h.Method, h.Header, true, true
	if e.url == "" {
		scheme := strings.TrimSuffix(asked.get("protocol").string(), ":")
		if scheme == "" {
			scheme = "https"
		}
		e.url = h.URL(scheme, asked.get("host").string())
	}
	return true
}

// answered takes the response.
func (e *fault) answered(n *node) {
	e.reason = n.get("statusText").string()
	e.response = headerOf(n.get("headers"))
	switch data := n.get("data"); {
	case data == nil, data.get("_readableState") != nil: // a stream
	case data.kind == str:
		e.body, e.said = []byte(data.text), true
	case data.kind == object && len(data.names) > 0, data.kind == list && len(data.list) > 0:
		var b strings.Builder
		data.write(&b, 0)
		e.body, e.said = []byte(b.String()), true
	}
}

// write writes n in JSON, as far as bodies are kept.
func (n *node) write(b *strings.Builder, depth int) {
	if b.Len() > exchange.MaxBody {
		return
	}
	switch n.kind {
	case str:
		b.WriteString(strconv.Quote(n.text))
	case object:
		b.WriteByte('{')
		for i := range n.names {
			if i > 0 {
				b.WriteByte(',')
			}
			b.WriteString(strconv.Quote(n.names[i]) + ":")
			n.list[i].write(b, depth+1)
		}
		b.WriteByte('}')
	case list:
		b.WriteByte('[')
		for i, v := range n.list {
			if i > 0 {
				b.WriteByte(',')
			}
			v.write(b, depth+1)
		}
		b.WriteByte(']')
	default:
		b.WriteString(n.text)
	}
}
