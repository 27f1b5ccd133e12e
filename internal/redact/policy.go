package redact

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
)

// A Policy is what may differ from one report to the next. It is set once,
// before the first Text is made.
type Policy struct {
	// Key keys the tags of secrets and account names. With the default, a
	// random key that dies with the process, a tag tells only which secrets of
	// one report are equal; nobody can try passwords against it.
	Key [32]byte
	// ShowUsers shows account names and e-mail addresses in clear. Secrets
	// are never shown.
	ShowUsers bool
	// Shared is set if somebody else has Key. A password could be guessed from
	// its tag then, so only secrets that machines make have one; others are
	// numbered in the order in which they come up.
	Shared bool
}

var policy atomic.Pointer[Policy]

func init() {
	var p Policy
	// rand.Read never fails: crypto/rand documents that it crashes instead.
	_, _ = rand.Read(p.Key[:])
	policy.Store(&p)
}

// Use sets the policy of the process. A zero Key keeps the random one.
func Use(p Policy) {
	if p.Key == ([32]byte{}) {
		p.Key = policy.Load().Key
	}
	policy.Store(&p)
	numbers.clear() // they start anew with a policy
}

// tag returns the keyed fingerprint of s: HMAC-SHA-256, 8 hex digits.
func tag(kind, s string) string {
	p := policy.Load()
	m := hmac.New(sha256.New, p.Key[:])
	m.Write([]byte(kind))
	m.Write([]byte{0})
	m.Write([]byte(s))
	return hex.EncodeToString(m.Sum(nil)[:4])
}

// Secret returns a tag for a secret. The same secret has the same tag within
// one report and under one key; nothing of the secret is in it.
func Secret(s string) Text {
	if s == "" {
		return Text{"[empty]"}
	}
	if policy.Load().Shared && !machineMade(s) {
		return Text{"[secret " + numbers.of(s) + "]"}
	}
	return Text{"[secret " + tag("secret", s) + "]"}
}

// User returns a tag for an account name or e-mail address, or the name itself
// if the policy shows users.
func User(name string) Text {
	if name == "" {
		return Text{"[empty]"}
	}
	if policy.Load().ShowUsers && !LooksSecret(name) {
		return Text{visible(clip(name, 128))}
	}
	return Text{"[user " + tag("user", name) + "]"}
}

// Key derives a key for [Policy] from a shared text.
func Key(text string) [32]byte { return sha256.Sum256([]byte("why401 key\x00" + text)) }

// maxNumbered bounds the secrets that are told apart by number.
const maxNumbered = 4096

// numbers tells passwords apart without a word on what they are.
var numbers = numbered{seen: map[[sha256.Size]byte]int{}}

type numbered struct {
	mu   sync.Mutex
	seen map[[sha256.Size]byte]int
}

func (n *numbered) clear() {
	n.mu.Lock()
	defer n.mu.Unlock()
	clear(n.seen)
}

func (n *numbered) of(s string) string {
	n.mu.Lock()
	defer n.mu.Unlock()
	k := sha256.Sum256([]byte(s))
	i, ok := n.seen[k]
	if !ok {
		if len(n.seen) >= maxNumbered {
			return "ffffffff"
		}
		i = len(n.seen) + 1
		n.seen[k] = i
	}
	return fmt.Sprintf("%08x", i)
}

// machineMade reports whether s holds so much chance that nobody guesses it: a
// token of a known form or a long random one, also as the password of a pair.
func machineMade(s string) bool {
	s = strings.TrimSpace(s)
	if _, param, ok := strings.Cut(s, " "); ok {
		s = strings.TrimSpace(param)
	}
	for range 3 {
		b, err := base64.RawStdEncoding.DecodeString(strings.TrimRight(s, "="))
		if err != nil || !printable(b) {
			break
		}
		_, password, ok := strings.Cut(string(b), ":")
		if !ok {
			password = string(b)
		}
		s = strings.TrimSpace(password)
	}
	return len(s) >= 24 && LooksSecret(s) && !encodedPair(s)
}
