package parquet

import (
	"bytes"
	"encoding/binary"
	"io"
	"math"
	"slices"
	"strings"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/decimal128"
	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/bloom"
	"github.com/parquet-go/parquet-go/bloom/xxhash"
	"github.com/parquet-go/parquet-go/encoding/thrift"
	"github.com/parquet-go/parquet-go/format"

	"github.com/tidewheel/tidewheel/dataset"
)

// condition is a predicate on a leaf.
type condition struct {
	dataset.Predicate
	leaf leaf
}

// bounds are what statistics say of the values of some rows. What they do not say is a bound that excludes nothing.
type bounds struct {
	nulls            bool // all rows are null
	low, high        float64
	lowText, maxText []byte // the largest text is known where capped
	capped           bool
}

// unbounded says nothing.
func unbounded() bounds { return bounds{low: math.Inf(-1), high: math.Inf(1)} }

// boundsOf reads the least and the largest value in the encoding PLAIN.
func (l leaf) boundsOf(least, largest []byte) bounds {
	b := unbounded()
	if l.typ.IsText() {
		b.lowText, b.maxText, b.capped = least, largest, len(largest) > 0
		if b.capped && bytes.Compare(b.lowText, b.maxText) > 0 {
			return unbounded()
		}
		return b
	}
	low, ok1 := l.number(least)
	high, ok2 := l.number(largest)
	if !ok1 || !ok2 || low > high {
		return unbounded()
	}
	if l.typ.Class() == dataset.ClassDecimal { // whose rounding to a number is not the same everywhere
		const slack = 1e-12
		low, high = low-math.Abs(low)*slack, high+math.Abs(high)*slack
	}
	b.low, b.high = low, high
	return b
}

// number reads a value of statistics in the form in which predicates compare, false for one that is not known or is NaN.
func (l leaf) number(b []byte) (float64, bool) {
	var v int64
	switch {
	case l.kind == parquet.Boolean && len(b) == 1 && b[0] <= 1:
		return float64(b[0]), l.typ == dataset.Bool
	case l.kind == parquet.Float && len(b) == 4:
		x := float64(math.Float32frombits(binary.LittleEndian.Uint32(b)))
		return x, l.typ == dataset.Float32 && !math.IsNaN(x)
	case l.kind == parquet.Double && len(b) == 8:
		x := math.Float64frombits(binary.LittleEndian.Uint64(b))
		return x, l.typ == dataset.Float64 && !math.IsNaN(x)
	case l.kind == parquet.Int32 && len(b) == 4:
		v = int64(int32(binary.LittleEndian.Uint32(b)))
	case l.kind == parquet.Int64 && len(b) == 8:
		v = int64(binary.LittleEndian.Uint64(b))
	case l.typ.Class() != dataset.ClassDecimal:
		return 0, false
	}
	switch {
	case l.typ.Class() == dataset.ClassDecimal:
		return l.decimal128(b, v)
	case l.typ.Class() == dataset.ClassTime && l.kind == parquet.Int64 && l.micros.times > 0:
		t, ok := l.micros.of(v)
		return float64(t), ok
	case l.typ == dataset.Uint64 && l.kind == parquet.Int64:
		return float64(uint64(v)), true
	case l.typ == dataset.Int64 && l.kind == parquet.Int64 && l.micros.times == 0:
		return float64(v), true
	case l.typ == dataset.Uint32 && l.kind == parquet.Int32:
		return float64(uint32(v)), true
	case l.kind == parquet.Int32 && slices.Contains([]dataset.Type{dataset.Int8, dataset.Int16, dataset.Int32, dataset.Uint8, dataset.Uint16, dataset.Date32}, l.typ):
		return float64(v), true
	default:
		return 0, false
	}
}

func (l leaf) decimal128(b []byte, v int64) (float64, bool) {
	t, err := l.typ.Arrow()
	dt, ok := t.(*arrow.Decimal128Type)
	if err != nil || !ok {
		return 0, false
	}
	n := decimal128.FromI64(v)
	if l.kind == parquet.ByteArray || l.kind == parquet.FixedLenByteArray {
		if len(b) == 0 {
			return 0, false
		}
		n, ok = bigEndian(b, dt.Precision)
	}
	return n.ToFloat64(dt.Scale), ok
}

