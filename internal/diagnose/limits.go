package diagnose

import "time"

// Every buffer of the engine has its bound here. What is dropped is counted.
const (
	maxRecords   = 4096 // failing exchanges remembered one by one; the rest are counted by likeness
	maxSessions  = 1024 // clients told apart
	maxSession   = 256  // exchanges of a client kept for correlation
	maxKept      = 4096 // exchanges of all clients kept for correlation
	maxRefs      = 1000 // exchanges listed under a finding
	maxEvidence  = 4    // pieces of evidence shown under a finding
	maxPending   = 64   // challenges that may still be answered
	maxUnread    = 100  // unreadable exchanges listed
	maxHosts     = 4096 // hosts whose product is remembered
	keptBodyHead = 2048 // bytes of a body kept in a session

	// answeredWithin is how soon a challenge must be answered by the same
	// request to count as an ordinary handshake and not as a failure.
	answeredWithin = 5 * time.Second
)
