package har

import (
	"io"
	"fmt"
	"os"
	"syscall"
	"testing"
	"time"

	"github.com/why401/why401/internal/exchange"
)

func cpuNow() time.Duration {
	var r syscall.Rusage
	syscall.Getrusage(syscall.RUSAGE_SELF, &r)
	return time.Duration(r.Utime.Nano() + r.Stime.Nano())
}

func TestTmpPerf(t *testing.T) {
	if os.Getenv("TMPPERF") == "" {
		t.Skip()
	}
	for _, k := range []string{"small", "mixed"} {
		f, _ := os.Open("/tmp/bench-har/data/" + k + "-20.har")
		st, _ := f.Stat()
		size := st.Size()
		s := newScanner(windowSize)
		best, bestR := time.Hour, time.Hour
		for range 60 {
			c := cpuNow()
			s.reset(io.NewSectionReader(f, 0, size), 0)
			s.skip()
			best = min(best, cpuNow()-c)
			c = cpuNow()
			for range ReadAt(&exchange.Capture{}, f, size, Options{Workers: 1}) {
			}
			bestR = min(bestR, cpuNow()-c)
		}
		mb := float64(size) / 1e6
		fmt.Printf("%s skip %.0f MB/s  read %.0f MB/s\n", k, mb/best.Seconds(), mb/bestR.Seconds())
	}
}
