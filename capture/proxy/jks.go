package proxy

import (
	"bytes"
	"crypto/sha1" // the format has no other
	"encoding/binary"
	"encoding/pem"
	"fmt"
	"time"
	"unicode/utf16"
)

// A JKS is the trust store of Java that Java 8 and all later ones read. Its
// numbers are big-endian:
//
//	magic, version 2, count, entries, SHA-1 of password, salt and all before
//	entry: 2, alias, milliseconds, "X.509", length, certificate
//
// Strings have their length in two bytes before them.
const (
	jksMagic   = 0xFEEDFEED
	jksVersion = 2
	jksTrusted = 2
	jksSalt    = "Mighty Aphrodite"
)

// A jksEntry is one entry as it stands in the file.
type jksEntry []byte

// jks returns a store with entries.
func jks(entries []jksEntry) []byte {
	var b []byte
	b = binary.BigEndian.AppendUint32(b, jksMagic)
	b = binary.BigEndian.AppendUint32(b, jksVersion)
	b = binary.BigEndian.AppendUint32(b, uint32(len(entries)))
	for _, e := range entries {
		b = append(b, e...)
	}
	h := sha1.New()
	for _, c := range utf16.Encode([]rune(storePassword)) {
		_, _ = h.Write([]byte{byte(c >> 8), byte(c)})
	}
	_, _ = h.Write([]byte(jksSalt))
	_, _ = h.Write(b)
	return h.Sum(b)
}

// jksCertificates makes entries of certificates in PEM.
func jksCertificates(text []byte, alias string) []jksEntry {
	var list []jksEntry
	for {
		var block *pem.Block
		if block, text = pem.Decode(text); block == nil {
			return list
		}
		if block.Type != "CERTIFICATE" {
			continue
		}
		var e []byte
		e = binary.BigEndian.AppendUint32(e, jksTrusted)
		e = appendString(e, fmt.Sprintf("%s%d", alias, len(list)))
		e = binary.BigEndian.AppendUint64(e, uint64(time.Now().UnixMilli()))
		e = appendString(e, "X.509")
		e = binary.BigEndian.AppendUint32(e, uint32(len(block.Bytes)))
		list = append(list, append(e, block.Bytes...))
	}
}

func appendString(b []byte, s string) []byte {
	return append(binary.BigEndian.AppendUint16(b, uint16(len(s))), s...)
}

// jksEntries splits a store into its entries; false if it is not a store of
// certificates alone.
func jksEntries(b []byte) ([]jksEntry, bool) {
	const fixed, sum = 12, sha1.Size
	if len(b) < fixed+sum || binary.BigEndian.Uint32(b) != jksMagic || binary.BigEndian.Uint32(b[4:]) != jksVersion {
		return nil, false
	}
	n := binary.BigEndian.Uint32(b[8:])
	rest := b[fixed : len(b)-sum]
	var list []jksEntry
	for range n {
		e := rest
		at := 4
		skip := func(width int) bool {
			if len(e) < at+width {
				return false
			}
			var n int
			if width == 2 {
				n = int(binary.BigEndian.Uint16(e[at:]))
			} else {
				n = int(binary.BigEndian.Uint32(e[at:]))
			}
			at += width
			if n > len(e)-at {
				return false
			}
			at += n
			return true
		}
		if len(e) < at || binary.BigEndian.Uint32(e) != jksTrusted || !skip(2) {
			return nil, false
		}
		if at += 8; !skip(2) || !skip(4) {
			return nil, false
		}
		list = append(list, jksEntry(bytes.Clone(e[:at])))
		rest = rest[at:]
	}
	return list, len(rest) == 0
}
