package proxy

import "time"

// The bounds of everything that grows with the traffic or waits for it.
const (
	// maxSeen bounds what is kept of a connection before the relay takes it
	// over: a head of wire.MaxHead with what may follow it in a buffer.
	maxSeen = 1<<20 + 16<<10

	// headBuffer is the size of the buffers for heads, of which a connection has
	// one on each side as long as it lasts. Bodies pass them by.
	headBuffer = 4 << 10

	// copyBuffer is the size of the buffers for bodies, which are shared.
	copyBuffer = 32 << 10

	// maxPending bounds the requests that a client sends ahead of the answers
	// (pipelining).
	maxPending = 32

	// maxQueued and maxQueuedBytes bound the exchanges that wait for
	// Options.See. Further ones are dropped and counted.
	maxQueued      = 4096
	maxQueuedBytes = 32 << 20

	// settleTime is how long an exchange waits for others that began before it.
	settleTime = 20 * time.Millisecond

	// maxLeaves bounds the certificates that are kept.
	maxLeaves = 1024

	// maxSessions bounds the upstream TLS sessions that are kept for
	// resumption.
	maxSessions = 256

	// maxLinger bounds what is read from a client after the last answer, so
	// that the answer arrives; lingerTime how long that takes.
	maxLinger  = 256 << 10
	lingerTime = time.Second

	// halfClosed is how long an answer may take after the client closed its
	// side of a plain connection.
	halfClosed = 10 * time.Second

	// firstByte is how long a client may stay silent after CONNECT before its
	// tunnel is taken for a protocol in which the server speaks first.
	firstByte = 2 * time.Second

	// silentDistrust is the time in which a client that does not trust a
	// certificate closes after the handshake.
	silentDistrust = time.Second
	// promptDistrust is the same for a client that is like another one that made
	// requests.
	promptDistrust = 100 * time.Millisecond

	// maxPrograms is the number of programs of which it is remembered that they
	// trust the proxy.
	maxPrograms = 64

	// maxRoutes is the number of connections to servers of which it is remembered
	// where they led, so that a request can be sent again.
	maxRoutes = 256

	// againTime bounds how long a request that is sent again may take, maxAgain
	// the body of its answer, maxInterim the number of interim answers.
	againTime  = 10 * time.Second
	maxAgain   = 1 << 20
	maxInterim = 8

	// maxHeld and holdTime bound how much of a refused answer is held back, and
	// for how long, until it is whole.
	maxHeld  = 64 << 10
	holdTime = 2 * time.Second

	// maxUpstreamHead bounds the answer of an upstream proxy to CONNECT.
	maxUpstreamHead = 64 << 10

	// graceful is how long Serve waits for requests under way once its context
	// ends.
	graceful = 2 * time.Second
)

// The waits where Options does not say otherwise.
const (
	defaultHeadTimeout      = 30 * time.Second
	defaultHandshakeTimeout = 15 * time.Second
	defaultDialTimeout      = 20 * time.Second
	defaultIdleTimeout      = 5 * time.Minute
	defaultAnswerTimeout    = time.Hour
)
