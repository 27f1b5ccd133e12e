package packet

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/why401/why401/internal/exchange"
)

// TestZZSamples prints counts.
func TestZZSamples(t *testing.T) {
	root := os.Getenv("SAMPLES")
	if root == "" {
		t.Skip()
	}
	files, _ := filepath.Glob(root + "/*/*.pcap*")
	for _, f := range files {
		k := &Keys{}
		logs, _ := filepath.Glob(filepath.Dir(f) + "/*key*")
		for _, l := range logs {
			if r, err := os.Open(l); err == nil {
				k.ReadKeys(r)
				r.Close()
			}
		}
		r, err := os.Open(f)
		if err != nil {
			continue
		}
		c := &exchange.Capture{Name: f}
		var h1q, h1r, h2q, h2r, auth, fail int
		st := map[int]int{}
		for x, err := range Read(c, r, Options{Keys: k}) {
			if err != nil {
				fmt.Println("ERR", err)
				continue
			}
			if x.Request.Method != "" {
				if x.Request.Proto == "h2" {
					h2q++
				} else {
					h1q++
				}
			} else {
				fail++
			}
			if x.Response != nil {
				st[x.Response.Status]++
				if x.Response.Proto == "h2" {
					h2r++
				} else {
					h1r++
				}
			}
			if x.Request.Header.Has("authorization") {
				auth++
			}
		}
		r.Close()
		rel, _ := filepath.Rel(root, f)
		fmt.Printf("S\t%s\t%d\t%d\t%d\t%d\t%d\t%v\tfail=%d\t%v\n", rel, h1q, h1r, h2q, h2r, auth, st, fail, c.Notes)
	}
}
