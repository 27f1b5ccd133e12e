package packet

// The bounds of everything that grows with the input. What is dropped for one
// of them is counted and noted on the capture.
const (
	maxPacket     = 1 << 20  // bytes of one packet; tcpdump writes 256 KiB at most
	maxBlock      = 16 << 20 // bytes of one block of pcapng
	maxInterfaces = 4096     // of one section
	fileBuffer    = 1 << 20  // bytes read at once; a packet that fits is not copied
	maxHalf       = 1 << 20  // bytes of one direction that wait for others
	maxWaiting    = 64 << 20 // the same of all connections
	maxSegments   = 4096     // pieces of one direction that wait
	maxConns      = 16384    // connections remembered, the ended ones included
	maxFragments  = 256      // IP packets that wait for the rest of them
	maxPieces     = 64       // fragments of one
	maxPending    = 2048     // exchanges that wait for an earlier one to end
	maxStreams    = 1024     // of one HTTP/2 connection at a time
	maxHeaderList = 1 << 20  // bytes of a header block of HTTP/2
	maxTable      = 64 << 10 // bytes of a dynamic table of HPACK
	maxNames      = 4096     // host names looked up, and addresses of them
	maxClients    = 4096     // addresses of clients
	maxKeys       = 1 << 17  // client random values in key logs
	maxKeyLog     = 64 << 20 // bytes of one key log
	maxQuiet      = 256      // look-ups and connections that failed and are told
	maxLayers     = 4        // tunnels and TLS within each other
	patience      = 32       // packets of a connection before what was acknowledged and not seen counts as lost
	linger        = 256      // packets after an RST for stragglers
)
