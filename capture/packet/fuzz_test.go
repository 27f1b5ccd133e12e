package packet

import (
	"bytes"
	"crypto/tls"
	"encoding/binary"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/why401/why401/capture/wire"
	"github.com/why401/why401/internal/exchange"
	"github.com/why401/why401/internal/packettest"
)

// talk feeds bytes of both sides to a layer, in pieces, with gaps, as a broken or
// hostile connection would.
func talk(make func(c *conn) layer, asks, answers []byte, seed uint64) (exchanges int) {
	r := newReader(&exchange.Capture{Name: "x"}, Options{}, func(x *exchange.Exchange, err error) bool {
		exchanges++
		return true
	})
	c := &conn{r: r, first: mark{frame: 1}}
	r.oldest.prev, r.oldest.nextConn = c, c
	c.prev, c.nextConn = &r.oldest, &r.oldest
	c.halves[0].seen, c.halves[1].seen = true, true
	l := make(c)
	c.top = l
	rng := rand.New(rand.NewPCG(seed, 1))
	left := [2][]byte{asks, answers}
	for n := 1; len(left[0])+len(left[1]) > 0; n++ {
		i := rng.IntN(2)
		k := min(1+rng.IntN(200), len(left[i]))
		from := [...]exchange.Side{exchange.Client, exchange.Server}[i]
		if k > 0 && seed%7 == 3 && rng.IntN(20) == 0 {
			l.gap(from, int64(k), mark{frame: n})
		} else if k > 0 {
			l.data(from, left[i][:k], mark{frame: n})
		}
		left[i] = left[i][k:]
	}
	l.fin(exchange.Client, mark{frame: 9})
	l.fin(exchange.Server, mark{frame: 9})
	r.finish(c)
	return exchanges
}

// FuzzHTTP1 reads both sides of HTTP/1 in any pieces.
func FuzzHTTP1(f *testing.F) {
	f.Add([]byte(get+get), []byte(denied+ok), uint64(1))
	f.Add([]byte("CONNECT a:443 HTTP/1.1\r\n\r\n"+get), []byte("HTTP/1.1 200 OK\r\n\r\n"+ok), uint64(3))
	f.Add([]byte("GET / HTTP/1.1\r\nHost: a\r\nUpgrade: h2c\r\n\r\nPRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"), []byte("HTTP/1.1 101 x\r\nUpgrade: h2c\r\n\r\n"+h2frame(4, 0, 0, nil)), uint64(2))
	f.Fuzz(func(t *testing.T, asks, answers []byte, seed uint64) {
		talk(func(c *conn) layer { return newHTTP1(c, around{scheme: "http"}) }, asks, answers, seed)
	})
}

// FuzzHTTP2 reads both sides of HTTP/2 in any pieces.
func FuzzHTTP2(f *testing.F) {
	f.Add([]byte(h2asks(2)), []byte(h2frame(4, 0, 0, nil)+h2frame(frameGoAway, 0, 0, numbers(1, 2))), uint64(1))
	f.Add([]byte(h2asks(1)), []byte(h2frame(frameHeaders, flagEndHeaders, 1, []byte{0x88})+h2frame(frameData, flagPadded|flagEndStream, 1, []byte("\x02ab\x00\x00"))), uint64(3))
	f.Add([]byte(h2asks(1)), []byte(h2frame(frameHeaders, 0, 1, []byte{0x88})+h2frame(frameContinuation, flagEndHeaders, 1, []byte{0x5c})), uint64(2))
	f.Fuzz(func(t *testing.T, asks, answers []byte, seed uint64) {
		talk(func(c *conn) layer { return newHTTP2(c, around{scheme: "https"}) }, asks, answers, seed)
	})
}

// recordedSession is a session of TLS 1.2, without Ethernet and TCP, and its keys.
func recordedSession(t testing.TB, version uint16) (asks, answers []byte, keys string) {
	var log bytes.Buffer
	tr := &packettest.Trace{}
	ask, answer := packettest.Talk([2]string{get, denied})
	packettest.Session(t, tr.Dial(laptop, packettest.At(jira, 443), 1), &tls.Config{ServerName: "jira.example.com", InsecureSkipVerify: true, KeyLogWriter: &log, MaxVersion: version},
		&tls.Config{Certificates: []tls.Certificate{packettest.Certificate(t, false, nil, "jira.example.com")}}, ask, answer)
	for _, p := range tr.Packets {
		if binary.BigEndian.Uint16(p[36:]) == 443 {
			asks = append(asks, p[54:]...)
		} else {
			answers = append(answers, p[54:]...)
		}
	}
	return asks, answers, log.String()
}

// FuzzTLS reads both sides of TLS in any pieces, with the keys of real sessions
// and those that the input brings.
func FuzzTLS(f *testing.F) {
	all := ""
	for _, version := range []uint16{tls.VersionTLS12, tls.VersionTLS13} {
		asks, answers, keys := recordedSession(f, version)
		all += keys
		f.Add(asks, answers, []byte(keys), uint64(1))
		f.Add(asks, answers, []byte(keys), uint64(3))
	}
	f.Fuzz(func(t *testing.T, asks, answers, keys []byte, seed uint64) {
		talk(func(c *conn) layer {
			c.r.keys.add([]byte(all))
			c.r.keys.add(keys)
			return newTLS(c, around{})
		}, asks, answers, seed)
	})
}

