package proxy

import (
	"context"
	"errors"
	"net"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/why401/why401/internal/exchange"
	"github.com/why401/why401/internal/safely"
)

// A Proxy relays HTTP and tells of what it relays. Its methods may be called by
// several goroutines.
type Proxy struct {
	o       Options
	tls     tlsSides
	leaf    *minter
	dial    *dialer
	rec     *recorder
	front   *front
	again   again
	believe believers

	clock atomic.Int64 // seconds; for what need not be exact
	ids   atomic.Uint64

	mu       sync.Mutex
	sessions map[*session]struct{}
	serving  map[net.Listener]struct{}
	stopping bool
	work     sync.WaitGroup // sessions
	janitor  chan struct{}  // closed: end
	stopped  chan struct{}  // closed: Shutdown is through
	once     sync.Once
	stats    Stats
}

// Stats counts what a proxy did.
type Stats struct {
	Connections int   // accepted
	Open        int   // of these, those that are open
	Intercepted int   // TLS connections that were opened
	Tunnelled   int   // connections that passed through without being opened
	Rejected    int   // TLS handshakes with clients that failed
	Dropped     int64 // exchanges that Options.See was too slow for
}

// New returns a proxy that is ready to serve.
func New(o Options) (*Proxy, error) {
	o.fill()
	if o.CA == nil {
		ca, err := NewCA(nil)
		if err != nil {
			return nil, err
		}
		o.CA = ca
	}
	p := &Proxy{
		o: o, leaf: newMinter(o.CA), rec: newRecorder(&o),
		sessions: map[*session]struct{}{}, serving: map[net.Listener]struct{}{},
		janitor: make(chan struct{}), stopped: make(chan struct{}),
	}
	p.leaf.whole = true
	var err error
	if p.dial, err = newDialer(&p.o); err != nil {
		return nil, err
	}
	p.dial.self = p.isSelfConn
	if err := p.tls.init(p); err != nil {
		return nil, err
	}
	p.front = newFront(p)
	p.clock.Store(time.Now().Unix())
	go p.sweep()
	return p, nil
}

// Capture returns the capture that all exchanges belong to. It may be read by
// Options.See, and by anybody after Shutdown.
func (p *Proxy) Capture() *exchange.Capture { return p.rec.capture }

// CA returns the authority that signs the certificates that clients are shown.
func (p *Proxy) CA() *CA { return p.o.CA }

// Stats returns what the proxy did so far.
func (p *Proxy) Stats() Stats {
	p.mu.Lock()
	defer p.mu.Unlock()
	s := p.stats
	s.Open = len(p.sessions)
	s.Dropped = p.rec.dropped.Load()
	return s
}

func (p *Proxy) count(n *int) {
	p.mu.Lock()
	*n++
	p.mu.Unlock()
}

// ErrClosed is returned by Serve after Shutdown.
var ErrClosed = errors.New("proxy: closed")

// Serve accepts connections from l, which it closes, until ctx ends, which is no
// error, or Shutdown is called. At the end of ctx it calls Shutdown itself.
func (p *Proxy) Serve(ctx context.Context, l net.Listener) error {
	p.mu.Lock()
	if p.stopping {
		p.mu.Unlock()
		_ = l.Close()
		return ErrClosed
	}
	p.serving[l] = struct{}{}
	p.mu.Unlock()
	end := context.AfterFunc(ctx, func() { _ = l.Close() })
	err := p.front.serve(l)
	end()
	p.mu.Lock()
	delete(p.serving, l)
	stopping := p.stopping
	p.mu.Unlock()
	if ctx.Err() != nil {
		grace, cancel := context.WithTimeout(context.WithoutCancel(ctx), graceful)
		defer cancel()
		return p.Shutdown(grace)
	}
	if stopping {
		return ErrClosed
	}
	return err
}

