package packet

import (
	"context"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"net/netip"
	"os"
	"syscall"
	"time"

	"golang.org/x/net/bpf"
	"golang.org/x/sys/unix"
)

// A Tap reads the packets of a network interface from the kernel (packet(7)). It
// is not safe for concurrent use.
//
// gopacket has one, too, but importing it fills the tables of all its layers at
// every start of the program, and a read that waits cannot be ended.
type Tap struct {
	file   *os.File
	raw    syscall.RawConn
	buf    []byte
	oob    [64]byte
	number int
	counts Counts
	loops  map[int]bool // indexes of loopback interfaces
}

// sllHead is the room before a packet for the header that says what it is.
const sllHead = 16

// Listen starts to capture on an interface, "any" for all of them. filter is in
// the words of tcpdump; "": [DefaultFilter]. The caller closes the tap.
func Listen(iface, filter string) (*Tap, error) {
	if filter == "" {
		filter = DefaultFilter
	}
	code, err := compile(filter, lookUp, liveSnap)
	if err != nil {
		return nil, err
	}
	prog, err := bpf.Assemble(code)
	if err != nil {
		return nil, &FilterError{0, "cannot be made into a program"}
	}
	t := &Tap{buf: make([]byte, sllHead+liveSnap), loops: map[int]bool{}}
	index, err := t.interfaces(iface)
	if err != nil {
		return nil, err
	}
	// Without a protocol nothing comes before the filter is set.
	fd, err := unix.Socket(unix.AF_PACKET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC|unix.SOCK_NONBLOCK, 0)
	switch {
	case errors.Is(err, unix.EPERM) || errors.Is(err, unix.EACCES):
		return nil, ErrPermission
	case err != nil:
		return nil, ErrListen
	}
	if err := configure(fd, index, t.loops[index], prog); err != nil {
		unix.Close(fd)
		return nil, ErrListen
	}
	t.file = os.NewFile(uintptr(fd), "packets")
	if t.raw, err = t.file.SyscallConn(); err != nil {
		t.file.Close()
		return nil, ErrListen
	}
	return t, nil
}

// lookUp asks the system for the addresses of a host.
func lookUp(name string) ([]netip.Addr, error) {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	return net.DefaultResolver.LookupNetIP(ctx, "ip", name)
}

// interfaces returns the index of an interface, 0 for all.
func (t *Tap) interfaces(name string) (int, error) {
	all, err := net.Interfaces()
	if err != nil {
		return 0, ErrInterface
	}
	index, found := 0, name == "any"
	for _, i := range all {
		if i.Flags&net.FlagLoopback != 0 {
			t.loops[i.Index] = true
		}
		if i.Name == name {
			index, found = i.Index, true
		}
	}
	if !found {
		return 0, ErrInterface
	}
	return index, nil
}

// Interfaces returns the names of the network interfaces that are up.
func Interfaces() []string {
	all, _ := net.Interfaces()
	var names []string
	for _, i := range all {
		if i.Flags&net.FlagUp != 0 {
			names = append(names, i.Name)
		}
	}
	return names
}

func configure(fd, index int, loop bool, prog []bpf.RawInstruction) error {
	filter := make([]unix.SockFilter, len(prog))
	for i, p := range prog {
		filter[i] = unix.SockFilter{Code: p.Op, Jt: p.Jt, Jf: p.Jf, K: p.K}
	}
	if err := unix.SetsockoptSockFprog(fd, unix.SOL_SOCKET, unix.SO_ATTACH_FILTER, &unix.SockFprog{Len: uint16(len(filter)), Filter: &filter[0]}); err != nil {
		return err
	}
	// As much room as the system gives; times are those of the clock if it has none.
	if unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_RCVBUFFORCE, liveBuffer) != nil {
		_ = unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_RCVBUF, liveBuffer)
	}
	_ = unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_TIMESTAMPNS, 1)
	if loop { // what is sent comes again as received; since Linux 4.20
		_ = unix.SetsockoptInt(fd, unix.SOL_PACKET, unix.PACKET_IGNORE_OUTGOING, 1)
	}
	return unix.Bind(fd, &unix.SockaddrLinklayer{Protocol: bigEndian(unix.ETH_P_ALL), Ifindex: index})
}

