// Package rawhttp reads HTTP messages as they stand in text: a request, a response, or
// both, as copied out of Burp, Fiddler, Wireshark, nc or the developer tools of a
// browser, with other text around them or not.
//
// What is not there is not made up: a response alone says nothing of the request, and
// a request without a Host field is taken for an excerpt. Text that lost its CRs does
// not claim to show the bytes.
package rawhttp
