package credential

import (
	"encoding/base64"
	"fmt"
	"hash/crc32"
	"math/rand/v2"
	"strings"
)

// The secrets of the tests are made here, at test time, with the word CANARY in
// them, so that no scanner takes one for real.

const (
	tokenAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-"
	alnumAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
)

func seeded(n uint64) *rand.Rand { return rand.New(rand.NewPCG(n, 401)) }

func random(r *rand.Rand, alphabet string, n int) string {
	var b strings.Builder
	for range n {
		b.WriteByte(alphabet[r.IntN(len(alphabet))])
	}
	return b.String()
}

// summed appends the checksum of an Atlassian token.
func summed(body string) string {
	body += "="
	return fmt.Sprintf("%s%08X", body, crc32.ChecksumIEEE([]byte(body)))
}

func apiToken(n uint64) string { return token("ATATT3", seeded(n)) }

func token(prefix string, r *rand.Rand) string {
	return summed(prefix + "xFfGF0CANARY" + random(r, tokenAlphabet, 165))
}

func patFrom(r *rand.Rand) string {
	var b strings.Builder
	for range 12 {
		b.WriteByte(byte('0' + r.IntN(10)))
	}
	b.WriteByte(':')
	for range 20 {
		b.WriteByte(byte(r.IntN(256)))
	}
	return base64.StdEncoding.EncodeToString([]byte(b.String()))
}

func pat(n uint64) string { return patFrom(seeded(n)) }

func b64url(s string) string { return base64.RawURLEncoding.EncodeToString([]byte(s)) }

func jwt(payload string) string {
	return b64url(`{"alg":"HS256","typ":"JWT"}`) + "." + b64url(payload) + "." + strings.Repeat("CANARY", 7) + "A"
}
