package packet

import (
	"math"
	"time"
)

// An instant is a time in nanoseconds since 1970; 0: unknown. There is one for
// every packet, and a [time.Time] takes three times the room.
type instant int64

// instantOf returns t as an instant; what lies too far away is unknown.
func instantOf(t time.Time) instant {
	if t.IsZero() {
		return 0
	}
	return instantAt(t.Unix(), int64(t.Nanosecond()))
}

// instantAt returns the time sec seconds and nano nanoseconds after 1970.
func instantAt(sec, nano int64) instant {
	if sec < 0 || sec > math.MaxInt64/int64(time.Second)-1<<32 {
		return 0
	}
	return instant(sec*int64(time.Second) + nano)
}

// time returns i for others; the zero time if it is unknown.
func (i instant) time() time.Time {
	if i == 0 {
		return time.Time{}
	}
	return time.Unix(0, int64(i))
}

// since returns the time from o to i.
func (i instant) since(o instant) time.Duration { return time.Duration(i - o) }

// took returns the time between two marks; negative: unknown.
func took(from, to instant) time.Duration {
	if from == 0 || to < from {
		return -1
	}
	return to.since(from)
}
