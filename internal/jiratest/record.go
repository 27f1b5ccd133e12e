package jiratest

import (
	"net/http"
	"strings"
	"sync"
	"time"
)

// Received is a request as it came in.
type Received struct {
	Time          time.Time
	Method        string
	Scheme        string // http or https
	Host          string // as sent, with a port if there was one
	Target        string // path and query as sent
	Proto         string
	Authorization []string // each field, as net/http reads it
	Cookie        []string
	UserAgent     string
	Token         string // X-Atlassian-Token
	TLS           uint16 // version; 0: plain text
	ServerName    string // of TLS
	Status        int    // of the answer; 0: none yet
	User          string // for whom the product took the caller; "": nobody
}

// received is a log of the newest requests.
type received struct {
	mu    sync.Mutex
	list  []Received // a ring once it is full
	total int
}

func receivedOf(r *http.Request, now time.Time) Received {
	in := Received{
		Time: now, Method: cut(r.Method), Scheme: "http", Host: cut(r.Host), Target: cut(r.RequestURI), Proto: r.Proto,
		UserAgent: cut(r.UserAgent()), Token: cut(r.Header.Get("X-Atlassian-Token")),
	}
	for _, v := range r.Header["Authorization"] {
		in.Authorization = append(in.Authorization, cut(v))
	}
	for _, v := range r.Header["Cookie"] {
		in.Cookie = append(in.Cookie, cut(v))
	}
	if r.TLS != nil {
		in.Scheme, in.TLS, in.ServerName = "https", r.TLS.Version, r.TLS.ServerName
	}
	return in
}

func cut(s string) string { return strings.Clone(s[:min(len(s), maxField)]) }

func (l *received) add(in Received) int {
	l.mu.Lock()
	defer l.mu.Unlock()
	at := l.total
	l.total++
	if len(l.list) < maxKept {
		l.list = append(l.list, in)
	} else {
		l.list[at%maxKept] = in
	}
	return at
}

func (l *received) done(at, status int, user string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if at < l.total-len(l.list) {
		return // forgotten, or the log was cleared
	}
	in := &l.list[at%maxKept]
	in.Status, in.User = status, user
}

// Received returns the requests that came in, oldest first, at most the newest
// 4,096, and how many older ones were forgotten.
func (s *Site) Received() (list []Received, dropped int) {
	l := &s.log
	l.mu.Lock()
	defer l.mu.Unlock()
	first := l.total - len(l.list)
	for i := first; i < l.total; i++ {
		list = append(list, l.list[i%maxKept])
	}
	return list, first
}
