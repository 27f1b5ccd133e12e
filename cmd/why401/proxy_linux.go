package main

import (
	"fmt"
	"os"
	"strings"
	"syscall"
)

// giveBack gives back the pages of the program itself that the start brought in, see
// package prefault: a proxy that runs for hours gets those that it needs by itself,
// which is a third. Only what cannot be written is given back, so that nothing can
// be lost: it is in the file.
func giveBack() {
	maps, err := os.ReadFile("/proc/self/maps")
	if err != nil {
		return
	}
	self, err := os.Readlink("/proc/self/exe")
	if err != nil {
		return
	}
	for line := range strings.Lines(string(maps)) {
		var from, to uintptr
		var mode string
		if _, err := fmt.Sscanf(line, "%x-%x %s", &from, &to, &mode); err != nil || mode != "r-xp" && mode != "r--p" {
			continue
		}
		if strings.HasSuffix(strings.TrimSpace(line), " "+self) {
			_, _, _ = syscall.Syscall(syscall.SYS_MADVISE, from, to-from, syscall.MADV_DONTNEED)
		}
	}
}
