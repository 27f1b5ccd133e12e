package prefault

import (
	"runtime"
	"syscall"
	"unsafe"
)

// Advice of madvise(2) since Linux 5.14. Older kernels refuse it, which does no
// harm.
const (
	populateRead  = 22
	populateWrite = 23
)

const (
	// heap is what a small capture needs.
	heap = 2<<20 + 256<<10
	// grown is the step in which the runtime maps memory for its heap, and what
	// it aligns the ends of them to.
	grown = 4 << 20
	// program is most of the text and read-only data of the program; the kernel
	// stops where they end, should they be less.
	program = 14 << 20
)

// start is where the linker of Go puts the text of a program; zero: unknown.
var start = map[string]uintptr{"amd64": 0x400000, "arm64": 0x10000}[runtime.GOARCH]

var (
	next uintptr        // where the part of the heap starts that comes next
	left uintptr = heap // what is not there so far
)

func init() {
	processors = runtime.GOMAXPROCS(1)
	first := new([64]byte)
	next = uintptr(unsafe.Pointer(first)) &^ uintptr(syscall.Getpagesize()-1)
	Heap()
	if start != 0 {
		populate(start, program, populateRead)
	}
	runtime.KeepAlive(first)
}

// Heap asks for the next part of the heap, if that is mapped by now. The runtime
// maps it in steps, the first of which ends anywhere, so the program calls this
// between its own first steps.
func Heap() {
	if left == 0 {
		return
	}
	n := min(left, grown-next%grown)
	if populate(next, n, populateWrite) {
		next, left = next+n, left-n
	}
}

func populate(at, n uintptr, advice int) bool {
	_, _, errno := syscall.RawSyscall(syscall.SYS_MADVISE, at, n, uintptr(advice))
	return errno == 0
}
