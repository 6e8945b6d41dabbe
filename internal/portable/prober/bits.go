package main

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"hash"
	"math"
)

// bits is a digest of numbers and texts. Every NaN is one number, since its sign and payload depend on the processor.
type bits struct {
	hash   hash.Hash
	buffer []byte
	finite int
}

func newBits() *bits { return &bits{hash: sha256.New()} }

func (b *bits) number(v float64) {
	u := math.Float64bits(v)
	switch {
	case math.IsNaN(v):
		u = math.Float64bits(math.NaN())
	case !math.IsInf(v, 0):
		b.finite++
	}
	b.whole(u)
}

func (b *bits) whole(u uint64) {
	b.buffer = binary.LittleEndian.AppendUint64(b.buffer, u)
	if len(b.buffer) >= 1<<15 {
		b.flush()
	}
}

func (b *bits) text(s string) {
	b.whole(uint64(len(s)))
	b.buffer = append(b.buffer, s...)
}

func (b *bits) flush() {
	b.hash.Write(b.buffer)
	b.buffer = b.buffer[:0]
}

// String returns the digest in short.
func (b *bits) String() string {
	b.flush()
	return hex.EncodeToString(b.hash.Sum(nil)[:12])
}

// same reports whether a and b are the same number to the bit, NaN or NaN.
func same(a, b float64) bool {
	return math.Float64bits(a) == math.Float64bits(b) || (math.IsNaN(a) && math.IsNaN(b))
}
