package textfile_test

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/dataset/internal/textfile"
	"github.com/tidewheel/tidewheel/internal/alloc"
)

// Compressed bytes are read to their end or refused with a *dataset.FormatError, and what they expand to is read in
// pieces: the memory is that of a window, 128 MiB at most, however much comes out.
func FuzzOpen(f *testing.F) {
	for name, data := range compressed(f, "a,b\n1,2\n1,2\n1,2\n") {
		f.Add(data, filepath.Ext(name) == ".ZST")
		f.Add(data[:len(data)/2], filepath.Ext(name) == ".ZST")
	}
	dir := f.TempDir()
	piece := make([]byte, 1<<16)
	f.Fuzz(func(t *testing.T, data []byte, zstd bool) {
		path := filepath.Join(dir, "a.gz")
		if zstd {
			path = filepath.Join(dir, "a.zst")
		}
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
		var err error
		if over := alloc.Bound(2*128<<20+8<<20, func() {
			var r io.ReadCloser
			if r, err = textfile.Open(path); err != nil {
				return
			}
			for n := 0; err == nil && n < 1<<12; n++ { // 256 MiB are enough to know
				_, err = r.Read(piece)
			}
			if e := r.Close(); e != nil {
				t.Error(e)
			}
		}); over != nil {
			t.Fatal(over)
		}
		if format := new(dataset.FormatError); err != nil && !errors.Is(err, io.EOF) && !errors.As(err, &format) {
			t.Fatalf("got error %v, want a *dataset.FormatError", err)
		}
	})
}
