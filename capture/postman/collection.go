package postman

import (
	"encoding/base64"
	"encoding/json"
	"io"
	"iter"
	"slices"
	"strings"

	"github.com/why401/why401/capture/jsonin"
	"github.com/why401/why401/internal/exchange"
)

// A folder is an item of a collection: a request, or more items.
type folder struct {
	Item     []folder
	Request  *request
	Response []response
	Auth     *auth
	Variable fields
	Event    []struct {
		Listen string
		Script struct{ Exec parts }
	}
}

// scripted reports whether a script runs before the requests of f, which may add
// anything to them.
func (f *folder) scripted() bool {
	for _, e := range f.Event {
		if e.Listen == "prerequest" && strings.TrimSpace(strings.Join(e.Script.Exec, "")) != "" {
			return true
		}
	}
	return false
}

// A collection is one of version 2, or of version 1 with its requests in a list.
type collection struct {
	folder
	Requests []struct {
		URL     address
		Method  text
		Headers fields
		Auth    *auth
		// CurrentHelper names what made a field of the headers, or makes one only
		// when the request is sent.
		CurrentHelper text
	}
}

// An auth is how a request is told to prove who sends it. Its settings are a list,
// or an object in version 2.0.
type auth struct {
	Type string
	set  map[string]string
}

func (a *auth) UnmarshalJSON(b []byte) error {
	var all map[string]json.RawMessage
	if json.Unmarshal(b, &all) != nil {
		return nil
	}
	a.set = map[string]string{}
	_ = json.Unmarshal(all["type"], &a.Type)
	raw := all[a.Type]
	var list fields
	var object map[string]text
	switch {
	case len(raw) > 0 && raw[0] == '[':
		_ = json.Unmarshal(raw, &list)
		for _, f := range list {
			a.set[string(f.Key)] = string(f.value())
		}
	case len(raw) > 0 && raw[0] == '{':
		_ = json.Unmarshal(raw, &object)
		for k, v := range object {
			a.set[k] = string(v)
		}
	}
	return nil
}

// Options of reading a collection; the zero value is good.
type Options struct {
	// Variables are the values of an environment; see [Environment].
	Variables map[string]string
}

// Environment returns the variables of an environment exported from Postman that
// are switched on; ok: it is one.
func Environment(r io.Reader) (vars map[string]string, ok bool) {
	type values struct {
		Values []struct {
			Key, Value text
			Enabled    *bool
		}
	}
	var e struct {
		values
		Environment *values // what Postman's API puts around it
	}
	if err := json.NewDecoder(io.LimitReader(r, jsonin.MaxValue)).Decode(&e); err != nil {
		return nil, false
	}
	if e.Environment != nil {
		e.values = *e.Environment
	}
	if e.Values == nil {
		return nil, false
	}
	vars = map[string]string{}
	for _, v := range e.Values {
		if v.Enabled == nil || *v.Enabled {
			vars[string(v.Key)] = string(v.Value)
		}
	}
	return vars, true
}

// ReadCollection yields the requests of a collection in its order, each as it is
// configured, and its saved examples, with their answers, after it.
func ReadCollection(c *exchange.Capture, r io.Reader, o Options) iter.Seq2[*exchange.Exchange, error] {
	return func(yield func(*exchange.Exchange, error) bool) {
		c.Producer = "Postman"
		s := jsonin.New(c, r)
		var doc struct {
			collection
			Collection *collection // what Postman's API puts around it
		}
		if err := s.Value(&doc); err != nil {
			s.End(err, yield)
			return
		}
		top := &doc.collection
		if doc.Collection != nil {
			top = doc.Collection
		}
		w := &walk{Source: s, c: c, yield: yield, vars: map[string]string{}}
		for _, f := range top.Variable {
			if !f.Disabled {
				w.vars[string(f.Key)] = string(f.value())
			}
		}
		for k, v := range o.Variables { // an environment goes before
			w.vars[k] = v
		}
		if !w.folder(&top.folder, nil, false, 0) {
			return
		}
		for _, q := range top.Requests {
			if !w.request(&request{URL: q.URL, Method: q.Method, Header: q.Headers}, q.Auth, q.CurrentHelper != "") {
				return
			}
		}
		if c.Exchanges > 0 {
			c.Add(exchange.NoteAsConfigured)
		}
	}
}

// A walk goes through a collection.
type walk struct {
	*jsonin.Source
	c     *exchange.Capture
	yield func(*exchange.Exchange, error) bool
	vars  map[string]string
}

// folder yields what is in f. Its auth is the one of what it is in, unless it has
// its own.
func (w *walk) folder(f *folder, inherited *auth, scripted bool, depth int) bool {
	if f.Auth != nil {
		inherited = f.Auth
	}
	scripted = scripted || f.scripted()
	if depth > maxDepth {
		return true
	}
	if f.Request != nil {
		a := inherited
		if f.Request.Auth != nil {
			a = f.Request.Auth
		}
		if !w.request(f.Request, a, scripted) {
			return false
		}
		for i := range f.Response {
			if !w.example(&f.Response[i]) {
				return false
			}
		}
	}
	for i := range f.Item {
		if !w.folder(&f.Item[i], inherited, scripted, depth+1) {
			return false
		}
	}
	return true
}

