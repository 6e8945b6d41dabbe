package streamtest

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/tidewheel/tidewheel/dataset/stream"
)

const values = 23

var numbers = func() (out []int) {
	for i := range values {
		out = append(out, i)
	}
	return out
}()

func TestFeedsOfThePackage(t *testing.T) {
	number := FeedTraits[int]{Values: values, Resumes: true, Text: strconv.Itoa}
	line := FeedTraits[[]byte]{Values: values, Resumes: true, Text: func(r []byte) string { return string(r) }}
	var text strings.Builder
	for _, n := range numbers {
		text.WriteString(strconv.Itoa(n) + "\n")
	}
	path := filepath.Join(t.TempDir(), "lines")
	if err := os.WriteFile(path, []byte(text.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Run("sequence", func(t *testing.T) {
		TestFeed(t, number, func() (stream.Feed[int], error) { return stream.Seq(slices.Values(numbers)), nil })
	})
	t.Run("channel", func(t *testing.T) {
		traits := number
		traits.Resumes = false
		TestFeed(t, traits, func() (stream.Feed[int], error) {
			c := make(chan int, values)
			for _, n := range numbers {
				c <- n
			}
			close(c)
			return stream.Channel(c), nil
		})
	})
	t.Run("lines", func(t *testing.T) {
		TestFeed(t, line, func() (stream.Feed[[]byte], error) {
			return stream.Lines(strings.NewReader(text.String()), stream.LinesOptions{})
		})
	})
	t.Run("file", func(t *testing.T) {
		TestFeed(t, line, func() (stream.Feed[[]byte], error) { return stream.Tail(path, stream.TailOptions{}) })
	})
}

// planted is a feed of numbers that keeps the contract but for what a test plants in it.
type planted struct {
	at      int
	next    func(p *planted, ctx context.Context, limit int) ([]int, stream.Position, error)
	resume  func(p *planted, at stream.Position) error
	close   func() error
	reused  *int // the one value that it keeps
	stopped chan struct{}
}

// Next implements stream.Feed.
func (p *planted) Next(ctx context.Context, limit int) ([]*int, stream.Position, error) {
	next := (*planted).honest
	if p.next != nil {
		next = p.next
	}
	list, at, err := next(p, ctx, limit)
	out := make([]*int, len(list))
	for i, n := range list {
		out[i] = &n
		if p.reused != nil { // the feed keeps its values
			out[i] = p.reused
			*out[i] = n
		}
	}
	return out, at, err
}

func (p *planted) honest(ctx context.Context, limit int) ([]int, stream.Position, error) {
	if err := ctx.Err(); err != nil {
		return nil, "", err
	}
	if p.at == values {
		return nil, "", io.EOF
	}
	from := p.at
	p.at = min(p.at+limit, values)
	return numbers[from:p.at], stream.Position(strconv.Itoa(p.at)), nil
}

// Resume implements stream.Resumer.
func (p *planted) Resume(_ context.Context, at stream.Position) (err error) {
	if p.resume != nil {
		return p.resume(p, at)
	}
	p.at, err = strconv.Atoi(string(at))
	return err
}

// Close implements io.Closer.
func (p *planted) Close() error {
	if p.close != nil {
		return p.close()
	}
	return nil
}

func TestPlantedBugsAreFound(t *testing.T) {
	wrong := errors.New("wrong")
	for _, c := range []struct {
		bug   string
		check string
		open  func() *planted
	}{
		{"none", "", func() *planted { return &planted{} }},
		{"more values than asked for", "as many values", func() *planted {
			return &planted{next: func(p *planted, _ context.Context, limit int) ([]int, stream.Position, error) {
				return make([]int, limit+1), "1", nil
			}}
		}},
		{"a value too few", "as many values", func() *planted { return &planted{at: 1} }},
		{"no end", "as many values", func() *planted {
			return &planted{next: func(*planted, context.Context, int) ([]int, stream.Position, error) { return numbers[:1], "1", nil }}
		}},
		{"values and an error", "as many values", func() *planted {
			return &planted{next: func(*planted, context.Context, int) ([]int, stream.Position, error) { return numbers[:1], "1", wrong }}
		}},
		{"no end a second time", "the end comes again", func() *planted {
			ended := false
			return &planted{next: func(p *planted, _ context.Context, _ int) ([]int, stream.Position, error) {
				if ended {
					return nil, "", nil
				}
				ended = true
				return nil, "", io.EOF
			}}
		}},
		{"values are used again", "values stay", func() *planted { return &planted{reused: new(int)} }},
		{"a cancelled call loses a value", "a context that has ended", func() *planted {
			return &planted{next: func(p *planted, ctx context.Context, limit int) ([]int, stream.Position, error) {
				if ctx.Err() != nil {
					p.at = min(p.at+1, values)
				}
				return p.honest(ctx, limit)
			}}
		}},
		{"a cancelled call has an error of its own", "a context that has ended", func() *planted {
			return &planted{next: func(p *planted, ctx context.Context, limit int) ([]int, stream.Position, error) {
				if ctx.Err() != nil {
					return nil, "", wrong
				}
				return numbers[:1], "1", nil
			}}
		}},
		{"a position that is no text", "positions", func() *planted {
			left := values
			return &planted{next: func(p *planted, _ context.Context, _ int) ([]int, stream.Position, error) {
				if left--; left < 0 {
					return nil, "", io.EOF
				}
				return numbers[:1], "\xff", nil
			}}
		}},
		{"no position", "positions", func() *planted {
			left := values
			return &planted{next: func(p *planted, _ context.Context, _ int) ([]int, stream.Position, error) {
				if left--; left < 0 {
					return nil, "", io.EOF
				}
				return numbers[:1], "", nil
			}}
		}},
		{"a close that fails", "it can be closed", func() *planted { return &planted{close: func() error { return wrong }} }},
		{"a goroutine that stays", "it can be closed", func() *planted {
			p := &planted{stopped: make(chan struct{})}
			go func() { <-p.stopped }()
			t.Cleanup(func() { close(p.stopped) })
			return p
		}},
		{"the value at the position comes twice", "taken up", func() *planted {
			return &planted{resume: func(p *planted, at stream.Position) (err error) {
				p.at, err = strconv.Atoi(string(at))
				p.at = max(p.at-1, 0)
				return err
			}}
		}},
		{"any position is taken", "a position of another feed", func() *planted {
			return &planted{resume: func(p *planted, at stream.Position) error {
				p.at, _ = strconv.Atoi(string(at))
				return nil
			}}
		}},
	} {
		t.Run(c.bug, func(t *testing.T) {
			s := subject[*int]{
				FeedTraits[*int]{Values: values, Resumes: true, Text: func(n *int) string { return strconv.Itoa(*n) }},
				func() (stream.Feed[*int], error) { return c.open(), nil },
			}
			found := c.check == ""
			for _, k := range checks[*int]() {
				if !strings.HasPrefix(k.name, c.check) {
					continue
				}
				err := k.do(t.Context(), s)
				if c.check == "" && err != nil {
					t.Errorf("%s: %v", k.name, err)
				}
				found = found || err != nil
			}
			if !found {
				t.Errorf("%q does not find it", c.check)
			}
		})
	}
}
