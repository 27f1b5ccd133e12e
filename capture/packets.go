package capture

import (
	"github.com/why401/why401/capture/packet"
	"github.com/why401/why401/internal/exchange"
)

// keyLogs reads the key logs that the user named. One that cannot be read is
// told; the captures are read all the same.
func (s *Source) keyLogs() {
	if len(s.o.KeyLogs) == 0 {
		return
	}
	s.keys = &packet.Keys{}
	for _, name := range s.o.KeyLogs {
		if s.halted() {
			return
		}
		f, err := open(s.ctx, name)
		if err != nil {
			s.refuse(label(name), "tls-keys", faultOf(err))
			continue
		}
		n, err := s.keys.ReadKeys(&meter{ctx: s.ctx, r: f, n: &s.read})
		f.Close()
		switch {
		case err != nil && n == 0:
			s.refuse(label(name), "tls-keys", faultOf(err))
		case n == 0:
			s.refuse(label(name), "tls-keys", faultNoKeys)
		}
	}
	s.read.Store(0)
}

var faultNoKeys = &fault{"it holds no TLS secrets", "a key log has lines such as CLIENT_RANDOM; set SSLKEYLOGFILE before the client starts"}

// packets reads a packet capture.
func (s *Source) packets(in *input, _ *sample, c *exchange.Capture) exchanges {
	return packet.Read(c, in.r, packet.Options{Keys: s.keys, Decoder: Decode, Bodies: s.o.Bodies})
}
