package diagnose

import "time"

// Every buffer of the engine has its bound here. What is dropped is counted.
const (
	maxRecords   = 4096    // failing exchanges remembered one by one; the rest are counted by likeness
	maxSessions  = 1024    // clients told apart
	maxSession   = 256     // exchanges of a client kept for correlation
	maxKept      = 4096    // exchanges of all clients kept for correlation
	maxRefs      = 1000    // exchanges listed under a finding
	maxEvidence  = 4       // pieces of evidence shown under a finding
	maxTried     = 4       // tries shown under a finding
	maxSteps     = 160     // steps of logins in the timeline: the first half and the last
	maxCards     = 32      // credentials with a card
	maxPending   = 64      // challenges that may still be answered
	maxUnread    = 100     // unreadable exchanges listed
	maxHosts     = 4096    // hosts whose product is remembered
	maxSightings = 1 << 14 // requests remembered to recognise them in another capture
	maxPlaces    = 8       // captures in which one request is recognised
	maxAlike     = 256     // requests with equal answers that one is compared with
	keptBodyHead = 2048    // bytes of a body kept in a session

	// answeredWithin is how soon a challenge must be answered by the same
	// request to count as an ordinary handshake and not as a failure.
	answeredWithin = 5 * time.Second

	// loggedInWithin is how soon somebody logs in who looks at the login page.
	loggedInWithin = 10 * time.Minute

	// namedWithin is how far apart two captures may put a request with the same id,
	// by the clock of the server if they show it; unnamedWithin is it for one
	// without, by the clock of the client.
	namedWithin   = 10 * time.Minute
	unnamedWithin = 2 * time.Second
)
