// Package streamtest checks that a feed keeps the promises of stream.Feed. It is for those who write one, for a broker's client or a protocol: call TestFeed
// from a test of the implementation.
//
//	func TestFeed(t *testing.T) {
//		streamtest.TestFeed(t, streamtest.FeedTraits[[]byte]{Values: 100, Resumes: true, Text: func(r []byte) string { return string(r) }},
//			func() (stream.Feed[[]byte], error) { return mine.Consume(topic, mine.Options{}) })
//	}
package streamtest

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"testing"
	"unicode/utf8"

	"github.com/tidewheel/tidewheel/dataset/stream"
	"github.com/tidewheel/tidewheel/internal/conform"
)

// FeedTraits says what the feed under test gives and which checks apply to it.
type FeedTraits[T any] struct {
	Values  int            // how many values come before its end, at least 3
	Resumes bool           // it implements stream.Resumer
	Text    func(T) string // what tells a value from another
}

// TestFeed runs every check that applies to traits on feeds from open, as subtests. Every feed that open returns in one test gives the same values and then ends. A feed that
// is an io.Closer is closed after each check, also before its end, and no goroutine may be left then.
func TestFeed[T any](t *testing.T, traits FeedTraits[T], open func() (stream.Feed[T], error)) {
	t.Helper()
	for _, c := range checks[T]() {
		if c.resumes && !traits.Resumes {
			continue
		}
		t.Run(c.name, func(t *testing.T) {
			if err := c.do(t.Context(), subject[T]{traits, open}); err != nil {
				t.Error(err)
			}
		})
	}
}

// subject is what a check is made of.
type subject[T any] struct {
	traits FeedTraits[T]
	open   func() (stream.Feed[T], error)
}

type check[T any] struct {
	name    string
	resumes bool // for feeds that can be taken up
	run     func(ctx context.Context, s subject[T]) error
}

func (c check[T]) do(ctx context.Context, s subject[T]) error {
	return conform.NoneLeft(ctx, func(ctx context.Context) error { return c.run(ctx, s) })
}

func checks[T any]() []check[T] {
	return []check[T]{
		{name: "as many values come as stated, and never more than were asked for", run: limits[T]},
		{name: "the end comes again", run: end[T]},
		{name: "values stay as they were", run: owned[T]},
		{name: "a context that has ended loses nothing", run: cancelled[T]},
		{name: "positions are bounded text", run: positions[T]},
		{name: "it can be closed before its end", run: closed[T]},
		{name: "taken up at any position, the rest comes", resumes: true, run: resumed[T]},
		{name: "a position of another feed is refused", resumes: true, run: refused[T]},
	}
}

// with opens a feed for the length of f.
func (s subject[T]) with(f func(stream.Feed[T]) error) error {
	feed, err := s.open()
	if err != nil {
		return fmt.Errorf("open: %w", err)
	}
	err = f(feed)
	if c, ok := feed.(io.Closer); ok {
		err = errors.Join(err, c.Close())
	}
	return err
}

// next is one call, checked.
func next[T any](ctx context.Context, feed stream.Feed[T], limit int) ([]T, stream.Position, error) {
	values, at, err := feed.Next(ctx, limit)
	switch {
	case err != nil && len(values) > 0:
		return nil, "", fmt.Errorf("%d values come together with an error: %w", len(values), err)
	case len(values) > limit:
		return nil, "", fmt.Errorf("want at most %d values, got %d", limit, len(values))
	}
	return values, at, err
}

// drain returns the texts of all values to the end, and the positions behind them.
func (s subject[T]) drain(ctx context.Context, feed stream.Feed[T], limit int) (texts []string, at []place, err error) {
	for idle := 0; ; {
		values, p, err := next(ctx, feed, limit)
		if err == io.EOF { //nolint:errorlint // as a source compares it
			return texts, at, nil
		}
		if err != nil {
			return nil, nil, err
		}
		if idle++; len(values) > 0 {
			idle = 0
		}
		if len(texts) > s.traits.Values || idle > 1000 {
			return nil, nil, fmt.Errorf("want the end behind %d values, got more", s.traits.Values)
		}
		for _, v := range values {
			texts = append(texts, s.traits.Text(v))
		}
		at = append(at, place{p, len(texts)})
	}
}

// place is a position and the number of values before it.
type place struct {
	at    stream.Position
	count int
}

// all returns what a fresh feed gives.
func (s subject[T]) all(ctx context.Context, limit int) (texts []string, at []place, err error) {
	err = s.with(func(feed stream.Feed[T]) error {
		texts, at, err = s.drain(ctx, feed, limit)
		return err
	})
	if err == nil && len(texts) != s.traits.Values {
		err = fmt.Errorf("want %d values, got %d", s.traits.Values, len(texts))
	}
	return texts, at, err
}

