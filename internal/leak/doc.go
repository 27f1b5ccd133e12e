// Package leak holds only tests. They demand that no secret of a capture is in
// anything that the program prints: they collect the secrets of captures, by
// place, and look for every run of six bytes of them in every form of report,
// in error texts and in what the command writes, plain and in the encodings in
// which a secret may come back. A generator makes captures with secrets in
// every place that a HAR has.
//
// The tests do not use what package redact knows: what it takes for harmless
// must stand the test too.
package leak
