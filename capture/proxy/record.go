package proxy

import (
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/why401/why401/capture/wire"
	"github.com/why401/why401/internal/exchange"
	"github.com/why401/why401/internal/safely"
)

// sight is what the proxy shows of a request.
const sight = exchange.Credentials | exchange.Cookies | exchange.Wire | exchange.TLSFacts | exchange.Bodies | exchange.Timing

// A flight is one request under way.
type flight struct {
	start  time.Time
	took   time.Duration
	client string
	agent  string // User-Agent, if there is no head
	url    string
	conn   *exchange.Conn

	method   string
	head     *wire.Head // nil: the handshake failed before there was one
	tail     []byte     // header lines behind a head that a stray line feed ended
	framing  wire.Framing
	body     wire.Keeper
	old      bool // HTTP/1.0: knows neither chunks nor interim answers
	last     bool // the connection ends with the answer
	quiet    bool // it is of no interest
	back     listener
	decided  chan struct{}
	switched bool // read after decided is closed

	rewritten bool // the client got another head of the answer than the server sent

	answer        *wire.Head
	answerFraming wire.Framing
	answerBody    wire.Keeper
	failure       *exchange.Failure

	done   *exchange.Exchange // made elsewhere (HTTP/2)
	mended *Mended            // what Options.Mend said

	open atomic.Int32 // sides that are not through: request, answer
}

// weight is about how many bytes f keeps alive.
func (f *flight) weight() int {
	const fixed = 1 << 10
	n := fixed + len(f.tail) + int(min(f.body.Size(), exchange.MaxBody)+min(f.answerBody.Size(), exchange.MaxBody))
	if f.head != nil {
		n += 2 * len(f.head.Raw)
	}
	if f.answer != nil {
		n += 2 * len(f.answer.Raw)
	}
	if x := f.done; x != nil {
		n += len(x.Request.Body.Head)
		if x.Response != nil {
			n += len(x.Response.Body.Head)
		}
	}
	return n
}

// exchange makes the exchange of f, which has ended.
func (f *flight) exchange(o *Options) *exchange.Exchange {
	if f.done != nil {
		return f.done
	}
	x := &exchange.Exchange{
		Sight: sight, Start: f.start, Took: f.took, Client: f.client, Conn: f.conn, Failure: f.failure,
		Request: exchange.Request{Method: f.method, URL: f.url, Body: exchange.Body{Size: -1}},
	}
	if f.head == nil {
		x.Sight = exchange.TLSFacts | exchange.Timing // no request came
		if f.agent != "" {
			x.Client, x.Request.Header = f.agent, exchange.Header{{Name: "User-Agent", Value: f.agent}}
		}
	} else {
		if !f.head.Complete {
			x.Sight &^= exchange.Credentials | exchange.Cookies // they may have been still to come
		}
		x.Request = f.head.Request()
		x.Request.URL = f.url
		x.Request.Body = f.body.Body(f.head.Header, f.framing, o.Decoder)
		if len(f.tail) > 0 {
			raw := x.Request.Raw
			x.Request.Raw = append(raw[:len(raw):len(raw)], f.tail...)
		}
		if ua := f.head.Header.Value("User-Agent"); ua != "" {
			x.Client = ua
		}
	}
	if f.answer != nil {
		x.Response = f.answer.Response()
		x.Response.Body = f.answerBody.Body(f.answer.Header, f.answerFraming, o.Decoder)
		if f.rewritten {
			x.Comment = rewritten
		}
	}
	return x
}

// A recorder hands exchanges to Options.See from a goroutine of its own. It waits
// a little for those that another connection has carried already but not told of
// yet: what a client did first comes first.
type recorder struct {
	o       *Options
	capture *exchange.Capture
	dropped atomic.Int64
	wake    chan struct{}
	done    chan struct{}

	mu     sync.Mutex
	queue  []*flight
	bytes  int
	closed bool
}

func newRecorder(o *Options) *recorder {
	r := &recorder{
		o: o, wake: make(chan struct{}, 1), done: make(chan struct{}),
		capture: &exchange.Capture{Name: o.Name, Format: "proxy", Complete: true},
	}
	go r.run()
	return r
}

// add queues f, or drops it.
func (r *recorder) add(f *flight) {
	w := f.weight()
	r.mu.Lock()
	if r.closed || len(r.queue) >= maxQueued || len(r.queue) > 0 && r.bytes+w > maxQueuedBytes {
		r.mu.Unlock()
		r.dropped.Add(1)
		return
	}
	r.queue = append(r.queue, f)
	r.bytes += w
	much := len(r.queue) == maxQueued/2 || r.bytes > maxQueuedBytes/2 && r.bytes-w <= maxQueuedBytes/2
	if len(r.queue) == 1 || much {
		select {
		case r.wake <- struct{}{}:
		default:
		}
	}
	r.mu.Unlock()
}

// close hands over what is queued and ends.
func (r *recorder) close() {
	r.mu.Lock()
	r.closed = true
	close(r.wake)
	r.mu.Unlock()
	<-r.done
}

func (r *recorder) run() {
	defer close(r.done)
	var batch []*flight
	late := time.NewTimer(settleTime)
	for open := true; open; {
		if _, open = <-r.wake; open {
			late.Reset(settleTime)
			select {
			case <-late.C:
			case _, open = <-r.wake:
			}
		}
		for {
			r.mu.Lock()
			batch, r.queue = r.queue, batch[:0]
			r.bytes = 0
			r.mu.Unlock()
			if len(batch) == 0 {
				break
			}
			slices.SortStableFunc(batch, func(a, b *flight) int { return a.start.Compare(b.start) })
			for i, f := range batch {
				batch[i] = nil
				if err := safely.Do(func() { r.see(f) }); err != nil {
					r.o.Fault(err)
				}
			}
		}
	}
}

func (r *recorder) see(f *flight) {
	x := f.exchange(r.o)
	x.From = r.capture
	x.At = exchange.Locator{Capture: r.capture.Name, Index: r.capture.Exchanges, Offset: -1}
	r.capture.Exchanges++
	if x.Comment == rewritten {
		r.capture.Add(exchange.NoteRewritten)
	}
	if f.mended != nil && r.o.Mended != nil {
		r.o.Mended(x, f.mended)
	}
	if r.o.See != nil {
		r.o.See(x)
	}
}
