package ipc_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/apache/arrow/go/v17/arrow/memory"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/dataset/ipc"
)

// limited fails the test when more is taken than the options allow.
type limited struct {
	*memory.CheckedAllocator
	t     *testing.T
	limit int
}

func (l limited) Allocate(n int) []byte {
	if n > l.limit {
		l.t.Errorf("%d bytes are taken, the limit is %d", n, l.limit)
	}
	return l.CheckedAllocator.Allocate(n)
}

const damageLimit = 1 << 20

// readDamaged reads every cell of a file that may be anything, in both ways, and wants either rows or an error that says what is wrong.
func readDamaged(t *testing.T, data []byte) (rows int, err error) {
	t.Helper()
	mem := limited{memory.NewCheckedAllocator(memory.NewGoAllocator()), t, damageLimit}
	defer mem.AssertSize(t, 0)
	o := ipc.Options{MaxMetadataBytes: damageLimit, MaxBatchBytes: damageLimit, Allocator: mem}
	src, err := ipc.NewSource(bytes.NewReader(data), int64(len(data)), o)
	var got [][]string
	if err == nil && zonesExist(src.Schema()) {
		got, _, err = cells(t.Context(), src)
	}
	if s, e := ipc.NewStream(bytes.NewReader(data), o); e == nil && zonesExist(s.Schema()) {
		_, _, _ = cells(t.Context(), s)
	}
	if err != nil && !errors.Is(err, dataset.ErrFormat) && !errors.Is(err, dataset.ErrSchema) && !errors.Is(err, dataset.ErrLimit) && !errors.Is(err, dataset.ErrUnsupported) {
		t.Errorf("error is %v", err)
	}
	return len(got), err
}

// zonesExist reports whether timestamps can be shown, which cells does.
func zonesExist(s *dataset.Schema) bool {
	for _, f := range s.Fields() {
		for _, part := range strings.Split(string(f.Type), "timestamp[us,")[1:] {
			zone, _, _ := strings.Cut(part, "]")
			if _, err := time.LoadLocation(zone); err != nil {
				return false
			}
		}
	}
	return true
}

func readFile(t testing.TB, name string) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func TestEveryByteMayBeWrong(t *testing.T) {
	for name, step := range map[string]int{"types.arrow": 5, "types-zstd.arrows": 11, "types-lz4.arrow": 23, "deltas.arrows": 2} {
		data := readFile(t, name)
		for i := 0; i < len(data); i += step {
			damaged := bytes.Clone(data)
			damaged[i] ^= []byte{0xff, 0x01, 0x80, 0x10}[i%4]
			if _, _ = readDamaged(t, damaged); t.Failed() {
				t.Fatalf("%s: byte %d", name, i)
			}
		}
	}
}

func TestTruncatedFilesAreRefused(t *testing.T) {
	for _, name := range []string{"types.arrow", "types.arrows", "types-legacy.arrows", "deltas.arrows"} {
		data := readFile(t, name)
		for n := 0; n < len(data); n += 29 {
			rows, err := readDamaged(t, data[:n])
			if err == nil || strings.HasSuffix(name, ".arrow") && rows > 0 {
				t.Errorf("%s cut at %d of %d: %d rows, %v", name, n, len(data), rows, err)
			}
		}
	}
}

func TestMoreBehindTheEndMarkIsRefused(t *testing.T) {
	data := readFile(t, "types.arrows")
	if rows, err := readDamaged(t, append(bytes.Clone(data), data...)); !errors.Is(err, dataset.ErrFormat) || !strings.Contains(err.Error(), "behind the end mark") {
		t.Errorf("%d rows, %v", rows, err)
	}
}

