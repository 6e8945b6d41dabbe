package stream

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"strconv"

	"github.com/tidewheel/tidewheel/dataset"
)

// Feed gives values one after the other. Implement it for a broker's client; New and NewRecords make a source of it, which alone calls it, from one goroutine.
//
// Next returns at most limit values and the position behind the last of them. It waits for the first value and never for more. No values and no error mean that
// only the position has moved. io.EOF ends the feed; a value never comes together with an error. When ctx ends while Next waits, it returns ctx's error and has lost
// nothing: the next call, with another context, gives what this one would have given. The slice is the feed's until the next call, its values are the caller's.
//
// A feed that is an io.Closer is closed when its source's range ends. Package streamtest checks a feed of your own.
type Feed[T any] interface {
	Next(ctx context.Context, limit int) (values []T, at Position, err error)
}

// Resumer is a Feed that can be taken up. Resume is called once, before Next, with a position that Next of a feed of the same source has returned.
type Resumer interface {
	Resume(ctx context.Context, at Position) error
}

// waiter is a feed of ours whose Next waits without a look at its context unless it is told to wait in a goroutine of its own.
type waiter interface {
	waitAside() error
}

// Channel returns the feed of what is received from c, until c is closed. It cannot be taken up.
func Channel[T any](c <-chan T) Feed[T] { return &channel[T]{c: c} }

type channel[T any] struct {
	c      <-chan T
	values []T
}

// Next implements Feed.
func (f *channel[T]) Next(ctx context.Context, limit int) ([]T, Position, error) {
	if err := ctx.Err(); err != nil {
		return nil, "", err
	}
	f.values = f.values[:0]
	select {
	case v, ok := <-f.c:
		if !ok {
			return nil, "", io.EOF
		}
		f.values = append(f.values, v)
	case <-ctx.Done():
		return nil, "", ctx.Err()
	}
	for len(f.values) < limit {
		select {
		case v, ok := <-f.c:
			if !ok {
				return f.values, "", nil
			}
			f.values = append(f.values, v)
		default:
			return f.values, "", nil
		}
	}
	return f.values, "", nil
}

// Seq returns the feed of seq. It can be taken up when seq gives the same values each time: as many as were given before are left out. When the source has a
// FlushEvery, seq runs in a goroutine of its own, which the end of the range waits for; a sequence that waits should therefore look at a context itself.
func Seq[T any](seq iter.Seq[T]) Feed[T] {
	return Seq2(func(yield func(T, error) bool) {
		for v := range seq {
			if !yield(v, nil) {
				return
			}
		}
	})
}

// Seq2 is Seq for a sequence that may fail: the first error ends the feed, io.EOF itself without one.
func Seq2[T any](seq iter.Seq2[T, error]) Feed[T] { return &sequence[T]{seq: seq} }

type sequence[T any] struct {
	seq   iter.Seq2[T, error]
	pull  func() (T, error)
	stop  func()
	aside bool
	pump  *pump[T]
	count int64
	value [1]T
}

func (f *sequence[T]) waitAside() error {
	f.aside = true
	return nil
}

func (f *sequence[T]) start() {
	if f.pull != nil {
		return
	}
	next, stop := iter.Pull2(f.seq)
	f.stop = stop
	f.pull = func() (v T, err error) {
		v, err, ok := next()
		if !ok {
			err = io.EOF
		}
		return v, err
	}
	if f.aside {
		f.pump = startPump(f.pull)
	}
}

func (f *sequence[T]) next(ctx context.Context) (T, error) {
	f.start()
	if f.pump != nil {
		return f.pump.next(ctx)
	}
	return f.pull()
}

// Next implements Feed.
func (f *sequence[T]) Next(ctx context.Context, _ int) ([]T, Position, error) {
	if err := ctx.Err(); err != nil {
		return nil, "", err
	}
	var err error
	if f.value[0], err = f.next(ctx); err != nil {
		return nil, "", err
	}
	f.count++
	return f.value[:], Position(strconv.FormatInt(f.count, 10)), nil
}

// Resume implements Resumer.
func (f *sequence[T]) Resume(ctx context.Context, at Position) error {
	n, err := parseCount(string(at))
	if err != nil {
		return err
	}
	for f.count < n {
		if err := ctx.Err(); err != nil {
			return err
		}
		if _, err := f.next(ctx); errors.Is(err, io.EOF) {
			return &dataset.FormatError{Format: "stream", Want: fmt.Sprintf("a sequence of %d values or more, as the token says", n), Got: strconv.FormatInt(f.count, 10)}
		} else if err != nil {
			return err
		}
		f.count++
	}
	return nil
}

// Close implements io.Closer.
func (f *sequence[T]) Close() error {
	if f.pump != nil {
		f.pump.close()
	}
	if f.stop != nil {
		f.stop()
	}
	return nil
}

// parseCount parses a number that is 0 or more, as strconv writes it.
func parseCount(text string) (int64, error) {
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || n < 0 || strconv.FormatInt(n, 10) != text {
		return 0, &dataset.FormatError{Format: "stream", Want: "a position of this kind of feed", Got: "another one"}
	}
	return n, nil
}

// pump calls a function that waits in a goroutine of its own, a value ahead of who takes them.
type pump[T any] struct {
	out  chan pumped[T]
	stop chan struct{}
}

type pumped[T any] struct {
	value T
	err   error
}

func startPump[T any](pull func() (T, error)) *pump[T] {
	p := &pump[T]{out: make(chan pumped[T]), stop: make(chan struct{})}
	go func() {
		defer close(p.out)
		for {
			v, err := guarded(pull)
			select {
			case p.out <- pumped[T]{v, err}:
			case <-p.stop:
				return
			}
			if err != nil {
				return
			}
		}
	}()
	return p
}

// guarded turns a panic into an error, since nobody could recover it in the goroutine of a pump.
func guarded[T any](pull func() (T, error)) (v T, err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("the feed panics with a value of type %T", r)
		}
	}()
	return pull()
}

func (p *pump[T]) next(ctx context.Context) (v T, err error) {
	select {
	case got, ok := <-p.out:
		if !ok {
			return v, io.EOF
		}
		return got.value, got.err
	case <-ctx.Done():
		return v, ctx.Err()
	}
}

// close waits for the goroutine.
func (p *pump[T]) close() {
	close(p.stop)
	for range p.out {
		continue // what was under way is dropped
	}
}
