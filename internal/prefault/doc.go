// Package prefault asks the kernel for the memory of the program in a few calls,
// instead of page by page when each is first touched.
//
// On a virtual machine a page fault can cost 30 microseconds. A start takes 800 of
// them, nearly all of the time that a small capture takes; a large one takes 15,000
// more, a third of its time. For the same reason the program starts on one
// processor, see [Processors]. It is a package of its own because its init has to
// run before those of the packages that fill tables: one that imports next to
// nothing comes first (Go specification, Package initialization). It does nothing
// where the system is not Linux.
package prefault
