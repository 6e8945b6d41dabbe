package parquet

import (
	"encoding/binary"
	"io"

	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/format"
)

// booleanPages decodes the values of a boolean column chunk's data pages that are in the RLE encoding, in the order of the pages that have rows; nil stands for a
// page in another encoding. parquet-go 0.32 takes the byte that a run repeats for eight values, and a run to end at a whole byte: it gives other values without
// an error. The sizes are those that checkPages has let pass.
func booleanPages(r io.ReaderAt, md *format.ColumnMetaData, l leaf, limit int64) ([][]byte, error) {
	at, end := md.DataPageOffset, md.DataPageOffset+md.TotalCompressedSize
	if md.DictionaryPageOffset != 0 {
		at, end = md.DictionaryPageOffset, md.DictionaryPageOffset+md.TotalCompressedSize
	}
	var out [][]byte
	for at < end {
		h, size, err := pageHeader(r, at, end, limit)
		if err != nil || h.CompressedPageSize < 0 {
			return out, nil // the library meets the same bytes and reports them
		}
		at += int64(size)
		if v := h.DataPageHeader.V; h.Type == format.DataPage && v.NumValues > 0 || h.Type == format.DataPageV2 && h.DataPageHeaderV2.V.NumValues > 0 {
			var values []byte
			if h.Type == format.DataPage && v.Encoding == format.RLE || h.Type == format.DataPageV2 && h.DataPageHeaderV2.V.Encoding == format.RLE {
				page := make([]byte, h.CompressedPageSize)
				if _, err := r.ReadAt(page, at); err != nil {
					return nil, formatError(l.name, "pages that can be read", "fewer bytes")
				}
				if values, err = h.booleans(page, md.Codec, l); err != nil {
					return nil, err
				}
			}
			out = append(out, values)
		}
		at += int64(h.CompressedPageSize)
	}
	return out, nil
}

// booleans decodes a data page of booleans in the RLE encoding to 0 and 1, behind the levels that it begins with.
func (h header) booleans(page []byte, codec format.CompressionCodec, l leaf) ([]byte, error) {
	bad := func(err error) ([]byte, error) { return nil, formatError(l.name, "booleans in runs", err.Error()) }
	compressed := true
	if v2 := h.DataPageHeaderV2.V; h.Type == format.DataPageV2 {
		levels := int64(v2.RepetitionLevelsByteLength) + int64(v2.DefinitionLevelsByteLength)
		if v2.RepetitionLevelsByteLength < 0 || v2.DefinitionLevelsByteLength < 0 || levels > int64(len(page)) {
			return bad(io.ErrUnexpectedEOF)
		}
		page, compressed = page[levels:], !v2.IsCompressed.Valid || v2.IsCompressed.V
	}
	if compressed && codec != format.Uncompressed && len(page) > 0 {
		var err error
		if page, err = parquet.LookupCompressionCodec(codec).Decode(nil, page); err != nil {
			return bad(err)
		}
	}
	if h.Type == format.DataPage && l.nullable {
		var err error
		if _, page, err = prefixed(page); err != nil {
			return bad(err)
		}
	}
	if len(page) == 0 {
		return []byte{}, nil // nulls only
	}
	runs, _, err := prefixed(page)
	if err != nil {
		return bad(err)
	}
	n := h.DataPageHeader.V.NumValues
	if h.Type == format.DataPageV2 {
		n = h.DataPageHeaderV2.V.NumValues
	}
	values, err := runsOfBits(runs, int(n))
	if err != nil {
		return bad(err)
	}
	return values, nil
}

// runsOfBits decodes at most n values of the hybrid of runs and packed bits, at a bit width of 1, to 0 and 1.
// Source: Apache Parquet, Encodings.md, "Run Length Encoding / Bit-Packing Hybrid (RLE = 3)".
func runsOfBits(src []byte, n int) ([]byte, error) {
	out := make([]byte, 0, n)
	for len(out) < n && len(src) > 0 {
		head, k := binary.Uvarint(src)
		if k <= 0 {
			return nil, io.ErrUnexpectedEOF
		}
		src = src[k:]
		count, packed := head>>1, head&1 == 1
		switch {
		case packed && count > uint64(len(src)), !packed && len(src) == 0:
			return nil, io.ErrUnexpectedEOF
		case packed:
			for i := range min(n-len(out), int(count)*8) {
				out = append(out, src[i/8]>>(i%8)&1)
			}
			src = src[count:]
		default:
			for range min(uint64(n-len(out)), count) {
				out = append(out, src[0]&1)
			}
			src = src[1:]
		}
	}
	return out, nil
}

// prefixed cuts off what a length of four bytes stands before.
func prefixed(b []byte) (head, rest []byte, err error) {
	if len(b) < 4 {
		return nil, nil, io.ErrUnexpectedEOF
	}
	n := int64(binary.LittleEndian.Uint32(b))
	if n > int64(len(b)-4) {
		return nil, nil, io.ErrUnexpectedEOF
	}
	return b[4 : 4+n], b[4+n:], nil
}

// inRuns returns a decoder of the pages of a chunk of which pages has the values that bits does not read.
func inRuns(name string, pages [][]byte) func(parquet.Page, int) ([]bool, error) {
	return func(p parquet.Page, present int) ([]bool, error) {
		if len(pages) == 0 {
			return bits(p, present)
		}
		values := pages[0]
		pages = pages[1:]
		if values == nil {
			return bits(p, present)
		}
		if len(values) < present {
			return nil, formatError(name, "a boolean for each row with a value", "fewer")
		}
		out := make([]bool, present)
		for i := range out {
			out[i] = values[i] == 1
		}
		return out, nil
	}
}