// excludes reports whether no value within the bounds holds the predicate.
func (b bounds) excludes(c condition) bool {
	if b.nulls {
		return true
	}
	if c.leaf.typ.IsText() {
		text := []byte(c.Value.Text)
		below, above := bytes.Compare(text, b.lowText), -1
		if b.capped {
			above = bytes.Compare(text, b.maxText)
		}
		// A text may be cut off: bounds are not values.
		return outOfBounds(c.Operator, below, above, false)
	}
	v := c.Value.Number
	if math.IsNaN(v) {
		return false
	}
	order := func(x float64) int {
		switch {
		case v < x:
			return -1
		case v > x:
			return 1
		default:
			return 0
		}
	}
	// NaN, which statistics leave out, holds NotEqual.
	return outOfBounds(c.Operator, order(b.low), order(b.high), c.leaf.typ.Class() != dataset.ClassFloat && c.leaf.typ.Class() != dataset.ClassDecimal)
}

// outOfBounds reports whether no value holds the comparison with one that stands to the least and the largest as below and above say; exact is whether these are values.
func outOfBounds(op dataset.Operator, below, above int, exact bool) bool {
	switch op {
	case dataset.Equal:
		return below < 0 || above > 0
	case dataset.NotEqual:
		return exact && below == 0 && above == 0
	case dataset.Less:
		return below <= 0
	case dataset.LessEqual:
		return below < 0
	case dataset.Greater:
		return above >= 0
	case dataset.GreaterEqual:
		return above > 0
	default:
		return false
	}
}

// chunkBounds returns what the statistics of a column chunk say.
func (l leaf) chunkBounds(md *format.FileMetaData, c *format.ColumnMetaData) bounds {
	b, st := unbounded(), &c.Statistics
	switch {
	case len(st.MinValue) > 0 || len(st.MaxValue) > 0:
		if l.ordered(md) {
			b = l.boundsOf(st.MinValue, st.MaxValue)
		}
	case (l.kind == parquet.Int32 || l.kind == parquet.Int64) && !strings.HasPrefix(string(l.typ), "uint"): // the older fields, whose order was that of signed values
		b = l.boundsOf(st.Min, st.Max)
	default:
	}
	b.nulls = l.nullable && st.NullCount > 0 && st.NullCount == c.NumValues
	return b
}

// ordered reports whether the file says that the values of statistics are in the order of their type.
func (l leaf) ordered(md *format.FileMetaData) bool {
	if l.index >= len(md.ColumnOrders) {
		return false
	}
	_, ok := md.ColumnOrders[l.index].Value.(*format.TypeDefinedOrder)
	return ok
}

// absent reports whether the Bloom filter of a column chunk says that no row holds an Equal.
func (c condition) absent(r io.ReaderAt, md *format.ColumnMetaData) bool {
	if c.Operator != dataset.Equal || md.BloomFilterOffset <= 0 {
		return false
	}
	hash, ok := c.hash()
	if !ok {
		return false
	}
	b := make([]byte, 64)
	n, err := r.ReadAt(b, md.BloomFilterOffset)
	if err != nil && n == 0 {
		return false
	}
	var protocol thrift.CompactProtocol
	reader := protocol.NewReaderFromBytes(b[:n])
	var h format.BloomFilterHeader
	if thrift.NewDecoder(reader).Decode(&h) != nil || h.NumBytes < bloom.BlockSize || h.NumBytes%bloom.BlockSize != 0 {
		return false
	}
	_, block := h.Algorithm.Value.(*format.SplitBlockAlgorithm)
	_, xx := h.Hash.Value.(*format.XxHash)
	_, plain := h.Compression.Value.(*format.BloomFilterUncompressed)
	if !block || !xx || !plain {
		return false
	}
	section := io.NewSectionReader(r, md.BloomFilterOffset+int64(reader.BytesRead()), int64(h.NumBytes))
	found, err := bloom.CheckSplitBlock(section, int64(h.NumBytes), hash)
	return err == nil && !found
}