// FuzzOpen decrypts anything with every suite: records that fit are decrypted
// content, others are refused.
func FuzzOpen(f *testing.F) {
	f.Add(uint16(0x1301), uint16(wire.TLS13), []byte("0123456789abcdef0123456789abcdef"), []byte("record of some length, which nobody made"))
	f.Add(uint16(0xc09c), uint16(wire.TLS12), []byte("m"), []byte{})
	f.Add(uint16(0xc02f), uint16(wire.TLS12), []byte("master"), bytes.Repeat([]byte{7}, 64))
	f.Add(uint16(0x000a), uint16(wire.TLS10), []byte("master"), bytes.Repeat([]byte{7}, 64))
	f.Fuzz(func(t *testing.T, suite, version uint16, secret, record []byte) {
		k := &secrets{master: secret, data: [2][]byte{secret, secret}}
		for side := range 2 {
			for _, etm := range []bool{false, true} {
				o := newOpener(k, &wire.ClientHello{}, &wire.ServerHello{Version: version, Cipher: suite, EncryptThenMAC: etm}, side, new([]byte))
				if o == nil {
					continue
				}
				for range 2 {
					if plain, _, ok := o.open(wire.RecordApplication, version, record); ok && len(plain) > len(record) {
						t.Fatalf("%d bytes of %d", len(plain), len(record))
					}
				}
				o.update()
				if !o.seeks() {
					continue
				}
				o.seek(wire.RecordApplication, version, record, 3)
			}
		}
	})
}

// FuzzKeyLog reads anything as a key log.
func FuzzKeyLog(f *testing.F) {
	f.Add([]byte("CLIENT_RANDOM "+strings.Repeat("ab", 32)+" "+strings.Repeat("cd", 48)+"\n# x\nSERVER_TRAFFIC_SECRET_0 "+strings.Repeat("AB", 32)+" 00\r\n"), 7)
	f.Fuzz(func(t *testing.T, b []byte, cut int) {
		whole, parts := &Keys{}, &Keys{}
		n, _ := whole.ReadKeys(bytes.NewReader(b))
		if n > bytes.Count(b, []byte("\n"))+1 || len(whole.byID) > n {
			t.Fatalf("%d keys of %d bytes, %d sessions", n, len(b), len(whole.byID))
		}
		// A file that grows has the same keys, but for a last line without its end.
		name := filepath.Join(t.TempDir(), "keys.log")
		if cut = max(cut, 0) % (len(b) + 1); os.WriteFile(name, b[:cut], 0o600) != nil {
			t.Skip()
		}
		parts.Follow(name)
		parts.poll()
		if os.WriteFile(name, b, 0o600) != nil {
			t.Skip()
		}
		parts.poll()
		if len(b) > 0 && b[len(b)-1] == '\n' && len(b) < maxKeyLine && !bytes.Contains(b, []byte("\r")) && len(parts.byID) != len(whole.byID) {
			t.Fatalf("%d sessions in parts, %d in one", len(parts.byID), len(whole.byID))
		}
	})
}

// TestMutated damages captures of all kinds, and public ones where they are there:
// reading them ends, and takes little memory.
func TestMutated(t *testing.T) {
	rounds := 30
	if testing.Short() {
		rounds = 3
	}
	var files [][]byte
	var keys bytes.Buffer
	tr := story()
	tr.Lookup("jira.example.com", 0, "203.0.113.20", "2001:db8::7")
	for _, version := range []uint16{tls.VersionTLS12, tls.VersionTLS13} {
		ask, answer := packettest.Talk([2]string{get, denied})
		packettest.Session(t, tr.Dial(laptop, packettest.At(jira, 443), uint32(version)), &tls.Config{ServerName: "jira.example.com", InsecureSkipVerify: true, KeyLogWriter: &keys, MaxVersion: version},
			&tls.Config{Certificates: []tls.Certificate{packettest.Certificate(t, false, nil, "jira.example.com")}}, ask, answer)
	}
	files = append(files, tr.PCAP(), tr.PCAPNG(keys.String()), pcapngOf(tr, binary.BigEndian, blockSimple, 9), swapped(tr.PCAP()))
	if root := os.Getenv("WHY401_SAMPLES"); root != "" {
		rounds /= 3
		_ = filepath.WalkDir(filepath.Join(root, "packets"), func(path string, d fs.DirEntry, err error) error {
			if err == nil && strings.Contains(filepath.Ext(path), ".pcap") {
				if b, err := os.ReadFile(path); err == nil && len(b) < 1<<20 {
					files = append(files, b)
				}
			}
			return nil
		})
	}
	k := keysOf(t, keys.String())
	for i, file := range files {
		rng := rand.New(rand.NewPCG(uint64(i), 7))
		for round := range rounds {
			b := bytes.Clone(file)
			for range 1 + rng.IntN(30) {
				switch at := rng.IntN(len(b)); rng.IntN(4) {
				case 0: // a number of four bytes, most of them lengths
					binary.LittleEndian.PutUint32(b[min(at&^3, len(b)-4):], rng.Uint32()>>rng.IntN(32))
				case 1:
					b = append(b[:at], b[min(at+rng.IntN(64), len(b)):]...)
				default:
					b[at] = byte(rng.Uint32())
				}
				if len(b) < 8 {
					break
				}
			}
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			read(t, b, k)
			runtime.ReadMemStats(&after)
			if n := after.TotalAlloc - before.TotalAlloc; n > 64<<20 {
				t.Errorf("capture %d, round %d: %d MiB for %d bytes", i, round, n>>20, len(b))
			}
		}
	}
}
