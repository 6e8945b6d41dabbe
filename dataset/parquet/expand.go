package parquet

import (
	"bufio"
	"encoding/binary"
	"io"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"

	"github.com/parquet-go/parquet-go/format"
)

// Most bytes that a block of Zstandard holds, and that a byte of deflate becomes (RFC 8878, 3.1.1.2.4, and zlib's technical details).
const (
	zstdBlock    = 128 << 10
	deflateRatio = 1032
)

// expanded returns a bound on what the compressed bytes of a page become, whatever the page's header states; any number above limit means too many. It is 0
// for a codec that gives none.
func expanded(page *io.SectionReader, codec format.CompressionCodec, limit int64) int64 {
	switch codec {
	case format.Snappy:
		var b [binary.MaxVarintLen64]byte
		n, _ := page.ReadAt(b[:], 0)
		if stated, k := binary.Uvarint(b[:n]); k > 0 {
			return int64(min(stated, 1<<62))
		}
	case format.Zstd:
		return zstdSize(page, limit)
	case format.Gzip:
		if page.Size() > limit/deflateRatio {
			return gzipSize(page, limit)
		}
	default:
	}
	return 0
}

// gzipSize counts, since gzip states a size modulo 2³² only, and after the data.
func gzipSize(page io.Reader, limit int64) int64 {
	z, err := gzip.NewReader(page)
	if err != nil {
		return 0
	}
	n, _ := io.Copy(io.Discard, io.LimitReader(z, limit+1))
	return n
}

// zstdSize adds up the frames up to the first that is malformed, where the library stops as well. A frame holds what it states, which the library checks, and
// a frame that states nothing at most as many blocks as it has.
func zstdSize(page *io.SectionReader, limit int64) int64 {
	r := frames{section: page, Reader: bufio.NewReaderSize(page, headerBytes)}
	var total int64
	for total <= limit {
		b, _ := r.Peek(zstd.HeaderMaxSize)
		var h zstd.Header
		if h.Decode(b) != nil || r.skip(int64(h.HeaderSize)) != nil {
			break
		}
		if h.Skippable {
			if r.skip(int64(h.SkippableSize)) != nil {
				break
			}
			continue
		}
		blocks, err := r.blocks()
		if h.HasFCS {
			total += int64(min(h.FrameContentSize, 1<<61))
		} else {
			total += blocks * zstdBlock
		}
		if err != nil || (h.HasCheckSum && r.skip(4) != nil) {
			break
		}
	}
	return total
}

// frames walks over Zstandard frames.
type frames struct {
	section *io.SectionReader
	*bufio.Reader
}

// skip passes over n bytes without reading what is not in the buffer.
func (r *frames) skip(n int64) error {
	if n <= int64(r.Buffered()) {
		_, err := r.Discard(int(n))
		return err
	}
	_, err := r.section.Seek(n-int64(r.Buffered()), io.SeekCurrent)
	r.Reset(r.section)
	return err
}

// blocks passes over the blocks of a frame and counts them.
func (r *frames) blocks() (n int64, err error) {
	for last := false; !last; n++ {
		b, err := r.Peek(3)
		if err != nil {
			return n, err
		}
		const repeated = 1 // a block that is one byte many times
		head := uint32(b[0]) | uint32(b[1])<<8 | uint32(b[2])<<16
		last = head&1 == 1
		size := int64(head >> 3)
		if head>>1&3 == repeated {
			size = 1
		}
		if err := r.skip(3 + size); err != nil {
			return n, err
		}
	}
	return n, nil
}