func same(want, got []string) error {
	if len(want) != len(got) {
		return fmt.Errorf("want %d values, got %d", len(want), len(got))
	}
	for i := range want {
		if want[i] != got[i] {
			return fmt.Errorf("value %d differs", i)
		}
	}
	return nil
}

func limits[T any](ctx context.Context, s subject[T]) error {
	want, _, err := s.all(ctx, 1)
	if err != nil {
		return err
	}
	for _, limit := range []int{2, 3, 7, s.traits.Values, 1 << 16} {
		got, _, err := s.all(ctx, limit)
		if err == nil {
			err = same(want, got)
		}
		if err != nil {
			return fmt.Errorf("%d values at a time: %w", limit, err)
		}
	}
	return nil
}

func end[T any](ctx context.Context, s subject[T]) error {
	return s.with(func(feed stream.Feed[T]) error {
		if _, _, err := s.drain(ctx, feed, 10); err != nil {
			return err
		}
		for range 2 {
			if _, _, err := next(ctx, feed, 10); err != io.EOF { //nolint:errorlint // as a source compares it
				return fmt.Errorf("want io.EOF again, got %w", err)
			}
		}
		return nil
	})
}

func owned[T any](ctx context.Context, s subject[T]) error {
	want, _, err := s.all(ctx, 1)
	if err != nil {
		return err
	}
	return s.with(func(feed stream.Feed[T]) error {
		var kept []T
		for len(kept) < len(want) {
			values, _, err := next(ctx, feed, 2)
			if err != nil {
				return err
			}
			kept = append(kept, values...)
		}
		got := make([]string, len(kept))
		for i, v := range kept {
			got[i] = s.traits.Text(v)
		}
		return same(want, got)
	})
}

func cancelled[T any](ctx context.Context, s subject[T]) error {
	want, _, err := s.all(ctx, 1)
	if err != nil {
		return err
	}
	return s.with(func(feed stream.Feed[T]) error {
		over, cancel := context.WithCancel(ctx)
		cancel()
		var got []string
		for len(got) < len(want) {
			first, _, err := next(over, feed, 1)
			if err != nil && !errors.Is(err, context.Canceled) {
				return fmt.Errorf("behind %d values: want context.Canceled or a value, got %w", len(got), err)
			}
			for _, v := range first {
				got = append(got, s.traits.Text(v))
			}
			if len(got) == len(want) {
				break
			}
			second, _, err := next(ctx, feed, 1)
			if err != nil {
				return fmt.Errorf("behind %d values: %w", len(got), err)
			}
			for _, v := range second {
				got = append(got, s.traits.Text(v))
			}
		}
		return same(want, got)
	})
}

func positions[T any](ctx context.Context, s subject[T]) error {
	_, at, err := s.all(ctx, 2)
	if err != nil {
		return err
	}
	for _, p := range at {
		if len(p.at) > stream.MaxPosition || !utf8.ValidString(string(p.at)) {
			return fmt.Errorf("want a position of at most %d bytes of UTF-8, got %d bytes", stream.MaxPosition, len(p.at))
		}
		if s.traits.Resumes && p.at == "" && p.count > 0 {
			return errors.New("want a position behind values, got an empty one")
		}
	}
	return nil
}

func closed[T any](ctx context.Context, s subject[T]) error {
	for _, n := range []int{0, 1} {
		if err := s.with(func(feed stream.Feed[T]) error {
			for range n {
				if _, _, err := next(ctx, feed, 1); err != nil {
					return err
				}
			}
			return nil
		}); err != nil {
			return err
		}
	}
	return nil
}

func resumed[T any](ctx context.Context, s subject[T]) error {
	for _, limit := range []int{1, 2, 1 << 16} {
		want, at, err := s.all(ctx, limit)
		if err != nil {
			return err
		}
		for _, p := range at {
			err := s.with(func(feed stream.Feed[T]) error {
				r, ok := feed.(stream.Resumer)
				if !ok {
					return errors.New("want a stream.Resumer")
				}
				if err := r.Resume(ctx, p.at); err != nil {
					return err
				}
				rest, again, err := s.drain(ctx, feed, limit)
				if err == nil {
					err = same(want[p.count:], rest)
				}
				// The feed that was taken up has the positions of the first one.
				if err == nil && !slices.ContainsFunc(again, func(q place) bool { return len(at) > 0 && q.at == at[len(at)-1].at }) && len(rest) > 0 {
					err = errors.New("want the same last position")
				}
				return err
			})
			if err != nil {
				return fmt.Errorf("taken up behind %d values: %w", p.count, err)
			}
		}
	}
	return nil
}

func refused[T any](ctx context.Context, s subject[T]) error {
	return s.with(func(feed stream.Feed[T]) error {
		r, ok := feed.(stream.Resumer)
		if !ok {
			return errors.New("want a stream.Resumer")
		}
		if err := r.Resume(ctx, "no position of this feed"); err == nil {
			return errors.New("want an error, got none")
		}
		return nil
	})
}
