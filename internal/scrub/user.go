package scrub

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"strings"

	"github.com/why401/why401/internal/credential"
)

var mail = pattern(`[A-Za-z0-9._%+-]+@[A-Za-z0-9.-]+\.[A-Za-z]{2,}`)

// mails returns where addresses stand in t, as mail finds them.
func mails(t string) (out [][]int) {
	local := func(c byte) bool { return alnum(c) || strings.IndexByte("._%+-", c) >= 0 }
	for at, last := 0, 0; ; {
		i := strings.IndexByte(t[at:], '@')
		if i < 0 {
			return out
		}
		at += i
		from, to := at, at+1
		for from > last && local(t[from-1]) {
			from--
		}
		for to < len(t) && (alnum(t[to]) || t[to] == '.' || t[to] == '-') {
			to++
		}
		if m := mail().FindStringIndex(t[from:to]); from < at && m != nil {
			out = append(out, []int{from + m[0], from + m[1]})
			last = from + m[1]
		}
		at = max(at+1, last)
	}
}

// user replaces an account name by a pseudonym as Atlassian's support tools write
// them, the same in every place. What is wrong with it stays.
func (s *Scrubber) user(u string) string {
	return s.remember('u', "", u, func() string { return s.userOf(u) })
}

func (s *Scrubber) userOf(u string) string {
	lead, t, tail := edges(u)
	switch {
	case t == "" || strings.EqualFold(t, "anonymous") || credential.NullWord(t):
		return u
	case credential.ClassOf(t) != credential.Unrecognized:
		return s.secretAt(u, 1)
	case strings.HasPrefix(t, "x-token-auth"), t == "x-bitbucket-api-token-auth", t == "x-oauth-basic":
		return u // names of kinds of tokens, no accounts
	case isPseudonym(t):
		return u
	}
	if word, _ := credential.LeadingScheme(t); word != credential.NoScheme || strings.HasPrefix(t, "eyJ") {
		return s.secretAt(u, 1)
	}
	s.count.Users++
	if local, domain, ok := strings.Cut(t, "@"); ok {
		s.learn(local)
		if !strings.HasPrefix(domain, "example.") {
			s.note(t, true)
		}
	} else {
		s.learn(t)
	}
	if s.broken("account name") {
		return u
	}
	if s.exact {
		if local, domain, ok := strings.Cut(t, "@"); ok && local != "" {
			return lead + s.chars(local) + "@" + s.domain(domain) + tail
		}
		return lead + s.chars(t) + tail
	}
	for _, e := range [...]string{"%2540", "%40"} {
		if strings.Contains(t, e) {
			return lead + strings.ReplaceAll(s.user(strings.ReplaceAll(t, e, "@")), "@", e) + tail
		}
	}
	out := s.account(t)
	if t != strings.ToLower(t) && strings.HasPrefix(out, "redacted-") {
		out = "R" + out[1:] // the same account, but not the same bytes
	}
	return lead + out + tail
}

// account replaces a name that may be an address, or meant as one.
func (s *Scrubber) account(t string) string {
	local, domain, ok := strings.Cut(t, "@")
	if !ok {
		if domain, name, ok := strings.Cut(t, `\`); ok {
			return s.swap(domain) + `\` + s.account(name)
		}
		return "redacted-" + s.name(strings.ToLower(t))
	}
	proper := !strings.HasPrefix(domain, ".") && !strings.Contains(domain, "..") && strings.TrimSpace(local) == local && !strings.ContainsAny(local, " ,;<>()")
	if m := mail().FindStringIndex(t); m != nil && m[0] == 0 && proper {
		return s.mail(t[:m[1]]) + s.text(t[m[1]:])
	}
	var odd strings.Builder // what no name has
	for _, c := range local {
		if strings.ContainsRune(" ,;<>()", c) {
			odd.WriteRune(c)
		}
	}
	if local != "" {
		local = "redacted-" + s.name(strings.ToLower(t)) + odd.String()
	}
	return local + "@" + s.domain(domain)
}

// mail returns the pseudonym of an e-mail address.
func (s *Scrubber) mail(a string) string {
	if isPseudonym(a) {
		return a
	}
	s.count.Users++
	local, domain, _ := strings.Cut(a, "@")
	s.learn(local)
	if !strings.HasPrefix(domain, "example.") { // nobody's (RFC 2606)
		s.note(a, true)
	}
	if s.broken("e-mail address") {
		return a
	}
	end := "com"
	switch last := strings.ToLower(a[strings.LastIndexByte(a, '.')+1:]); last {
	case "con", "cmo", "ocm", "comm", "vom", "xom":
		end = last // no domain ends so
	}
	return "redacted-" + s.name(strings.ToLower(a)) + "@example." + end
}

// name returns the eight characters of a pseudonym. Addresses that one or two
// letters tell apart have pseudonyms that one or two letters tell apart.
func (s *Scrubber) name(t string) string {
	if n, ok := s.names[t]; ok {
		return n
	}
	m := hmac.New(sha256.New, s.key[:])
	_, _ = m.Write([]byte("name\x00" + t))
	h := m.Sum(nil)
	n := hex.EncodeToString(h[:4])
	if strings.IndexByte(t, '@') > 0 {
		for _, p := range s.near {
			d := apart(t, p)
			if d > 2 {
				continue
			}
			for try := range 24 {
				b := []byte(s.names[p])
				for i := range d {
					at := (int(h[8+try%16]) + i*3) % len(b)
					c := "0123456789abcdef"[h[4+(try+i)%24]%16]
					if c == b[at] {
						c = "0123456789abcdef"[(h[4+(try+i)%24]+1)%16]
					}
					b[at] = c
				}
				if !s.taken[string(b)] {
					n = string(b)
					break
				}
			}
			break
		}
	}
	if len(s.names) < maxNames {
		s.names[t], s.taken[n] = n, true
		if strings.IndexByte(t, '@') > 0 && len(s.near) < maxNear {
			s.near = append(s.near, t)
		}
	}
	return n
}

// apart returns how many letters must be added, dropped, changed or swapped with
// their neighbour to make b of a; 3 for more than two.
func apart(a, b string) int {
	if len(a) > 254 || len(b) > 254 || len(a) > len(b)+2 || len(b) > len(a)+2 {
		return 3
	}
	var before, last, now [256]int
	for j := range len(b) + 1 {
		last[j] = j
	}
	for i := range len(a) {
		now[0] = i + 1
		for j := range len(b) {
			cost := 1
			if a[i] == b[j] {
				cost = 0
			}
			now[j+1] = min(last[j]+cost, last[j+1]+1, now[j]+1)
			if i > 0 && j > 0 && a[i] == b[j-1] && a[i-1] == b[j] {
				now[j+1] = min(now[j+1], before[j-1]+1)
			}
		}
		before, last, now = last, now, before
	}
	return min(last[len(b)], 3)
}

// domain replaces the domain of an e-mail address; what it ends in stays.
func (s *Scrubber) domain(d string) string {
	i := strings.LastIndexByte(d, '.')
	if i < 0 {
		return s.text(d)
	}
	return s.text(d[:i]) + s.text(d[i:])
}
