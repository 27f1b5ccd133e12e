//go:build !linux

package packet

import (
	"net/netip"
	"time"
)

// A Tap reads packets from the system; there is none here.
type Tap struct{}

// Listen returns [ErrUnsupported]: only Linux lets a program capture without a
// driver or a library. A filter that is wrong is told all the same.
func Listen(_, filter string) (*Tap, error) {
	if filter == "" {
		filter = DefaultFilter
	}
	if _, err := compile(filter, anyHost, liveSnap); err != nil {
		return nil, err
	}
	return nil, ErrUnsupported
}

// anyHost takes every host name: what it means matters only where packets are.
func anyHost(string) ([]netip.Addr, error) { return []netip.Addr{netip.IPv6Loopback()}, nil }

// Interfaces returns nothing.
func Interfaces() []string { return nil }

// Close does nothing.
func (*Tap) Close() {}

// Counts returns nothing.
func (*Tap) Counts() Counts { return Counts{} }

func (*Tap) read(*frame, time.Duration) error { return ErrUnsupported }