// Shutdown stops accepting connections, closes those that are idle and tunnels
// at once, and waits for requests under way until ctx ends, then closes these,
// too. All exchanges were handed to Options.See when it returns.
func (p *Proxy) Shutdown(ctx context.Context) error {
	p.once.Do(func() {
		defer close(p.stopped)
		p.mu.Lock()
		p.stopping = true
		for l := range p.serving {
			_ = l.Close()
		}
		var busy []*session
		for s := range p.sessions {
			if s.waits() {
				busy = append(busy, s)
			} else {
				s.kill()
			}
		}
		p.mu.Unlock()
		for _, s := range busy {
			s.last.Store(true)
		}
		gone := make(chan struct{})
		go func() { p.work.Wait(); close(gone) }()
		tick := time.NewTicker(10 * time.Millisecond)
		defer tick.Stop()
		for waiting := true; waiting; {
			select {
			case <-gone:
				waiting = false
			case <-ctx.Done():
				waiting = false
			case <-tick.C:
				// A connection that was between two states is idle now.
				p.each(func(s *session) {
					if !s.waits() {
						s.kill()
					}
				})
			}
		}
		p.each((*session).kill)
		<-gone
		p.front.close()
		close(p.janitor)
		p.rec.close()
	})
	select {
	case <-p.stopped:
		return nil
	default:
	}
	select {
	case <-p.stopped:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

func (p *Proxy) each(f func(*session)) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for s := range p.sessions {
		f(s)
	}
}

// sweep keeps the clock and closes connections on which nothing moves.
func (p *Proxy) sweep() {
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	for {
		select {
		case <-p.janitor:
			return
		case now := <-tick.C:
			p.clock.Store(now.Unix())
			p.each(func(s *session) {
				limit := p.o.IdleTimeout
				if s.busy() {
					limit = p.o.AnswerTimeout
				}
				if !s.tunnel.Load() && now.Unix()-s.moved.Load() > int64(limit/time.Second) {
					s.expired.Store(true)
					s.kill()
				}
			})
		}
	}
}

// A session is one connection of a client.
type session struct {
	p        *Proxy
	id       string
	client   string              // address, without port
	classic  bool                // it offers no post-quantum keys; set before the relay starts
	agent    string              // User-Agent of its CONNECT request
	secure   *exchange.ClientLeg // its TLS; nil: none; set before the relay starts
	pending  atomic.Int32
	tunnel   atomic.Bool  // not opened
	switched atomic.Bool  // it speaks no HTTP any more
	last     atomic.Bool  // no further request is taken
	expired  atomic.Bool  // nothing moved for too long
	moved    atomic.Int64 // when something moved, in seconds

	ctx    context.Context
	cancel context.CancelFunc

	mu    sync.Mutex
	conns []net.Conn
	dead  bool
}

// open registers a connection; nil if the proxy is stopping.
func (p *Proxy) open(c net.Conn) *session {
	s := &session{p: p, id: strconv.FormatUint(p.ids.Add(1), 10), client: hostOf(c.RemoteAddr()), conns: []net.Conn{c}}
	s.ctx, s.cancel = context.WithCancel(context.Background())
	s.touch()
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.stopping {
		s.cancel()
		return nil
	}
	p.stats.Connections++
	p.sessions[s] = struct{}{}
	p.work.Add(1)
	return s
}

// close is called once by whoever opened s, when all is done.
func (s *session) close() {
	s.kill()
	s.p.mu.Lock()
	delete(s.p.sessions, s)
	s.p.mu.Unlock()
	s.p.work.Done()
}

// kill closes all connections of s. It may be called at any time.
func (s *session) kill() {
	s.cancel()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.dead = true
	for _, c := range s.conns {
		_ = c.Close()
	}
	s.conns = nil
}

// mend, deferred, keeps a fault of ours from taking other connections down.
func (s *session) mend() {
	if recover() != nil {
		s.p.o.Fault(safely.Caught())
		s.kill()
	}
}

// own makes c one of the connections that kill closes.
func (s *session) own(c net.Conn) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.dead {
		_ = c.Close()
		return net.ErrClosed
	}
	s.conns = append(s.conns, c)
	return nil
}

// disown forgets a connection that was closed.
func (s *session) disown(c net.Conn) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for i := range s.conns {
		if s.conns[i] == c {
			s.conns = append(s.conns[:i], s.conns[i+1:]...)
			return
		}
	}
}

func (s *session) busy() bool { return s.pending.Load() > 0 }

// waits reports whether a request is under way that is worth waiting for at the
// end.
func (s *session) waits() bool { return s.busy() && !s.switched.Load() }

func (s *session) touch() { s.moved.Store(s.p.clock.Load()) }

func hostOf(a net.Addr) string {
	if a == nil {
		return ""
	}
	host, _, err := net.SplitHostPort(a.String())
	if err != nil {
		return ""
	}
	return host
}
