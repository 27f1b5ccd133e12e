package rawio

import (
	"syscall"
	"unsafe"
)

// Read is recv(2) on a socket that does not block. b must not be empty.
func Read(fd uintptr, b []byte) (int, syscall.Errno) { return call(receive, fd, b, 0) }

// Write is send(2) on a socket that does not block. b must not be empty. There is no
// signal if the other end is gone, only EPIPE.
func Write(fd uintptr, b []byte) (int, syscall.Errno) { return call(send, fd, b, quietly) }

func call(nr, fd uintptr, b []byte, flags uintptr) (int, syscall.Errno) {
	n, _, errno := syscall.RawSyscall6(nr, fd, uintptr(unsafe.Pointer(&b[0])), uintptr(len(b)), flags, 0, 0)
	if errno != 0 {
		return 0, errno
	}
	return int(n), 0
}
