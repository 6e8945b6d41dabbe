package parquet

import (
	"bytes"
	"errors"
	"fmt"
	"io"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/s2"
	"github.com/klauspost/compress/zstd"
	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/format"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/dataset/internal/arrays"
)

// errTooLarge says that a page's data expands to more than its header states, which is within the limit.
var errTooLarge = fmt.Errorf("page that expands beyond what its header states: %w", dataset.ErrLimit)

// worker is what one goroutine that decodes uses for every column, again and again.
type worker struct {
	file  []byte       // bytes of the file
	page  []byte       // for a page
	slab  *arrays.Slab // for arrays
	codes [1024]uint32 // of a dictionary
	dense []byte       // values without the nulls between them
	gzip  gzip.Reader
	zstd  *zstd.Decoder
}

// take returns buf, or memory for a page when there is none.
func (w *worker) take(buf []byte) []byte {
	if buf == nil {
		buf, w.page = w.page, nil
	}
	return buf
}

// giveBack takes the memory of a page of which nothing is left to read. It returns buf when there is some already.
func (w *worker) giveBack(buf []byte) []byte {
	if w.page != nil {
		return buf
	}
	w.page = buf
	return nil
}

// expand decompresses src to dst, whose length is the size that the page's header states. Nothing is allocated beyond that, but see the package comment on Brotli.
func (w *worker) expand(codec format.CompressionCodec, dst, src []byte) error {
	n := 0
	var err error
	switch codec {
	case format.Snappy:
		if n, err = s2.DecodedLen(src); err == nil && n == len(dst) {
			_, err = s2.Decode(dst, src)
		}
	case format.Zstd:
		n, err = w.expandZstd(dst, src)
	case format.Gzip:
		n, err = w.expandGzip(dst, src)
	case format.Lz4Raw:
		return expandBlock(dst, src)
	case format.Lz4:
		return expandFrames(dst, src)
	case format.Brotli:
		var out []byte
		out, err = parquet.LookupCompressionCodec(codec).Decode(nil, src)
		n = len(out)
		copy(dst, out)
	default:
		return fmt.Errorf("compression %s: %w", codec, dataset.ErrUnsupported)
	}
	switch {
	case err != nil:
		return err
	case n > len(dst):
		return errTooLarge
	case n < len(dst):
		return fmt.Errorf("%d bytes where its header states %d: %w", n, len(dst), io.ErrUnexpectedEOF)
	default:
		return nil
	}
}

func (w *worker) expandGzip(dst, src []byte) (int, error) {
	if err := w.gzip.Reset(bytes.NewReader(src)); err != nil {
		return 0, err
	}
	n, err := io.ReadFull(&w.gzip, dst)
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return n, nil
	}
	if err != nil {
		return n, err
	}
	var more [1]byte
	k, err := io.ReadFull(&w.gzip, more[:])
	if err != nil && !errors.Is(err, io.EOF) {
		return n, err
	}
	return n + k, nil
}

func (w *worker) expandZstd(dst, src []byte) (int, error) {
	if w.zstd == nil {
		var err error
		if w.zstd, err = zstd.NewReader(nil, zstd.WithDecoderConcurrency(1), zstd.WithDecodeAllCapLimit(true)); err != nil {
			return 0, err
		}
	}
	out, err := w.zstd.DecodeAll(src, dst[:0])
	if errors.Is(err, zstd.ErrDecoderSizeExceeded) {
		return 0, errTooLarge
	}
	if err == nil && len(out) > 0 && len(out) <= len(dst) && &out[0] != &dst[0] {
		copy(dst, out)
	}
	return len(out), err
}

// checkCodecs refuses what a wanted column is compressed with when nothing reads it, and columns that are encrypted.
func checkCodecs(md *format.FileMetaData, wanted []*node) error {
	for _, group := range md.RowGroups {
		for _, n := range wanted {
			for _, l := range n.appendLeaves(nil) {
				if l.leaf.index >= len(group.Columns) {
					return formatError(l.path(), "a column chunk in every row group", "none")
				}
				c := &group.Columns[l.leaf.index]
				if c.CryptoMetadata.Value != nil || len(c.EncryptedColumnMetadata) > 0 {
					return unsupported(l.path(), encrypted)
				}
				switch codec := c.MetaData.Codec; codec {
				case format.Uncompressed, format.Snappy, format.Gzip, format.Brotli, format.Zstd, format.Lz4, format.Lz4Raw:
				default:
					return unsupported(l.path(), "compression "+codec.String())
				}
			}
		}
	}
	return nil
}