// request yields a request as it is configured; more may be added to it that the
// collection does not hold.
func (w *walk) request(q *request, a *auth, more bool) bool {
	x := w.configured(q)
	w.authorize(x, a)
	if more && !x.Request.Header.Has("Authorization") {
		x.Sight &^= exchange.Credentials
	}
	return w.emit(x)
}

// example yields a request with the answer that somebody saved. The credential of
// it is not saved.
func (w *walk) example(r *response) bool {
	if r.OriginalRequest == nil || r.Code == 0 {
		return true
	}
	x := w.configured(r.OriginalRequest)
	if !x.Request.Header.Has("Authorization") {
		x.Sight &^= exchange.Credentials
	}
	x.Response = r.response()
	if x.Response.Body.Kept {
		x.Sight |= exchange.Bodies
	}
	return w.emit(x)
}

func (w *walk) emit(x *exchange.Exchange) bool {
	x.At = exchange.Locator{Capture: w.c.Name, Index: w.Index, Offset: -1}
	x.From = w.c
	jsonin.Fit(w.c, x)
	w.Index++
	w.c.Exchanges++
	return w.yield(x, nil)
}

// configured returns the exchange of a request without its auth. Cookies are in a
// jar that is not in the collection.
func (w *walk) configured(q *request) *exchange.Exchange {
	x := &exchange.Exchange{Sight: exchange.Credentials, Fidelity: exchange.AsConfigured, Took: -1}
	address, whole := w.resolve(string(q.URL))
	if address != "" && !strings.Contains(address, "://") && !strings.HasPrefix(address, "{{") {
		address = "http://" + address // as Postman does
	}
	x.Request = exchange.Request{Method: string(q.Method), URL: address, PartialURL: !whole}
	if x.Request.Method == "" {
		x.Request.Method = "GET"
	}
	for _, f := range q.Header.header() {
		name, known := w.resolve(f.Name)
		value, all := w.resolve(f.Value)
		if !known || !all {
			if !known || credentialField(name) {
				x.Sight &^= exchange.Credentials
			}
			continue
		}
		x.Request.Header = append(x.Request.Header, exchange.Field{Name: name, Value: value})
	}
	x.Request.Body = q.Body.of(x.Request.Header)
	return x
}

func credentialField(name string) bool {
	return strings.EqualFold(name, "Authorization") || strings.EqualFold(name, "Proxy-Authorization")
}

// authorize adds what the auth makes of the request when it is sent.
func (w *walk) authorize(x *exchange.Exchange, a *auth) {
	if a == nil || a.Type == "" || a.Type == "noauth" {
		return
	}
	get := func(name string) (string, bool) { return w.resolve(a.set[name]) }
	value, ok := "", false
	switch a.Type {
	case "basic":
		user, known := get("username")
		password, all := get("password")
		value, ok = "Basic "+base64.StdEncoding.EncodeToString([]byte(user+":"+password)), known && all
	case "bearer":
		if value, ok = get("token"); ok && value == "" {
			return // Postman adds nothing then
		}
		value = "Bearer " + value
	case "oauth2":
		if a.set["addTokenTo"] == "queryParams" {
			break
		}
		value, ok = get("accessToken")
		prefix, known := a.set["headerPrefix"]
		if !known {
			prefix = "Bearer"
		}
		value = strings.TrimSpace(prefix) + " " + value
		ok = ok && a.set["accessToken"] != ""
	case "apikey":
		name, known := get("key")
		v, all := get("value")
		if known && all && name != "" && a.set["in"] != "query" {
			x.Request.Header = append(x.Request.Header, exchange.Field{Name: name, Value: v})
			return
		}
	}
	// What is made takes the place of a field that was typed in.
	x.Request.Header = slices.DeleteFunc(x.Request.Header, func(f exchange.Field) bool {
		return strings.EqualFold(f.Name, "Authorization")
	})
	if !ok {
		x.Sight &^= exchange.Credentials // it is made of what the collection does not hold
		return
	}
	x.Sight |= exchange.Credentials
	x.Request.Header = append(x.Request.Header, exchange.Field{Name: "Authorization", Value: value})
}

// resolve puts the values of variables in; all is false if one has none, and
// stays.
func (w *walk) resolve(s string) (out string, all bool) {
	for range maxRounds {
		if !strings.Contains(s, "{{") {
			return s, true
		}
		var b strings.Builder
		missing, changed := 0, false
		for {
			i := strings.Index(s, "{{")
			if i < 0 {
				break
			}
			n := strings.Index(s[i:], "}}")
			if n < 0 {
				break
			}
			v, ok := w.vars[strings.TrimSpace(s[i+2:i+n])]
			b.WriteString(s[:i])
			if ok {
				b.WriteString(v)
				changed = true
			} else {
				b.WriteString(s[i : i+n+2])
				missing++
			}
			s = s[i+n+2:]
			if b.Len() > maxResolved {
				return "", false
			}
		}
		s = b.String() + s
		switch {
		case missing > 0:
			w.c.AddN(NoteUnresolved, missing)
			return s, false
		case !changed:
			return s, true
		}
	}
	return s, false
}
