package stream_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/apache/arrow/go/v17/arrow/memory"
	"go.uber.org/goleak"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/dataset/csv"
	"github.com/tidewheel/tidewheel/dataset/datasettest"
	"github.com/tidewheel/tidewheel/dataset/jsonl"
	"github.com/tidewheel/tidewheel/dataset/stream"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

type event struct {
	ID   int64     `ml:"name=id"`
	At   time.Time `ml:"name=at"`
	Note *string   `ml:"name=note"`
}

var start = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

func events(n int) []event {
	out := make([]event, n)
	for i := range out {
		out[i] = event{ID: int64(i), At: start.Add(time.Duration(i) * time.Second)}
		if i%3 > 0 {
			note := fmt.Sprintf("note, %d", i)
			out[i].Note = &note
		}
	}
	return out
}

func schema(t testing.TB) *dataset.Schema {
	t.Helper()
	s, err := dataset.SchemaOf[event]()
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// jsonText returns events as JSON lines.
func jsonText(list []event) string {
	var b strings.Builder
	for _, e := range list {
		fmt.Fprintf(&b, `{"id":%d,"at":%q`, e.ID, e.At.Format(time.RFC3339))
		if e.Note != nil {
			fmt.Fprintf(&b, `,"note":%q`, *e.Note)
		}
		b.WriteString("}\n")
	}
	return b.String()
}

func csvText(list []event) string {
	var b strings.Builder
	b.WriteString("note,id,at\r\n")
	for _, e := range list {
		if e.Note != nil {
			fmt.Fprintf(&b, "%q", *e.Note)
		}
		fmt.Fprintf(&b, ",%d,%s\r\n", e.ID, e.At.Format(time.RFC3339))
	}
	return b.String()
}

// ids returns the first column of what src gives, batch by batch, and the error it ends with.
func ids(ctx context.Context, src dataset.Source) (batches [][]int64, err error) {
	for b, err := range src.Batches(ctx) {
		if err != nil {
			return batches, err
		}
		batches = append(batches, column(b))
	}
	return batches, nil
}

func column(b dataset.Batch) []int64 {
	values := make([]float64, b.NumRows())
	if err := dataset.Float64s(b.Column(b.Schema().Index("id")), values); err != nil {
		return nil
	}
	out := make([]int64, len(values))
	for i, v := range values {
		out[i] = int64(v)
	}
	return out
}

func upTo(n int) []int64 {
	out := make([]int64, n)
	for i := range out {
		out[i] = int64(i)
	}
	return out
}

// onlyReader hides what else a reader can do.
type onlyReader struct{ io.Reader }

func jsonSource(r io.Reader, s *dataset.Schema, o stream.Options) (*stream.Source, error) {
	feed, err := stream.Lines(r, stream.LinesOptions{})
	if err != nil {
		return nil, err
	}
	d, err := stream.JSON(jsonl.Options{Schema: s})
	if err != nil {
		return nil, err
	}
	return stream.NewRecords(feed, d, o)
}

func TestSources(t *testing.T) {
	const n = 50
	list := events(n)
	for _, c := range []struct {
		name string
		open func(o stream.Options) (*stream.Source, error)
	}{
		{"a channel", func(o stream.Options) (*stream.Source, error) {
			c := make(chan event, n)
			for _, e := range list {
				c <- e
			}
			close(c)
			return stream.New(stream.Channel(c), o)
		}},
		{"a sequence", func(o stream.Options) (*stream.Source, error) { return stream.New(stream.Seq(slices.Values(list)), o) }},
		{"JSON lines", func(o stream.Options) (*stream.Source, error) {
			return jsonSource(io.NopCloser(strings.NewReader(jsonText(list))), schema(t), o)
		}},
		{"CSV lines", func(o stream.Options) (*stream.Source, error) {
			feed, err := stream.Lines(io.NopCloser(strings.NewReader("\ufeff"+csvText(list))), stream.LinesOptions{Skip: 1, Quote: '"'})
			if err != nil {
				return nil, err
			}
			d, err := stream.CSV([]string{"note", "id", "at"}, csv.Options{Schema: schema(t)})
			if err != nil {
				return nil, err
			}
			return stream.NewRecords(feed, d, o)
		}},
	} {
		for _, flush := range []time.Duration{0, time.Hour} {
			t.Run(fmt.Sprintf("%s, flushed after %v", c.name, flush), func(t *testing.T) {
				datasettest.TestSource(t, datasettest.SourceTraits{Rows: n, OneShot: true}, func(mem memory.Allocator) (dataset.Source, error) {
					return c.open(stream.Options{BatchRows: 7, FlushEvery: flush, Allocator: mem, EventTime: "at"})
				})
			})
		}
	}
}

// Every kind of feed gives the same rows as a slice of structs does.
func TestFeedsAgree(t *testing.T) {
	list := events(100)
	want, err := dataset.FromStructs(list, dataset.StructsOptions{})
	if err != nil {
		t.Fatal(err)
	}
	src, err := jsonSource(strings.NewReader(jsonText(list)), schema(t), stream.Options{BatchRows: 100})
	if err != nil {
		t.Fatal(err)
	}
	var texts []string
	for _, s := range []dataset.Source{want, src} {
		for b, err := range s.Batches(t.Context()) {
			if err != nil {
				t.Fatal(err)
			}
			text, err := b.Record().MarshalJSON()
			if err != nil {
				t.Fatal(err)
			}
			texts = append(texts, string(text))
		}
	}
	if len(texts) != 2 || texts[0] != texts[1] {
		t.Errorf("want one batch each of the same rows, got %d", len(texts))
	}
}

// manual is a clock that a test moves.
type manual struct{ due chan func() }

func (m *manual) afterFunc(_ time.Duration, f func()) func() bool {
	m.due <- f
	return func() bool { return true }
}

func TestRowsThatWaitedAreFlushed(t *testing.T) {
	clock := &manual{due: make(chan func(), 100)}
	flush := func() { (<-clock.due)() }
	for _, c := range []struct {
		name  string
		feed  func(c <-chan event) stream.Feed[event]
		lines bool
	}{
		{name: "a channel", feed: stream.Channel[event]},
		{name: "a sequence", feed: func(c <-chan event) stream.Feed[event] {
			return stream.Seq(func(yield func(event) bool) {
				for e := range c {
					if !yield(e) {
						return
					}
				}
			})
		}},
		{name: "a reader", lines: true},
	} {
		t.Run(c.name, func(t *testing.T) {
			in := make(chan event)
			o := stream.Options{BatchRows: 4, FlushEvery: time.Second, AfterFunc: clock.afterFunc}
			var src *stream.Source
			var err error
			if c.lines {
				r, w := io.Pipe()
				go func() {
					for e := range in {
						_, _ = io.WriteString(w, jsonText([]event{e}))
					}
					_ = w.Close()
				}()
				src, err = jsonSource(r, schema(t), o)
			} else {
				src, err = stream.New(c.feed(in), o)
			}
			if err != nil {
				t.Fatal(err)
			}
			next, stop := iter.Pull2(src.Batches(t.Context()))
			defer stop()
			list := events(8)
			go func() {
				in <- list[0]
				in <- list[1]
				in <- list[2] // a sequence and a reader are one value ahead, so the second has been taken
				flush()
			}()
			b, err, _ := next()
			if err != nil {
				t.Fatal(err)
			}
			got := column(b)
			if len(got) == 0 || len(got) > 3 || !slices.Equal(got, upTo(len(got))) {
				t.Fatalf("want the first rows, got %v", got)
			}
			go func() {
				for _, e := range list[3:] {
					in <- e
				}
				close(in)
			}()
			for {
				b, err, ok := next()
				if !ok {
					break
				}
				if err != nil {
					t.Fatal(err)
				}
				got = append(got, column(b)...)
			}
			if !slices.Equal(got, upTo(8)) {
				t.Errorf("got rows %v", got)
			}
			for len(clock.due) > 0 {
				<-clock.due
			}
		})
	}
}

// A caller who works slowly slows the feed down: at most the batch and what the feed holds is taken.
func TestNothingIsReadAhead(t *testing.T) {
	in := make(chan event, 100)
	for _, e := range events(100) {
		in <- e
	}
	close(in)
	src, err := stream.New(stream.Channel(in), stream.Options{BatchRows: 10})
	if err != nil {
		t.Fatal(err)
	}
	left := 100
	for b, err := range src.Batches(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		left -= b.NumRows()
		if len(in) != left {
			t.Fatalf("want %d values left in the channel, got %d", left, len(in))
		}
	}
}

func TestTheWatermarkDependsOnRowsAlone(t *testing.T) {
	at := []int{0, 10, 4, 5, 20, 14, 15, 30, 1, 31}
	list := make([]event, len(at))
	for i, s := range at {
		list[i] = event{ID: int64(i), At: start.Add(time.Duration(s) * time.Second)}
	}
	// Lateness 5: row 2 (4 < 10-5), row 5 (14 < 20-5), row 8 (1 < 30-5); rows at the watermark are not late.
	want := []int64{0, 1, 3, 4, 6, 7, 9}
	for rows := 1; rows <= len(list); rows++ {
		src, err := stream.New(stream.Seq(slices.Values(list)), stream.Options{BatchRows: rows, EventTime: "at", Lateness: 5 * time.Second, Late: stream.LateDrop})
		if err != nil {
			t.Fatal(err)
		}
		batches, err := ids(t.Context(), src)
		if got := slices.Concat(batches...); err != nil || !slices.Equal(got, want) {
			t.Errorf("batches of %d: want %v, got %v, %v", rows, want, got, err)
		}
		token := src.Token()
		latest, ok := token.LatestEvent()
		if token.Late() != 3 || token.Rows() != 10 || !ok || !latest.Equal(start.Add(31*time.Second)) {
			t.Errorf("batches of %d: got %d late of %d, latest %v", rows, token.Late(), token.Rows(), latest)
		}
	}
	for _, c := range []struct {
		late stream.Late
		rows int
		err  error
	}{{stream.LatePass, 10, nil}, {stream.LateError, 2, stream.ErrLate}} {
		src, err := stream.New(stream.Seq(slices.Values(list)), stream.Options{BatchRows: 2, EventTime: "at", Lateness: 5 * time.Second, Late: c.late})
		if err != nil {
			t.Fatal(err)
		}
		batches, err := ids(t.Context(), src)
		if got := slices.Concat(batches...); len(got) != c.rows || !errors.Is(err, c.err) {
			t.Errorf("policy %d: want %d rows and %v, got %d, %v", c.late, c.rows, c.err, len(got), err)
		}
		if c.late == stream.LateError && src.Token().Rows() != 2 {
			t.Errorf("the token passes rows that were not given: %d", src.Token().Rows())
		}
	}
}

func TestResumeLosesAndRepeatsNothing(t *testing.T) {
	list := events(60)
	list[40].At = start // late
	text := jsonText(list)
	feeds := map[string]func(o stream.Options) (*stream.Source, error){
		"a sequence": func(o stream.Options) (*stream.Source, error) { return stream.New(stream.Seq(slices.Values(list)), o) },
		"a reader that seeks": func(o stream.Options) (*stream.Source, error) {
			return jsonSource(strings.NewReader(text), schema(t), o)
		},
		"a reader that does not": func(o stream.Options) (*stream.Source, error) {
			return jsonSource(onlyReader{strings.NewReader(text)}, schema(t), o)
		},
	}
	want := slices.Delete(upTo(60), 40, 41)
	for name, open := range feeds {
		t.Run(name, func(t *testing.T) {
			var got []int64
			var token stream.Token
			for step := 1; ; step++ {
				saved, err := token.MarshalText()
				if err != nil {
					t.Fatal(err)
				}
				var again stream.Token
				if err := again.UnmarshalText(saved); err != nil || again != token {
					t.Fatalf("a token reads back as %v, %v", again, err)
				}
				src, err := open(stream.Options{BatchRows: step, EventTime: "at", Late: stream.LateDrop, Resume: again})
				if err != nil {
					t.Fatal(err)
				}
				given := 0
				for b, err := range src.Batches(t.Context()) {
					if err != nil {
						t.Fatal(err)
					}
					got = append(got, column(b)...)
					token = src.Token()
					if given++; given == 2 {
						break
					}
				}
				if given == 0 {
					break
				}
			}
			if !slices.Equal(got, want) || token.Late() != 1 {
				t.Errorf("want %v, got %v with %d late", want, got, token.Late())
			}
		})
	}
}

func TestBadRecords(t *testing.T) {
	text := `{"id":0,"at":"2026-03-01T12:00:00Z"}` + "\n\n  \n" + `{"id":"x"}` + "\n" + `{"id":2,"at":"2026-03-01T12:00:02Z"}` + "\n" + "{\n" + `{"id":4,"at":"2026-03-01T12:00:04Z"}`
	src, err := jsonSource(strings.NewReader(text), schema(t), stream.Options{})
	if err != nil {
		t.Fatal(err)
	}
	var at *dataset.FormatError
	if _, err := ids(t.Context(), src); !errors.As(err, &at) || at.Line != 2 || at.Column != "id" {
		t.Errorf("want the second record and its column, got %v", err)
	}
	mem := memory.NewCheckedAllocator(memory.NewGoAllocator())
	defer mem.AssertSize(t, 0)
	for rows := 1; rows < 7; rows++ {
		var bad []int64
		src, err = jsonSource(strings.NewReader(text), schema(t), stream.Options{BatchRows: rows, Allocator: mem, OnBad: func(record int64, err error) error {
			var at *dataset.FormatError
			if !errors.As(err, &at) || at.Line != record {
				t.Errorf("record %d: %v", record, err)
			}
			bad = append(bad, record)
			return nil
		}})
		if err != nil {
			t.Fatal(err)
		}
		batches, err := ids(t.Context(), src)
		if got := slices.Concat(batches...); err != nil || !slices.Equal(got, []int64{0, 2, 4}) || !slices.Equal(bad, []int64{2, 4}) {
			t.Errorf("batches of %d: got rows %v, bad %v, %v", rows, got, bad, err)
		}
		if token := src.Token(); token.Rows() != 5 || token.Bad() != 2 {
			t.Errorf("got %d bad of %d", token.Bad(), token.Rows())
		}
	}
	enough := errors.New("enough")
	src, err = jsonSource(strings.NewReader(text), schema(t), stream.Options{BatchRows: 1, OnBad: func(int64, error) error { return enough }})
	if err != nil {
		t.Fatal(err)
	}
	if batches, err := ids(t.Context(), src); len(batches) != 1 || !errors.Is(err, enough) || src.Token().Rows() != 1 {
		t.Errorf("got %v, %v", batches, err)
	}
}

func TestFaultsOfFeeds(t *testing.T) {
	broken := errors.New("broken")
	failing := func(yield func(event, error) bool) {
		for _, e := range events(3) {
			if !yield(e, nil) {
				return
			}
		}
		yield(event{}, broken)
	}
	panicking := func(yield func(event, error) bool) {
		yield(events(1)[0], nil)
		panic("secret")
	}
	closed := make(chan event)
	close(closed)
	for _, c := range []struct {
		name string
		feed stream.Feed[event]
		want string
		rows int
	}{
		{"an error comes behind the rows before it", stream.Seq2(failing), "broken", 3},
		{"a panic of a sequence is an error without its value", stream.Seq2(panicking), "panics with a value of type string", 1},
		{"an empty channel", stream.Channel(closed), "", 0},
		{"more values than asked for", stray{n: 5}, "want at most 4 values, got 5", 0},
		{"a position that is too long", stray{n: 1, at: stream.Position(strings.Repeat("x", stream.MaxPosition+1))}, "position of 8193 bytes", 0},
		{"a position that is no text", stray{n: 1, at: "\xff"}, "a position in UTF-8", 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			src, err := stream.New(c.feed, stream.Options{BatchRows: 4, FlushEvery: time.Hour})
			if err != nil {
				t.Fatal(err)
			}
			batches, err := ids(t.Context(), src)
			if rows := slices.Concat(batches...); len(rows) != c.rows || (err == nil) != (c.want == "") || err != nil && !strings.Contains(err.Error(), c.want) {
				t.Errorf("want %d rows and %q, got %d, %v", c.rows, c.want, len(rows), err)
			}
			if err != nil && strings.Contains(err.Error(), "secret") {
				t.Error("the error tells the value of a panic")
			}
		})
	}
}