// hash returns the hash of the value that is looked for, false when several values are equal to it or it cannot be one of the column.
func (c condition) hash() (uint64, bool) {
	v := c.Value.Number
	whole := v == math.Trunc(v) && math.Abs(v) < 1<<53
	switch c.leaf.typ {
	case dataset.Utf8, dataset.Dictionary:
		return xxhash.Sum64([]byte(c.Value.Text)), c.leaf.kind == parquet.ByteArray
	case dataset.Int8, dataset.Int16, dataset.Int32, dataset.Uint8, dataset.Uint16, dataset.Date32, dataset.Uint32:
		inside := c.leaf.typ == dataset.Uint32 && v >= 0 && v <= math.MaxUint32 || c.leaf.typ != dataset.Uint32 && v >= math.MinInt32 && v <= math.MaxInt32
		return xxhash.Sum64Uint32(uint32(int64(v))), whole && inside && c.leaf.kind == parquet.Int32
	case dataset.Int64:
		return xxhash.Sum64Uint64(uint64(int64(v))), whole && c.leaf.kind == parquet.Int64 && c.leaf.micros.times == 0
	case dataset.Float64:
		return xxhash.Sum64Uint64(math.Float64bits(v)), v != 0 && !math.IsNaN(v) && c.leaf.kind == parquet.Double
	default:
		return 0, false
	}
}

// prune returns which row groups may have rows that hold all conditions.
func prune(r io.ReaderAt, md *format.FileMetaData, conditions []condition) []bool {
	wanted := make([]bool, len(md.RowGroups))
	for i := range md.RowGroups {
		wanted[i] = true
		columns := md.RowGroups[i].Columns
		for _, c := range conditions {
			if c.leaf.index >= len(columns) {
				continue
			}
			chunk := &columns[c.leaf.index].MetaData
			if c.leaf.chunkBounds(md, chunk).excludes(c) || c.absent(r, chunk) {
				wanted[i] = false
				break
			}
		}
	}
	return wanted
}

// span is rows of a row group, to not included.
type span struct{ from, to int64 }

// barren returns the rows of a row group whose pages cannot have a row that holds the condition, as far as the file has an index of pages, in order.
func (c condition) barren(r io.ReaderAt, md *format.FileMetaData, group int, limit int64) []span {
	columns := md.RowGroups[group].Columns
	if c.leaf.index >= len(columns) || !c.leaf.ordered(md) {
		return nil
	}
	var index format.ColumnIndex
	var offsets format.OffsetIndex
	chunk := &columns[c.leaf.index]
	if !section(r, chunk.ColumnIndexOffset, chunk.ColumnIndexLength, limit, &index) || !section(r, chunk.OffsetIndexOffset, chunk.OffsetIndexLength, limit, &offsets) {
		return nil
	}
	n := len(offsets.PageLocations)
	if len(index.NullPages) != n || len(index.MinValues) != n || len(index.MaxValues) != n {
		return nil
	}
	var out []span
	rows := md.RowGroups[group].NumRows
	for i := range n {
		s := span{offsets.PageLocations[i].FirstRowIndex, rows}
		if i+1 < n {
			s.to = offsets.PageLocations[i+1].FirstRowIndex
		}
		if s.from < 0 || s.to < s.from || s.to > rows || (i == 0 && s.from != 0) {
			return nil
		}
		b := bounds{nulls: index.NullPages[i]}
		if !b.nulls {
			b = c.leaf.boundsOf(index.MinValues[i], index.MaxValues[i])
		}
		switch {
		case !b.excludes(c):
		case len(out) > 0 && out[len(out)-1].to == s.from:
			out[len(out)-1].to = s.to
		default:
			out = append(out, s)
		}
	}
	return out
}

// section decodes a part of the file and reports whether it could.
func section(r io.ReaderAt, at int64, length int32, limit int64, to any) bool {
	if at <= 0 || length <= 0 || int64(length) > limit {
		return false
	}
	b := make([]byte, length)
	if n, _ := r.ReadAt(b, at); n < len(b) {
		return false
	}
	var protocol thrift.CompactProtocol
	return thrift.Unmarshal(&protocol, b, to) == nil
}
