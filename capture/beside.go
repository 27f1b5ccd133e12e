package capture

import (
	"bufio"
	"maps"

	"github.com/why401/why401/capture/form"
	"github.com/why401/why401/capture/packet"
	"github.com/why401/why401/capture/postman"
)

// This is what the user names beside the inputs.

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

// environments reads the environments that the user named. One that cannot be read
// is told; the captures are read all the same.
func (s *Source) environments() {
	for _, name := range s.o.Environments {
		if s.halted() {
			return
		}
		f, err := open(s.ctx, name)
		if err != nil {
			s.refuse(label(name), "postman-environment", faultOf(err))
			continue
		}
		b := bufio.NewReaderSize(f, s.lim.head)
		head, _ := b.Peek(s.lim.head)
		in := &form.Input{Sample: form.NewSample(head, false), Raw: b}
		vars, ok := postman.Environment(in.Text(nil))
		f.Close()
		if !ok {
			s.refuse(label(name), "postman-environment", faultNoEnvironment)
			continue
		}
		if s.variables == nil {
			s.variables = map[string]string{}
		}
		maps.Copy(s.variables, vars)
	}
}

var faultNoEnvironment = &fault{"it is no Postman environment", "export it in Postman: Environments, the dots beside its name, Export"}
