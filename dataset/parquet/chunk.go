package parquet

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"strconv"

	"github.com/parquet-go/parquet-go/encoding/thrift"
	"github.com/parquet-go/parquet-go/format"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/dataset/internal/arrays"
)

// headerBytes are read at first for a page header, which can be longer: it may hold statistics with long texts.
const headerBytes = 512

// chunk walks over the pages of a column chunk, in the order of the file.
type chunk struct {
	r     io.ReaderAt
	at    int64 // the next page
	end   int64 // of the last page's header, or before
	codec format.CompressionCodec
	name  string // of the column
	limit int64  // most bytes of a page
	whole int    // bytes of the last page, which the next one is likely to have
}

// uncounted is how far the last page may reach beyond its chunk: parquet-mr before 1.2.9 did not count the header of the dictionary page (IMPALA-694); Arrow C++
// allows as much.
const uncounted = 100

// page is one page of a column chunk.
type page struct {
	format.PageHeader
	body []byte // as it is in the file
}

// newChunk returns the walk over the pages of md.
func newChunk(r io.ReaderAt, md *format.ColumnMetaData, name string, limit int64) (chunk, error) {
	at := md.DataPageOffset
	if md.DictionaryPageOffset > 0 && md.DictionaryPageOffset < at {
		at = md.DictionaryPageOffset
	}
	end := at + md.TotalCompressedSize
	if at < 0 || md.TotalCompressedSize < 0 || end < at {
		return chunk{}, formatError(name, "a column chunk within the file", "offsets outside it")
	}
	return chunk{r: r, at: at, end: end, codec: md.Codec, name: name, limit: limit}, nil
}

func (c *chunk) malformed(err error) error {
	var value outside
	var refused *dataset.UnsupportedError
	switch {
	case errors.As(err, &value):
		return formatError(c.name, string(value), "another value")
	case errors.As(err, &refused):
		return err
	case errors.Is(err, dataset.ErrLimit), errors.Is(err, dataset.ErrUnsupported):
		return fmt.Errorf("column %q: %w", c.name, err)
	case errors.Is(err, dataset.ErrFormat):
		return err
	default:
		return formatError(c.name, "pages that can be read", err.Error())
	}
}

// next reads the next page, whose body is in w's memory; where wanted refuses the header, it passes over the page instead, whose body is nil. It returns io.EOF
// behind the last page.
func (c *chunk) next(w *worker, wanted func(*format.PageHeader) bool) (page, error) {
	if c.at >= c.end {
		return page{}, io.EOF
	}
	var p page
	have, size, err := c.header(w, &p.PageHeader)
	if err == nil {
		err = c.check(&p.PageHeader)
	}
	if err != nil {
		return page{}, c.malformed(err)
	}
	n := size + int(p.CompressedPageSize)
	c.whole = n
	if int64(n) > c.end+uncounted-c.at {
		return page{}, c.malformed(io.ErrUnexpectedEOF)
	}
	if wanted != nil && !wanted(&p.PageHeader) {
		c.at += int64(n)
		return p, nil
	}
	if n > have {
		w.file = roomFor(w.file[:have], n+slack)[:n]
		if k, err := c.r.ReadAt(w.file[have:], c.at+int64(have)); k < n-have {
			return page{}, c.malformed(noEOF(err))
		}
	}
	c.at += int64(n)
	p.body = w.file[size:n]
	if sum := uint32(p.CRC); sum != 0 && sum != crc32.ChecksumIEEE(p.body) {
		return page{}, formatError(c.name, "pages with their checksum", "another checksum")
	}
	return p, nil
}

// outside says what a value is not.
type outside string

// Error implements error.
func (o outside) Error() string { return "a value that is none of " + string(o) }

func noEOF(err error) error {
	if err == nil || errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}

// header decodes the header of the next page and returns its size and how many bytes from its start on are in w.
func (c *chunk) header(w *worker, h *format.PageHeader) (have, size int, err error) {
	for window := int64(max(headerBytes, c.whole+headerBytes/8)); ; window *= 8 {
		window = min(window, c.end+uncounted-c.at, c.limit+headerBytes)
		w.file = roomFor(w.file[:0], int(window)+slack)[:window]
		n, err := c.r.ReadAt(w.file, c.at)
		if err != nil && !errors.Is(err, io.EOF) {
			return 0, 0, err
		}
		var protocol thrift.CompactProtocol
		reader := protocol.NewReaderFromBytes(w.file[:n])
		*h = format.PageHeader{}
		if err = thrift.NewDecoder(reader).Decode(h); err == nil {
			return n, reader.BytesRead(), nil
		}
		switch {
		case !errors.Is(err, io.ErrUnexpectedEOF) && !errors.Is(err, io.EOF), int64(n) == c.end+uncounted-c.at, n < len(w.file):
			return 0, 0, noEOF(err)
		case int64(n) >= c.limit:
			return 0, 0, fmt.Errorf("page header of more than %d bytes: %w", c.limit, dataset.ErrLimit)
		}
	}
}

