package parquet_test

import (
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"strings"
	"testing"

	"github.com/klauspost/compress/zstd"
	pq "github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/compress"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/dataset/parquet"
)

func TestLargePagesAndFootersAreRefused(t *testing.T) {
	s := flat(t)
	b := flatBatch(t, s, 0, 1000)
	defer b.Release()
	for _, c := range []parquet.Compression{parquet.Zstd, parquet.Snappy, parquet.Uncompressed} {
		path := filepath.Join(t.TempDir(), "a.parquet")
		write(t, path, parquet.WriteOptions{Compression: c}, s, b)
		if _, err := parquet.Open(path, parquet.Options{MaxFooterBytes: 100}); !errors.Is(err, dataset.ErrLimit) {
			t.Errorf("footer: error is %v", err)
		}
		src, err := parquet.Open(path, parquet.Options{MaxPageBytes: 2000})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := lines(src); !errors.Is(err, dataset.ErrLimit) {
			t.Errorf("page: error is %v", err)
		}
	}
}

// replaced is a codec that writes other bytes than those it is given, so that a page's header states another size than they have.
type replaced struct {
	compress.Codec
	with func(page []byte) []byte
}

// Encode implements compress.Codec.
func (c replaced) Encode(_, page []byte) ([]byte, error) { return c.with(page), nil }

// compressedBy returns a function that compresses size bytes in parts, a frame each; size 0 is the page itself.
func compressedBy(t *testing.T, size, parts int, open func(io.Writer) io.WriteCloser) func([]byte) []byte {
	t.Helper()
	return func(page []byte) []byte {
		if size > 0 {
			page = make([]byte, size)
		}
		var out bytes.Buffer
		for range parts {
			w := open(&out)
			if _, err := w.Write(page); err != nil {
				t.Fatal(err)
			}
			if err := w.Close(); err != nil {
				t.Fatal(err)
			}
		}
		return out.Bytes()
	}
}

func TestPagesThatExpandBeyondWhatTheyState(t *testing.T) {
	stream := func(o ...zstd.EOption) func(io.Writer) io.WriteCloser {
		return func(w io.Writer) io.WriteCloser {
			z, err := zstd.NewWriter(w, append(o, zstd.WithEncoderConcurrency(1))...)
			if err != nil {
				t.Fatal(err)
			}
			return z
		}
	}
	gz := func(w io.Writer) io.WriteCloser { return gzip.NewWriter(w) }
	skippable := []byte("\x50\x2a\x4d\x18\x03\x00\x00\x00abc")
	whole, err := zstd.NewWriter(nil)
	if err != nil {
		t.Fatal(err)
	}
	stated := func(page []byte) []byte { return whole.EncodeAll(page, nil) } // the frame states its size
	for _, c := range []struct {
		name    string
		codec   compress.Codec
		with    func([]byte) []byte
		refused bool
	}{
		{"zstd, one frame that states its size", &pq.Zstd, func([]byte) []byte { return stated(make([]byte, 8<<20)) }, true},
		{"zstd, a small frame before a large one", &pq.Zstd, func(p []byte) []byte { return append(stated(p), stated(make([]byte, 8<<20))...) }, true},
		{"zstd, frames that are large together", &pq.Zstd, func([]byte) []byte { return bytes.Repeat(stated(make([]byte, 1<<19)), 3) }, true},
		{"zstd, a stream without a size", &pq.Zstd, compressedBy(t, 8<<20, 1, stream()), true},
		{"zstd, a skippable frame first", &pq.Zstd, func([]byte) []byte { return append(bytes.Clone(skippable), stated(make([]byte, 8<<20))...) }, true},
		{"gzip", &pq.Gzip, compressedBy(t, 8<<20, 1, gz), true},
		{"gzip, members that are large together", &pq.Gzip, compressedBy(t, 1<<19, 3, gz), true},
		{"zstd, an honest stream", &pq.Zstd, compressedBy(t, 0, 1, stream()), false},
		{"zstd, an honest stream without checksum", &pq.Zstd, compressedBy(t, 0, 1, stream(zstd.WithEncoderCRC(false))), false},
		{"zstd, an honest frame after a skippable one", &pq.Zstd, func(p []byte) []byte { return append(bytes.Clone(skippable), stated(p)...) }, false},
		{"gzip, honest", &pq.Gzip, compressedBy(t, 0, 1, gz), false},
	} {
		for _, version := range []int{1, 2} {
			data := oneColumn(t, replaced{c.codec, c.with}, version)
			src, err := parquet.NewSource(bytes.NewReader(data), int64(len(data)), parquet.Options{MaxPageBytes: 1 << 20})
			if err != nil {
				t.Fatal(err)
			}
			got, err := lines(src)
			if refused := errors.Is(err, dataset.ErrLimit); refused != c.refused || (!c.refused && len(got) != 1000) {
				t.Errorf("%s, pages of version %d: %d rows, error %v", c.name, version, len(got), err)
			}
		}
	}
}

func TestLongPageHeaders(t *testing.T) {
	var out bytes.Buffer
	type row struct{ V string }
	w := pq.NewGenericWriter[row](&out, pq.DataPageStatistics(true), pq.ColumnIndexSizeLimit(func([]string) int { return 8 << 20 }))
	long := strings.Repeat("x", 3<<20) // the least and the largest value of the page, in its header
	if _, err := w.Write([]row{{long}}); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	for limit, refused := range map[int64]bool{0: false, 5 << 20: true} {
		src, err := parquet.NewSource(bytes.NewReader(out.Bytes()), int64(out.Len()), parquet.Options{MaxPageBytes: limit})
		if err != nil {
			t.Fatal(err)
		}
		if got, err := lines(src); errors.Is(err, dataset.ErrLimit) != refused || (!refused && len(got) != 1) {
			t.Errorf("limit %d: %d rows, error %v", limit, len(got), err)
		}
	}
}

// oneColumn returns a file of 1000 integers.
func oneColumn(t testing.TB, codec compress.Codec, version int) []byte {
	t.Helper()
	var out bytes.Buffer
	type row struct{ V int64 }
	w := pq.NewGenericWriter[row](&out, pq.Compression(codec), pq.DataPageVersion(version))
	rows := make([]row, 1000)
	for i := range rows {
		rows[i].V = int64(i)
	}
	if _, err := w.Write(rows); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// TestLZ4 reads files of which parquet-go 0.32 gets 999 of 1000 values wrong without an error (docs/decisions/0011).
func TestLZ4(t *testing.T) {
	for _, version := range []int{1, 2} {
		data := oneColumn(t, &pq.Lz4Raw, version)
		src, err := parquet.NewSource(bytes.NewReader(data), int64(len(data)), parquet.Options{})
		if err != nil {
			t.Fatal(err)
		}
		got, err := lines(src)
		if err != nil || len(got) != 1000 {
			t.Fatalf("%d rows, %v", len(got), err)
		}
		for i, line := range got {
			if want := fmt.Sprintf(`{"V":%d}`, i); line != want {
				t.Fatalf("row %d: got %s, want %s", i, line, want)
			}
		}
	}
	other := func([]byte) []byte { return []byte{0x10, 'a', 0, 0} }
	data := oneColumn(t, replaced{&pq.Lz4Raw, other}, 1)
	src, err := parquet.NewSource(bytes.NewReader(data), int64(len(data)), parquet.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := lines(src); !errors.Is(err, dataset.ErrFormat) {
		t.Errorf("error is %v", err)
	}
}
