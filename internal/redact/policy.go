package redact

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
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
