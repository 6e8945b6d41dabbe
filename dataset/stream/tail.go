package stream

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/tidewheel/tidewheel/dataset"
)

// TailOptions says how a file is read that may still be written. The zero value reads what is there once.
type TailOptions struct {
	LinesOptions
	Growing bool          // the file is still written: a last line without its end is left for the next time
	Follow  bool          // waits at the end for more, until the context ends or the path names another file; implies Growing
	Poll    time.Duration // how often Follow looks for more; 0 is 200 ms

	// Wait waits for d or until ctx ends, and then returns its error; nil uses a timer.
	Wait func(ctx context.Context, d time.Duration) error
}

// Tail returns the feed of the lines of the file at path, as Lines gives those of a reader. It can be taken up at a byte, also in another process. Its positions
// hold a digest of the first bytes of the file: a file that became shorter than the position, or begins in another way, is a *dataset.FormatError. The file is opened when the source is ranged.
//
// A file that is replaced under its name (a rotated log) is read to the end of the old one, and then the feed ends; its token does not fit the new file.
func Tail(path string, o TailOptions) (Feed[[]byte], error) {
	var err error
	o.LinesOptions, err = o.check("TailOptions")
	if o.Poll < 0 {
		err = errors.Join(err, &dataset.OptionError{Field: "stream.TailOptions.Poll", Value: o.Poll.String(), Want: "0 or more"})
	}
	if err != nil {
		return nil, fmt.Errorf("stream: tail %s: %w", path, err)
	}
	if o.Poll == 0 {
		o.Poll = 200 * time.Millisecond
	}
	if o.Wait == nil {
		o.Wait = wait
	}
	o.Growing = o.Growing || o.Follow
	return &tail{path: path, o: o, cutter: o.cutter()}, nil
}

// wait waits on a timer.
func wait(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// headBytes is how much of the start of a file tells it from another.
const headBytes = 4 << 10

type tail struct {
	cutter
	path  string
	o     TailOptions
	file  *os.File
	ended bool
	head  string // digest of the first headBytes, once the file is that long
}

// Next implements Feed.
func (f *tail) Next(ctx context.Context, limit int) ([][]byte, Position, error) {
	if err := f.open(); err != nil {
		return nil, "", err
	}
	for {
		records, err := f.take(limit, f.ended && !f.o.Growing)
		if err != nil {
			return nil, "", fmt.Errorf("%s: %w", f.path, err)
		}
		if len(records) > 0 {
			at, err := f.position()
			if err != nil {
				return nil, "", err
			}
			return records, at, nil
		}
		if f.ended {
			return nil, "", io.EOF
		}
		if err := ctx.Err(); err != nil {
			return nil, "", err
		}
		err = f.fill(f.file)
		if errors.Is(err, io.EOF) {
			err = f.atEnd(ctx)
		}
		if err != nil {
			return nil, "", err
		}
	}
}

func (f *tail) open() (err error) {
	if f.file == nil {
		f.file, err = os.Open(f.path)
	}
	return err
}

// atEnd ends the feed or waits for more.
func (f *tail) atEnd(ctx context.Context) error {
	here, err := f.file.Stat()
	if err != nil {
		return err
	}
	if here.Size() < f.from+int64(len(f.buf)) {
		return f.another("a file that grows", "one that became shorter")
	}
	if !f.o.Follow {
		f.ended = true
		return nil
	}
	if there, err := os.Stat(f.path); err != nil || !os.SameFile(here, there) {
		// The old file may have grown since its end was met and before it lost its name.
		if err := f.fill(f.file); !errors.Is(err, io.EOF) {
			return err
		}
		f.ended = true
		return nil
	}
	return f.o.Wait(ctx, f.o.Poll)
}

func (f *tail) another(want, got string) error {
	return fmt.Errorf("%s: %w", f.path, &dataset.FormatError{Format: "stream", Want: want, Got: got})
}

// position returns the place of the next record and what the file begins with.
func (f *tail) position() (Position, error) {
	offset := f.offset()
	head := f.head
	if head == "" {
		var err error
		if head, err = f.digest(min(offset, headBytes)); err != nil {
			return "", err
		}
		if offset >= headBytes {
			f.head = head
		}
	}
	return Position(strconv.FormatInt(offset, 10) + ":" + head), nil
}

// digest returns that of the first n bytes.
func (f *tail) digest(n int64) (string, error) {
	head := make([]byte, n)
	if _, err := f.file.ReadAt(head, 0); err != nil {
		if errors.Is(err, io.EOF) {
			return "", f.another(fmt.Sprintf("a file of %d bytes or more", n), "a shorter one")
		}
		return "", err
	}
	sum := sha256.Sum256(head)
	return hex.EncodeToString(sum[:8]), nil
}

// Resume implements Resumer.
func (f *tail) Resume(_ context.Context, at Position) error {
	text, head, ok := strings.Cut(string(at), ":")
	offset, err := parseCount(text)
	if err != nil || !ok {
		return &dataset.FormatError{Format: "stream", Want: "the position of a file", Got: "another one"}
	}
	if err := f.open(); err != nil {
		return err
	}
	info, err := f.file.Stat()
	if err != nil {
		return err
	}
	if info.Size() < offset {
		return f.another(fmt.Sprintf("a file of %d bytes or more, as the token says", offset), "a shorter one")
	}
	if got, err := f.digest(min(offset, headBytes)); err != nil {
		return err
	} else if got != head {
		return f.another("the file of the token", "one that begins in another way")
	}
	if _, err := f.file.Seek(offset, io.SeekStart); err != nil {
		return err
	}
	f.seek(offset)
	return nil
}

// Close implements io.Closer.
func (f *tail) Close() error {
	if f.file == nil {
		return nil
	}
	return f.file.Close()
}
