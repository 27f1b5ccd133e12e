package packet

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/des"
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/md5"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/binary"
	"hash"

	"golang.org/x/crypto/chacha20poly1305"

	"github.com/why401/why401/capture/wire"
)

// An opener decrypts the records of one direction.
type opener interface {
	// open decrypts the next record. The result is valid until the next call
	// for another record of the same depth;
	// kind is the type of what was in it.
	open(kind uint8, version uint16, fragment []byte) (plain []byte, inner uint8, ok bool)
	// update takes the next key (TLS 1.3).
	update()
	// seeks reports whether records can be passed over.
	seeks() bool
	// seek is open for one of the next records; skipped is how many lie before
	// it.
	seek(kind uint8, version uint16, fragment []byte, most int) (plain []byte, inner uint8, skipped int, ok bool)
	// overhead is by how many bytes a record is longer than its content.
	overhead() int
}

// newOpener returns the opener for a side, 0 for the client; nil if there is no
// key for it, or the suite is not known. Records are decrypted into room.
func newOpener(k *secrets, client *wire.ClientHello, server *wire.ServerHello, side int, room *[]byte) opener {
	s := suiteOf(server.Cipher)
	if !s.known {
		return nil
	}
	if is13(server.Version) {
		o := &open13{suite: s, room: room}
		if side == 0 && k.early != nil {
			o.secrets = append(o.secrets, k.early)
		}
		for _, secret := range [...][]byte{k.handshake[side], k.data[side]} {
			if secret != nil {
				o.secrets = append(o.secrets, secret)
			}
		}
		if len(o.secrets) == 0 || s.kind == cbc {
			return nil
		}
		return o
	}
	if k.master == nil {
		return nil
	}
	return newOpen12(k.master, s, client, server, side, room)
}

// open13 is that of TLS 1.3. Which of the keys is in use, it finds out by
// trying the next.
type open13 struct {
	suite   suite
	secrets [][]byte // the one in use, and those that may follow
	aead    cipher.AEAD
	iv      [12]byte
	seq     uint64
	room    *[]byte
}

func (o *open13) hash() func() hash.Hash {
	if o.suite.sha384 {
		return sha512.New384
	}
	return sha256.New
}

// expand is HKDF-Expand-Label (RFC 8446, section 7.1).
func (o *open13) expand(secret []byte, label string, n int) []byte {
	info := make([]byte, 0, 32)
	info = binary.BigEndian.AppendUint16(info, uint16(n))
	info = append(info, byte(6+len(label)))
	info = append(info, "tls13 "...)
	info = append(info, label...)
	info = append(info, 0)
	out, err := hkdf.Expand(o.hash(), secret, string(info), n)
	if err != nil {
		return make([]byte, n)
	}
	return out
}

// keys returns the cipher that a secret makes.
func (o *open13) keys(secret []byte) (cipher.AEAD, [12]byte) {
	return newAEAD(o.suite, o.expand(secret, "key", o.suite.key)), [12]byte(o.expand(secret, "iv", 12))
}

// newAEAD returns the cipher of a key; nil if there is none.
func newAEAD(s suite, key []byte) cipher.AEAD {
	if s.kind == chacha {
		a, err := chacha20poly1305.New(key)
		if err != nil {
			return nil
		}
		return a
	}
	b, err := aes.NewCipher(key)
	if err != nil {
		return nil
	}
	if s.kind == ccm {
		return &counterCBC{b, s.tag}
	}
	a, err := cipher.NewGCM(b)
	if err != nil {
		return nil
	}
	return a
}

func nonce(iv [12]byte, seq uint64) [12]byte {
	n := binary.BigEndian.Uint64(iv[4:]) ^ seq
	binary.BigEndian.PutUint64(iv[4:], n)
	return iv
}

