package exchange

import "time"

// A Lookup is what a packet source knows of the look-ups of one host name: the
// last one before the connection, with its repeats. A resolver that appends the
// search list of the system asks for other names first; those do not count.
//
// A source that sees only one direction must not fill one in: what it does not
// see would look like silence.
type Lookup struct {
	Name   string // the name asked
	Server string // address of the name server; "" unknown
	// Asked counts the queries, repeated ones and those for both kinds of
	// address included.
	Asked int
	// Answered is set once there was an answer; RCode, Addrs, Aliases and
	// Extended are of the newest.
	Answered bool
	RCode    int      // response code (RFC 1035, section 4.1.1)
	Addrs    []string // addresses, IPv4 and IPv6
	Aliases  []string // names that it led over (CNAME)
	Extended []int    // extended errors (RFC 8914)
}

// A Handshake is what a packet source knows of a TLS handshake, also of one that
// failed. TLS 1.3 encrypts the part of it that holds the certificates.
type Handshake struct {
	Hello *ClientHello // nil: not seen
	// Alerts are those that could be read, in order.
	Alerts []Alert
	// Chain is the certificates that the server sent, its own first.
	Chain []Certificate
	// CertificateAsked is set if the server asked for a client certificate.
	CertificateAsked bool
	// PlainReply is set if the server answered the ClientHello in plain HTTP.
	PlainReply bool
	// Quit says how the client left, if it did so right after the certificate of
	// the server and before it sent anything.
	Quit Quit
}

// Quit is how a client left during or right after a handshake, without an alert
// that could be read.
type Quit uint8

// The ways.
const (
	NoQuit Quit = iota // it did not, or nobody knows
	// QuitAlert: the first encrypted record that it sent in TLS 1.3 has the
	// length of an alert.
	QuitAlert
	// QuitSilent: it closed the connection at once, without a request.
	QuitSilent
)

// A ClientHello is what the client offered (RFC 8446, section 4.1.2).
type ClientHello struct {
	// Version is the highest version offered, by the supported_versions
	// extension if there is one, else by legacy_version: 0x0303 is TLS 1.2. It
	// is never the version of the record layer, which is 0x0301 for many modern
	// clients. 0: unknown.
	Version uint16
	Ciphers []uint16 // cipher suites, in the order of the client
	// ServerName is the name of the server_name extension (RFC 6066, section
	// 3); "": the extension is not there.
	ServerName string
	// Protocols are the application protocols offered (ALPN, RFC 7301), such as
	// "h2", in the order of the client.
	Protocols []string
	// JA4 is the fingerprint of the client program (FoxIO JA4): equal ones mean
	// the same TLS library with the same settings.
	JA4 string
}

// An Alert is a TLS alert (RFC 8446, section 6).
type Alert struct {
	From  Side
	Fatal bool
	Code  uint8
}

// A Side is an end of a connection.
type Side uint8

// The sides.
const (
	NoSide Side = iota // not known
	Client
	Server
)

// A Certificate is one certificate of a chain.
type Certificate struct {
	Subject      string // common name
	Issuer       string // common name of the issuer
	Organization string // organization of the issuer
	Names        []string
	From, To     time.Time
}

// A ClientLeg is the TLS of a client's connection to an intercepting proxy. What
// it offered is [Handshake.Hello].
type ClientLeg struct {
	Version    string // chosen, such as "TLS 1.0"; "": the handshake failed
	Cipher     string // chosen
	ServerName string // that the client asked for (SNI); "": none
	Protocol   string // application protocol chosen (ALPN); "": none
	Signer     Signer
	Agent      string // User-Agent of the CONNECT request before it; "": none
	Command    string // name of the command that is run; "": not known
}

// A Signer says whose authority signed the certificate that an intercepting
// proxy shows.
type Signer uint8

// The signers.
const (
	UnknownSigner Signer = iota
	StoredSigner         // the authority that the proxy keeps, for its user to trust
	NamedSigner          // one that the user named
	RunSigner            // one that dies with the command that is run, and that only this command is told of
)
