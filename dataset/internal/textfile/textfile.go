// Package textfile opens files of text, compressed or not, and writes them.
package textfile

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"

	"github.com/tidewheel/tidewheel/dataset"
)

// maxWindow bounds the memory of a Zstandard decoder; it is what the format's own tool accepts without asking.
const maxWindow = 128 << 20

// Name returns path without the ending of a compression, so that its own ending says the format.
func Name(path string) string {
	switch strings.ToLower(filepath.Ext(path)) {
	case ".gz", ".zst":
		return path[:len(path)-len(filepath.Ext(path))]
	default:
		return path
	}
}

// Open opens the file at path for reading from its start, and decompresses it when its name ends in .gz or .zst. It refuses a directory. A fault in the compressed bytes
// is a *dataset.FormatError.
func Open(path string) (io.ReadCloser, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	if info, err := f.Stat(); err == nil && info.IsDir() {
		_ = f.Close()
		return nil, errors.New("want a file, got a directory")
	}
	switch strings.ToLower(filepath.Ext(path)) {
	case ".gz":
		z, err := gzip.NewReader(f)
		if err != nil {
			_ = f.Close()
			return nil, fault("gzip", err)
		}
		return &stream{Reader: z, format: "gzip", file: f, end: func() { _ = z.Close() }}, nil
	case ".zst":
		z, err := zstd.NewReader(f, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxMemory(maxWindow), zstd.WithDecoderMaxWindow(maxWindow))
		if err != nil {
			_ = f.Close()
			return nil, fault("zstd", err)
		}
		return &stream{Reader: z, format: "zstd", file: f, end: z.Close}, nil
	default:
		return f, nil
	}
}

// Opener opens a text from its start.
type Opener func() (io.ReadCloser, error)

// FromReader returns the opener of r, which it does not close. When r is an io.Seeker the text starts where r stands now, each time it is opened. Otherwise it can be
// opened once, which rewindable says, and then is dataset.ErrConsumed.
func FromReader(r io.Reader) (open Opener, rewindable bool, err error) {
	if seeker, ok := r.(io.ReadSeeker); ok {
		start, err := seeker.Seek(0, io.SeekCurrent)
		return func() (io.ReadCloser, error) {
			_, err := seeker.Seek(start, io.SeekStart)
			return rewound{seeker}, err
		}, true, err
	}
	used := false
	return func() (io.ReadCloser, error) {
		if used {
			return nil, dataset.ErrConsumed
		}
		used = true
		return io.NopCloser(r), nil
	}, false, nil
}

// rewound is a reader that is the caller's to close.
type rewound struct{ io.ReadSeeker }

// Close implements io.Closer.
func (rewound) Close() error { return nil }

// With opens the text for the length of f.
func (o Opener) With(f func(r io.Reader) error) error {
	r, err := o()
	if err != nil {
		return err
	}
	err = f(r)
	if e := r.Close(); err == nil {
		err = e
	}
	return err
}

func fault(format string, err error) error {
	return &dataset.FormatError{Format: format, Want: "a whole stream of that format", Got: err.Error()}
}

// NewWriter returns the writer of text to w, which is the file at path: compressed when its name ends in .gz or .zst, as Open reads it. The same writes give the same
// bytes. Close ends the compressed stream, and does not close w.
func NewWriter(path string, w io.Writer) (io.WriteCloser, error) {
	switch strings.ToLower(filepath.Ext(path)) {
	case ".gz":
		return gzip.NewWriter(w), nil
	case ".zst":
		return zstd.NewWriter(w, zstd.WithEncoderConcurrency(1))
	default:
		return plain{w}, nil
	}
}

// plain is a writer of text as it is.
type plain struct{ io.Writer }

// Close implements io.Closer.
func (plain) Close() error { return nil }

// stream is a decompressor over a file.
type stream struct {
	io.Reader
	format string
	file   *os.File
	end    func()
}

// Read implements io.Reader.
func (s *stream) Read(p []byte) (int, error) {
	n, err := s.Reader.Read(p)
	if err != nil && !errors.Is(err, io.EOF) {
		err = fault(s.format, err)
	}
	return n, err
}

// Close implements io.Closer.
func (s *stream) Close() error {
	s.end()
	return s.file.Close()
}