// stray is a feed that breaks the contract.
type stray struct {
	n  int
	at stream.Position
}

// Next implements stream.Feed.
func (s stray) Next(context.Context, int) ([]event, stream.Position, error) {
	return make([]event, s.n), s.at, nil
}

// blocked is a reader that waits until it is closed.
type blocked struct{ closed chan struct{} }

func (b blocked) Read([]byte) (int, error) {
	<-b.closed
	return 0, io.ErrClosedPipe
}

func (b blocked) Close() error {
	close(b.closed)
	return nil
}

func TestAReaderThatWaitsEndsWithTheContext(t *testing.T) {
	src, err := jsonSource(blocked{make(chan struct{})}, schema(t), stream.Options{FlushEvery: time.Hour})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
	defer cancel()
	if _, err := ids(ctx, src); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v", err)
	}
}

func TestOptionsAreChecked(t *testing.T) {
	var option *dataset.OptionError
	var token stream.Token
	if err := token.UnmarshalText([]byte(`{"tidewheel.stream":1,"position":"3","rows":3}`)); err != nil {
		t.Fatal(err)
	}
	in := make(chan event)
	for _, c := range []struct {
		field string
		o     stream.Options
	}{
		{"BatchRows", stream.Options{BatchRows: -1}},
		{"BatchBytes", stream.Options{BatchBytes: -1}},
		{"FlushEvery", stream.Options{FlushEvery: -1}},
		{"Lateness", stream.Options{Lateness: -1, EventTime: "at"}},
		{"Late", stream.Options{Late: 9, EventTime: "at"}},
		{"EventTime", stream.Options{EventTime: "id"}},
		{"EventTime", stream.Options{EventTime: "none"}},
		{"EventTime", stream.Options{Late: stream.LateDrop}},
		{"Resume", stream.Options{Resume: token}},
	} {
		_, err := stream.New(stream.Channel(in), c.o)
		if !errors.As(err, &option) || option.Field != "stream.Options."+c.field {
			t.Errorf("%s: got %v", c.field, err)
		}
	}
	if _, err := jsonSource(strings.NewReader(""), schema(t), stream.Options{FlushEvery: 1}); !errors.As(err, &option) {
		t.Errorf("a reader without Close: got %v", err)
	}
	_, linesErr := stream.Lines(strings.NewReader(""), stream.LinesOptions{MaxLineBytes: -1, Skip: -1, Quote: '\n'})
	_, tailErr := stream.Tail("x", stream.TailOptions{Poll: -1})
	_, jsonErr := stream.JSON(jsonl.Options{})
	_, csvErr := stream.CSV(nil, csv.Options{})
	_, commentErr := stream.CSV(nil, csv.Options{Schema: schema(t), Comment: '#'})
	for i, err := range []error{linesErr, tailErr, jsonErr, csvErr, commentErr} {
		if !errors.As(err, &option) {
			t.Errorf("%d: got %v", i, err)
		}
	}
	if _, err := stream.CSV([]string{"note"}, csv.Options{Schema: schema(t)}); !errors.Is(err, dataset.ErrSchema) {
		t.Errorf("columns that the schema wants are absent: got %v", err)
	}
	if _, err := stream.New(stream.Channel(make(chan int)), stream.Options{}); !errors.Is(err, dataset.ErrSchema) {
		t.Errorf("no struct: got %v", err)
	}
	if _, err := stream.Structs(func([]byte) (int, error) { return 0, nil }); !errors.Is(err, dataset.ErrSchema) {
		t.Errorf("no struct: got %v", err)
	}
}
