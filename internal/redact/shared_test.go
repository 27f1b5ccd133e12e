package redact

import (
	"encoding/base64"
	"testing"
)

// TestSharedKey: under a key that another party has, a password has no tag that
// it could be guessed from, alone or in a pair; a token has.
func TestSharedKey(t *testing.T) {
	before := *policy.Load()
	defer policy.Store(&before)
	pair := func(p string) string { return "Basic " + base64.StdEncoding.EncodeToString([]byte("fred:"+p)) }
	token := "ATATT3xFfGF0k2JmQ9vXw7RtLzB4nCy8HdPs5GaUe1FoVi6=0A1B2C3D"
	weak := []string{"hunter2", pair("hunter2"), "Bearer correct-horse-battery-staple", pair("hunter2\n")}
	keyed := func() map[string]string {
		m := map[string]string{}
		for _, s := range append(weak, token, pair(token)) {
			m[s] = Secret(s).String()
		}
		return m
	}
	Use(Policy{Key: Key("one shared key of two"), Shared: true})
	a := keyed()
	Use(Policy{Key: Key("another key of the two"), Shared: true})
	b := keyed()
	for _, s := range weak {
		if a[s] != b[s] {
			t.Errorf("the tag of a password depends on the key: %s, %s", a[s], b[s])
		}
	}
	if a[weak[0]] == a[weak[2]] {
		t.Error("different passwords have one number")
	}
	for _, s := range []string{token, pair(token)} {
		if a[s] == b[s] {
			t.Error("the tag of a token does not depend on the key")
		}
	}
}
