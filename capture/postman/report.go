package postman

import (
	"encoding/base64"
	"encoding/json"
	"io"
	"iter"
	"strings"
	"time"

	"github.com/why401/why401/capture/jsonin"
	"github.com/why401/why401/internal/exchange"
	"github.com/why401/why401/internal/failure"
)

// An execution is one request of a newman run.
type execution struct {
	Request      *request
	Response     *response
	RequestError *struct {
		Code, Message, Syscall text
	}
}

// A response is one of a newman run, or an example of a collection.
type response struct {
	Code         int
	Status       text
	Header       fields
	Stream       *stream
	Body         *text
	ResponseTime float64
	// OriginalRequest is the request that an example of a collection belongs to.
	OriginalRequest *request
}

// A stream is a body: {"type": "Buffer", "data": [ … ]} or base64.
type stream struct {
	head []byte
	size int64
}

func (s *stream) UnmarshalJSON(b []byte) error {
	var o struct {
		Data json.RawMessage
	}
	if err := json.Unmarshal(b, &o); err != nil {
		return err
	}
	if len(o.Data) > 0 && o.Data[0] == '"' {
		var t string
		if err := json.Unmarshal(o.Data, &t); err != nil {
			return err
		}
		data, err := base64.StdEncoding.DecodeString(t)
		if err != nil {
			return nil
		}
		s.head, s.size = data[:min(len(data), exchange.MaxBody)], int64(len(data))
		return nil
	}
	// A list of numbers, read without a value for each.
	n, in := 0, false
	for _, c := range o.Data {
		switch {
		case c >= '0' && c <= '9':
			n, in = min(10*n+int(c-'0'), 256), true
		case in:
			if len(s.head) < exchange.MaxBody {
				s.head = append(s.head, byte(n))
			}
			s.size++
			n, in = 0, false
		}
	}
	return nil
}

// ReadReport yields the requests of a newman run (newman run … -r json) in file
// order. newman follows redirects by itself and keeps the last answer only.
func ReadReport(c *exchange.Capture, r io.Reader) iter.Seq2[*exchange.Exchange, error] {
	return func(yield func(*exchange.Exchange, error) bool) {
		c.Producer = "newman"
		s := jsonin.New(c, r)
		err := s.Members(func(name string) error {
			if name != "run" {
				return s.Skip()
			}
			return s.Members(func(name string) error {
				if name != "executions" {
					return s.Skip()
				}
				return s.Elements(func() error {
					at := s.At()
					var e execution
					if err := s.Value(&e); err != nil {
						return s.Complain(at, err, yield)
					}
					if e.Request == nil {
						return nil
					}
					x := e.exchange()
					x.At, x.From = at, c
					jsonin.Fit(c, x)
					if x.Request.Body.Size > exchange.MaxBody || x.Response != nil && x.Response.Body.Size > exchange.MaxBody {
						c.Add(exchange.NoteBodyCut)
					}
					c.Exchanges++
					s.Index++
					if !yield(x, nil) {
						return jsonin.ErrStop
					}
					return nil
				})
			})
		})
		s.End(err, yield)
	}
}

// exchange makes an exchange of an execution.
func (e *execution) exchange() *exchange.Exchange {
	q := e.Request
	x := &exchange.Exchange{Sight: exchange.Credentials | exchange.Cookies, Took: -1}
	x.Request = exchange.Request{Method: string(q.Method), URL: string(q.URL), Header: q.Header.header()}
	x.Request.Body = q.Body.of(x.Request.Header)
	x.Client = x.Request.Header.Value("User-Agent")
	x.Client = x.Client[:min(len(x.Client), maxClient)]
	if r := e.Response; r != nil && r.Code > 0 {
		x.Response = r.response()
		if x.Response.Body.Kept {
			x.Sight |= exchange.Bodies
		}
		if r.ResponseTime > 0 && r.ResponseTime < 1e9 {
			x.Took = time.Duration(r.ResponseTime * float64(time.Millisecond))
		}
	}
	if f := e.RequestError; f != nil && x.Response == nil {
		x.Failure = failure.Of(string(f.Code), false, false)
		if x.Failure.Code == "" {
			x.Failure = failure.Of(string(f.Message), false, false)
		}
		if x.Failure.Phase == exchange.UnknownPhase && f.Syscall == "connect" {
			x.Failure.Phase = exchange.Dial
		}
		if x.Failure.Phase == exchange.DNS {
			x.Sight |= exchange.DNSFacts
		}
	}
	return x
}

// response returns r in the model. Its body is decoded: Content-Encoding is only
// what it was.
func (r *response) response() *exchange.Response {
	p := &exchange.Response{Status: r.Code, Reason: string(r.Status), Header: r.Header.header()}
	p.Body = exchange.Body{Size: -1, Media: strings.Trim(p.Header.Value("Content-Type"), " \t\r\n")}
	switch {
	case r.Stream != nil:
		p.Body.Head, p.Body.Size, p.Body.Kept = r.Stream.head, r.Stream.size, true
	case r.Body != nil:
		p.Body.Head, p.Body.Size, p.Body.Kept = []byte((*r.Body)[:min(len(*r.Body), exchange.MaxBody)]), int64(len(*r.Body)), true
	}
	return p
}
