package csv_test

import (
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/klauspost/compress/zstd"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/dataset/csv"
	"github.com/tidewheel/tidewheel/internal/alloc"
)

// squeezed returns a text of a header and n times part, compressed for a name that ends in ext.
func squeezed(t *testing.T, ext, header, part string, n int) []byte {
	t.Helper()
	var data bytes.Buffer
	var w io.WriteCloser = gzip.NewWriter(&data)
	if ext == ".zst" {
		z, err := zstd.NewWriter(&data)
		if err != nil {
			t.Fatal(err)
		}
		w = z
	}
	for i := range n {
		text := part
		if i == 0 {
			text = header + part
		}
		if _, err := io.WriteString(w, text); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return data.Bytes()
}

func save(t *testing.T, name string, data []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// drained opens a file, reads it to its end and returns the rows and the largest heap that was seen between batches.
func drained(t *testing.T, path string, o csv.Options) (rows int, heap uint64, err error) {
	t.Helper()
	src, err := csv.Open(path, o)
	if err != nil {
		return 0, 0, err
	}
	for b, err := range src.Batches(t.Context()) {
		if err != nil {
			return rows, heap, err
		}
		if rows += b.NumRows(); rows/b.NumRows()%16 == 0 {
			runtime.GC()
			var m runtime.MemStats
			runtime.ReadMemStats(&m)
			heap = max(heap, m.HeapAlloc)
		}
	}
	return rows, heap, nil
}

// Small files that are large texts: a cell that never ends is refused at its limit, and rows that go on are read with the memory of a few batches.
func TestBombsAreHeldToTheirLimits(t *testing.T) {
	for _, ext := range []string{".gz", ".zst"} {
		for kind, start := range map[string]string{"bare": "a,b\n1,", "quoted": "a,b\n1,\""} {
			path := save(t, "a.csv"+ext, squeezed(t, ext, start, strings.Repeat("x", 1<<20), 64))
			var err error
			if over := alloc.Bound(40<<20, func() {
				_, err = csv.Open(path, csv.Options{MaxFieldBytes: 1 << 20})
			}); over != nil {
				t.Errorf("%s: %v", ext, over)
			}
			if !errors.Is(err, dataset.ErrLimit) || !strings.Contains(err.Error(), "line 2: cell longer than 1048576 bytes") {
				t.Errorf("%s, %s: error is %v", ext, kind, err)
			}
		}
		path := save(t, "a.csv"+ext, squeezed(t, ext, "a,b\n", strings.Repeat("1,x\n", 1<<18), 16)) // 16 MiB, 4 million rows
		rows, heap, err := drained(t, path, csv.Options{KeepBytes: -1, InferBytes: 1 << 20, Workers: 2})
		if err != nil || rows != 16<<18 || heap > 40<<20 {
			t.Errorf("%s: %d rows, %d bytes, %v", ext, rows, heap, err)
		}
	}
	claim := binary.LittleEndian.AppendUint64([]byte{0x28, 0xb5, 0x2f, 0xfd, 0xe0}, 1<<40) // one segment of 1 TiB
	path := save(t, "a.csv.zst", append(claim, bytes.Repeat([]byte{0}, 1000)...))
	if over := alloc.Bound(8<<20, func() {
		if _, err := csv.Open(path, csv.Options{}); !errors.Is(err, dataset.ErrFormat) {
			t.Errorf("a claim of 1 TiB: error is %v", err)
		}
	}); over != nil {
		t.Error(over)
	}
}

func TestACutCompressedFileIsAnErrorWithItsLine(t *testing.T) {
	var text strings.Builder
	for i := range 20_000 {
		fmt.Fprintf(&text, "%d,secret-%d\n", i, i*7919%1000)
	}
	for _, ext := range []string{".gz", ".zst"} {
		whole := squeezed(t, ext, "a,b\n", text.String(), 1)
		for _, n := range []int{len(whole) - 1, len(whole) * 3 / 4, len(whole) / 3, 30} {
			path := save(t, "a.csv"+ext, whole[:n])
			_, err := csv.Open(path, csv.Options{})
			var facts *dataset.FormatError
			if !errors.As(err, &facts) || facts.Line == 0 || !strings.Contains(err.Error(), path) || strings.Contains(err.Error(), "secret") {
				t.Errorf("%s cut to %d of %d: error is %v", ext, n, len(whole), err)
			}
		}
		damaged := bytes.Clone(whole)
		damaged[len(damaged)/2] ^= 0x55
		if _, err := csv.Open(save(t, "a.csv"+ext, damaged), csv.Options{}); !errors.Is(err, dataset.ErrFormat) {
			t.Errorf("%s damaged: error is %v", ext, err)
		}
	}
	if _, err := csv.Open(save(t, "a.csv.gz", []byte("a,b\n1,2\n")), csv.Options{}); !errors.Is(err, dataset.ErrFormat) {
		t.Errorf("text by the name of gzip: error is %v", err)
	}
}

// Whatever is wrong, the error names the file and the line, and where one cell is at fault its column, and holds none of the text.
func TestErrorsSayWhereAndNotWhat(t *testing.T) {
	s := schema(t, dataset.Field{Name: "a", Type: dataset.Int64}, dataset.Field{Name: "b", Type: dataset.Date32})
	for name, c := range map[string]struct {
		text   string
		line   int64
		column string
	}{
		"a cell that is none":    {"a,b\n1,2024-01-01\nsecret,2024-01-01\n", 3, "a"},
		"a date that is none":    {"a,b\n1,\"2024-\n01-01 secret\"\n", 2, "b"},
		"a short record":         {"a,b\n1,2024-01-01\nsecret\n", 3, ""},
		"a long record":          {"a,b\n\n1,2024-01-01,secret\n", 3, ""},
		"a NUL byte":             {"a,b\n1,2024-01-01\n\n1,sec\x00ret\n", 4, ""},
		"bytes that are no text": {"a,b\n1,secret\xff\n", 2, ""},
		"an open quote":          {"a,b\n1,\"secret\n\n", 2, ""},
		"text behind a quote":    {"a,b\n1,\"x\"secret\n", 2, ""},
		"a lone return":          {"a,b\n1,sec\rret\n", 2, ""},
		"a name that is twice":   {"a,b,a\n", 1, "a"},
		"a name that is empty":   {"a,b,\n", 1, ""},
	} {
		path := save(t, "a.csv", []byte(c.text))
		_, _, err := drained(t, path, csv.Options{Schema: s})
		var facts *dataset.FormatError
		if !errors.As(err, &facts) || facts.Line != c.line || facts.Column != c.column || !strings.Contains(err.Error(), path) || strings.Contains(err.Error(), "sec") {
			t.Errorf("%s: error is %v", name, err)
		}
	}
}
