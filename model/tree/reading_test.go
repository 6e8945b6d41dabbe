package tree

import (
	"context"
	"errors"
	"iter"
	"math/rand/v2"
	"slices"
	"strconv"
	"testing"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/model"
)

type flight struct {
	Delay   *float64 `ml:"name=delay"`
	Hours   float64  `ml:"name=hours"`
	Carrier *string  `ml:"name=carrier"`
	Zone    string   `ml:"name=zone,oneof=north|south,unseen=other"`
	Fare    float64  `ml:"name=fare"`
	Weight  float64  `ml:"name=weight,role=weight"`
}

func flights(t *testing.T, n, batch, carriers int) dataset.Source {
	t.Helper()
	r := rand.New(rand.NewPCG(4, 4))
	rows := make([]flight, n)
	for i := range rows {
		f := &rows[i]
		f.Hours, f.Weight, f.Fare = r.NormFloat64(), float64(r.IntN(3)), r.ExpFloat64()
		f.Zone = []string{"north", "south", "west"}[r.IntN(3)]
		if r.IntN(5) > 0 {
			v := r.Float64()
			f.Delay = &v
		}
		if r.IntN(5) > 0 {
			v := strconv.Itoa(r.IntN(carriers))
			f.Carrier = &v
		}
	}
	src, err := dataset.FromStructs(rows, dataset.StructsOptions{BatchRows: batch})
	if err != nil {
		t.Fatal(err)
	}
	return src
}

// TestRowsReadTwiceHaveTheBinsOfRowsReadOnce reads rows to train on and to validate with, of which the latter have categories of their own.
func TestRowsReadTwiceHaveTheBinsOfRowsReadOnce(t *testing.T) {
	p := defaults()
	p.workers = 3
	in := reading{&p, model.Problem{Task: model.Regression, Target: "fare", Weight: "weight"}, []string{"delay", "hours", "carrier", "zone"}, 700}
	rows, more := flights(t, 5000, 333, 30), flights(t, 3000, 1000, 40)
	source, train, err := in.train(t.Context(), rows)
	if err != nil {
		t.Fatal(err)
	}
	valid, err := in.validation(t.Context(), more, source, train)
	if err != nil {
		t.Fatal(err)
	}
	if train.binned == nil || train.columns != nil || valid.binned == nil || valid.columns != nil {
		t.Fatal("the columns are not bins alone")
	}
	if !train.binned.binners[0].missing || train.binned.binners[1].missing {
		t.Error("missing values are not in the column that has some alone")
	}
	in.keep = 5000
	wholeSource, wholeTrain, err := in.train(t.Context(), rows)
	if err != nil {
		t.Fatal(err)
	}
	wholeValid, err := in.validation(t.Context(), more, wholeSource, wholeTrain)
	if err != nil {
		t.Fatal(err)
	}
	for i, pair := range [][2]*table{{train, wholeTrain}, {valid, wholeValid}} {
		if pair[1].binned != nil {
			t.Fatal("rows that are held are bins")
		}
		if err := pair[1].bin(t.Context(), train.binned.binners, &p); err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(pair[0].binned.words[0], pair[1].binned.words[0]) {
			t.Errorf("table %d: other bins", i)
		}
		if !slices.Equal(pair[0].value, pair[1].value) || !slices.Equal(pair[0].weight, pair[1].weight) {
			t.Errorf("table %d: other targets or weights", i)
		}
	}
	// Rows that are dropped or held out take their bins with them.
	for _, tb := range []*table{train, wholeTrain} {
		if tb, err = tb.weighted(t.Context()); err != nil {
			t.Fatal(err)
		}
		if tb, _, err = tb.holdOut(t.Context(), 0.3, 1); err != nil {
			t.Fatal(err)
		}
		if slices.Contains(tb.weight, 0) || len(tb.binned.words[0]) != tb.rows || len(tb.value) != tb.rows {
			t.Errorf("%d rows, %d of them binned", tb.rows, len(tb.binned.words[0]))
		}
	}
}

func TestLongValidationBinsTheRowsTrainedOn(t *testing.T) {
	p := defaults()
	in := reading{&p, model.Problem{Task: model.Regression, Target: "fare"}, []string{"delay", "carrier"}, 700}
	source, train, err := in.train(t.Context(), flights(t, 600, 100, 20))
	if err != nil {
		t.Fatal(err)
	}
	valid, err := in.validation(t.Context(), flights(t, 900, 100, 25), source, train)
	if err != nil {
		t.Fatal(err)
	}
	if train.binned == nil || valid.binned == nil || &valid.binned.binners[0] != &train.binned.binners[0] {
		t.Error("want both in the same bins")
	}
}

func TestRowsThatCannotBeReadTwiceAreRefused(t *testing.T) {
	p := defaults()
	in := reading{&p, model.Problem{Task: model.Regression, Target: "fare"}, []string{"delay"}, 700}
	once := &onceSource{Source: flights(t, 900, 100, 25)}
	if _, _, err := in.train(t.Context(), once); !errors.Is(err, dataset.ErrConsumed) {
		t.Errorf("error %v, want ErrConsumed", err)
	}
}

// onceSource can be ranged once.
type onceSource struct {
	dataset.Source
	done bool
}

func (s *onceSource) Batches(ctx context.Context) iter.Seq2[dataset.Batch, error] {
	if s.done {
		return func(yield func(dataset.Batch, error) bool) { yield(dataset.Batch{}, dataset.ErrConsumed) }
	}
	s.done = true
	return s.Source.Batches(ctx)
}
