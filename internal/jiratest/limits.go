package jiratest

import "time"

// The bounds of this package. What a client asks for beyond them is refused or
// forgotten, the oldest first.
const (
	maxKept     = 4096     // requests in the log
	maxField    = 16 << 10 // bytes of one field in the log
	maxSessions = 1024     // sessions that are logged in
	maxIssues   = 1024     // issues of one product
	maxComments = 128      // comments of one issue
	maxJSON     = 1 << 20  // bytes of a JSON body that are read
	maxHeader   = 64 << 10 // bytes of the header of a request

	maxEvents = 10_000           // events of a stream
	maxPause  = 10 * time.Second // between two of them, and before a slow answer
	maxBytes  = 8 << 30          // of a generated body

	maxHops = 10 // redirects that Play follows

	sniffTime  = 10 * time.Second       // for the first byte of a connection
	lingerTime = 200 * time.Millisecond // for a client to read the alert of a handshake
	closeTime  = 2 * time.Second        // for calls that are under way when a site closes
)
