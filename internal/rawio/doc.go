// Package rawio reads and writes sockets that do not block without telling the
// scheduler of Go, which takes each such call for one that may block. It is a
// package of its own because it needs package unsafe, and imports nothing of
// ours.
package rawio
