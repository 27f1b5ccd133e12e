package rule

import "hash/maphash"

// maxSecrets is the number of secrets that are remembered for one user.
const maxSecrets = 4

// A secret is one password or token that was sent for a user at a host, and how
// it fared.
type secret struct {
	meant Print
	// accepted is the last use that was accepted; nil if none was.
	accepted *Use
	client   uint64 // who made that use
}

// Login returns the fingerprint of user and host of s; 0 if it names no user.
func (l *Ledger) Login(s *Subject) Print {
	b := s.Basic()
	if b == nil || b.User == "" || !b.HasColon || s.Authorization.Masked {
		return 0
	}
	return Print(maphash.String(l.seed, s.Target.Host+"\x00"+b.User) | 1)
}

func (l *Ledger) clientOf(s *Subject) uint64 { return maphash.String(l.seed, s.Client) }

// noteLogin remembers which secret of a user was accepted, by the fingerprint of
// what it was meant to be. Those that never
// were are of no use.
func (l *Ledger) noteLogin(s *Subject, meant Print, u *Use) {
	who := l.Login(s)
	if who == 0 {
		return
	}
	list, known := l.logins[who]
	for i := range list {
		if list[i].meant == meant {
			list[i].accepted, list[i].client = u, l.clientOf(s)
			return
		}
	}
	if !known && len(l.logins) >= maxLedger || len(list) >= maxSecrets {
		return
	}
	l.logins[who] = append(list, secret{meant, u, l.clientOf(s)})
}

// OtherSecret returns the last use of another secret for the same user that the
// same host accepted, and whether it was the same client that sent it; nil if
// there is none. Secrets that differ only in blanks, quotes or encoding are one.
func (p *Pass) OtherSecret(s *Subject) (last *Use, same bool) {
	l := p.Ledger
	who := l.Login(s)
	if who == 0 {
		return nil, false
	}
	meant := l.Twin(s.Authorization)
	for _, o := range l.logins[who] {
		if o.meant != meant && (last == nil || o.accepted.Order > last.Order) {
			last, same = o.accepted, o.client == l.clientOf(s)
		}
	}
	return last, same
}
