package tree

import (
	"encoding/json"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

// oneHot returns groups of columns of which one a row is 1, columns of few rows that are not zero, dense ones and a categorical one with a usual category.
func oneHot(rows, groups, width int, seed uint64) *table {
	r := rand.New(rand.NewPCG(seed, 0))
	out := &table{rows: rows, labels: labels{classes: 2, class: make([]int32, rows)}}
	z := make([]float64, rows)
	for range groups {
		columns := make([]column, width)
		for k := range columns {
			columns[k].numeric = make([]float64, rows)
		}
		effects := make([]float64, width)
		for k := range effects {
			effects[k] = r.NormFloat64()
		}
		for i := range rows {
			k := r.IntN(width)
			columns[k].numeric[i] = 1
			z[i] += effects[k]
		}
		out.columns = append(out.columns, columns...)
	}
	for k := range 8 { // of a few values each, some negative, some missing
		c := column{numeric: make([]float64, rows)}
		for i := k; i < rows; i += 16 {
			v := math.Round(3 * r.NormFloat64())
			if z[i] += v; r.IntN(9) == 0 {
				v = math.NaN()
			}
			c.numeric[i] = v
		}
		out.columns = append(out.columns, c)
	}
	dense, rare := column{numeric: make([]float64, rows)}, column{codes: make([]int32, rows), categories: 9}
	for i := range rows {
		dense.numeric[i] = r.NormFloat64()
		z[i] += dense.numeric[i]
		if i%16 == 15 {
			rare.codes[i] = int32(r.IntN(9))
			z[i] += float64(rare.codes[i])
		}
	}
	out.columns = append(out.columns, dense, rare)
	for i := range z {
		if r.Float64() < sigmoid(z[i]) {
			out.class[i] = 1
		}
	}
	return out
}

// plainly makes a trainer count every column in a byte of its own.
func (t *trainer) plainly(tb testing.TB) {
	tb.Helper()
	l, err := arrange(tb.Context(), t.crew, t.words, t.ensemble.binners, placed{})
	if err != nil {
		tb.Fatal(err)
	}
	t.grower = newGrower(t.crew, l, t.ensemble.binners, t.rows, t.parameters)
}

func TestBundlesChangeNothing(t *testing.T) {
	for seed := range uint64(4) {
		rows := []int{300, 3000, 20_000, 40_000}[seed]
		tb := oneHot(rows, 3, 12, seed)
		p := defaults()
		p.objective, p.trees, p.workers, p.seed, p.featureFraction = logistic{}, 5, 2, seed, []float64{1, 0.5}[seed%2]
		var plans [2][]byte
		for i := range plans {
			tr, err := newTrainer(t.Context(), tb, nil, p)
			if err != nil {
				t.Fatal(err)
			}
			if n := len(tr.grower.hist.sizes); i == 0 && n > len(tb.columns)-35 {
				t.Errorf("%d rows: %d bytes for %d columns", rows, n, len(tb.columns))
			}
			if i == 1 {
				tr.plainly(t)
			}
			e, err := tr.run(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			if plans[i], err = json.Marshal(e.emit(nil)); err != nil {
				t.Fatal(err)
			}
		}
		if !slices.Equal(plans[0], plans[1]) {
			t.Errorf("%d rows: other trees than without bundles", rows)
		}
	}
}

func TestBytesHoldTheBinsOfTheirColumns(t *testing.T) {
	tb := oneHot(2000, 4, 10, 9)
	p := defaults()
	p.objective = logistic{}
	tr, err := newTrainer(t.Context(), tb, nil, p)
	if err != nil {
		t.Fatal(err)
	}
	l := &tr.grower.hist.layout
	shared := 0
	for f := range tb.columns {
		at := &l.places[f]
		if at.first > 0 {
			shared++
		}
		for i := range tb.rows {
			value := uint8(l.words[at.slot>>3][i] >> (8 * (at.slot & 7)))
			if got, want := at.bin(value), tr.words.at(f, int32(i)); got != want || int(value) >= l.sizes[at.slot] {
				t.Fatalf("column %d, row %d: bin %d in byte %d, want %d", f, i, got, value, want)
			}
		}
	}
	if shared < 40 {
		t.Errorf("%d columns share bytes, want at least 40", shared)
	}
}

func TestColumnsThatMeetAreNotBundled(t *testing.T) {
	tb := &table{rows: 1000, labels: labels{value: make([]float64, 1000)}}
	for range 20 { // all are rare in the same rows
		c := column{numeric: make([]float64, tb.rows)}
		for i := 0; i < tb.rows; i += 10 {
			c.numeric[i] = 1
		}
		tb.columns = append(tb.columns, c)
	}
	tr, err := newTrainer(t.Context(), tb, nil, defaults())
	if err != nil {
		t.Fatal(err)
	}
	if n := len(tr.grower.hist.sizes); n != len(tb.columns) {
		t.Errorf("%d bytes, want one for each of %d columns", n, len(tb.columns))
	}
}

// BenchmarkOneHot trains 20 trees on 200,000 rows of 200 columns that are mostly zero, with bundles and without.
func BenchmarkOneHot(b *testing.B) {
	tb := oneHot(200_000, 10, 19, 1)
	p := defaults()
	p.objective, p.trees = logistic{}, 20
	if err := tb.bin(b.Context(), nil, &p); err != nil {
		b.Fatal(err)
	}
	for _, bundles := range []string{"bundled", "plain"} {
		b.Run(bundles, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				tr, err := newTrainer(b.Context(), tb, nil, p)
				if err != nil {
					b.Fatal(err)
				}
				if bundles == "plain" {
					tr.plainly(b)
				}
				if _, err := tr.run(b.Context()); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
