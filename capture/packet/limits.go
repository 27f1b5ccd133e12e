package packet

import "time"

// The bounds of everything that grows with the input. What is dropped for one
// of them is counted and noted on the capture.
const (
	maxPacket     = 1 << 20   // bytes of one packet; tcpdump writes 256 KiB at most
	maxBlock      = 16 << 20  // bytes of one block of pcapng
	maxInterfaces = 4096      // of one section
	fileBuffer    = 256 << 10 // bytes read at once, so few that the caches of processors hold them; a packet that fits is not copied
	maxHalf       = 1 << 20   // bytes of one direction that wait for others
	maxWaiting    = 64 << 20  // the same of all connections
	maxSegments   = 4096      // pieces of one direction that wait
	maxConns      = 16384     // connections remembered, the ended ones included
	maxEnded      = 1024      // of them, that have ended
	recentConns   = 256       // of them, that are found without a look into the table
	maxFragments  = 256       // IP packets that wait for the rest of them
	maxPieces     = 64        // fragments of one
	maxPending    = 2048      // exchanges that wait for an earlier one to end
	maxStreams    = 1024      // of one HTTP/2 connection at a time
	maxHeaderList = 1 << 20   // bytes of a header block of HTTP/2
	maxTable      = 64 << 10  // bytes of a dynamic table of HPACK
	maxNames      = 4096      // host names looked up, and addresses of them
	maxClients    = 4096      // addresses of clients
	maxKeys       = 1 << 17   // client random values in key logs
	maxKeyLog     = 64 << 20  // bytes of one key log
	maxSessions   = 8192      // sessions of TLS up to 1.2 that may be resumed
	maxQuiet      = 256       // look-ups and connections that failed and are told
	maxLayers     = 4         // tunnels and TLS within each other
	maxFine       = 1 << 10   // bytes of the body of an answer that succeeded and is no page
	maxToken      = 4 << 10   // the same of one that is about tokens
	maxBuffers    = 32        // bodies that are put together in memory that is used again
	maxSpare      = 64        // other things of one kind that are kept to be used again
	usualRecord   = 18 << 10  // bytes of a whole record of TLS and the start of the next
	usualHead     = 8 << 10   // bytes of a head; memory for longer ones is not kept
	patience      = 32        // packets of a connection before what was acknowledged and not seen counts as lost
	linger        = 256       // packets after an RST for stragglers
)

// The bounds of live captures and of their filters.
const (
	maxFilterWords = 1024
	maxFilterDepth = 64
	maxFilterAddrs = 16       // of one host name
	maxFilterCode  = 4096     // instructions; the bound of Linux
	liveSnap       = 262144   // bytes of one packet; more than a segment that the card puts together
	liveBuffer     = 64 << 20 // bytes of packets that wait in the kernel
	liveDrain      = 65536    // packets that are still read after the end was asked for
	maxKeyLine     = 64 << 10
)

// hasty is how long a connection may last that its client leaves because of the
// certificate. One that a browser opened in advance is kept longer.
const hasty = 5 * time.Second

// The times of live captures.
const (
	liveTick  = 200 * time.Millisecond // without packets, before what waits is looked at
	keysLate  = 3 * time.Second        // that secrets may come after what they decrypt
	quietLive = 10 * time.Second       // before a failure that nothing made good is told
	dialLive  = 20 * time.Second       // without an answer, before a connection counts as failed
)
