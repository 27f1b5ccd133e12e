package har

import (
	"os"
	"strconv"
	"testing"

	"github.com/why401/why401/internal/exchange"
)

// TestDrain reads the file named by WHY401_DRAIN, for measuring a process as a
// whole: time WHY401_DRAIN=big.har WHY401_WORKERS=1 har.test -test.run Drain.
func TestDrain(t *testing.T) {
	name := os.Getenv("WHY401_DRAIN")
	if name == "" {
		t.Skip("WHY401_DRAIN names no file")
	}
	f, err := os.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	st, err := f.Stat()
	if err != nil {
		t.Fatal(err)
	}
	workers, _ := strconv.Atoi(os.Getenv("WHY401_WORKERS"))
	c := &exchange.Capture{Name: "drain"}
	seq := ReadAt(c, f, st.Size(), Options{Workers: workers})
	if os.Getenv("WHY401_STREAM") != "" {
		seq = Read(c, f, Options{})
	}
	var entries, n401, auth, url, hdrs, bad int
	for x, err := range seq {
		if err != nil {
			if bad++; bad < 10 {
				t.Log(err)
			}
			continue
		}
		entries++
		if x.Response != nil {
			if x.Response.Status == 401 {
				n401++
			}
			hdrs += len(x.Response.Header)
		}
		url += len(x.Request.URL)
		hdrs += len(x.Request.Header)
		auth += len(x.Request.Header.Value("authorization"))
	}
	t.Logf("entries:%d n401:%d auth:%d url:%d hdrs:%d bad:%d %+v", entries, n401, auth, url, hdrs, bad, *c)
}
