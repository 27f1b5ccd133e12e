package serverlog

import (
	"io"
	"iter"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/why401/why401/internal/exchange"
)

// ReadSecurity yields the logins of an atlassian-jira-security.log in file order:
// one exchange for each request that tried one, whatever number of lines it left.
// Lines about sessions and logouts are passed over.
//
// The log tells neither method nor status, so they are empty; what became of the
// login is told by the fields in which the response would have told it.
//
// The columns are time, thread, user, request id, session id, address, path and
// message. Since Jira 9.5 (Log4j 2) the thread is followed by the address of the
// request as "url: /context/path", sometimes with "; user: NAME". The path column
// lacks the context path.
func ReadSecurity(c *exchange.Capture, src io.Reader) iter.Seq2[*exchange.Exchange, error] {
	return func(yield func(*exchange.Exchange, error) bool) {
		r := &reader{c: c, yield: yield}
		var open []*login
		some, sessions := false, 0
		whole := r.each(src, func(line string) {
			l, ok := security(line)
			switch {
			case !ok:
				if dated(line) {
					r.unreadable("this line is none of a security log", "")
				}
				return // a message of several lines
			case l == nil:
				some = true
				sessions++
				return
			}
			some, l.at = true, r.at
			if l.id != "" {
				if i := slices.IndexFunc(open, func(o *login) bool { return o.id == l.id && o.path == l.path }); i >= 0 {
					open[i].add(l)
					return
				}
			}
			if open = append(open, l); len(open) > maxOpen {
				r.emit(open[0].exchange(), open[0].at)
				open = open[1:]
			}
		})
		for _, l := range open {
			r.emit(l.exchange(), l.at)
		}
		if r.n == 0 {
			c.AddN(exchange.NoteSessionsOnly, sessions)
		}
		if !some || !whole {
			r.end(whole, "there is no login in it", "hand in atlassian-jira-security.log from the folder log of Jira's home")
		}
	}
}

// A login is what the lines of one request say.
type login struct {
	at                     int64
	time                   time.Time
	id, path, url, address string
	account                string
	failures               int
	reasons                [reasons]bool
}

// The verdicts on a login.
const (
	passed = iota
	failed
	challenged // refused because a CAPTCHA is due
	unauthorised
	reasons
)

// verdicts are what Jira's login manager writes behind the account.
var verdicts = [reasons]string{
	passed:       "' has PASSED authentication",
	failed:       "' has FAILED authentication",
	challenged:   "' is required to answer a CAPTCHA elevated security check",
	unauthorised: "' is NOT AUTHORIZED to perform this request",
}

// starts are how the messages of the log begin.
var starts = []string{" The user '", " HttpSession ", " login : '", " User '", " The session ", " Session "}

// security reads a line. The login is nil for a line about something else, ok is
// false for one that is none of the log.
func security(line string) (l *login, ok bool) {
	if !dated(line) {
		return nil, false
	}
	start, _ := time.Parse(stamp, line[:len(stamp)])
	rest := line[len(stamp):]
	end, user := -1, false
	for i, s := range starts {
		if k := strings.Index(rest, s); k >= 0 && (end < 0 || k < end) {
			end, user = k, i == 0
		}
	}
	if end < 0 {
		return nil, strings.HasSuffix(rest, " has logged out") || strings.HasSuffix(rest, " has logged out.")
	}
	if !user {
		return nil, true
	}
	columns, message := rest[:end], rest[end+len(" The user '"):]
	f := strings.Split(columns, " ")
	if len(f) < 6 || f[0] != "" {
		return nil, false
	}
	tail := f[len(f)-5:] // user, request id, session id, address, path
	l = &login{time: start, path: tail[4], address: tail[3]}
	if isID(tail[1]) {
		l.id = tail[1]
	}
	if _, url, ok := strings.Cut(columns, " url: "); ok {
		url, _, _ = strings.Cut(url, " ")
		l.url = strings.TrimSuffix(url, ";")
	}
	for i, v := range verdicts {
		k := strings.LastIndex(message, v)
		if k < 0 || !ends(message[k+len(v):], &l.failures) {
			continue
		}
		if l.account, l.reasons[i] = message[:k], true; l.account == "null" {
			l.account = "" // Jira knows no such account
		}
		return l, true
	}
	return nil, true
}

// ends reports whether s is how a verdict goes on, and takes the count in it.
func ends(s string, count *int) bool {
	s = strings.TrimSpace(strings.TrimPrefix(s, "."))
	n, counted := strings.CutPrefix(s, "Failure count equals ")
	if !counted {
		return s == ""
	}
	v, err := strconv.Atoi(n)
	if err != nil || v < 0 {
		return false
	}
	*count = v
	return true
}

// stamp is how the time is written.
const stamp = "2006-01-02 15:04:05,000-0700"

func dated(line string) bool {
	if len(line) <= len(stamp) {
		return false
	}
	_, err := time.Parse(stamp, line[:len(stamp)])
	return err == nil
}

// add takes another line of the same request.
func (l *login) add(o *login) {
	for i, v := range o.reasons {
		l.reasons[i] = l.reasons[i] || v
	}
	l.failures = max(l.failures, o.failures)
	if l.account == "" {
		l.account = o.account
	}
}

func (l *login) exchange() *exchange.Exchange {
	h := said("X-AREQUESTID", l.id)
	switch {
	case l.reasons[challenged]:
		h = append(h, said("X-Seraph-LoginReason", "AUTHENTICATION_DENIED", "X-Authentication-Denied-Reason", "CAPTCHA_CHALLENGE")...)
	case l.reasons[failed]:
		h = append(h, said("X-Seraph-LoginReason", "AUTHENTICATED_FAILED")...)
	case l.reasons[unauthorised]:
		h = append(h, said("X-Seraph-LoginReason", "AUTHORISATION_FAILED")...)
	default:
		h = append(h, said("X-Seraph-LoginReason", "OK", "X-AUSERNAME", l.account)...)
	}
	url := l.path
	if l.url != "" {
		url = l.url
	}
	if !strings.HasPrefix(url, "/") {
		url = "/"
	}
	address, _, _ := strings.Cut(l.address, ",") // of the client; those of proxies follow
	return &exchange.Exchange{
		Sight: exchange.Timing, Start: l.time, Took: -1, Client: address,
		Log:      &exchange.Log{Account: l.account, Failures: l.failures},
		Request:  exchange.Request{URL: url, Body: exchange.Body{Size: -1}},
		Response: &exchange.Response{Header: h, Body: exchange.Body{Size: -1}},
	}
}