// TestClaims makes small files that claim to hold a lot.
func TestClaims(t *testing.T) {
	data := readFile(t, "types.arrows")
	put32 := func(b []byte, at int, v uint32) []byte {
		b = bytes.Clone(b)
		binary.LittleEndian.PutUint32(b[at:], v)
		return b
	}
	bodies := func(v uint64) []byte { // every 64-bit word that is the length of a body
		b := bytes.Clone(data)
		for i := 0; i+8 <= len(b); i += 8 {
			if n := binary.LittleEndian.Uint64(b[i:]); n > 500 && n < 4000 {
				binary.LittleEndian.PutUint64(b[i:], v)
			}
		}
		return b
	}
	for name, c := range map[string]struct {
		data []byte
		is   error
	}{
		"metadata of 2 GB":   {put32(data, 4, 1<<31-1), dataset.ErrLimit},
		"metadata below 0":   {put32(data, 4, 1<<31+5), dataset.ErrLimit},
		"a body of 1 TB":     {bodies(1 << 40), dataset.ErrLimit},
		"a body of 512 KiB":  {bodies(1 << 19), dataset.ErrFormat},
		"a body below 0":     {bodies(1 << 63), dataset.ErrFormat},
		"legacy length":      {put32(data, 0, 1<<30), dataset.ErrLimit},
		"a footer of 2 GB":   {[]byte("ARROW1\x00\x00" + strings.Repeat("\x00", 100) + "\xff\xff\xff\x7fARROW1"), dataset.ErrFormat},
		"a footer below 0":   {[]byte("ARROW1\x00\x00" + strings.Repeat("\x00", 100) + "\xff\xff\xff\xffARROW1"), dataset.ErrFormat},
		"nothing but magic":  {[]byte("ARROW1"), dataset.ErrFormat},
		"an empty file":      {nil, dataset.ErrFormat},
		"an end mark":        {[]byte("\xff\xff\xff\xff\x00\x00\x00\x00"), dataset.ErrFormat},
		"zeros":              {make([]byte, 64), dataset.ErrFormat},
		"a Parquet file":     {[]byte("PAR1" + strings.Repeat("x", 64) + "PAR1"), dataset.ErrLimit},
		"a footer of itself": {[]byte("ARROW1\x00\x00" + strings.Repeat("\x04\x00\x00\x00", 20) + "\x40\x00\x00\x00ARROW1"), dataset.ErrFormat},
	} {
		if _, err := readDamaged(t, c.data); !errors.Is(err, c.is) {
			t.Errorf("%s: error is %v", name, err)
		}
	}
}

// TestReadersThatFail: an error of the reader is not one of the format.
func TestReadersThatFail(t *testing.T) {
	data := readFile(t, "types.arrows")
	broken := errors.New("broken")
	for n := 0; n < len(data); n += 101 {
		src, err := ipc.NewStream(iotest.HalfReader(&thenFails{bytes.NewReader(data[:n]), broken}), ipc.Options{})
		if err == nil {
			_, _, err = cells(t.Context(), src)
		}
		if !errors.Is(err, broken) {
			t.Errorf("after %d bytes: error is %v", n, err)
		}
	}
	src, err := ipc.NewStream(iotest.OneByteReader(bytes.NewReader(data)), ipc.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if rows, _, err := cells(t.Context(), src); err != nil || len(rows) != 4 {
		t.Errorf("byte by byte: %d rows, %v", len(rows), err)
	}
}

type thenFails struct {
	*bytes.Reader
	err error
}

func (f *thenFails) Read(p []byte) (int, error) {
	if f.Len() == 0 {
		return 0, f.err
	}
	return f.Reader.Read(p)
}

func FuzzRead(f *testing.F) {
	list, err := filepath.Glob(filepath.Join("testdata", "*.arrow*"))
	if err != nil || len(list) < 10 {
		f.Fatal(fmt.Sprint(len(list), err))
	}
	for _, path := range list {
		if !strings.Contains(path, "large") {
			f.Add(readFile(f, filepath.Base(path)))
		}
	}
	f.Fuzz(func(t *testing.T, data []byte) { _, _ = readDamaged(t, data) })
}
