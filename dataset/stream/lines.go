package stream

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strconv"

	"github.com/tidewheel/tidewheel/dataset"
)

// LinesOptions says how text is cut into records. The zero value is ready to use.
type LinesOptions struct {
	MaxLineBytes int  // longest record; 0 is 16 MiB
	Skip         int  // lines at the start that hold no record, such as a header
	Quote        byte // a record that leaves one open goes on in the next line, as in CSV; 0 is none
}

func (o LinesOptions) check(name string) (LinesOptions, error) {
	var errs []error
	if o.MaxLineBytes < 0 {
		errs = append(errs, &dataset.OptionError{Field: "stream." + name + ".MaxLineBytes", Value: strconv.Itoa(o.MaxLineBytes), Want: "0 or more"})
	} else if o.MaxLineBytes == 0 {
		o.MaxLineBytes = 16 << 20
	}
	if o.Skip < 0 {
		errs = append(errs, &dataset.OptionError{Field: "stream." + name + ".Skip", Value: strconv.Itoa(o.Skip), Want: "0 or more"})
	}
	if o.Quote == '\n' || o.Quote == '\r' {
		errs = append(errs, &dataset.OptionError{Field: "stream." + name + ".Quote", Value: "a line end", Want: "another character"})
	}
	return o, errors.Join(errs...)
}

func (o LinesOptions) cutter() cutter {
	return cutter{max: o.MaxLineBytes, quote: o.Quote, skip: o.Skip}
}

// Lines returns the feed of the lines of r, without their ends and without empty ones; a byte order mark at the start is dropped. It can be taken up at a byte, counted
// from where r stands now: r is moved there when it is an io.Seeker, else that many bytes are read and dropped.
//
// A Read that waits cannot be ended from outside. So the source looks at its context between reads, and when it has a FlushEvery it reads in a goroutine of its own:
// r must be an io.Closer then, and is closed when the range ends, which waits for a Read that Close does not end. Otherwise r is not closed. A record longer than
// MaxLineBytes is dataset.ErrLimit.
func Lines(r io.Reader, o LinesOptions) (Feed[[]byte], error) {
	o, err := o.check("LinesOptions")
	if err != nil {
		return nil, fmt.Errorf("stream: lines: %w", err)
	}
	return &lines{r: r, cutter: o.cutter()}, nil
}

type lines struct {
	cutter
	r     io.Reader
	ended bool
	aside bool
	pump  *pump[[]byte]
}

func (f *lines) waitAside() error {
	if _, ok := f.r.(io.Closer); !ok {
		return &dataset.OptionError{Field: "stream.Options.FlushEvery", Value: "a time", Want: "0 for a reader that cannot be closed"}
	}
	f.aside = true
	return nil
}

// Next implements Feed.
func (f *lines) Next(ctx context.Context, limit int) ([][]byte, Position, error) {
	for {
		records, err := f.take(limit, f.ended)
		if err != nil || len(records) > 0 {
			return records, Position(strconv.FormatInt(f.offset(), 10)), err
		}
		if f.ended {
			return nil, "", io.EOF
		}
		if err := ctx.Err(); err != nil {
			return nil, "", err
		}
		err = f.read(ctx)
		if f.ended = errors.Is(err, io.EOF); err != nil && !f.ended {
			return nil, "", err
		}
	}
}

func (f *lines) read(ctx context.Context) error {
	if !f.aside {
		return f.fill(f.r)
	}
	if f.pump == nil {
		f.pump = startPump(func() ([]byte, error) {
			p := make([]byte, readBytes)
			n, err := io.ReadAtLeast(f.r, p, 1)
			return p[:n], err
		})
	}
	p, err := f.pump.next(ctx)
	f.add(p)
	return err
}

// Resume implements Resumer.
func (f *lines) Resume(_ context.Context, at Position) error {
	offset, err := parseCount(string(at))
	if err != nil {
		return err
	}
	if seeker, ok := f.r.(io.Seeker); ok {
		_, err = seeker.Seek(offset, io.SeekCurrent)
	} else if _, err = io.CopyN(io.Discard, f.r, offset); errors.Is(err, io.EOF) {
		err = &dataset.FormatError{Format: "stream", Want: fmt.Sprintf("a reader of %d bytes or more, as the token says", offset), Got: "its end"}
	}
	f.seek(offset)
	return err
}

// Close implements io.Closer.
func (f *lines) Close() error {
	if f.pump == nil {
		return nil
	}
	var err error
	if c, ok := f.r.(io.Closer); ok {
		err = c.Close() // ends a Read that waits
	}
	f.pump.close()
	return err
}
