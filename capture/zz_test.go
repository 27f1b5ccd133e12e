package capture

import (
	"bytes"
	"compress/gzip"
	"context"
	"io"
	"os"
	"strings"
	"testing"

	kgzip "github.com/klauspost/compress/gzip"
)

func sampleBig() string { b, _ := os.ReadFile("/tmp/cov/big.har"); return string(b) }
func BenchmarkStd(b *testing.B) {
	z := gz(sampleBig())
	b.SetBytes(int64(len(sampleBig())))
	for b.Loop() {
		r, _ := gzip.NewReader(strings.NewReader(z))
		io.Copy(io.Discard, r)
	}
}
func BenchmarkK(b *testing.B) {
	z := gz(sampleBig())
	b.SetBytes(int64(len(sampleBig())))
	for b.Loop() {
		r, _ := kgzip.NewReader(bytes.NewReader([]byte(z)))
		io.Copy(io.Discard, r)
	}
}

func bo(b *testing.B, z string) {
	b.SetBytes(int64(len(sampleBig())))
	for b.Loop() {
		n := 0
		for range Open(context.Background(), []string{"-"}, Options{Stdin: strings.NewReader(z)}).Exchanges() {
			n++
		}
	}
}
func BenchmarkOpenPipe(b *testing.B)  { bo(b, sampleBig()) }
func BenchmarkOpenGz(b *testing.B)    { bo(b, gz(sampleBig())) }
func BenchmarkOpenZst(b *testing.B)   { bo(b, zst(sampleBig())) }
func BenchmarkOpenUTF16(b *testing.B) { bo(b, wide(sampleBig(), false, true)) }
func BenchmarkOpenFile(b *testing.B) {
	b.SetBytes(int64(len(sampleBig())))
	for b.Loop() {
		n := 0
		for range Open(context.Background(), []string{"/tmp/cov/big.har"}, Options{}).Exchanges() {
			n++
		}
	}
}
