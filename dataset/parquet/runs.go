package parquet

import (
	"encoding/binary"
	"io"
	"math/bits"
)

// runs decodes the hybrid of repeated values and packed groups of eight, in which levels, dictionary codes and some booleans are. It is a stream: each call goes on
// where the last one ended.
// Source: Apache Parquet, Encodings.md, "Run Length Encoding / Bit-Packing Hybrid (RLE = 3)".
type runs struct {
	src   []byte // behind the current run
	width uint   // bits of a value, at most 32

	left   int    // values of the current run still to come
	packed []byte // the packed values of the current run; nil when it repeats one
	at     int    // the next of the packed values
	value  uint32 // that the run repeats
}

// slack is the room that unpacking wants behind its bytes: it reads eight at a time.
const slack = 8

// reset starts over. A buffer with room behind its bytes is read in place.
func (r *runs) reset(src []byte, width uint) {
	*r = runs{src: src, width: width}
}

// next starts the next run.
func (r *runs) next() error {
	head, k := binary.Uvarint(r.src)
	if k <= 0 || head>>1 > 1<<31 {
		return io.ErrUnexpectedEOF
	}
	r.src = r.src[k:]
	count := int(head >> 1)
	if head&1 == 1 {
		size := count * int(r.width)
		r.left = count * 8
		if size > len(r.src) { // the last group may be cut off behind its values
			size = len(r.src)
			if r.left = size * 8 / int(r.width); r.left == 0 {
				return io.ErrUnexpectedEOF
			}
		}
		r.packed, r.at = r.src[:size], 0
		if r.width == 0 {
			r.packed, r.value = nil, 0
		}
		r.src = r.src[size:]
		return nil
	}
	size := int(r.width+7) / 8
	if size > len(r.src) {
		return io.ErrUnexpectedEOF
	}
	r.value = 0
	for i, b := range r.src[:size] {
		r.value |= uint32(b) << (8 * i)
	}
	r.packed, r.left, r.src = nil, count, r.src[size:]
	return nil
}

// take decodes the next len(dst) values.
func (r *runs) take(dst []uint32) error {
	for len(dst) > 0 {
		if r.left == 0 {
			if err := r.next(); err != nil {
				return err
			}
			continue
		}
		n := min(len(dst), r.left)
		if r.packed == nil {
			for i := range dst[:n] {
				dst[i] = r.value
			}
		} else {
			unpack(dst[:n], r.packed, r.at, r.width)
			r.at += n
		}
		dst = dst[n:]
		r.left -= n
	}
	return nil
}

// skip passes over n values.
func (r *runs) skip(n int) error {
	for n > 0 {
		if r.left == 0 {
			if err := r.next(); err != nil {
				return err
			}
			continue
		}
		k := min(n, r.left)
		r.at += k
		r.left -= k
		n -= k
	}
	return nil
}

// bits decodes the next n values of a width of 1 to bits off and on of dst, and returns how many are 1.
func (r *runs) bits(dst []byte, off, n int) (ones int, err error) {
	for n > 0 {
		if r.left == 0 {
			if err := r.next(); err != nil {
				return ones, err
			}
			continue
		}
		k := min(n, r.left)
		if r.packed == nil {
			if r.value&1 == 1 {
				ones += k
				setBits(dst, off, k)
			} else {
				clearBits(dst, off, k)
			}
		} else {
			ones += copyBits(dst, off, r.packed, r.at, k)
			r.at += k
		}
		off += k
		r.left -= k
		n -= k
	}
	return ones, nil
}

// unpack decodes the packed values from number at on.
func unpack(dst []uint32, src []byte, at int, width uint) {
	if cap(src)-len(src) >= slack {
		src = src[:len(src)+slack]
	} else {
		src = append(make([]byte, 0, len(src)+slack), src...)[:len(src)+slack]
	}
	mask := uint64(1)<<width - 1
	one := func(i int) uint32 {
		bit := uint(i) * width
		return uint32(binary.LittleEndian.Uint64(src[bit>>3:]) >> (bit & 7) & mask)
	}
	for ; at&7 != 0 && len(dst) > 0; at++ {
		dst[0] = one(at)
		dst = dst[1:]
	}
	groups := len(dst) / 8
	in := src[uint(at)*width/8:]
	switch {
	case width <= 8:
		unpack8(dst[:groups*8], in, width)
	case width <= 16:
		unpack4(dst[:groups*8], in, width)
	case width <= 28:
		unpack2(dst[:groups*8], in, width)
	default:
		groups = 0
	}
	at += groups * 8
	for i := groups * 8; i < len(dst); i++ {
		dst[i] = one(at)
		at++
	}
}

