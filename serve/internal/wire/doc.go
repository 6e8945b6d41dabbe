// Package wire reads JSON that comes from outside: strictly, within limits, and without a copy of its texts.
//
// It is for the protocol packages of serve. A Reader walks over a whole body that lies in memory as a string; the texts that it returns without an escape in
// them are slices of that string.
package wire
