package onnx

import (
	"encoding/binary"
	"math"
	"strconv"
	"unicode/utf8"

	"github.com/tidewheel/tidewheel/dataset"
)

func parseTensor(data []byte) (*tensorProto, error) {
	t := &tensorProto{}
	var raw []byte
	var singles, doubles []float64
	var ints []int64
	var texts [][]byte
	w := wire{what: "tensor", rest: data}
	for w.next() {
		switch w.num {
		case 1:
			t.dims = w.ints(t.dims)
		case 2:
			t.kind = w.int()
		case 3:
			t.refused = "a tensor in segments"
		case 4:
			singles = w.floats(singles)
		case 5, 7:
			ints = w.ints(ints)
		case 6:
			texts = append(texts, w.bytes())
		case 8:
			t.name = w.text()
		case 9:
			raw = w.bytes()
		case 10:
			doubles = w.doubles(doubles)
		case 13:
			t.refused = "a tensor in external data"
		case 14:
			if w.int() != 0 {
				t.refused = "a tensor in external data"
			}
		}
	}
	if w.err != nil {
		return nil, w.err
	}
	n, err := t.length()
	if err != nil || t.refused != "" {
		return t, err
	}
	switch {
	case t.kind == typeString:
		err = t.setTexts(texts)
	case raw != nil:
		err = t.setRaw(raw)
	case t.kind == typeFloat:
		t.numbers = singles
	case t.kind == typeDouble:
		t.numbers = doubles
	default:
		err = t.setInts(ints)
	}
	if err == nil && t.refused == "" && len(t.numbers)+len(t.texts) != n {
		err = malformed("tensor: as many values as its dimensions say", "another number")
	}
	return t, err
}

// length returns the number of values that the dimensions say.
func (t *tensorProto) length() (int, error) {
	if len(t.dims) > maxRank {
		return 0, unsupported("tensors of more than " + strconv.Itoa(maxRank) + " dimensions")
	}
	n := int64(1)
	for _, d := range t.dims {
		if d < 0 {
			return 0, malformed("tensor: a dimension of 0 or more", "a negative number")
		}
		if d > 0 && n > maxTensorLength/d {
			return 0, dataset.ErrLimit
		}
		n *= d
	}
	return int(n), nil
}

func (t *tensorProto) setTexts(texts [][]byte) error {
	t.texts = make([]string, len(texts))
	for i, b := range texts {
		if !utf8.Valid(b) {
			return malformed("tensor: texts in UTF-8", "other bytes")
		}
		t.texts[i] = string(b)
	}
	return nil
}

func (t *tensorProto) setInts(ints []int64) error {
	if t.numbers = exactInts(ints); t.numbers == nil && len(ints) > 0 {
		t.refused = "whole numbers beyond 2**53"
	}
	switch t.kind {
	case typeInt32, typeInt64, typeBool, typeUint8:
	default:
		t.refused = "a tensor of data type " + strconv.FormatInt(t.kind, 10)
	}
	return nil
}

// exactInts returns the numbers as float64; nil if one is not exact. The two ends of int64, which mean the end of an axis, stand for themselves.
func exactInts(ints []int64) []float64 {
	out := make([]float64, len(ints))
	for i, v := range ints {
		if (v > 1<<53 || v < -1<<53) && v != math.MaxInt64 && v != math.MinInt64 {
			return nil
		}
		out[i] = float64(v)
	}
	return out
}

func (t *tensorProto) setRaw(raw []byte) error {
	size := map[int64]int{typeFloat: 4, typeInt32: 4, typeInt64: 8, typeBool: 1, typeUint8: 1, typeDouble: 8}[t.kind]
	if size == 0 {
		t.refused = "a tensor of data type " + strconv.FormatInt(t.kind, 10)
		return nil
	}
	if len(raw)%size != 0 {
		return malformed("tensor: whole values in its raw data", "a part of one")
	}
	n := len(raw) / size
	if t.kind == typeInt64 {
		ints := make([]int64, n)
		for i := range ints {
			ints[i] = int64(binary.LittleEndian.Uint64(raw[8*i:]))
		}
		return t.setInts(ints)
	}
	t.numbers = make([]float64, n)
	for i := range t.numbers {
		b := raw[size*i:]
		switch t.kind {
		case typeFloat:
			t.numbers[i] = float64(math.Float32frombits(binary.LittleEndian.Uint32(b)))
		case typeDouble:
			t.numbers[i] = math.Float64frombits(binary.LittleEndian.Uint64(b))
		case typeInt32:
			t.numbers[i] = float64(int32(binary.LittleEndian.Uint32(b)))
		case typeUint8:
			t.numbers[i] = float64(b[0])
		default:
			if b[0] != 0 {
				t.numbers[i] = 1
			}
		}
	}
	return nil
}
