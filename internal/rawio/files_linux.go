//go:build 386 || s390x

package rawio

import "syscall"

// Here the calls for sockets are one call with another form; those for any file do,
// which take no flags.
const (
	receive = syscall.SYS_READ
	send    = syscall.SYS_WRITE
	quietly = 0
)