// unpack8 decodes groups of eight of at most 8 bits each.
func unpack8(dst []uint32, src []byte, width uint) {
	mask := uint32(1)<<width - 1
	w2, w3, w4, w5, w6, w7 := width*2, width*3, width*4, width*5, width*6, width*7
	for len(dst) >= 8 && len(src) >= 8 {
		x := binary.LittleEndian.Uint64(src)
		d := dst[:8]
		d[0] = uint32(x) & mask
		d[1] = uint32(x>>(width&63)) & mask
		d[2] = uint32(x>>(w2&63)) & mask
		d[3] = uint32(x>>(w3&63)) & mask
		d[4] = uint32(x>>(w4&63)) & mask
		d[5] = uint32(x>>(w5&63)) & mask
		d[6] = uint32(x>>(w6&63)) & mask
		d[7] = uint32(x>>(w7&63)) & mask
		dst, src = dst[8:], src[width:]
	}
}

// unpack4 decodes groups of eight of at most 16 bits each.
func unpack4(dst []uint32, src []byte, width uint) {
	mask := uint32(1)<<width - 1
	half, rest := width*4/8, width*4%8
	w2, w3 := width*2, width*3
	for len(dst) >= 8 && uint(len(src)) >= half+8 {
		x := binary.LittleEndian.Uint64(src)
		y := binary.LittleEndian.Uint64(src[half:]) >> (rest & 63)
		d := dst[:8]
		d[0] = uint32(x) & mask
		d[1] = uint32(x>>(width&63)) & mask
		d[2] = uint32(x>>(w2&63)) & mask
		d[3] = uint32(x>>(w3&63)) & mask
		d[4] = uint32(y) & mask
		d[5] = uint32(y>>(width&63)) & mask
		d[6] = uint32(y>>(w2&63)) & mask
		d[7] = uint32(y>>(w3&63)) & mask
		dst, src = dst[8:], src[width:]
	}
}

// unpack2 decodes groups of eight of at most 28 bits each.
func unpack2(dst []uint32, src []byte, width uint) {
	mask := uint32(1)<<width - 1
	b1, s1 := width*2/8, width*2%8
	b2, s2 := width*4/8, width*4%8
	b3, s3 := width*6/8, width*6%8
	for len(dst) >= 8 && uint(len(src)) >= b3+8 {
		x := binary.LittleEndian.Uint64(src)
		y := binary.LittleEndian.Uint64(src[b1:]) >> (s1 & 63)
		z := binary.LittleEndian.Uint64(src[b2:]) >> (s2 & 63)
		u := binary.LittleEndian.Uint64(src[b3:]) >> (s3 & 63)
		d := dst[:8]
		d[0] = uint32(x) & mask
		d[1] = uint32(x>>(width&63)) & mask
		d[2] = uint32(y) & mask
		d[3] = uint32(y>>(width&63)) & mask
		d[4] = uint32(z) & mask
		d[5] = uint32(z>>(width&63)) & mask
		d[6] = uint32(u) & mask
		d[7] = uint32(u>>(width&63)) & mask
		dst, src = dst[8:], src[width:]
	}
}

// word returns n bits (at most 64) from bit off on.
func word(src []byte, off, n int) uint64 {
	b := src[off>>3:]
	shift := uint(off & 7)
	var x uint64
	if len(b) >= 9 {
		x = binary.LittleEndian.Uint64(b)>>shift | uint64(b[8])<<(63-shift)<<1
	} else {
		var wide [16]byte
		copy(wide[:], b)
		x = binary.LittleEndian.Uint64(wide[:])>>shift | uint64(wide[8])<<(63-shift)<<1
	}
	if n < 64 {
		x &= 1<<n - 1
	}
	return x
}

// copyBits copies n bits and returns how many are 1.
func copyBits(dst []byte, to int, src []byte, from, n int) (ones int) {
	for n > 0 && to&7 != 0 {
		bit := src[from>>3] >> (from & 7) & 1
		ones += int(bit)
		dst[to>>3] = dst[to>>3]&^(1<<(to&7)) | bit<<(to&7)
		from, to, n = from+1, to+1, n-1
	}
	for n >= 64 {
		x := word(src, from, 64)
		ones += bits.OnesCount64(x)
		binary.LittleEndian.PutUint64(dst[to>>3:], x)
		from, to, n = from+64, to+64, n-64
	}
	if n > 0 {
		x := word(src, from, n)
		ones += bits.OnesCount64(x)
		for ; n > 0; n -= 8 {
			dst[to>>3] = byte(x)
			x >>= 8
			to += 8
		}
	}
	return ones
}

// setBits sets n bits from off on.
func setBits(dst []byte, off, n int) {
	for ; n > 0 && off&7 != 0; off, n = off+1, n-1 {
		dst[off>>3] |= 1 << (off & 7)
	}
	for i := range dst[off>>3 : off>>3+n>>3] {
		dst[off>>3+i] = 0xff
	}
	for off, n = off+n&^7, n&7; n > 0; off, n = off+1, n-1 {
		dst[off>>3] |= 1 << (off & 7)
	}
}

// clearBits clears n bits from off on.
func clearBits(dst []byte, off, n int) {
	for ; n > 0 && off&7 != 0; off, n = off+1, n-1 {
		dst[off>>3] &^= 1 << (off & 7)
	}
	clear(dst[off>>3 : off>>3+n>>3])
	for off, n = off+n&^7, n&7; n > 0; off, n = off+1, n-1 {
		dst[off>>3] &^= 1 << (off & 7)
	}
}
