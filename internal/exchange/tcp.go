package exchange

// TCP is what a packet source knows of a TCP connection. A source that sees
// only one direction of it must not fill one in: what it does not see would
// look as if it had not been sent.
type TCP struct {
	// Attempts counts the SYNs of the client, repeated ones included; 0:
	// unknown.
	Attempts int
	// Accepted is set once the server answered a SYN with SYN and ACK.
	Accepted bool
	// Cut says who ended the connection by force (RST).
	Cut Cut
}

// Cut says who ended a connection by force.
type Cut uint8

// The answers.
const (
	NotCut      Cut = iota // nobody, or not known
	CutByServer            // the RST came from the address of the server
	CutByClient            //
	// CutBetween: the RST bears the address of the server, but its TTL or IP id
	// is unlike that of the server's other packets: a box in between made it.
	CutBetween
)
