package parquet

import (
	"encoding/binary"
	"io"
)

// deltas decodes DELTA_BINARY_PACKED integers, of which there may be at most limit, and returns what stands behind them.
// Source: Apache Parquet, Encodings.md, "Delta Encoding (DELTA_BINARY_PACKED = 5)".
func deltas[T int32 | int64](dst []T, src []byte, limit int) (out []T, rest []byte, err error) {
	var head [3]uint64 // values of a block, miniblocks of a block, values
	for i := range head {
		v, k := binary.Uvarint(src)
		if k <= 0 || v > 1<<31 {
			return nil, nil, io.ErrUnexpectedEOF
		}
		head[i], src = v, src[k:]
	}
	first, k := binary.Varint(src)
	if k <= 0 || head[2] > uint64(limit) || head[1] == 0 || head[0]%head[1] != 0 || head[0]/head[1]%8 != 0 || (head[0] == 0 && head[2] > 1) {
		return nil, nil, io.ErrUnexpectedEOF
	}
	src = src[k:]
	total, minis, mini := int(head[2]), int(head[1]), int(head[0]/head[1])
	if cap(dst) < total {
		dst = make([]T, 0, total)
	}
	dst = dst[:0]
	if total == 0 {
		return dst, src, nil
	}
	last := T(first)
	dst = append(dst, last)
	for len(dst) < total {
		least, k := binary.Varint(src)
		if k <= 0 || len(src)-k < minis {
			return nil, nil, io.ErrUnexpectedEOF
		}
		widths := src[k : k+minis]
		src = src[k+minis:]
		for _, width := range widths {
			if len(dst) == total {
				break // the miniblocks behind the values have widths but no bytes
			}
			n := min(mini, total-len(dst))
			size := mini * int(width) / 8
			if width > 64 || size > len(src) && (n*int(width)+7)/8 > len(src) {
				return nil, nil, io.ErrUnexpectedEOF
			}
			size = min(size, len(src))
			dst = dst[:len(dst)+n]
			last = addDeltas(dst[len(dst)-n:], src[:size], uint(width), T(least), last)
			src = src[size:]
		}
	}
	return dst, src, nil
}

// addDeltas decodes a miniblock and returns its last value.
func addDeltas[T int32 | int64](dst []T, src []byte, width uint, least, last T) T {
	if width == 0 {
		for i := range dst {
			last += least
			dst[i] = last
		}
		return last
	}
	for i := range dst {
		bit := uint(i) * width
		x := word(src, int(bit), int(width))
		last += least + T(x)
		dst[i] = last
	}
	return last
}

// texts are byte strings one behind the other: number i ends at ends[i].
type texts struct {
	data []byte
	ends []uint32
}

// deltaTexts decodes DELTA_LENGTH_BYTE_ARRAY texts, which alias src.
func deltaTexts(src []byte, limit int) (texts, error) {
	lengths, rest, err := deltas[int32](nil, src, limit)
	if err != nil {
		return texts{}, err
	}
	out := texts{data: rest, ends: make([]uint32, len(lengths))}
	end := uint64(0)
	for i, n := range lengths {
		end += uint64(uint32(n))
		if n < 0 || end > uint64(len(rest)) {
			return texts{}, io.ErrUnexpectedEOF
		}
		out.ends[i] = uint32(end)
	}
	return out, nil
}

// prefixTexts decodes DELTA_BYTE_ARRAY texts, which may take at most limitBytes.
func prefixTexts(src []byte, limit int, limitBytes int64) (texts, error) {
	prefixes, rest, err := deltas[int32](nil, src, limit)
	if err != nil {
		return texts{}, err
	}
	suffixes, err := deltaTexts(rest, limit)
	if err != nil {
		return texts{}, err
	}
	if len(suffixes.ends) != len(prefixes) {
		return texts{}, io.ErrUnexpectedEOF
	}
	out := texts{ends: make([]uint32, len(prefixes))}
	start, last := uint32(0), 0
	for i, p := range prefixes {
		end := suffixes.ends[i]
		previous := out.data[last:]
		if p < 0 || int(p) > len(previous) {
			return texts{}, io.ErrUnexpectedEOF
		}
		if int64(len(out.data))+int64(p)+int64(end-start) > min(limitBytes, 1<<31) {
			return texts{}, errTooLarge
		}
		last = len(out.data)
		out.data = append(append(out.data, previous[:p]...), suffixes.data[start:end]...)
		out.ends[i] = uint32(len(out.data))
		start = end
	}
	return out, nil
}

// joined puts the bytes of BYTE_STREAM_SPLIT values of a width together.
// Source: Apache Parquet, Encodings.md, "Byte Stream Split (BYTE_STREAM_SPLIT = 9)".
func joined(dst, src []byte, width int) ([]byte, error) {
	if width <= 0 || len(src)%width != 0 {
		return nil, io.ErrUnexpectedEOF
	}
	if cap(dst) < len(src) {
		dst = make([]byte, len(src))
	}
	dst = dst[:len(src)]
	n := len(src) / width
	for k := range width {
		stream := src[k*n : (k+1)*n]
		for i, b := range stream {
			dst[i*width+k] = b
		}
	}
	return dst, nil
}
