package jiratest

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"hash/crc32"
	"io"
	"net/http"
	"net/url"
	"strings"
)

// A call is a request that is being answered.
type call struct {
	s      *Site
	w      *writer
	r      *http.Request
	n      uint64 // number of the request
	host   string // without port
	scheme string
	base   string    // address of the product, for links
	path   string    // below the base
	user   *identity // nil: nobody
	tried  bool      // a credential was refused, and the call goes on for nobody
	who    string    // for the log
}

// An identity is somebody who is logged in.
type identity struct {
	name, email, display, id string
	admin                    bool
	scopes                   string // of the token; "": it has no scopes
}

// A writer remembers the status.
type writer struct {
	http.ResponseWriter
	status int
}

func (w *writer) WriteHeader(status int) {
	if w.status == 0 && status >= 200 {
		w.status = status
	}
	w.ResponseWriter.WriteHeader(status)
}

func (w *writer) Write(b []byte) (int, error) {
	if w.status == 0 {
		w.status = http.StatusOK
	}
	return w.ResponseWriter.Write(b)
}

// Unwrap is for http.ResponseController.
func (w *writer) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// set sets a header field, written just so: the products do not follow the
// spelling of net/http.
func (c *call) set(name, value string) { c.w.Header()[name] = []string{value} }

func (c *call) add(name, value string) { c.w.Header()[name] = append(c.w.Header()[name], value) }

func (c *call) text(status int, media, body string) {
	c.set("Content-Type", media)
	c.set("Content-Length", fmt.Sprint(len(body)))
	c.w.WriteHeader(status)
	if c.r.Method != http.MethodHead {
		_, _ = io.WriteString(c.w, body)
	}
}

const (
	mediaJSON = "application/json;charset=UTF-8"
	mediaHTML = "text/html;charset=UTF-8"
	mediaText = "text/plain;charset=UTF-8"
)

func (c *call) json(status int, body string) { c.text(status, mediaJSON, body) }

// value answers 200 with v.
func (c *call) value(status int, v any) {
	b, err := json.Marshal(v)
	if err != nil {
		panic("jiratest: " + err.Error())
	}
	c.json(status, string(b))
}

// messages answers as Jira does.
func (c *call) messages(status int, text ...string) {
	c.value(status, map[string]any{"errorMessages": text, "errors": map[string]string{}})
}

func (c *call) empty(status int) { c.w.WriteHeader(status) }

// redirect answers with a Location, which is not changed.
func (c *call) redirect(status int, to string) {
	c.set("Location", to)
	c.set("Content-Length", "0")
	c.w.WriteHeader(status)
}

// digest returns n hexadecimal digits for this request.
func (c *call) digest(salt string, n int) string {
	var b strings.Builder
	for i := 0; b.Len() < n; i++ {
		fmt.Fprintf(&b, "%08x", crc32.ChecksumIEEE(fmt.Appendf(nil, "%s %d %d %d", salt, i, c.n, c.s.o.Seed)))
	}
	return b.String()[:n]
}

// authorization returns scheme and parameters of the request.
func (c *call) authorization() (scheme, param string) {
	scheme, param, _ = strings.Cut(c.r.Header.Get("Authorization"), " ")
	return scheme, param
}

// pair reads what follows Basic.
func pair(param string) (user, password string, ok bool) {
	b, err := base64.StdEncoding.DecodeString(strings.TrimSpace(param))
	if err != nil {
		return "", "", false
	}
	return strings.Cut(string(b), ":")
}

// login sets who the caller is.
func (c *call) login(i *identity) {
	c.user, c.who = i, i.name
}

// body reads a JSON object.
func (c *call) body() map[string]any {
	m := map[string]any{}
	_ = json.NewDecoder(http.MaxBytesReader(c.w, c.r.Body, maxJSON)).Decode(&m) // what cannot be read is empty
	return m
}

// jsonSent reports whether the request has a JSON body.
func (c *call) jsonSent() bool {
	media, _, _ := strings.Cut(c.r.Header.Get("Content-Type"), ";")
	return strings.EqualFold(strings.TrimSpace(media), "application/json")
}

// browsers are the words by which the XSRF filter of Atlassian's REST plug-in
// knows a browser.
var browsers = []string{"Chrome/", "Firefox", "Safari/", "Gecko/", "KHTML", "Trident", "MSIE", "Opera/", "Konqueror/"}

// forged answers a request that the XSRF check refuses (XsrfResourceFilter) and
// reports whether it did: a browser may post only from a page of the product
// itself, and what a form can send needs X-Atlassian-Token: no-check.
func (c *call) forged() bool {
	if c.r.Method != http.MethodPost {
		return false
	}
	media, _, _ := strings.Cut(c.r.Header.Get("Content-Type"), ";")
	bad := false
	switch strings.ToLower(strings.TrimSpace(media)) {
	case "", "application/x-www-form-urlencoded", "multipart/form-data", "text/plain":
		bad = !strings.EqualFold(c.r.Header.Get("X-Atlassian-Token"), "no-check")
	}
	for _, b := range browsers {
		bad = bad || strings.Contains(c.r.UserAgent(), b) && !c.sameOrigin()
	}
	if bad {
		c.text(http.StatusForbidden, "text/html", "XSRF check failed")
	}
	return bad
}

func (c *call) sameOrigin() bool {
	for _, name := range [...]string{"Origin", "Referer"} {
		u, err := url.Parse(c.r.Header.Get(name))
		if err == nil && u.Host != "" && u.Scheme == c.scheme && strings.EqualFold(u.Host, c.r.Host) {
			return true
		}
	}
	return false
}

// noClientCertificate answers as nginx does.
func (c *call) noClientCertificate() {
	c.set("Server", "nginx/1.24.0")
	c.set("Connection", "close")
	c.text(http.StatusBadRequest, "text/html", "<html>\r\n<head><title>400 No required SSL certificate was sent</title></head>\r\n<body>\r\n"+
		"<center><h1>400 Bad Request</h1></center>\r\n<center>No required SSL certificate was sent</center>\r\n<hr><center>nginx/1.24.0</center>\r\n</body>\r\n</html>\r\n")
}
