package packet

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"os"

	"github.com/why401/why401/capture/wire"
)

// Keys are the secrets of TLS sessions, as SSLKEYLOGFILE holds them
// (draft-ietf-tls-keylogfile). They never leave this package.
type Keys struct {
	parent *Keys
	byID   map[[32]byte]*secrets
	tails  []*tail // files that may still grow

	// sessions are master secrets by the ticket or the id under which a session
	// of TLS up to 1.2 may be resumed: not all clients log them again.
	sessions map[[32]byte][]byte
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
	k.poll()
	if s := k.byID[random]; s != nil {
		return s
	}
	if k.parent != nil {
		return k.parent.of(random)
	}
	return nil
}

// keep remembers the master secret of a session by a name for it.
func (k *Keys) keep(name [32]byte, master []byte) {
	if name == [32]byte{} || master == nil || len(k.sessions) >= maxSessions && k.sessions[name] == nil {
		return
	}
	if k.sessions == nil {
		k.sessions = map[[32]byte][]byte{}
	}
	k.sessions[name] = master
}

// idName is the name of a session by its id; zero: it has none.
func idName(id []byte) [32]byte {
	if len(id) == 0 {
		return [32]byte{}
	}
	return sha256.Sum256(append([]byte("id "), id...))
}

// resumed returns the secrets of a session that is resumed; nil: not known.
func (k *Keys) resumed(client *wire.ClientHello, server *wire.ServerHello) *secrets {
	for _, name := range [...][32]byte{client.Ticket, idName(server.Session)} {
		if m := k.sessions[name]; m != nil && name != [32]byte{} {
			return &secrets{master: m}
		}
	}
	return nil
}

// any reports whether there is a secret at all.
func (k *Keys) any() bool { return len(k.byID) > 0 || k.parent != nil && k.parent.any() }

// complete reports whether s has all that a connection of this version needs.
func (s *secrets) complete(version uint16) bool {
	if s == nil {
		return false
	}
	if is13(version) {
		return s.data[0] != nil && s.data[1] != nil
	}
	return s.master != nil
}

// A tail is a key log that a client writes to.
type tail struct {
	name string
	at   int64  // bytes read
	part []byte // a line that has not ended
}

// Follow makes k read files of secrets, now and whenever it lacks one. They need
// not exist yet. What cannot be read is passed over.
func (k *Keys) Follow(names ...string) {
	for _, n := range names {
		k.tails = append(k.tails, &tail{name: n})
	}
}

// grows reports whether secrets may yet come.
func (k *Keys) grows() bool { return len(k.tails) > 0 || k.parent != nil && k.parent.grows() }

// poll reads what was added to the files.
func (k *Keys) poll() {
	for _, t := range k.tails {
		t.read(k)
	}
}

func (t *tail) read(k *Keys) {
	// Opening a pipe could wait for ever, so only files count.
	info, err := os.Stat(t.name)
	if err != nil || !info.Mode().IsRegular() || info.Size() == t.at {
		return
	}
	f, err := os.Open(t.name)
	if err != nil {
		return
	}
	defer f.Close()
	if info.Size() < t.at { // a new one
		t.at, t.part = 0, nil
	}
	buf := make([]byte, maxKeyLine)
	for t.at < maxKeyLog {
		n, err := f.ReadAt(buf, t.at)
		t.at += int64(n)
		t.part = append(t.part, buf[:n]...)
		for {
			line, rest, whole := bytes.Cut(t.part, []byte("\n"))
			if !whole {
				break
			}
			k.line(line)
			t.part = rest
		}
		if len(t.part) > maxKeyLine { // no line of a key log
			t.part = nil
		}
		t.part = bytes.Clone(t.part)
		if err != nil {
			return
		}
	}
}
