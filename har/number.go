package har

import (
	"math"
	"strconv"
	"time"
)

func itoa(n int) string { return strconv.Itoa(n) }

// parseNumber returns the number that p spells, or -1.
func parseNumber(p []byte) float64 {
	var m uint64
	digits, point := 0, -1
	for i, c := range p {
		switch {
		case c-'0' <= 9 && digits < 15:
			m = m*10 + uint64(c-'0')
			digits++
		case c-'0' <= 9 && point >= 0:
			// The sixteenth digit of a number of milliseconds is noise.
		case c == '.' && point < 0 && i > 0:
			point = digits
		default:
			return parseSlow(p)
		}
	}
	if digits == 0 {
		return -1
	}
	if point < 0 {
		return float64(m)
	}
	return float64(m) / pow10[digits-point]
}

var pow10 = [16]float64{1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15}

func parseSlow(p []byte) float64 {
	f, err := strconv.ParseFloat(string(p), 64)
	if err != nil || math.IsNaN(f) || math.IsInf(f, 0) {
		return -1
	}
	return f
}

// milliseconds returns a HAR duration; -1 for an unknown one.
func milliseconds(f float64) time.Duration {
	if f < 0 || f > 1e12 {
		return -1
	}
	return time.Duration(f * float64(time.Millisecond))
}

// unix reads seconds since 1970.
func (p *parser) unix() (time.Time, bool) {
	f, ok := p.float()
	if f <= 0 || f > 1e11 {
		return time.Time{}, ok
	}
	return time.Unix(int64(f), 0).UTC(), ok
}

// parseStamp reads an ISO 8601 date and time as HAR producers write them: with
// any number of digits for the second, and Z, an offset or nothing behind.
// zoned tells whether the time is certain; without an offset it is taken for
// UTC, which is good for an order only.
func parseStamp(p []byte) (t time.Time, zoned bool) {
	if len(p) < 19 || p[4] != '-' || p[7] != '-' || p[10]|0x20 != 't' && p[10] != ' ' || p[13] != ':' || p[16] != ':' {
		return time.Time{}, false
	}
	year := 100*two(p) + two(p[2:])
	month, day := two(p[5:]), two(p[8:])
	hour, minute, second := two(p[11:]), two(p[14:]), two(p[17:])
	// Year 1 is how a zero time is written.
	if year <= 1 || month < 1 || month > 12 || day < 1 || day > 31 || hour < 0 || hour > 24 || minute < 0 || minute > 59 || second < 0 || second > 60 {
		return time.Time{}, false
	}
	p = p[19:]
	nanos := 0
	if len(p) > 0 && (p[0] == '.' || p[0] == ',') {
		unit := 100_000_000
		p = p[1:]
		for len(p) > 0 && p[0]-'0' <= 9 {
			nanos += int(p[0]-'0') * unit
			unit /= 10
			p = p[1:]
		}
	}
	t = time.Date(year, time.Month(month), day, hour, minute, second, nanos, time.UTC)
	offset, zoned := parseOffset(p)
	return t.Add(-offset), zoned
}

// parseOffset reads Z, ±hh:mm, ±hhmm or ±hh.
func parseOffset(p []byte) (offset time.Duration, ok bool) {
	if len(p) == 1 && p[0]|0x20 == 'z' {
		return 0, true
	}
	if len(p) < 3 || p[0] != '+' && p[0] != '-' {
		return 0, false
	}
	hours, minutes := two(p[1:]), 0
	switch rest := p[3:]; {
	case len(rest) == 3 && rest[0] == ':':
		minutes = two(rest[1:])
	case len(rest) == 2:
		minutes = two(rest)
	case len(rest) != 0:
		return 0, false
	}
	if hours < 0 || hours > 15 || minutes < 0 || minutes > 59 {
		return 0, false
	}
	offset = time.Duration(hours)*time.Hour + time.Duration(minutes)*time.Minute
	if p[0] == '-' {
		offset = -offset
	}
	return offset, true
}

// two returns the number that two digits spell, or a negative one.
func two(p []byte) int {
	a, b := p[0]-'0', p[1]-'0'
	if a > 9 || b > 9 {
		return -10_000
	}
	return int(a)*10 + int(b)
}
