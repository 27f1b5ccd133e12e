package prefault

import (
	"runtime"
	"syscall"
	"unsafe"
)

// Advice of madvise(2). A kernel that does not know one, or has no huge pages,
// refuses it, which does no harm.
const (
	hugePages     = 14 // MADV_HUGEPAGE, since Linux 2.6.38
	populateRead  = 22 // MADV_POPULATE_READ, since Linux 5.14
	populateWrite = 23 // MADV_POPULATE_WRITE, since Linux 5.14
)

const (
	// huge is the size of a huge page.
	huge = 2 << 20
	// grown is the step in which the runtime maps memory for its heap, and what
	// it aligns the ends of them to.
	grown = 4 << 20
	// spanning is an allocation that the runtime does not serve from what it
	// keeps at hand for small ones.
	spanning = 256 << 10
	// program is most of the text and read-only data of the program; the kernel
	// stops where they end, should they be less.
	program = 14 << 20
)

// start is where the linker of Go puts the text of a program; zero: unknown.
var start = map[string]uintptr{"amd64": 0x400000, "arm64": 0x10000}[runtime.GOARCH]

// What a small capture needs fits in one huge page. The heap begins anywhere, so
// the rest of the page that it is in is given away: what nobody writes to takes no
// memory. The part before that is what the runtime keeps at hand.
func init() {
	processors = runtime.GOMAXPROCS(1)
	first := new([64]byte)
	begin := uintptr(unsafe.Pointer(first)) &^ uintptr(syscall.Getpagesize()-1)
	rest := make([]byte, spanning)
	if at := address(rest); at > begin && at-begin < huge {
		advise(begin, at-begin, populateWrite)
	}
	gap := make([]byte, -(address(rest)+spanning)%huge)
	next := make([]byte, spanning)
	if at := address(next); at%huge == 0 {
		advise(at, grown-at%grown, hugePages)
		advise(at, huge, populateWrite)
	}
	if start != 0 {
		advise(start, program, populateRead)
	}
	runtime.KeepAlive(first)
	runtime.KeepAlive(rest)
	runtime.KeepAlive(gap)
	runtime.KeepAlive(next)
}

// enlarge has the next n bytes of the heap be in huge pages. They are garbage right
// away, so the heap grows into them.
func enlarge(n int) {
	b := make([]byte, n)
	skip := -address(b) % uintptr(syscall.Getpagesize())
	advise(address(b)+skip, uintptr(n)-skip, hugePages)
	runtime.KeepAlive(b)
}

func address(b []byte) uintptr { return uintptr(unsafe.Pointer(unsafe.SliceData(b))) }

func advise(at, n uintptr, advice int) {
	syscall.RawSyscall(syscall.SYS_MADVISE, at, n, uintptr(advice))
}
