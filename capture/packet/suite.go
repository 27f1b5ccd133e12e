package packet

import (
	"strings"

	"github.com/why401/why401/capture/wire"
)

// suite is how a cipher suite protects records.
type suite struct {
	kind   cipherKind
	key    int
	mac    int // of CBC, outside the cipher
	tag    int // of the others, within it
	block  int // of CBC
	sha384 bool
	known  bool
}

type cipherKind uint8

const (
	gcm cipherKind = iota
	ccm
	chacha
	cbc
)

// suiteOf tells a suite by its name in the IANA registry.
func suiteOf(id uint16) suite {
	name := wire.CipherName(id)
	s := suite{known: true, sha384: strings.HasSuffix(name, "_SHA384"), tag: 16, block: 16}
	switch {
	case strings.Contains(name, "AES_128_GCM"):
		s.kind, s.key = gcm, 16
	case strings.Contains(name, "AES_256_GCM"):
		s.kind, s.key = gcm, 32
	case strings.Contains(name, "AES_128_CCM"):
		s.kind, s.key = ccm, 16
	case strings.Contains(name, "AES_256_CCM"):
		s.kind, s.key = ccm, 32
	case strings.Contains(name, "CHACHA20_POLY1305"):
		s.kind, s.key = chacha, 32
	case strings.Contains(name, "AES_128_CBC"):
		s.kind, s.key = cbc, 16
	case strings.Contains(name, "AES_256_CBC"):
		s.kind, s.key = cbc, 32
	case strings.Contains(name, "3DES_EDE_CBC"):
		s.kind, s.key, s.block = cbc, 24, 8
	default:
		s.known = false
	}
	if s.kind == ccm && strings.Contains(name, "CCM_8") {
		s.tag = 8
	}
	if s.kind == cbc {
		switch {
		case s.sha384:
			s.mac = 48
		case strings.HasSuffix(name, "_SHA256"):
			s.mac = 32
		default:
			s.mac = 20
		}
	}
	return s
}
