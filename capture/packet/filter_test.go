package packet

import (
	"errors"
	"net/netip"
	"strings"
	"testing"

	"golang.org/x/net/bpf"

	"github.com/why401/why401/internal/packettest"
)

// ip6 wraps a payload in IPv6.
func ip6(from, to string, next uint8, payload []byte) []byte {
	b := make([]byte, 40)
	b[0], b[5], b[6], b[7] = 0x60, byte(len(payload)), next, 64
	f, t := netip.MustParseAddr(from).As16(), netip.MustParseAddr(to).As16()
	copy(b[8:], f[:])
	copy(b[24:], t[:])
	return append(b, payload...)
}

// TestFilter runs filters over packets, in the interpreter.
func TestFilter(t *testing.T) {
	tcp := packettest.TCP(laptop, jira, 1, 1, ack, 64, []byte("x"))[14:]
	back := packettest.TCP(jira, laptop, 1, 1, ack, 64, nil)[14:]
	tr := &packettest.Trace{}
	tr.UDP(packettest.At(laptop, 40000), packettest.NameServer, []byte("query"))
	udp := tr.Packets[0][14:]
	later := packettest.IP(laptop, jira, 6, 64, make([]byte, 40))[14:]
	later[7] = 8 // a later fragment
	six := ip6("2001:db8::5", "2001:db8::7", 6, packettest.TCP(laptop, packettest.At(jira, 443), 1, 1, syn, 64, nil)[34:])
	arp := []byte{0, 1, 8, 0, 6, 4, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}
	packets := map[string][]byte{"tcp": tcp, "back": back, "udp": udp, "later": later, "six": six, "arp": arp, "short": tcp[:8]}
	for _, tt := range []struct{ filter, want string }{
		{"tcp", "back later six tcp"},
		{"udp", "udp"},
		{"ip6", "six"},
		{"ip and tcp", "back later tcp"},
		{"port 80", "back tcp"},
		{"tcp port 53", ""},
		{"udp port 53", "udp"},
		{"dst port 80", "tcp"},
		{"src port http", "back"},
		{"port 443 or 53", "six udp"},
		{"portrange 400-500", "six"},
		{"host 203.0.113.20", "back later tcp"},
		{"src host 203.0.113.20", "back"},
		{"dst 203.0.113.20", "later tcp"},
		{"host jira.example.com", "back later six tcp"},
		{"net 10.20.0.0/16", "back later tcp udp"},
		{"dst net 10.20.0.0/24 and not port 53", "back"},
		{"net 2001:db8::/32", "six"},
		{"host 2001:db8::7 && tcp", "six"},
		{"not tcp", "arp udp"},
		{"!(tcp || udp)", "arp"},
		{"(udp or tcp) and host 10.20.0.53", "udp"},
		{"tcp and (port 443 or host 10.20.0.5) and not src host 10.20.0.5", "back six"},
		{"", ""},
		{DefaultFilter, "back six tcp udp"},
		{strings.Repeat("port 1 or ", 60) + "port 80", "back tcp"},
	} {
		if tt.filter == "" {
			continue
		}
		code, err := compile(tt.filter, func(string) ([]netip.Addr, error) {
			return []netip.Addr{netip.MustParseAddr("203.0.113.20"), netip.MustParseAddr("2001:db8::7")}, nil
		}, 65535)
		if err != nil {
			t.Errorf("%s: %v", tt.filter, err)
			continue
		}
		if _, err := bpf.Assemble(code); err != nil {
			t.Errorf("%s: %v", tt.filter, err)
			continue
		}
		vm, err := bpf.NewVM(code)
		if err != nil {
			t.Errorf("%s: %v", tt.filter, err)
			continue
		}
		var got []string
		for _, name := range []string{"arp", "back", "later", "short", "six", "tcp", "udp"} {
			if n, err := vm.Run(packets[name]); err == nil && n > 0 {
				got = append(got, name)
			}
		}
		if g := strings.Join(got, " "); g != tt.want {
			t.Errorf("%s: takes %q, want %q", tt.filter, g, tt.want)
		}
	}
}

// TestFilterErrors demands a place, and no panic, for what is no filter.
func TestFilterErrors(t *testing.T) {
	for filter, word := range map[string]int{
		"porto 80": 1, "port": 0, "port 80 and": 0, "port 99999": 2, "port 80-90": 2, "portrange 90-80": 2, "net 10.1": 2,
		"host CANARY.example.com": 2, "(tcp": 0, "tcp)": 2, "tcp 80": 2, "not": 0, "80": 1, "tcp port 80 udp": 4,
		strings.Repeat("(", 500): maxFilterDepth + 1, strings.Repeat("tcp or ", 5000) + "tcp": 0,
	} {
		_, err := compile(filter, func(string) ([]netip.Addr, error) { return nil, errors.New("no such host") }, 65535)
		var f *FilterError
		if !errors.As(err, &f) || f.Word != word || strings.Contains(err.Error(), "CANARY") {
			t.Errorf("%.40s: %v, want word %d", filter, err, word)
		}
	}
}

// FuzzFilter compiles anything: what is accepted is a program that the kernel
// takes.
func FuzzFilter(f *testing.F) {
	f.Add(DefaultFilter)
	f.Add("not (src net 10.0.0.0/7 and tcp portrange 1-2) || host ::1")
	f.Fuzz(func(t *testing.T, filter string) {
		code, err := compile(filter, nil, 65535)
		if err != nil {
			return
		}
		vm, err := bpf.NewVM(code)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := bpf.Assemble(code); err != nil {
			t.Fatal(err)
		}
		_, _ = vm.Run(packettest.TCP(laptop, jira, 1, 1, ack, 64, nil)[14:])
	})
}
