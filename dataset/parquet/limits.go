package parquet

import (
	"errors"
	"fmt"
	"io"

	"github.com/parquet-go/parquet-go/encoding/thrift"
	"github.com/parquet-go/parquet-go/format"

	"github.com/tidewheel/tidewheel/dataset"
)

// headerBytes are read at first for a page header, which can be longer: it may hold statistics with long texts.
const headerBytes = 512

// checkPages walks over the page headers of a column chunk and refuses a page that would take more memory than limit, before the library allocates it. The walk
// ends without an error where a header is malformed: the library meets the same bytes and reports them.
func checkPages(r io.ReaderAt, md *format.ColumnMetaData, name string, limit int64) error {
	at := md.DataPageOffset
	if md.DictionaryPageOffset != 0 {
		at = md.DictionaryPageOffset
	}
	end := at + md.TotalCompressedSize
	if at < 0 || md.TotalCompressedSize < 0 || end < at {
		return formatError(name, "a column chunk within the file", "offsets outside it")
	}
	for at < end {
		h, size, err := pageHeader(r, at, end, limit)
		if errors.Is(err, dataset.ErrLimit) {
			return fmt.Errorf("column %q: page header: %w", name, err)
		}
		if err != nil || h.CompressedPageSize < 0 {
			return nil
		}
		at += int64(size)
		if h.need(r, at, md.Codec, limit) > limit {
			return fmt.Errorf("column %q: page of more than %d bytes: %w", name, limit, dataset.ErrLimit)
		}
		at += int64(h.CompressedPageSize)
	}
	return nil
}

type header struct{ format.PageHeader }

// pageHeader reads the header at an offset and returns its length, dataset.ErrLimit when it is cut off at the limit.
func pageHeader(r io.ReaderAt, at, end, limit int64) (header, int, error) {
	var h header
	for window := int64(headerBytes); ; window *= 8 {
		b := make([]byte, min(window, end-at, limit))
		n, err := r.ReadAt(b, at)
		if err != nil && !errors.Is(err, io.EOF) {
			return h, 0, err
		}
		var protocol thrift.CompactProtocol
		reader := protocol.NewReaderFromBytes(b[:n])
		h = header{}
		if err = thrift.NewDecoder(reader).Decode(&h.PageHeader); err == nil {
			return h, reader.BytesRead(), nil
		}
		switch {
		case !errors.Is(err, io.ErrUnexpectedEOF) && !errors.Is(err, io.EOF), int64(n) == end-at, n < len(b):
			return h, 0, err
		case int64(n) == limit:
			return h, 0, fmt.Errorf("more than %d bytes: %w", limit, dataset.ErrLimit)
		}
	}
}

// need returns the bytes that the library allocates for the page whose data is at an offset, or a number above limit: its compressed and uncompressed sizes as
// stated, what its data expands to, and a level a value.
func (h header) need(r io.ReaderAt, at int64, codec format.CompressionCodec, limit int64) int64 {
	need := max(int64(h.CompressedPageSize), int64(h.UncompressedPageSize))
	need = max(need, int64(h.DataPageHeader.V.NumValues), int64(h.DataPageHeaderV2.V.NumValues))
	levels := int64(0)
	if v2 := h.DataPageHeaderV2.V; h.Type == format.DataPageV2 {
		levels = max(0, int64(v2.RepetitionLevelsByteLength)) + max(0, int64(v2.DefinitionLevelsByteLength))
		if v2.IsCompressed.Valid && !v2.IsCompressed.V {
			return need
		}
	}
	size := int64(h.CompressedPageSize) - levels
	if need > limit || size <= 0 {
		return need
	}
	return max(need, expanded(io.NewSectionReader(r, at+levels, size), codec, limit))
}

// checkCodecs refuses the codecs that the library lacks, and LZ4_RAW: parquet-go 0.32 decompresses a page of a ratio below 3 into memory that it then does not
// use, and gives other bytes without an error.
func checkCodecs(md *format.FileMetaData, wanted []leaf) error {
	for _, group := range md.RowGroups {
		for _, l := range wanted {
			if l.index >= len(group.Columns) {
				return formatError(l.name, "a column chunk in every row group", "none")
			}
			switch codec := group.Columns[l.index].MetaData.Codec; codec {
			case format.Uncompressed, format.Snappy, format.Gzip, format.Brotli, format.Zstd:
			default:
				return fmt.Errorf("column %q: compression %s: %w", l.name, codec, dataset.ErrUnsupported)
			}
		}
	}
	return nil
}
