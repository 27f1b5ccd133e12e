package packet

import (
	"crypto/cipher"
	"crypto/subtle"
	"encoding/binary"
	"errors"
)

// A counterCBC is CCM (RFC 3610) with nonces of 12 bytes, as TLS has it (RFC 6655),
// which the standard library lacks. It decrypts only.
type counterCBC struct {
	block cipher.Block // of 16 bytes
	tag   int          // bytes of the tag: 8 or 16
}

var errSealed = errors.New("the tag does not fit")

func (c *counterCBC) NonceSize() int { return 12 }
func (c *counterCBC) Overhead() int  { return c.tag }

// Seal panics: nothing is encrypted here.
func (c *counterCBC) Seal([]byte, []byte, []byte, []byte) []byte { panic("packet: CCM only opens") }

func (c *counterCBC) Open(dst, nonce, sealed, ad []byte) ([]byte, error) {
	n := len(sealed) - c.tag
	if n < 0 || n >= 1<<24 || len(nonce) != 12 || len(ad) >= 0xff00 {
		return nil, errSealed
	}
	// The counter is in the last three bytes; its value 0 is for the tag.
	var at, key [16]byte
	at[0] = 2
	copy(at[1:], nonce)
	c.block.Encrypt(key[:], at[:])
	at[15] = 1
	out := append(dst, sealed[:n]...)
	plain := out[len(dst):]
	cipher.NewCTR(c.block, at[:]).XORKeyStream(plain, plain)

	var sum [16]byte
	sum[0] = 2 | byte(c.tag-2)/2<<3
	if len(ad) > 0 {
		sum[0] |= 1 << 6
	}
	copy(sum[1:], nonce)
	sum[13], sum[14], sum[15] = byte(n>>16), byte(n>>8), byte(n)
	c.block.Encrypt(sum[:], sum[:])
	if len(ad) > 0 {
		c.sum(&sum, append(binary.BigEndian.AppendUint16(make([]byte, 0, 32), uint16(len(ad))), ad...))
	}
	c.sum(&sum, plain)
	subtle.XORBytes(sum[:], sum[:], key[:])
	if subtle.ConstantTimeCompare(sum[:c.tag], sealed[n:]) != 1 {
		return nil, errSealed
	}
	return out, nil
}

// sum goes on with a CBC-MAC; the last block is filled with zeros.
func (c *counterCBC) sum(sum *[16]byte, b []byte) {
	for len(b) > 0 {
		n := subtle.XORBytes(sum[:], sum[:], b[:min(len(b), 16)])
		b = b[n:]
		c.block.Encrypt(sum[:], sum[:])
	}
}
