package insomnia

import (
	"bufio"
	"bytes"
	"io"
	"iter"
	"slices"
	"strings"

	"github.com/why401/why401/capture/jsonin"
	"github.com/why401/why401/internal/exchange"
)

// Read yields the requests of an export in its order, each as it is configured. r
// is text in UTF-8, JSON or YAML; c.Name is set before.
func Read(c *exchange.Capture, r io.Reader) iter.Seq2[*exchange.Exchange, error] {
	return func(yield func(*exchange.Exchange, error) bool) {
		c.Producer = "Insomnia"
		w := &walk{c: c, yield: yield}
		b := bufio.NewReader(r)
		if isYAML(b) {
			text, err := inJSON(b)
			if f := asFault(err); f != nil {
				yield(nil, w.fatal(f))
				return
			}
			b.Reset(bytes.NewReader(text))
		}
		s := jsonin.New(c, b)
		var doc document
		if err := s.Value(&doc); err != nil {
			s.End(err, yield)
			return
		}
		if !w.resources(doc.Resources) || !w.tree(&doc) {
			return
		}
		if w.n == 0 {
			yield(nil, w.fatal(&fault{reason: "there is no request in it", hint: "export the collection that holds the request"}))
			return
		}
		c.Add(exchange.NoteAsConfigured)
	}
}

// isYAML tells the two apart by the first byte that is none of the blanks.
func isYAML(b *bufio.Reader) bool {
	for {
		c, err := b.ReadByte()
		switch {
		case err != nil:
			return false // the reader of JSON says that it ends early
		case strings.IndexByte(" \t\r\n\x00", c) >= 0:
		default:
			_ = b.UnreadByte()
			return c != '{'
		}
	}
}

// A walk goes through an export.
type walk struct {
	c     *exchange.Capture
	yield func(*exchange.Exchange, error) bool
	n     int // requests yielded
}

// fatal is the error that nothing can be read for f.
func (w *walk) fatal(f *fault) error {
	at := exchange.Locator{Capture: w.c.Name, Index: -1, Offset: -1}
	return &exchange.Unreadable{At: at, Line: f.line, Reason: f.reason, Hint: f.hint, Fatal: true}
}

// A place is where a request is: the folders around it, the outermost first, and
// what its variables are.
type place struct {
	folders  []*request
	scope    *scope
	scripted bool // a script of a folder runs before the request
}

func (p place) within(folder *request, script text) place {
	return place{append(slices.Clip(p.folders), folder), p.scope.within(folder.Environment), p.scripted || scripts(script)}
}

func scripts(script text) bool { return strings.TrimSpace(string(script)) != "" }

// resources yields the requests of version 4.
func (w *walk) resources(list []*resource) bool {
	byID := map[text]*resource{}
	for _, r := range list {
		if r != nil {
			byID[r.ID] = r
		}
	}
	// The base environment is a child of the workspace; others are children of it.
	places := map[text]place{}
	base := map[text]vars{}
	for _, r := range list {
		if r != nil && r.Type == "environment" && (byID[r.ParentID] == nil || byID[r.ParentID].Type != "environment") {
			if base[r.ParentID] == nil {
				base[r.ParentID] = flat(r.Data)
			} else { // other programs write them side by side
				base[r.ParentID].doubt(r.Data)
			}
		}
	}
	for _, r := range list {
		if r == nil || r.Type != "environment" {
			continue
		}
		if parent := byID[r.ParentID]; parent != nil && parent.Type == "environment" {
			if v := base[parent.ParentID]; v != nil {
				v.doubt(r.Data)
			}
		}
	}
	var of func(id text, level int) place
	of = func(id text, level int) place {
		if p, ok := places[id]; ok {
			return p
		}
		folder := byID[id]
		if folder == nil || folder.Type != "request_group" || level > maxFolders {
			return place{scope: &scope{vars: base[id]}}
		}
		p := of(folder.ParentID, level+1).within(&folder.request, folder.PreRequestScript)
		places[id] = p
		return p
	}
	for _, r := range list {
		if r != nil && r.Type == "request" && !w.request(&r.request, r.PreRequestScript, of(r.ParentID, 0)) {
			return false
		}
	}
	return true
}

// tree yields the requests of version 5.
func (w *walk) tree(doc *document) bool {
	top := place{scope: &scope{}}
	if e := doc.Environments; e != nil {
		v := flat(e.Data)
		for i := range e.SubEnvironments {
			v.doubt(e.SubEnvironments[i].Data)
		}
		top.scope.vars = v
	}
	return w.items(doc.Collection, top)
}

func (w *walk) items(list []*item, p place) bool {
	for _, i := range list {
		switch {
		case i == nil:
		case i.Children != nil:
			if len(p.folders) < maxFolders && !w.items(i.Children, p.within(&i.request, i.Scripts.PreRequest)) {
				return false
			}
		case i.Method == "": // a web socket or a call of gRPC
		case !w.request(&i.request, i.Scripts.PreRequest, p):
			return false
		}
	}
	return true
}

// request yields a request as it is configured.
func (w *walk) request(q *request, script text, p place) bool {
	x := &exchange.Exchange{Sight: exchange.Credentials, Fidelity: exchange.AsConfigured, Took: -1, From: w.c}
	x.At = exchange.Locator{Capture: w.c.Name, Index: w.n, Offset: -1}
	x.Comment = string(q.Name[:min(len(q.Name), maxComment)])
	b := &builder{walk: w, scope: p.scope, x: x}
	x.Request.Method = string(q.Method)
	x.Request.URL, x.Request.PartialURL = b.url(q)
	if x.Request.Method == "" {
		x.Request.Method = "GET"
	}
	for _, f := range p.folders {
		b.headers(f.Headers)
	}
	b.headers(q.Headers)
	b.authorize(authOf(q, p.folders))
	if defaults := p.scope.value("DEFAULT_HEADERS" + sep + "Authorization"); p.scripted || scripts(script) || defaults != nil {
		if !x.Request.Header.Has("Authorization") {
			x.Sight &^= exchange.Credentials // it may be added
		}
	}
	x.Request.Body = b.body(q.Body)
	x.Client = x.Request.Header.Value("User-Agent")
	x.Client = x.Client[:min(len(x.Client), maxClient)]
	jsonin.Fit(w.c, x)
	w.n++
	w.c.Exchanges++
	if x.Request.Body.Size > exchange.MaxBody {
		w.c.Add(exchange.NoteBodyCut)
	}
	return w.yield(x, nil)
}

// authOf is the auth of the request, or else that of the folder next to it.
func authOf(q *request, folders []*request) *auth {
	if q.Authentication.set() {
		return &q.Authentication
	}
	for _, f := range slices.Backward(folders) {
		if f.Authentication.set() {
			return &f.Authentication
		}
	}
	return nil
}

// Is reports whether a text in YAML, or the start of one, is an export with
// requests.
func Is(head []byte) bool {
	for line := range bytes.Lines(head[:min(len(head), 4<<10)]) {
		line = bytes.TrimRight(line, "\r\n")
		key, value, _ := bytes.Cut(line, []byte(":"))
		v := strings.Trim(string(value), " \t\"'")
		switch string(key) {
		case "type":
			return strings.HasPrefix(v, "collection.insomnia.rest/") || strings.HasPrefix(v, "spec.insomnia.rest/")
		case "_type":
			return v == "export"
		}
		if len(line) > 0 && line[0] != '#' && string(line) != "---" {
			return false
		}
	}
	return false
}
