package stream_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/dataset/csv"
	"github.com/tidewheel/tidewheel/dataset/jsonl"
	"github.com/tidewheel/tidewheel/dataset/stream"
	"github.com/tidewheel/tidewheel/internal/alloc"
)

// drain returns every record of feed, taken limit at a time, and the positions behind each call.
func drain(ctx context.Context, feed stream.Feed[[]byte], limit int) (records []string, at []stream.Position, err error) {
	for {
		got, p, err := feed.Next(ctx, limit)
		if errors.Is(err, io.EOF) {
			return records, at, nil
		}
		if err != nil {
			return records, at, err
		}
		for _, r := range got {
			records = append(records, string(r))
		}
		at = append(at, p)
	}
}

func TestTextIsCutIntoRecords(t *testing.T) {
	for _, c := range []struct {
		text string
		o    stream.LinesOptions
		want []string
		err  error
	}{
		{text: "", want: nil},
		{text: "a\nb", want: []string{"a", "b"}},
		{text: "a\r\n\n \t\r\nb\r\r\n", want: []string{"a", "b\r"}},
		{text: "\xef\xbb\xbfa\n", want: []string{"a"}},
		{text: "\xef\xbb\xbf", want: nil},
		{text: "\xef\xbb", want: []string{"\xef\xbb"}},
		{text: "a\n\xef\xbb\xbfb\n", want: []string{"a", "\xef\xbb\xbfb"}},
		{text: "head\nmore\na\n", o: stream.LinesOptions{Skip: 2}, want: []string{"a"}},
		{text: "head", o: stream.LinesOptions{Skip: 2}, want: nil},
		{text: "a,\"x\ny\"\nb\n", o: stream.LinesOptions{Quote: '"'}, want: []string{"a,\"x\ny\"", "b"}},
		{text: "a,\"x\"\"\n\"\"y\"\nb\n", o: stream.LinesOptions{Quote: '"'}, want: []string{"a,\"x\"\"\n\"\"y\"", "b"}},
		{text: "a\n\"b\n", o: stream.LinesOptions{Quote: '"'}, want: []string{"a"}, err: dataset.ErrFormat},
		{text: "a\nabcde\nabcdef\nb\n", o: stream.LinesOptions{MaxLineBytes: 5}, want: []string{"a", "abcde"}, err: dataset.ErrLimit},
		{text: "a\n" + strings.Repeat("x", 100), o: stream.LinesOptions{MaxLineBytes: 5}, want: []string{"a"}, err: dataset.ErrLimit},
		{text: "abcdef", o: stream.LinesOptions{MaxLineBytes: 5}, err: dataset.ErrLimit},
		{text: "\"\n\n\n\n\n\n\n\n\n\n\n", o: stream.LinesOptions{MaxLineBytes: 5, Quote: '"'}, err: dataset.ErrLimit},
	} {
		for limit := 1; limit < 4; limit++ {
			for _, r := range []io.Reader{strings.NewReader(c.text), iotest.OneByteReader(strings.NewReader(c.text)), iotest.DataErrReader(strings.NewReader(c.text))} {
				feed, err := stream.Lines(r, c.o)
				if err != nil {
					t.Fatal(err)
				}
				got, _, err := drain(t.Context(), feed, limit)
				if !slices.Equal(got, c.want) || !errors.Is(err, c.err) {
					t.Errorf("%q: want %q and %v, got %q and %v", c.text, c.want, c.err, got, err)
				}
			}
		}
	}
	broken := errors.New("broken")
	feed, err := stream.Lines(io.MultiReader(strings.NewReader("a\nb"), iotest.ErrReader(broken)), stream.LinesOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if got, _, err := drain(t.Context(), feed, 9); !slices.Equal(got, []string{"a"}) || !errors.Is(err, broken) {
		t.Errorf("got %q, %v", got, err)
	}
}

// However the text comes in, the records are the same, and those behind any position are those that a feed gives that is taken up there.
func FuzzLines(f *testing.F) {
	f.Add([]byte("\xef\xbb\xbfa\r\n\n\"b\nc\"\nd"), byte('"'), uint8(1), uint8(1))
	f.Add([]byte("\n\n\n"), byte(0), uint8(0), uint8(2))
	f.Fuzz(func(t *testing.T, text []byte, quote byte, skip, limit uint8) {
		o := stream.LinesOptions{Quote: quote, Skip: int(skip % 4), MaxLineBytes: 64}
		if o.Quote == '\n' || o.Quote == '\r' {
			o.Quote = 0
		}
		open := func(r io.Reader) stream.Feed[[]byte] {
			feed, err := stream.Lines(r, o)
			if err != nil {
				t.Fatal(err)
			}
			return feed
		}
		var want []string
		var at []stream.Position
		var wantErr error
		if over := alloc.Bound(1<<20+200*len(text), func() {
			want, at, wantErr = drain(t.Context(), open(bytes.NewReader(text)), int(limit%5)+1)
		}); over != nil {
			t.Fatal(over)
		}
		got, _, err := drain(t.Context(), open(iotest.OneByteReader(bytes.NewReader(text))), 1)
		if !slices.Equal(got, want) || (err == nil) != (wantErr == nil) {
			t.Fatalf("byte by byte: want %q, %v, got %q, %v", want, wantErr, got, err)
		}
		if wantErr != nil || len(at) == 0 {
			return
		}
		feed := open(bytes.NewReader(text))
		if err := feed.(stream.Resumer).Resume(t.Context(), at[len(at)/2]); err != nil {
			t.Fatal(err)
		}
		rest, _, err := drain(t.Context(), feed, 1)
		if err != nil || len(rest) > len(want) || !slices.Equal(rest, want[len(want)-len(rest):]) {
			t.Fatalf("taken up at %q: got %q of %q, %v", at[len(at)/2], rest, want, err)
		}
		if n := min((len(at)/2+1)*(int(limit%5)+1), len(want)); len(rest) != len(want)-n && limit%5 == 0 {
			t.Fatalf("taken up behind %d of %d records: got %d", n, len(want), len(rest))
		}
	})
}

// growing is a file that a test writes.
type growing struct {
	t    *testing.T
	path string
}

func (g growing) add(text string) {
	g.t.Helper()
	f, err := os.OpenFile(g.path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err == nil {
		_, err = f.WriteString(text)
	}
	if err == nil {
		err = f.Close()
	}
	if err != nil {
		g.t.Fatal(err)
	}
}

func (g growing) tail(o stream.TailOptions) stream.Feed[[]byte] {
	g.t.Helper()
	feed, err := stream.Tail(g.path, o)
	if err != nil {
		g.t.Fatal(err)
	}
	g.t.Cleanup(func() { _ = feed.(io.Closer).Close() })
	return feed
}

func TestAFileIsFollowed(t *testing.T) {
	g := growing{t, filepath.Join(t.TempDir(), "log")}
	g.add("a\nb")
	steps := []func(){
		func() { g.add("c\n") },
		func() { g.add("d\ne\n") },
		func() {
			g.add("f\n")
			if err := os.Rename(g.path, g.path+".1"); err != nil {
				t.Fatal(err)
			}
			g.add("another file\n")
		},
	}
	feed := g.tail(stream.TailOptions{Follow: true, Wait: func(context.Context, time.Duration) error {
		steps[0]()
		steps = steps[1:]
		return nil
	}})
	got, _, err := drain(t.Context(), feed, 10)
	if want := []string{"a", "bc", "d", "e", "f"}; err != nil || !slices.Equal(got, want) {
		t.Errorf("want %q, got %q, %v", want, got, err)
	}

	// The clock's own wait ends with its context.
	ctx, cancel := context.WithCancel(t.Context())
	feed = g.tail(stream.TailOptions{Follow: true})
	if got, _, err := feed.Next(ctx, 10); err != nil || len(got) != 1 {
		t.Fatalf("got %q, %v", got, err)
	}
	cancel()
	if _, _, err := feed.Next(ctx, 10); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	g.add("more\n") // and has lost nothing
	if got, _, err := feed.Next(t.Context(), 10); err != nil || string(got[0]) != "more" {
		t.Errorf("got %q, %v", got, err)
	}
}

func TestAnotherFileThanThatOfTheToken(t *testing.T) {
	g := growing{t, filepath.Join(t.TempDir(), "log")}
	g.add("first\nsecond\nthird")
	feed := g.tail(stream.TailOptions{})
	got, at, err := drain(t.Context(), feed, 1)
	if err != nil || !slices.Equal(got, []string{"first", "second", "third"}) {
		t.Fatalf("got %q, %v", got, err)
	}
	for _, c := range []struct {
		text string
		at   stream.Position
		rest []string
		err  error
	}{
		{"first\nsecond\nthird\nfourth\n", at[1], []string{"third", "fourth"}, nil},
		{"first\nsecond\n", at[1], nil, nil},
		{"first\nsec", at[1], nil, dataset.ErrFormat},
		{"First\nsecond\nthird", at[1], nil, dataset.ErrFormat},
		{"first\nsecond\n", "6", nil, dataset.ErrFormat},
		{"first\nsecond\n", "-6:00", nil, dataset.ErrFormat},
		{"first\nsecond\n", "6:zz", nil, dataset.ErrFormat},
		{"first\nsecond\n", "06:zz", nil, dataset.ErrFormat},
	} {
		if err := os.WriteFile(g.path, []byte(c.text), 0o600); err != nil {
			t.Fatal(err)
		}
		feed := g.tail(stream.TailOptions{})
		err := feed.(stream.Resumer).Resume(t.Context(), c.at)
		var rest []string
		if err == nil {
			rest, _, err = drain(t.Context(), feed, 1)
		}
		if !slices.Equal(rest, c.rest) || !errors.Is(err, c.err) {
			t.Errorf("%q at %q: want %q, %v, got %q, %v", c.text, c.at, c.rest, c.err, rest, err)
		}
	}
	if err := os.WriteFile(g.path, []byte(strings.Repeat("x", 10)+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	feed = g.tail(stream.TailOptions{Follow: true, Wait: func(context.Context, time.Duration) error { return os.Truncate(g.path, 3) }})
	if got, _, err := drain(t.Context(), feed, 1); len(got) != 1 || !errors.Is(err, dataset.ErrFormat) {
		t.Errorf("a file that became shorter: got %q, %v", got, err)
	}
	feed = growing{t, g.path + ".none"}.tail(stream.TailOptions{})
	if _, _, err := feed.Next(t.Context(), 1); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("no file: got %v", err)
	}
	if err := feed.(stream.Resumer).Resume(t.Context(), at[0]); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("no file: got %v", err)
	}
}

func TestDecoders(t *testing.T) {
	s, err := dataset.NewSchema(dataset.Field{Name: "id", Type: dataset.Int64}, dataset.Field{Name: "a \"b\"", Type: dataset.Utf8, Nullable: true})
	if err != nil {
		t.Fatal(err)
	}
	object, err := stream.JSON(jsonl.Options{Schema: s})
	if err != nil {
		t.Fatal(err)
	}
	named, err := stream.CSV([]string{"a \"b\"", "other", "id"}, csv.Options{Schema: s})
	if err != nil {
		t.Fatal(err)
	}
	bare, err := stream.CSV(nil, csv.Options{Schema: s, Delimiter: ';'})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name    string
		d       stream.Decoder
		records []string
		want    string // the error, or nothing
	}{
		{"objects", object, []string{`{"id":1}`, `{"id":2}`}, ""},
		{"an object over lines", object, []string{"{\n\"id\":\n1\n}", `{"id":2}`}, ""},
		{"a line end within a string", object, []string{"{\"id\":1,\"a \\\"b\\\"\":\"x\ny\"}"}, "control character"},
		{"an empty record", object, []string{`{"id":1}`, ` `}, "an object in each of 2 records"},
		{"two objects in a record", object, []string{`{"id":1}{"id":2}`}, "line 1"},
		{"a fault", object, []string{`{"id":1}`, `{"id":2}`, `[]`}, "line 3"},
		{"an array", object, []string{`[{"id":1}]`}, "line 1: want an object"},
		{"halves of an object", object, []string{`{"id":1`, `}`}, "line 1"},
		{"an array behind an object", object, []string{`{"id":1}`, `[{"id":1}]`}, "line 2"},
		{"cells by name", named, []string{"x,y,1", "\"p\nq\",z,2"}, ""},
		{"cells in order", bare, []string{"1;x", "2;"}, ""},
		{"a cell too few", named, []string{"x,y,1", "\"p\nq\",z,2", "x,y"}, "line 3"},
		{"a cell that is none", bare, []string{"1;x", "x;y"}, "line 2"},
		{"an empty line", bare, []string{"1;x", ""}, "a record in each of 2 records"},
	} {
		t.Run(c.name, func(t *testing.T) {
			records := make([][]byte, len(c.records))
			for i, r := range c.records {
				records[i] = []byte(r)
			}
			b, err := c.d.Decode(t.Context(), records, nil)
			if c.want != "" {
				if err == nil || !strings.Contains(err.Error(), c.want) || !b.IsZero() {
					t.Errorf("want %q, got %v", c.want, err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			defer b.Release()
			if got := column(b); !slices.Equal(got, []int64{1, 2}) && !slices.Equal(got, []int64{1}) {
				t.Errorf("got %v", got)
			}
		})
	}
}