func (o *open13) try(a cipher.AEAD, iv [12]byte, seq uint64, kind uint8, version uint16, fragment []byte) ([]byte, bool) {
	if a == nil {
		return nil, false
	}
	n := nonce(iv, seq)
	ad := [5]byte{kind, byte(version >> 8), byte(version), byte(len(fragment) >> 8), byte(len(fragment))}
	out, err := a.Open((*o.room)[:0], n[:], fragment, ad[:])
	if err != nil {
		return nil, false
	}
	*o.room = out
	return out, true
}

func (o *open13) open(kind uint8, version uint16, fragment []byte) ([]byte, uint8, bool) {
	plain, inner, _, ok := o.seek(kind, version, fragment, 0)
	return plain, inner, ok
}

func (o *open13) seek(kind uint8, version uint16, fragment []byte, most int) ([]byte, uint8, int, bool) {
	if o.aead == nil && len(o.secrets) > 0 {
		o.aead, o.iv = o.keys(o.secrets[0])
	}
	for i := 0; i <= most; i++ {
		if out, ok := o.try(o.aead, o.iv, o.seq+uint64(i), kind, version, fragment); ok {
			o.seq += uint64(i) + 1
			return unpadded(out, i)
		}
	}
	for next := 1; next < len(o.secrets); next++ {
		a, iv := o.keys(o.secrets[next])
		for i := 0; i <= most; i++ {
			if out, ok := o.try(a, iv, uint64(i), kind, version, fragment); ok {
				o.secrets = o.secrets[next:]
				o.aead, o.iv, o.seq = a, iv, uint64(i)+1
				return unpadded(out, i)
			}
		}
	}
	return nil, 0, 0, false
}

// unpadded takes the padding off the content of a record (RFC 8446, section
// 5.2).
func unpadded(b []byte, skipped int) ([]byte, uint8, int, bool) {
	n := len(b)
	for n > 0 && b[n-1] == 0 {
		n--
	}
	if n == 0 {
		return nil, 0, skipped, true
	}
	return b[:n-1], b[n-1], skipped, true
}

func (o *open13) update() {
	if len(o.secrets) != 1 {
		return
	}
	o.secrets[0] = o.expand(o.secrets[0], "traffic upd", o.hash()().Size())
	o.aead, o.iv = o.keys(o.secrets[0])
	o.seq = 0
}

func (o *open13) seeks() bool   { return true }
func (o *open13) overhead() int { return 5 + 1 + o.suite.tag }

// open12 is that of TLS up to 1.2.
type open12 struct {
	suite   suite
	version uint16
	aead    cipher.AEAD
	iv      []byte
	block   cipher.Block
	etm     bool // the MAC is outside
	seq     uint64
	room    *[]byte
}

func newOpen12(master []byte, s suite, client *wire.ClientHello, server *wire.ServerHello, side int, room *[]byte) opener {
	o := &open12{suite: s, room: room, version: server.Version, etm: server.EncryptThenMAC && s.kind == cbc}
	ivLen := 0
	switch {
	case s.kind == gcm || s.kind == ccm:
		ivLen = 4
	case s.kind == chacha:
		ivLen = 12
	case server.Version <= wire.TLS10:
		ivLen = s.block
	}
	if server.Version < wire.TLS10 {
		return nil // SSL 3 derives its keys in another way
	}
	seed := append([]byte("key expansion"), server.Random[:]...)
	seed = append(seed, client.Random[:]...)
	block := prf(server.Version, s.sha384, master, seed, 2*(s.mac+s.key+ivLen))
	key := block[2*s.mac+side*s.key:][:s.key]
	o.iv = block[2*(s.mac+s.key)+side*ivLen:][:ivLen]
	if s.kind == cbc {
		b, err := aes.NewCipher(key)
		if s.block == 8 {
			b, err = des.NewTripleDESCipher(key)
		}
		if err != nil {
			return nil
		}
		o.block = b
		return o
	}
	if o.aead = newAEAD(s, key); o.aead == nil {
		return nil
	}
	return o
}

