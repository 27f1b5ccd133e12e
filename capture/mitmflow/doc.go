// Package mitmflow reads the flow files of mitmproxy (mitmproxy -w, mitmdump -w,
// "save flows"): a sequence of tnetstrings, one for each flow.
//
// All versions of the file since mitmproxy 0.10 use the same names for what is
// needed here, so none is refused for its number; a flow that lacks them is told
// with the command that makes a HAR of the file.
//
// mitmproxy keeps header fields in order and in the bytes received, without the
// blanks around a value.
package mitmflow
