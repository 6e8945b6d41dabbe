package textfile_test

import (
	"bytes"
	"compress/gzip"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/klauspost/compress/zstd"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/dataset/internal/textfile"
)

func compressed(t testing.TB, text string) map[string][]byte {
	t.Helper()
	var gz, zst bytes.Buffer
	g := gzip.NewWriter(&gz)
	z, err := zstd.NewWriter(&zst)
	if err != nil {
		t.Fatal(err)
	}
	for _, w := range []io.WriteCloser{g, z} {
		if _, err := io.WriteString(w, text); err != nil {
			t.Fatal(err)
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
	}
	return map[string][]byte{"a.csv": []byte(text), "a.csv.gz": gz.Bytes(), "a.csv.ZST": zst.Bytes()}
}

func read(path string) (string, error) {
	r, err := textfile.Open(path)
	if err != nil {
		return "", err
	}
	text, err := io.ReadAll(r)
	if e := r.Close(); err == nil {
		err = e
	}
	return string(text), err
}

func TestOpenDecompressesByName(t *testing.T) {
	dir, text := t.TempDir(), strings.Repeat("a,b\n1,2\n", 10_000)
	for name, data := range compressed(t, text) {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
		if got, err := read(path); err != nil || got != text {
			t.Errorf("%s: %d bytes, %v", name, len(got), err)
		}
		if got := filepath.Base(textfile.Name(path)); got != "a.csv" {
			t.Errorf("%s: name is %s", name, got)
		}
		if name == "a.csv" {
			continue
		}
		for _, n := range []int{0, 3, len(data) / 2, len(data) - 1} {
			if err := os.WriteFile(path, data[:n], 0o600); err != nil {
				t.Fatal(err)
			}
			if _, err := read(path); !errors.Is(err, dataset.ErrFormat) && !(n == 0 && strings.HasSuffix(name, "ZST") && err == nil) { // no frame is an empty stream
				t.Errorf("%s cut at %d: error is %v", name, n, err)
			}
		}
	}
	if _, err := read(dir); err == nil || !strings.Contains(err.Error(), "a directory") {
		t.Errorf("a directory: error is %v", err)
	}
}

func TestWhatNewWriterWritesOpenReads(t *testing.T) {
	dir, text := t.TempDir(), strings.Repeat("a,b\n1,2\n", 100_000)
	sizes := map[string]int64{}
	for _, name := range []string{"a.csv", "a.csv.gz", "a.csv.GZ", "a.csv.zst"} {
		for _, want := range []string{text, ""} {
			path := filepath.Join(dir, name)
			f, err := os.Create(path)
			if err != nil {
				t.Fatal(err)
			}
			w, err := textfile.NewWriter(path, f)
			if err != nil {
				t.Fatal(err)
			}
			for i := 0; i < len(want); i += 1000 {
				if _, err := io.WriteString(w, want[i:i+1000]); err != nil {
					t.Fatal(err)
				}
			}
			if err := errors.Join(w.Close(), f.Close()); err != nil {
				t.Fatal(err)
			}
			if got, err := read(path); err != nil || got != want {
				t.Errorf("%s: %d bytes, %v", name, len(got), err)
			}
			if info, err := os.Stat(path); err == nil && want == text {
				sizes[name] = info.Size()
			}
		}
	}
	if sizes["a.csv"] != int64(len(text)) || sizes["a.csv.gz"] > sizes["a.csv"]/100 || sizes["a.csv.GZ"] != sizes["a.csv.gz"] || sizes["a.csv.zst"] > sizes["a.csv"]/100 {
		t.Errorf("sizes are %v", sizes)
	}
}