// prf makes n bytes of key material (RFC 5246, section 5; RFC 2246, section 5).
func prf(version uint16, sha384 bool, secret, seed []byte, n int) []byte {
	if version >= wire.TLS12 {
		if sha384 {
			return pHash(sha512.New384, secret, seed, n)
		}
		return pHash(sha256.New, secret, seed, n)
	}
	half := (len(secret) + 1) / 2
	out := pHash(md5.New, secret[:half], seed, n)
	for i, b := range pHash(sha1.New, secret[len(secret)-half:], seed, n) {
		out[i] ^= b
	}
	return out
}

func pHash(h func() hash.Hash, secret, seed []byte, n int) []byte {
	var out []byte
	m := hmac.New(h, secret)
	m.Write(seed)
	a := m.Sum(nil)
	for len(out) < n {
		m.Reset()
		m.Write(a)
		m.Write(seed)
		out = m.Sum(out)
		m.Reset()
		m.Write(a)
		a = m.Sum(nil)
	}
	return out[:n]
}

func (o *open12) open(kind uint8, version uint16, fragment []byte) ([]byte, uint8, bool) {
	if o.suite.kind == cbc {
		plain, ok := o.openCBC(fragment)
		return plain, kind, ok
	}
	plain, _, _, ok := o.seek(kind, version, fragment, 0)
	return plain, kind, ok
}

func (o *open12) seek(kind uint8, version uint16, fragment []byte, most int) ([]byte, uint8, int, bool) {
	explicit := 8
	if o.suite.kind == chacha {
		explicit = 0
	}
	n := len(fragment) - explicit - o.suite.tag
	if n < 0 {
		return nil, 0, 0, false
	}
	var iv [12]byte
	copy(iv[:], o.iv)
	if explicit > 0 {
		copy(iv[4:], fragment[:8])
	}
	for i := 0; i <= most; i++ {
		seq := o.seq + uint64(i)
		var ad [13]byte
		binary.BigEndian.PutUint64(ad[:], seq)
		ad[8], ad[9], ad[10], ad[11], ad[12] = kind, byte(version>>8), byte(version), byte(n>>8), byte(n)
		with := iv
		if explicit == 0 {
			with = nonce(iv, seq)
		}
		out, err := o.aead.Open((*o.room)[:0], with[:], fragment[explicit:], ad[:])
		if err == nil {
			*o.room, o.seq = out, seq+1
			return out, kind, i, true
		}
	}
	return nil, 0, 0, false
}

// openCBC decrypts a record with a block cipher. The MAC is cut off and not
// looked at: nobody relies on these bytes.
func (o *open12) openCBC(fragment []byte) ([]byte, bool) {
	if o.etm {
		if len(fragment) < o.suite.mac {
			return nil, false
		}
		fragment = fragment[:len(fragment)-o.suite.mac]
	}
	iv := o.iv
	if o.version > wire.TLS10 {
		if len(fragment) < o.suite.block {
			return nil, false
		}
		iv, fragment = fragment[:o.suite.block], fragment[o.suite.block:]
	}
	if len(fragment) == 0 || len(fragment)%o.suite.block != 0 {
		return nil, false
	}
	b := append((*o.room)[:0], fragment...)
	*o.room = b
	cipher.NewCBCDecrypter(o.block, iv).CryptBlocks(b, b)
	if o.version <= wire.TLS10 {
		o.iv = append([]byte(nil), fragment[len(fragment)-o.suite.block:]...)
	}
	pad := int(b[len(b)-1]) + 1
	n := len(b) - pad
	if !o.etm {
		n -= o.suite.mac
	}
	if n < 0 {
		return nil, false
	}
	for _, v := range b[len(b)-pad:] {
		if int(v)+1 != pad {
			return nil, false
		}
	}
	return b[:n], true
}

func (o *open12) update()     {}
func (o *open12) seeks() bool { return o.suite.kind != cbc }
func (o *open12) overhead() int {
	if o.suite.kind == chacha {
		return 5 + o.suite.tag
	}
	return 5 + 8 + o.suite.tag
}
