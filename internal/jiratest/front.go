package jiratest

import (
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// moved answers as the host that Jira had before: it redirects to the new one.
func (c *call) moved() {
	c.set("Server", "nginx/1.24.0")
	c.redirect(http.StatusMovedPermanently, c.scheme+"://jira.example.com"+c.r.URL.RequestURI())
}

// secured redirects http to https, which is Jira Data Center.
func (c *call) secured() {
	if c.scheme == "http" {
		c.set("Server", "nginx/1.24.0")
		c.redirect(http.StatusMovedPermanently, "https://"+c.host+c.r.URL.RequestURI())
		return
	}
	c.jiraDC(true)
}

// firewalled answers as Jira behind an F5 that takes a tag in the query for an
// attack, and knows no other client than browsers and curl.
func (c *call) firewalled() {
	q := strings.ToLower(c.r.URL.RawQuery)
	agent := strings.ToLower(c.r.UserAgent())
	if strings.Contains(q, "<script") || strings.Contains(q, "%3cscript") || strings.HasPrefix(agent, "python-requests") || strings.HasPrefix(agent, "java/") {
		c.set("Connection", "close")
		c.set("Cache-Control", "no-cache")
		c.text(http.StatusOK, "text/html; charset=utf-8", "<html><head><title>Request Rejected</title></head><body>The requested URL was rejected. "+
			"Please consult with your administrator.<br><br>Your support ID is: "+fmt.Sprint(4_010_000_000+c.n)+"<br><br><a href='javascript:history.back();'>[Go Back]</a></body></html>")
		return
	}
	c.jiraDC(true)
}

// tools answers what no product has: /tools/events and /tools/slow to see what a
// proxy does with answers that take their time, /tools/bytes and /tools/sink for
// big bodies, and /tools/report.html, a page that calls a REST API.
func (c *call) tools() {
	switch c.path {
	case "/tools/report.html":
		c.text(http.StatusOK, mediaHTML, reportPage)
	case "/tools/events":
		c.events(int(c.number("n", 5, maxEvents)), c.pause("every", 100*time.Millisecond))
	case "/tools/slow":
		if c.wait(c.pause("after", time.Second)) {
			c.text(http.StatusOK, mediaText, "at last\n")
		}
	case "/tools/bytes":
		c.bytes(c.number("n", 1<<20, maxBytes))
	case "/tools/sink":
		n, err := io.Copy(io.Discard, io.LimitReader(c.r.Body, maxBytes))
		if err == nil {
			c.text(http.StatusOK, mediaText, fmt.Sprintln(n))
		}
	default:
		c.text(http.StatusNotFound, mediaText, "not found\n")
	}
}

// number reads a parameter of the query, at most most.
func (c *call) number(name string, other, most int64) int64 {
	n, err := strconv.ParseInt(c.r.URL.Query().Get(name), 10, 64)
	if err != nil || n < 0 {
		return other
	}
	return min(n, most)
}

func (c *call) pause(name string, other time.Duration) time.Duration {
	d, err := time.ParseDuration(c.r.URL.Query().Get(name))
	if err != nil || d < 0 {
		return other
	}
	return min(d, maxPause)
}

// wait waits, and reports whether the client is still there.
func (c *call) wait(d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-c.r.Context().Done():
		return false
	}
}

// events is a stream of server-sent events, each with the time it was sent, in
// nanoseconds of Unix time.
func (c *call) events(n int, every time.Duration) {
	c.set("Content-Type", "text/event-stream")
	c.set("Cache-Control", "no-store")
	c.w.WriteHeader(http.StatusOK)
	flush := http.NewResponseController(c.w)
	for i := range n {
		if i > 0 && !c.wait(every) {
			return
		}
		if _, err := fmt.Fprintf(c.w, "id: %d\ndata: %d\n\n", i, time.Now().UnixNano()); err != nil {
			return
		}
		if flush.Flush() != nil {
			return
		}
	}
}

func (c *call) bytes(n int64) {
	c.set("Content-Type", "application/octet-stream")
	c.set("Content-Length", fmt.Sprint(n))
	c.w.WriteHeader(http.StatusOK)
	if c.r.Method == http.MethodHead {
		return
	}
	block := []byte(strings.Repeat("why401 .", 4096))
	for n > 0 {
		b := block[:min(n, int64(len(block)))]
		if _, err := c.w.Write(b); err != nil {
			return
		}
		n -= int64(len(b))
	}
}

// reportPage calls what its fragment says, a JSON object with url, method,
// headers and body, and shows what came of it as "status NUMBER" or
// "error NAME" in the element with the id result. The fragment never leaves the
// browser.
const reportPage = `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Report</title><link rel="icon" href="data:,"></head>
<body><h1>Report</h1><p id="result">waiting</p><script>
(async () => {
  const show = text => { document.getElementById("result").textContent = text; document.title = text };
  if (!location.hash) { show("nothing to do"); return }
  try {
    const call = JSON.parse(decodeURIComponent(location.hash.slice(1)));
    const answer = await fetch(call.url, {method: call.method || "GET", headers: call.headers || {}, body: call.body, credentials: "include"});
    await answer.text();
    show("status " + answer.status);
  } catch (e) { show("error " + e.name) }
})();
</script></body></html>
`
