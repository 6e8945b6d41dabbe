package serve_test

import (
	"context"
	"errors"
	"math"
	"testing"

	"github.com/apache/arrow/go/v17/arrow/memory"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/serve"
	"github.com/tidewheel/tidewheel/serve/internal/fixture"
	"github.com/tidewheel/tidewheel/validate"
)

// memorySink keeps what is written as rows.
type memorySink struct {
	schema            *dataset.Schema
	rows              [][]dataset.Value
	failAt            int // the write that fails, from 1; 0 for none
	writes            int
	committed, closed bool
}

var errDisk = errors.New("disk full")

func (s *memorySink) Write(_ context.Context, b dataset.Batch) error {
	if s.writes++; s.writes == s.failAt {
		return errDisk
	}
	for i := range b.NumRows() {
		row := dataset.NewRow(s.schema)
		if err := b.ReadRow(i, row); err != nil {
			return err
		}
		for j, v := range row.Values {
			row.Values[j].Text = string([]byte(v.Text))
		}
		s.rows = append(s.rows, row.Values)
	}
	return nil
}

func (s *memorySink) Commit(context.Context) error {
	s.committed = true
	return nil
}

func (s *memorySink) Close() error {
	s.closed = true
	return nil
}

func (s *memorySink) open(out *dataset.Schema) (dataset.Sink, error) {
	s.schema = out
	return s, nil
}

// at returns a cell by name.
func (s *memorySink) at(row int, column string) dataset.Value {
	return s.rows[row][s.schema.Index(column)]
}

func TestRunGivesTheBitsOfTheScorer(t *testing.T) {
	a, rows := artifact(t, fixture.Options{}), orders(1000, 17)
	rows[3].Amount, rows[500].Country = -1, "XX"
	m := newModel(t, a, serve.Options{})
	scorer, err := serve.Bind[order](m)
	if err != nil {
		t.Fatal(err)
	}
	mem := memory.NewCheckedAllocator(memory.DefaultAllocator)
	defer mem.AssertSize(t, 0)
	for _, c := range []struct{ workers, batch int }{{1, 1000}, {2, 64}, {7, 1}} {
		src, err := dataset.FromStructs(rows, dataset.StructsOptions{BatchRows: c.batch, Allocator: mem})
		if err != nil {
			t.Fatal(err)
		}
		var sink memorySink
		report, err := serve.Run(t.Context(), m, src, sink.open, serve.RunOptions{Raw: true, Workers: c.workers})
		if err != nil {
			t.Fatal(err)
		}
		if !sink.committed || !sink.closed || len(sink.rows) != len(rows) || report.RowsBad != 2 {
			t.Fatalf("%+v: %d rows, %d refused, committed %t, closed %t", c, len(sink.rows), report.RowsBad, sink.committed, sink.closed)
		}
		for i, row := range rows {
			p, err := scorer.Score(t.Context(), row)
			refused := errors.Is(err, serve.ErrRefused)
			if refused != (i == 3 || i == 500) || sink.at(i, "prediction").Valid == refused || sink.at(i, "amount").Number != row.Amount {
				t.Fatalf("%+v: row %d: %v", c, i, err)
			}
			if bad := sink.at(i, "refused_below_min").Number != 0; bad != (i == 3) {
				t.Errorf("row %d: refused_below_min %t", i, bad)
			}
			for k, class := range levels {
				if refused {
					continue
				}
				got, raw := sink.at(i, "probability_"+class).Number, sink.at(i, "raw_"+class).Number
				if math.Float64bits(got) != math.Float64bits(p.Probability[k]) || math.Float64bits(raw) != math.Float64bits(p.Raw[k]) || sink.at(i, "prediction").Text != p.Class {
					t.Fatalf("%+v: row %d: other bits than the scorer", c, i)
				}
			}
		}
	}
}

func TestRunRefusesAColumnBeforeItOpensTheSink(t *testing.T) {
	m := newModel(t, artifact(t, fixture.Options{}), serve.Options{})
	src, err := dataset.FromStructs([]struct {
		Amount float64 `ml:"name=amount"`
	}{{1}}, dataset.StructsOptions{})
	if err != nil {
		t.Fatal(err)
	}
	_, err = serve.Run(t.Context(), m, src, func(*dataset.Schema) (dataset.Sink, error) {
		t.Error("the sink was opened")
		return nil, errDisk
	}, serve.RunOptions{})
	var refused *serve.RefusedError
	if !errors.As(err, &refused) || len(refused.Findings) != 8 || refused.Findings[0].Rule != validate.RuleMissingColumn {
		t.Errorf("got %v", err)
	}
}

func TestRunDoesNotCommitWhatFailed(t *testing.T) {
	m := newModel(t, artifact(t, fixture.Options{}), serve.Options{})
	mem := memory.NewCheckedAllocator(memory.DefaultAllocator)
	defer mem.AssertSize(t, 0)
	src, err := dataset.FromStructs(orders(100, 1), dataset.StructsOptions{BatchRows: 10, Allocator: mem})
	if err != nil {
		t.Fatal(err)
	}
	for _, workers := range []int{1, 4} {
		sink := memorySink{failAt: 3}
		if _, err := serve.Run(t.Context(), m, src, sink.open, serve.RunOptions{Workers: workers}); !errors.Is(err, errDisk) || sink.committed || !sink.closed {
			t.Errorf("got %v, committed %t, closed %t", err, sink.committed, sink.closed)
		}
	}
	if _, err := serve.Run(t.Context(), m, src, func(*dataset.Schema) (dataset.Sink, error) { return nil, errDisk }, serve.RunOptions{}); !errors.Is(err, errDisk) {
		t.Errorf("got %v", err)
	}
	var option *dataset.OptionError
	if _, err := serve.Run(t.Context(), m, src, new(memorySink).open, serve.RunOptions{Workers: -1}); !errors.As(err, &option) {
		t.Errorf("got %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := serve.Run(ctx, m, src, new(memorySink).open, serve.RunOptions{}); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}
