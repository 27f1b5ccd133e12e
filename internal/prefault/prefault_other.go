//go:build !linux

package prefault

var left uintptr

// Heap does nothing on this system.
func Heap() {}