// check refuses sizes that are negative or over the limit, before anything is allocated for them.
func (c *chunk) check(h *format.PageHeader) error {
	v2 := &h.DataPageHeaderV2.V
	largest := max(h.CompressedPageSize, h.UncompressedPageSize, h.DataPageHeader.V.NumValues, v2.NumValues, h.DictionaryPageHeader.V.NumValues)
	least := min(h.CompressedPageSize, h.UncompressedPageSize, h.DataPageHeader.V.NumValues, v2.NumValues, h.DictionaryPageHeader.V.NumValues,
		v2.RepetitionLevelsByteLength, v2.DefinitionLevelsByteLength, v2.NumRows)
	switch {
	case least < 0:
		return formatError(c.name, "pages of 0 bytes and values or more", "fewer")
	case int64(largest) > c.limit:
		return fmt.Errorf("page of more than %d bytes: %w", c.limit, dataset.ErrLimit)
	case h.Type == format.DataPage && !h.DataPageHeader.Valid, h.Type == format.DataPageV2 && !h.DataPageHeaderV2.Valid,
		h.Type == format.DictionaryPage && !h.DictionaryPageHeader.Valid:
		return formatError(c.name, "a header of the kind of its page", "none")
	default:
		return nil
	}
}

// body is a data page cut into its parts.
type body struct {
	values               int // with nulls
	encoding             format.Encoding
	repetition           []byte // levels
	definition           []byte
	packed               bool // levels are in the encoding BIT_PACKED
	data                 []byte
	repetitions, nesting int // largest levels
}

// open decompresses a page into buf, which it returns grown to be reused. Where the page is not compressed, buf and w's memory change places.
func (c *chunk) open(w *worker, p *page, buf []byte) (data, newBuf []byte, err error) {
	v2, levels := &p.DataPageHeaderV2.V, 0
	compressed := c.codec != format.Uncompressed
	if p.Type == format.DataPageV2 {
		levels = int(v2.RepetitionLevelsByteLength) + int(v2.DefinitionLevelsByteLength)
		if compressed = compressed && (!v2.IsCompressed.Valid || v2.IsCompressed.V); levels > len(p.body) || levels > int(p.UncompressedPageSize) {
			return nil, buf, c.malformed(io.ErrUnexpectedEOF)
		}
		compressed = compressed && len(p.body) > levels
	}
	if !compressed {
		buf, w.file = w.file, buf
		return p.body, buf, nil
	}
	size := int(p.UncompressedPageSize)
	if cap(buf) < size+slack {
		buf = arrays.Raw(size + size/16 + slack)
	}
	buf = buf[:size]
	copy(buf, p.body[:levels])
	if err := w.expand(c.codec, buf[levels:], p.body[levels:]); err != nil {
		return nil, buf, c.malformed(err)
	}
	return buf, buf, nil
}

// cut cuts the data of a data page into levels, which are there when the largest of them is above 0, and values.
func (c *chunk) cut(p *page, data []byte, repetitions, nesting int) (body, error) {
	b := body{repetitions: repetitions, nesting: nesting}
	if v2 := &p.DataPageHeaderV2.V; p.Type == format.DataPageV2 {
		b.values, b.encoding = int(v2.NumValues), v2.Encoding
		r, d := int(v2.RepetitionLevelsByteLength), int(v2.DefinitionLevelsByteLength)
		if r+d > len(data) {
			return b, c.malformed(io.ErrUnexpectedEOF)
		}
		b.repetition, b.definition, b.data = data[:r], data[r:r+d], data[r+d:]
		return b, nil
	}
	v1 := &p.DataPageHeader.V
	b.values, b.encoding, b.data = int(v1.NumValues), v1.Encoding, data
	var err error
	if repetitions > 0 {
		if b.repetition, b.data, err = levelsOf(b.data, v1.RepetitionLevelEncoding, b.values, repetitions); err != nil {
			return b, c.malformed(err)
		}
	}
	if nesting > 0 {
		if b.definition, b.data, err = levelsOf(b.data, v1.DefinitionLevelEncoding, b.values, nesting); err != nil {
			return b, c.malformed(err)
		}
		b.packed = v1.DefinitionLevelEncoding == format.BitPacked
	}
	return b, nil
}

// levelsOf cuts levels off the data of a page of version 1.
func levelsOf(data []byte, encoding format.Encoding, values, largest int) (levels, rest []byte, err error) {
	if encoding == format.BitPacked {
		if n := (values*bitLen(largest) + 7) / 8; n <= len(data) {
			return data[:n], data[n:], nil
		}
		return nil, nil, io.ErrUnexpectedEOF
	}
	return prefixed(data)
}

// bitLen returns the width of levels up to largest.
func bitLen(largest int) int {
	n := 0
	for ; largest > 0; largest >>= 1 {
		n++
	}
	return n
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

// dictionaryRuns starts reading the codes of a data page.
func dictionaryRuns(r *runs, data []byte) error {
	if len(data) == 0 { // nothing but nulls
		r.reset(nil, 0)
		return nil
	}
	if data[0] > 32 {
		return errors.New("codes of " + strconv.Itoa(int(data[0])) + " bits")
	}
	r.reset(data[1:], uint(data[0]))
	return nil
}
