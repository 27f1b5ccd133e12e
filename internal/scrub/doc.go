// Package scrub makes exchanges that are safe to share and fail for the same
// reasons.
//
// A [Scrubber] works by an allow-list: what it does not know to be harmless it
// replaces by a stand-in of the same shape, so that the diagnosis stays the same.
// Stand-ins are keyed: under one key equal secrets have equal stand-ins, and
// different ones differ.
//
// Each secret that it replaces it learns. A [Gate] made of what was learnt then
// looks through the finished bytes, in all encodings, and replaces or refuses
// what is left.
package scrub
