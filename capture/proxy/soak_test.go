package proxy

import (
	"bytes"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"os"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// TestSoak mixes all that clients and servers do, for half a second or for as
// long as WHY401_SOAK says: whole and broken answers, clients that leave, heads
// that do not end, and many connections that do nothing. At the end of it the
// world checks that nothing is left.
func TestSoak(t *testing.T) {
	length := 500 * time.Millisecond
	if s := os.Getenv("WHY401_SOAK"); s != "" {
		d, err := time.ParseDuration(s)
		if err != nil {
			t.Fatal(err)
		}
		length = d
	}
	o := newOrigin(t, func(c *peer, _ int) {
		for {
			r, err := http.ReadRequest(c.br)
			if err != nil {
				return
			}
			body, err := io.ReadAll(r.Body)
			if err != nil {
				return
			}
			kind, number, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), "/")
			n, _ := strconv.Atoi(number)
			text := bytes.Repeat([]byte{byte('a' + n%26)}, n)
			switch kind {
			case "sized":
				c.send(fmt.Sprintf("HTTP/1.1 200 OK\r\nX-Got: %d\r\nContent-Length: %d\r\n\r\n%s", len(body), n, text))
			case "chunked":
				c.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
				for len(text) > 0 {
					k := min(len(text), 1+rand.IntN(9000))
					c.send(fmt.Sprintf("%x\r\n%s\r\n", k, text[:k]))
					text = text[k:]
				}
				c.send("0\r\n\r\n")
			case "close":
				c.send("HTTP/1.1 200 OK\r\n\r\n" + string(text))
				return
			case "slow":
				time.Sleep(time.Duration(n%20) * time.Millisecond)
				c.send("HTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 204 No Content\r\n\r\n")
			case "cut":
				c.send(fmt.Sprintf("HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s", n+1, text))
				return
			case "reset":
				c.send(fmt.Sprintf("HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s", n+1, text))
				c.reset()
				return
			}
		}
	}, site)
	w := newWorld(t, o, func(o *Options) { o.HeadTimeout, o.IdleTimeout = wait, 24*time.Hour })
	stay := 50
	if length > 10*time.Second {
		stay = 2000
	}
	kinds := []string{"sized", "sized", "sized", "chunked", "chunked", "slow", "close", "cut", "reset"}
	end := time.Now().Add(length)
	var whole, broken atomic.Int64
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for time.Now().Before(end) {
				func() {
					c := w.client(site)
					defer c.Conn.Close()
					for range rand.IntN(20) {
						// For each request, not for the connection: a busy machine takes
						// its time for twenty of them.
						_ = c.raw.SetDeadline(time.Now().Add(6 * wait))
						kind, n, up := kinds[rand.IntN(len(kinds))], rand.IntN(50_000), rand.IntN(20_000)
						go c.send(fmt.Sprintf("POST /%s/%d HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n%s", kind, n, up, strings.Repeat("u", up)))
						if rand.IntN(30) == 0 {
							time.Sleep(time.Duration(rand.IntN(3)) * time.Millisecond)
							return // gone
						}
						r, err := http.ReadResponse(c.br, nil)
						for err == nil && r.StatusCode == 103 {
							r, err = http.ReadResponse(c.br, nil)
						}
						if err != nil {
							if kind != "reset" && kind != "cut" {
								t.Errorf("%s: %v", kind, err)
							}
							return
						}
						b, err := io.ReadAll(r.Body)
						switch kind {
						case "cut", "reset":
							if err == nil {
								t.Errorf("%s: %d bytes as if that were all", kind, len(b))
							}
							broken.Add(1)
							return
						case "slow":
						default:
							if err != nil || len(b) != n || len(bytes.Trim(b, string(rune('a'+n%26)))) > 0 {
								t.Errorf("%s %d: %d bytes, %v", kind, n, len(b), err)
							}
						}
						whole.Add(1)
						if kind == "close" {
							return
						}
					}
				}()
			}
		})
	}
	loris := end.Add(-2 * wait) // one takes as long as the proxy waits for a head
	wg.Go(func() {
		for time.Now().Before(loris) {
			c := w.client(site)
			c.send("GET / HTTP/1.1\r\n")
			start := time.Now()
			go func() {
				for {
					if _, err := c.Conn.Write([]byte("X")); err != nil {
						return
					}
					time.Sleep(20 * time.Millisecond)
				}
			}()
			if _, err := c.all(); time.Since(start) > 2*wait {
				t.Errorf("a head that does not end is waited for: %v, %v", time.Since(start), err)
			}
			_ = c.Conn.Close()
		}
	})
	idle := make([]*peer, stay)
	wg.Go(func() {
		for i := range idle {
			idle[i] = w.client(site)
			idle[i].send("GET /sized/1 HTTP/1.1\r\nHost: x\r\n\r\n")
			contains(t, idle[i].head(), " 200 OK\r\n")
		}
	})
	wg.Wait()
	for i, c := range idle {
		if c == nil {
			t.Fatal("not all idle connections were made")
		}
		_ = c.SetDeadline(time.Now().Add(2 * wait))
		c.expect(t, "b")
		if i%2 == 0 {
			_ = c.Conn.Close() // the others are there when the proxy ends
		} else {
			c.send("GET /sized/2 HTTP/1.1\r\nHost: x\r\n\r\n")
			contains(t, c.head(), " 200 OK\r\n")
		}
	}
	t.Logf("%d answers, %d broken ones, %d idle connections; %+v", whole.Load(), broken.Load(), stay, w.Stats())
}
