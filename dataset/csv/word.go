package csv

import (
	"bytes"
	"encoding/binary"
	"math/bits"
	"slices"
)

// Words of 8 bytes, the first of them the lowest.
const (
	ones     = 0x0101010101010101
	highs    = 0x8080808080808080
	zeros    = 0x3030303030303030 // '0'
	newlines = 0x0a0a0a0a0a0a0a0a
)

// word returns the first 8 bytes of b.
func word(b []byte) uint64 { return binary.LittleEndian.Uint64(b) }

// lowest returns which byte of a word of high bits is the first that has one.
func lowest(m uint64) int { return bits.TrailingZeros64(m) >> 3 }

// notDigits returns the high bits of a word of text without its '0' whose bytes are not 0 to 9. The first of them is exact, those behind it need not be.
func notDigits(w uint64) uint64 { return (w + 0x7676767676767676 | w) & highs }

// number returns the number that 8 digits without their '0' are.
func number(w uint64) uint64 {
	w = (w * (10<<8 + 1)) >> 8 & 0x00ff00ff00ff00ff
	w = (w * (100<<16 + 1)) >> 16 & 0x0000ffff0000ffff
	return (w * (10000<<32 + 1)) >> 32
}

// zeroByte returns the high bits of the bytes that are 0, exact in every byte.
func zeroByte(x uint64) uint64 { return ^(x&^uint64(highs) + ^uint64(highs) | x) & highs }

// zeroOf returns the high bits of the bytes that are 0 in one of two words, exact in every byte.
func zeroOf(x, y uint64) uint64 {
	const low = ^uint64(highs)
	return ^((x&low + low | x) & (y&low + low | y)) & highs
}

// packed returns the high bits of a word in its highest byte.
func packed(m uint64) uint64 { return m * 0x0002040810204081 & (0xff << 56) }

// masks returns a bit for each of 64 bytes: those that are quotes, and those that are delimiters or line ends.
func masks(text []byte, delims, quotes uint64) (q, n uint64) {
	text = text[:64]
	for i := 0; i < 64; i += 16 {
		v, w := word(text[i:]), word(text[i+8:])
		q = q>>16 | packed(zeroByte(v^quotes))>>8 | packed(zeroByte(w^quotes))
		n = n>>16 | packed(zeroOf(v^delims, v^newlines))>>8 | packed(zeroOf(w^delims, w^newlines))
	}
	return q, n
}

// parity returns a word whose bits say of those of x whether an odd number of ones stands up to there.
func parity(x uint64) uint64 {
	x ^= x << 1
	x ^= x << 2
	x ^= x << 4
	x ^= x << 8
	x ^= x << 16
	return x ^ x<<32
}

// nextQuote returns where the first quote of b from at on is, len(b) without one. quotes has it in each byte; slack bytes behind b can be read.
func nextQuote(b []byte, at int, quotes uint64) int {
	text := b[:len(b)+slack]
	for range 3 { // in most files the next one is near
		if at >= len(b) {
			return len(b)
		}
		x := word(text[at:]) ^ quotes
		if m := (x - ones) &^ x & highs; m != 0 {
			return min(at+lowest(m), len(b))
		}
		at += 8
	}
	if at < len(b) {
		if i := bytes.IndexByte(b[at:], byte(quotes)); i >= 0 {
			return at + i
		}
	}
	return len(b)
}

// lastNewline returns where the last line end of b is, -1 without one.
func lastNewline(b []byte) int {
	for ; len(b) >= 8; b = b[:len(b)-8] {
		x := word(b[len(b)-8:]) ^ newlines
		if m := ^((x&^highs + ^uint64(highs)) | x) & highs; m != 0 { // exact in every byte
			return len(b) - 1 - bits.LeadingZeros64(m)>>3
		}
	}
	for i, c := range slices.Backward(b) {
		if c == '\n' {
			return i
		}
	}
	return -1
}
