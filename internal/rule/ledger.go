package rule

import (
	"hash/maphash"
	"strings"

	"github.com/why401/why401/internal/credential"
	"github.com/why401/why401/internal/exchange"
)

// maxLedger bounds the number of credentials that a ledger remembers.
const maxLedger = 2048

// A Ledger remembers how each credential fared, by a keyed hash: never the
// credential itself.
type Ledger struct {
	seed   maphash.Seed
	exact  map[Print]*Record // as sent
	normal map[Print]*Record // trimmed, unquoted, decoded: see credential.Normalized
	logins map[Print][]secret
	// Full counts credentials that were not remembered because the ledger was
	// full.
	Full int
	// ChecksumDoubt is set once a token whose checksum is wrong was accepted:
	// Atlassian may have changed the format, so the checksum proves nothing any
	// more.
	ChecksumDoubt bool
	// Census compares clients.
	Census *Census
}

// A Print is the fingerprint of a credential within one process. Zero: none.
type Print uint64

// A Record says how a credential fared.
type Record struct {
	Accepted, Refused int
	// FirstAccepted and LastRefused are examples; nil if there is none.
	FirstAccepted, FirstRefused, LastAccepted, LastRefused *Use

	twin Print // of a credential as sent: that of what it was meant to be
}

// A Use is one use of a credential.
type Use struct {
	At    exchange.Locator
	Host  string
	Exact Print
	Order int // number of the exchange within the run
}

// NewLedger returns an empty ledger.
func NewLedger() *Ledger {
	seed := maphash.MakeSeed()
	return &Ledger{seed: seed, exact: map[Print]*Record{}, normal: map[Print]*Record{}, logins: map[Print][]secret{}, Census: newCensus(seed)}
}

// Print returns the fingerprint of c as sent.
func (l *Ledger) Print(c *credential.Credential) Print {
	if c == nil {
		return 0
	}
	return Print(maphash.String(l.seed, c.Raw) | 1)
}

// Twin returns the fingerprint of what c was meant to be.
func (l *Ledger) Twin(c *credential.Credential) Print {
	if c == nil {
		return 0
	}
	return Print(maphash.String(l.seed, c.Normalized()) | 1)
}

// Note enters what came of s. Exchanges without an Authorization credential,
// and those that tell nothing, are passed over.
func (l *Ledger) Note(s *Subject) {
	c := s.Authorization
	l.Census.note(s, l.Print(c))
	if c == nil || c.Masked {
		return
	}
	accepted, refused := s.Has(Recognized), s.Refused()
	if !accepted && !refused {
		return
	}
	if accepted && c.Checksum == credential.ChecksumWrong {
		l.ChecksumDoubt = true
	}
	u := &Use{At: s.At, Exact: l.Print(c), Order: s.Order}
	known := l.exact[u.Exact]
	if last := known.last(accepted); last != nil && last.Host == s.Target.Host {
		u.Host = last.Host
	} else {
		u.Host = strings.Clone(s.Target.Host) // a part of it would keep the whole message
	}
	r := l.enter(l.exact, u.Exact, u, accepted)
	var twin Print
	if known != nil {
		twin = known.twin
	} else if twin = l.Twin(c); r != nil {
		r.twin = twin
	}
	l.enter(l.normal, twin, u, accepted)
	if accepted {
		l.noteLogin(s, twin, u)
	}
}

// last returns the latest use of those that fared so; nil if there is none.
func (r *Record) last(accepted bool) *Use {
	switch {
	case r == nil:
		return nil
	case accepted:
		return r.LastAccepted
	}
	return r.LastRefused
}

// enter adds a use to the record of p, and returns it; nil if there is no room.
func (l *Ledger) enter(m map[Print]*Record, p Print, u *Use, accepted bool) *Record {
	r := m[p]
	if r == nil {
		if len(m) >= maxLedger {
			l.Full++
			return nil
		}
		r = &Record{}
		m[p] = r
	}
	if accepted {
		r.Accepted++
		if r.FirstAccepted == nil {
			r.FirstAccepted = u
		}
		r.LastAccepted = u
		return r
	}
	r.Refused++
	if r.FirstRefused == nil {
		r.FirstRefused = u
	}
	r.LastRefused = u
	return r
}

// Exact returns how exactly this credential fared; nil: not known.
func (l *Ledger) Exact(p Print) *Record { return l.exact[p] }

// Meant returns how credentials fared that are equal but for blanks, quotes,
// line breaks and encoding; nil: not known.
func (l *Ledger) Meant(p Print) *Record { return l.normal[p] }
