package har

import (
	"bytes"
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
		text, _ := os.ReadFile("/tmp/bench-har/data/" + k + "-400.har")
		text = text[:64<<20]
		s := newScanner(windowSize)
		best, bestR := time.Hour, time.Hour
		for range 12 {
			c := cpuNow()
			s.reset(bytes.NewReader(text), 0)
			s.skip()
			best = min(best, cpuNow()-c)
			c = cpuNow()
			for range ReadAt(&exchange.Capture{}, bytes.NewReader(text), int64(len(text)), Options{Workers: 1}) {
			}
			bestR = min(bestR, cpuNow()-c)
		}
		mb := float64(len(text)) / 1e6
		fmt.Printf("%s skip %.0f MB/s  read %.0f MB/s\n", k, mb/best.Seconds(), mb/bestR.Seconds())
	}
}
