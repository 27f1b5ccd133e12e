package rule

import (
	"reflect"
	"testing"
	"time"
)

// TestDates keeps the table in order: each entry has a fact, a source, and two
// days of which the second is not before the first.
func TestDates(t *testing.T) {
	v := reflect.ValueOf(Dates)
	for i := range v.NumField() {
		name := v.Type().Field(i).Name
		d := v.Field(i).Interface().(Dated)
		if d.Fact == "" || d.Source.Title == "" || d.Start.IsZero() || d.End.Before(d.Start) {
			t.Errorf("%s is not complete: %+v", name, d)
		}
		before, last := d.Start.Add(-time.Second), d.End
		if d.Begun(before) || d.Over(d.End.Add(-time.Second)) || !d.Begun(d.Start) || !d.Over(last) {
			t.Errorf("%s: Begun and Over do not follow its days", name)
		}
		if d.Begun(time.Time{}) || d.Over(time.Time{}) {
			t.Errorf("%s holds at an unknown time", name)
		}
	}
}

func TestReleases(t *testing.T) {
	r := Releases.JiraTokens
	for _, tt := range []struct {
		major, minor int
		want         bool
	}{{8, 13, false}, {8, 14, true}, {9, 0, true}, {7, 20, false}} {
		if got := r.Has(tt.major, tt.minor); got != tt.want {
			t.Errorf("Has(%d, %d) = %v", tt.major, tt.minor, got)
		}
	}
}
