package textfile_test

import (
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/dataset/internal/textfile"
)

func readAll(open textfile.Opener) (text string, err error) {
	err = open.With(func(r io.Reader) error {
		b, err := io.ReadAll(r)
		text = string(b)
		return err
	})
	return text, err
}

func TestAReaderThatSeeksStartsWhereItStood(t *testing.T) {
	r := strings.NewReader("head,body")
	if _, err := io.CopyN(io.Discard, r, 5); err != nil {
		t.Fatal(err)
	}
	open, rewindable, err := textfile.FromReader(r)
	if err != nil || !rewindable {
		t.Fatalf("rewindable: %v, %v", rewindable, err)
	}
	for range 2 {
		if text, err := readAll(open); err != nil || text != "body" {
			t.Errorf("want body, got %q, %v", text, err)
		}
	}
}

func TestAReaderThatDoesNotSeekIsOpenedOnce(t *testing.T) {
	open, rewindable, err := textfile.FromReader(iotest.OneByteReader(strings.NewReader("a,b")))
	if err != nil || rewindable {
		t.Fatalf("rewindable: %v, %v", rewindable, err)
	}
	if text, err := readAll(open); err != nil || text != "a,b" {
		t.Errorf("want a,b, got %q, %v", text, err)
	}
	if _, err := readAll(open); !errors.Is(err, dataset.ErrConsumed) {
		t.Errorf("a second time: want ErrConsumed, got %v", err)
	}
}

// closer fails when it is closed, and counts.
type closer struct {
	io.Reader
	closed int
	err    error
}

func (c *closer) Close() error { c.closed++; return c.err }

func TestWithClosesAndKeepsTheFirstError(t *testing.T) {
	first, second := errors.New("read"), errors.New("close")
	for _, c := range []struct{ read, closing, want error }{{nil, nil, nil}, {first, nil, first}, {nil, second, second}, {first, second, first}} {
		text := &closer{err: c.closing}
		open := textfile.Opener(func() (io.ReadCloser, error) { return text, nil })
		if err := open.With(func(io.Reader) error { return c.read }); !errors.Is(err, c.want) || text.closed != 1 {
			t.Errorf("want %v and one close, got %v and %d", c.want, err, text.closed)
		}
	}
}
