package diagnose

import (
	"strings"
	"time"

	"github.com/why401/why401/internal/exchange"
	"github.com/why401/why401/internal/redact"
	"github.com/why401/why401/internal/rule"
	"github.com/why401/why401/internal/target"
)

// A Line is an exchange as a table shows it.
type Line struct {
	At      exchange.Locator
	Also    []exchange.Locator // the same request in other captures
	Method  redact.Text
	URL     redact.Text
	Status  int // 0: no response
	Start   time.Time
	Took    time.Duration
	Product target.Product
	// Host, Base and Site are the address without its path: the host, the
	// address of the product, and the host of a Cloud site.
	Host, Base, Site redact.Text
	// Address is URL without its query, for use in commands; WhoAmI an address
	// of the product that tells who is logged in.
	Address, WhoAmI redact.Text

	order int // of the exchange in the run
}

// A shownURL remembers the URL that was made fit to be shown last: making it so is
// a twentieth of the work on live traffic, and clients call the same again.
type shownURL struct {
	raw            string
	whole, address redact.Text
}

func (u *shownURL) of(raw string) (whole, address redact.Text) {
	if raw != u.raw {
		u.raw = strings.Clone(raw)
		u.whole, u.address = redact.Address(raw)
	}
	return u.whole, u.address
}

// lines makes lines of exchanges. All that is told of one exchange shares its line.
type lines struct {
	whole, base, whoAmI shownURL
	about               *rule.Subject // the exchange that line is of
	line                Line
}

func (u *lines) of(s *rule.Subject) Line {
	if u.about != s {
		u.about, u.line = s, u.lineOf(s)
	}
	return u.line
}

func (u *lines) lineOf(s *rule.Subject) Line {
	l := Line{
		At: s.At, Method: redact.Method(s.Request.Method),
		order: s.Order, Status: s.Status(), Start: s.Start, Took: s.Took, Product: s.Target.Product,
		Host: redact.Host(s.Target.Host),
	}
	l.URL, l.Address = u.whole.of(s.Request.URL)
	s.Show(l.URL)
	l.Base, _ = u.base.of(s.Target.Base())
	l.WhoAmI, _ = u.whoAmI.of(s.Target.WhoAmI())
	if s.Target.API == target.Tunnel {
		l.Address = redact.Sprintf("https://%s/", l.Host) // what the tunnel is for
	}
	if target.CloudSite.Has(s.Target.Product) {
		l.Site = l.Host
	}
	return l
}