func bigEndian(v uint16) uint16 {
	var b [2]byte
	binary.BigEndian.PutUint16(b[:], v)
	return binary.NativeEndian.Uint16(b[:])
}

// Close ends the capture.
func (t *Tap) Close() { t.file.Close() }

// Counts returns the numbers of packets so far.
func (t *Tap) Counts() Counts {
	_ = t.raw.Control(func(fd uintptr) {
		// Each call starts the count of the kernel anew.
		if s, err := unix.GetsockoptTpacketStats(int(fd), unix.SOL_PACKET, unix.PACKET_STATISTICS); err == nil {
			t.counts.Dropped += int(s.Drops)
		}
	})
	return t.counts
}

// read reads the next packet and waits for it as long as wait.
func (t *Tap) read(fr *frame, wait time.Duration) error {
	for {
		n, oobn, from, err := t.receive(wait)
		switch {
		case errors.Is(err, os.ErrDeadlineExceeded) || errors.Is(err, unix.EAGAIN):
			return errIdle
		case errors.Is(err, unix.ENETDOWN): // it may come up again
			time.Sleep(wait)
			return errIdle
		case err != nil:
			return io.ErrUnexpectedEOF
		}
		ll, ok := from.(*unix.SockaddrLinklayer)
		// The kernel shows what goes over a loopback twice: as sent and as received.
		if !ok || ll.Pkttype == unix.PACKET_OUTGOING && t.loops[ll.Ifindex] {
			continue
		}
		t.number++
		t.counts.Seen++
		head := t.buf[:sllHead]
		binary.BigEndian.PutUint16(head[14:], bigEndian(ll.Protocol))
		kept := min(n, len(t.buf)-sllHead)
		*fr = frame{number: t.number, at: stamp(t.oob[:oobn]), link: linkSLL, size: sllHead + n, data: t.buf[:sllHead+kept]}
		return nil
	}
}

// receive takes a packet that is there, or waits for one.
func (t *Tap) receive(wait time.Duration) (n, oobn int, from unix.Sockaddr, err error) {
	get := func(fd uintptr) bool {
		for {
			n, oobn, _, from, err = unix.Recvmsg(int(fd), t.buf[sllHead:], t.oob[:], unix.MSG_TRUNC)
			if !errors.Is(err, unix.EINTR) {
				return !errors.Is(err, unix.EAGAIN)
			}
		}
	}
	if e := t.raw.Control(func(fd uintptr) { get(fd) }); e != nil {
		return 0, 0, nil, e
	}
	if !errors.Is(err, unix.EAGAIN) || wait == 0 {
		return n, oobn, from, err
	}
	if e := t.file.SetReadDeadline(time.Now().Add(wait)); e != nil {
		return 0, 0, nil, e
	}
	if e := t.raw.Read(get); e != nil {
		return 0, 0, nil, e
	}
	return n, oobn, from, err
}

// stamp returns when the kernel saw a packet.
func stamp(oob []byte) instant {
	for len(oob) >= unix.CmsgLen(0) {
		h, data, rest, err := unix.ParseOneSocketControlMessage(oob)
		if err != nil {
			break
		}
		if h.Level == unix.SOL_SOCKET && h.Type == unix.SO_TIMESTAMPNS {
			switch o := binary.NativeEndian; len(data) { // seconds and nanoseconds, of a word each
			case 16:
				return instantAt(int64(o.Uint64(data)), int64(o.Uint64(data[8:])))
			case 8:
				return instantAt(int64(int32(o.Uint32(data))), int64(o.Uint32(data[4:])))
			}
		}
		oob = rest
	}
	return instantOf(time.Now())
}
