package ticket

import "time"

// The bounds of this package.
const (
	MaxFiles = 20  // files of one call
	MaxHARs  = 500 // captures in a bundle

	maxText      = 256 << 20    // bytes of a report
	maxHead      = 4 << 10      // start of a file by which its kind is told
	maxTail      = 4 << 10      // end of it
	maxJSON      = 64 << 20     // bytes of a report in JSON that are parsed
	maxCauses    = 20           // causes of a report that a comment names
	maxMembers   = MaxHARs + 10 // files in a bundle
	maxUnpacked  = 1 << 30      // bytes of all of them
	maxAnswer    = 8 << 20      // bytes of an answer that are read
	maxSettings  = 64 << 10     // bytes of a credentials file
	maxExchanges = 64           // own exchanges that are kept
	maxName      = 80           // characters of the name of an attachment

	// maxWait is the longest Retry-After that is waited for, and maxTries how often
	// one call is sent.
	maxWait  = 60 * time.Second
	maxTries = 3
	// silence is how long nothing may move in either direction of a call.
	silence = 60 * time.Second
)
