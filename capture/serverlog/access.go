package serverlog

import (
	"io"
	"iter"
	"strconv"
	"strings"
	"time"

	"github.com/why401/why401/internal/exchange"
)

// ReadAccess yields the requests of an access log in file order: of Jira's Tomcat
// as Jira sets it up,
//
//	%a %{jira.request.id}r %{jira.request.username}r %t "%m %U%q %H" %s %b %D "%{Referer}i" "%{User-Agent}i" "%{jira.request.assession.id}r"
//
// or in the common or combined format, which has no request id. The time of an
// exchange is when the answer was sent, to the second. How long it took is left
// out: up to version 9 Tomcat writes milliseconds, later ones microseconds.
func ReadAccess(c *exchange.Capture, src io.Reader) iter.Seq2[*exchange.Exchange, error] {
	return func(yield func(*exchange.Exchange, error) bool) {
		r := &reader{c: c, yield: yield}
		whole := r.each(src, func(line string) {
			x := access(line)
			if x == nil {
				r.unreadable("this line is none of an access log", "")
				return
			}
			r.emit(x, r.at)
		})
		r.end(whole, "there is no request in it", "hand in access_log.DATE from the folder logs of Jira's installation")
	}
}

// access reads a line; nil: it is none of an access log.
func access(line string) *exchange.Exchange {
	head, rest, ok := strings.Cut(line, " [")
	if !ok {
		return nil
	}
	date, rest, ok := strings.Cut(rest, `] "`)
	if !ok {
		return nil
	}
	start, err := time.Parse("02/Jan/2006:15:04:05 -0700", date)
	if err != nil {
		return nil
	}
	address, user, _ := strings.Cut(head, " ")
	id, user, ok := strings.Cut(user, " ") // an account name may hold blanks
	if !ok {
		return nil
	}
	// The address of the request can hold a quote, but not a blank.
	request, rest, ok := cutRequest(rest)
	if !ok {
		return nil
	}
	method, url, proto := request[0], request[1], request[2]
	f := strings.SplitN(rest, " ", 3)
	if len(f) < 2 {
		return nil
	}
	status, err := strconv.Atoi(f[0])
	if err != nil || status < 100 || status > 999 {
		return nil
	}
	size, err := strconv.ParseInt(f[1], 10, 64)
	if err != nil {
		if f[1] != "-" {
			return nil
		}
		size = 0
	}
	if !isID(id) { // %l of the common format: never anything but "-"
		id = ""
	}
	x := &exchange.Exchange{
		Sight: exchange.Timing, Start: start, Took: -1, Client: address, Log: &exchange.Log{},
		Request: exchange.Request{Method: method, URL: url, Proto: proto, Body: exchange.Body{Size: -1}},
		Response: &exchange.Response{
			Status: status, Body: exchange.Body{Size: size},
			Header: said("X-AREQUESTID", id, "X-AUSERNAME", known(user)),
		},
	}
	if len(f) == 3 {
		referrer, agent := quoted(f[2])
		if referrer != "" {
			x.Request.Header = append(x.Request.Header, exchange.Field{Name: "Referer", Value: referrer})
		}
		if agent != "" {
			x.Request.Header = append(x.Request.Header, exchange.Field{Name: "User-Agent", Value: agent})
			x.Client += " " + agent
		}
	}
	return x
}

// cutRequest splits what follows the quote before the request line.
func cutRequest(s string) (request [3]string, rest string, ok bool) {
	i := strings.Index(s, ` HTTP/`)
	if i < 0 {
		return request, "", false
	}
	j := strings.Index(s[i:], `" `)
	if j < 0 {
		return request, "", false
	}
	method, url, ok := strings.Cut(s[:i], " ")
	if !ok || method == "" || url == "" || strings.Contains(url, " ") {
		return request, "", false
	}
	return [3]string{method, url, s[i+1 : i+j]}, s[i+j+2:], true
}

// quoted returns the first two quoted values of the end of a line.
func quoted(s string) (first, second string) {
	_, s, ok := strings.Cut(s, `"`)
	if !ok && s == "" {
		return "", ""
	}
	first, s, _ = strings.Cut(s, `" "`)
	// Tomcat escapes no quote in a value; the one before the last column ends it.
	if i := strings.Index(s, `" "`); i >= 0 {
		second = s[:i]
	} else {
		second = strings.TrimSuffix(s, `"`)
	}
	if first == "-" {
		first = ""
	}
	if second == "-" {
		second = ""
	}
	return first, second
}

// isID reports whether s has the form of Jira's request ids: minutes of the day,
// requests since the start, requests at once, as in 659x463x3.
func isID(s string) bool {
	parts, digits := 1, 0
	for i := range len(s) {
		switch {
		case s[i] >= '0' && s[i] <= '9':
			digits++
		case s[i] == 'x' && digits > 0:
			parts, digits = parts+1, 0
		default:
			return false
		}
	}
	return parts == 3 && digits > 0 && len(s) <= 40
}
