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
	heap = 3 << 20
	// program is most of the text and read-only data of the program; the kernel
	// stops where they end, should they be less.
	program = 14 << 20
)

// start is where the linker of Go puts the text of a program; zero: unknown.
var start = map[string]uintptr{"amd64": 0x400000, "arm64": 0x10000}[runtime.GOARCH]

// first is an object in the first arena of the heap.
var first *[64]byte

func init() {
	processors = runtime.GOMAXPROCS(1)
	first = new([64]byte)
	page := uintptr(syscall.Getpagesize())
	populate(uintptr(unsafe.Pointer(first))&^(page-1), heap, populateWrite)
	if start != 0 {
		populate(start, program, populateRead)
	}
}

func populate(at, n uintptr, advice int) {
	_, _, _ = syscall.RawSyscall(syscall.SYS_MADVISE, at, n, uintptr(advice))
}
