// Package arch holds no code, only tests that keep the house in order: which
// package may import which, that no foreign type shows in a signature of ours,
// and that package redact is used in the one way that is safe.
package arch
