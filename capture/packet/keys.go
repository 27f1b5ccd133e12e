package packet

import (
	"bufio"
	"bytes"
	"encoding/hex"
	"io"
)

// Keys are the secrets of TLS sessions, as SSLKEYLOGFILE holds them
// (draft-ietf-tls-keylogfile). They never leave this package.
type Keys struct {
	parent *Keys
	byID   map[[32]byte]*secrets
}

// secrets are those of one session, by its client random.
type secrets struct {
	master          []byte    // TLS up to 1.2
	handshake, data [2][]byte // TLS 1.3, of client and server
	early           []byte
}

// ReadKeys adds what a key log holds. Lines that are none are passed over; n
// counts those that are.
func (k *Keys) ReadKeys(r io.Reader) (n int, err error) {
	s := bufio.NewScanner(io.LimitReader(r, maxKeyLog))
	s.Buffer(make([]byte, 0, 4096), 64<<10)
	for s.Scan() {
		if k.line(s.Bytes()) {
			n++
		}
	}
	return n, s.Err()
}

// add takes a key log that is part of a capture.
func (k *Keys) add(b []byte) {
	for line := range bytes.Lines(b) {
		k.line(line)
	}
}

// line takes one line.
func (k *Keys) line(b []byte) bool {
	f := bytes.Fields(b)
	if len(f) != 3 || len(f[1]) != 64 || len(f[2])%2 != 0 || len(f[2]) > 256 || len(f[2]) == 0 {
		return false
	}
	var id [32]byte
	secret := make([]byte, len(f[2])/2)
	if _, err := hex.Decode(id[:], f[1]); err != nil {
		return false
	}
	if _, err := hex.Decode(secret, f[2]); err != nil {
		return false
	}
	s := k.byID[id]
	if s == nil {
		if len(k.byID) >= maxKeys {
			return false
		}
		s = &secrets{}
	}
	switch string(f[0]) {
	case "CLIENT_RANDOM":
		s.master = secret
	case "CLIENT_HANDSHAKE_TRAFFIC_SECRET":
		s.handshake[0] = secret
	case "SERVER_HANDSHAKE_TRAFFIC_SECRET":
		s.handshake[1] = secret
	case "CLIENT_TRAFFIC_SECRET_0":
		s.data[0] = secret
	case "SERVER_TRAFFIC_SECRET_0":
		s.data[1] = secret
	case "CLIENT_EARLY_TRAFFIC_SECRET":
		s.early = secret
	default:
		return false
	}
	if k.byID == nil {
		k.byID = map[[32]byte]*secrets{}
	}
	k.byID[id] = s
	return true
}

// of returns the secrets of a session; nil: none.
func (k *Keys) of(random [32]byte) *secrets {
	if s := k.byID[random]; s != nil {
		return s
	}
	if k.parent != nil {
		return k.parent.of(random)
	}
	return nil
}
