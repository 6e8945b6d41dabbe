package repair_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode"

	"github.com/apache/arrow/go/v17/arrow/memory"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/dataset/datasettest"
	"github.com/tidewheel/tidewheel/validate/repair"
)

// order is a row of the tables that properties are tried on.
type order struct {
	ID     int64      `ml:"name=id"`
	Amount *float64   `ml:"name=amount,unit=cent"`
	Count  *int16     `ml:"name=count"`
	State  *string    `ml:"name=state,type=dictionary"`
	Name   *string    `ml:"name=name"`
	Day    *time.Time `ml:"name=day,type=date32"`
	Placed *string    `ml:"name=placed"`
}

func pick[T any](rng *rand.Rand, values ...T) *T {
	if rng.IntN(8) == 0 {
		return nil
	}
	v := values[rng.IntN(len(values))]
	return &v
}

func orders(rng *rand.Rand, n int) []order {
	rows := make([]order, n)
	for i := range rows {
		rows[i] = order{
			ID:     int64(rng.IntN(n)),
			Amount: pick(rng, float64(rng.IntN(100)), float64(rng.IntN(100))/8, -5, 1e6, 70),
			Count:  pick(rng, int16(rng.IntN(20)), int16(-3), int16(3000)),
			State:  pick(rng, "open", "paid", "Paid ", "piad", "OPEN", " ", "shippd", "lost"),
			Name:   pick(rng, "Ann", " Ann", "J\u030c", "e\u0301", "É", "\u212a", "Bob  B", ""),
			Day:    pick(rng, time.Unix(int64(rng.IntN(40)-4)*86400, 0).UTC()),
			Placed: pick(rng, "2026-01-02", "02.01.2026", "1/2/26", "31.12.2025", "soon"),
		}
	}
	return rows
}

// lists returns some lists of repairs, drawn at random, in which one repair may meet what another one made.
func draw(rng *rand.Rand) []repair.Repair {
	low, high := 0.0, 50.0
	all := []repair.Repair{
		repair.Trim{Column: "state"},
		repair.Trim{Column: "name", Inner: true},
		repair.Case{Column: "state"},
		repair.Case{Column: "state", To: repair.Upper},
		repair.Case{Column: "name", To: repair.Folded},
		repair.Case{Column: "name"},
		repair.Case{Column: "name", To: repair.Upper},
		repair.NFC{Column: "name"},
		repair.Map{Column: "state", Texts: map[string]string{"open": "OPEN", "paid": " Paid", "": "lost"}},
		repair.Map{Column: "state", Texts: map[string]string{"PAID": "shippd"}},
		repair.Nearest{Column: "state", Categories: []string{"open", "paid", "shipped"}, Distance: 2},
		repair.Impute{Column: "state", Value: dataset.TextValue("piad ")},
		repair.Impute{Column: "name", Value: dataset.TextValue("J\u030c")},
		repair.Impute{Column: "amount", Value: dataset.NumberValue(5000)},
		repair.Impute{Column: "count", Value: dataset.NumberValue(-1)},
		repair.Clip{Column: "amount", Min: 0, Max: 60},
		repair.Clip{Column: "count", Min: 0, Max: 10},
		repair.Clip{Column: "day", Min: 0, Max: 30},
		repair.Rescale{Column: "amount", Factors: []float64{0.01, 100}, Min: 1, Max: 50},
		repair.Rescale{Column: "count", Factors: []float64{0.01}, Min: 0, Max: 50},
		repair.Dates{Column: "placed", Layouts: []string{"02.01.2006", "1/2/2006"}},
		repair.Mend{Field: dataset.Field{Name: "count", Type: dataset.Int16, Min: &low, Max: &high}, Steps: []repair.Repair{
			repair.Rescale{Column: "count", Factors: []float64{0.01}, Min: 0, Max: 50}, repair.Clip{Column: "count", Min: 0, Max: 50}, repair.Impute{Column: "count", Value: dataset.NumberValue(4)},
		}},
		repair.Convert{Column: "amount", From: "cent", To: "EUR", Factor: 0.01},
	}
	rng.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
	list := all[:1+rng.IntN(len(all))]
	switch rng.IntN(4) {
	case 0:
		list = append(list, repair.Smooth{Column: "amount", Window: 3 + 2*rng.IntN(4)}, repair.Smooth{Column: "day"})
	case 1:
		list = append(list, repair.Dedupe{By: []string{"id"}}, repair.Smooth{Column: "count"})
	case 2:
		list = append(list, repair.Dedupe{})
	default:
	}
	return list
}

func source(t *testing.T, rows []order, batch int) dataset.Source {
	t.Helper()
	src, err := dataset.FromStructs(rows, dataset.StructsOptions{BatchRows: batch})
	must(t, err)
	return src
}

func digest(t *testing.T, src dataset.Source) string {
	t.Helper()
	d, err := dataset.Digest(t.Context(), src, dataset.RunOptions{})
	must(t, err)
	return d
}

// Repairing twice is repairing once, rows and ledger do not depend on batches, and what was done is undone to the bit.
func TestRepairsAreIdempotentAndReversible(t *testing.T) {
	for seed := range uint64(100) {
		rng := rand.New(rand.NewPCG(seed, 1))
		rows := orders(rng, 1+rng.IntN(80))
		list := draw(rng)
		src := source(t, rows, 1000)
		out, ledger := repaired(t, src, repair.Options{}, list...)
		again, second := repaired(t, out, repair.Options{}, list...)
		if got := texts(t, second.source(t)); digest(t, again) != digest(t, out) || len(got) > 0 {
			t.Fatalf("seed %d, %#v: a second time %q", seed, list, got)
		}
		small, other := repaired(t, source(t, rows, 1+rng.IntN(9)), repair.Options{}, list...)
		if digest(t, small) != digest(t, out) || digest(t, other.source(t)) != digest(t, ledger.source(t)) {
			t.Fatalf("seed %d, %#v: other batches, other rows", seed, list)
		}
		back, err := repair.Undo(small, ledger.source(t), repair.UndoOptions{Schema: src.Schema()})
		must(t, err)
		var want []string
		all := texts(t, src)
		gone := make(map[string]bool)
		for _, line := range texts(t, ledger.source(t)) {
			if row, rest, _ := strings.Cut(line, "|"); strings.HasPrefix(rest, "|dedupe") {
				gone[row] = true
			}
		}
		for i := range all {
			if !gone[fmt.Sprint(i)] {
				want = append(want, all[i])
			}
		}
		if got := texts(t, back); !slices.Equal(got, want) {
			t.Fatalf("seed %d, %#v: undone %q, want %q", seed, list, got, want)
		}
	}
}

func TestRepairedIsASource(t *testing.T) {
	rows := orders(rand.New(rand.NewPCG(7, 7)), 700)
	open := func(list ...repair.Repair) func(mem memory.Allocator) (dataset.Source, error) {
		return func(mem memory.Allocator) (dataset.Source, error) {
			src, err := dataset.FromStructs(rows, dataset.StructsOptions{BatchRows: 90, Allocator: mem})
			if err != nil {
				return nil, err
			}
			r, err := repair.New(list, repair.Options{Allocator: mem})
			if err != nil {
				return nil, err
			}
			return r.Apply(src, nil)
		}
	}
	t.Run("cells", func(t *testing.T) {
		datasettest.TestSource(t, datasettest.SourceTraits{Rows: 700}, open(repair.Trim{Column: "state"}, repair.Clip{Column: "count", Min: 0, Max: 9}, repair.Impute{Column: "amount", Value: dataset.NumberValue(1)}))
	})
	t.Run("series", func(t *testing.T) {
		datasettest.TestSource(t, datasettest.SourceTraits{Rows: 700}, open(repair.Smooth{Column: "amount", Window: 101}))
	})
	ids := make(map[int64]bool)
	for _, row := range rows {
		ids[row.ID] = true
	}
	t.Run("rows", func(t *testing.T) {
		datasettest.TestSource(t, datasettest.SourceTraits{Rows: len(ids)}, open(repair.Dedupe{By: []string{"id"}}, repair.Smooth{Column: "amount"}))
	})
	out, ledger := repaired(t, source(t, rows, 90), repair.Options{}, repair.Smooth{Column: "amount"}, repair.Trim{Column: "state"})
	t.Run("undone", func(t *testing.T) {
		datasettest.TestSource(t, datasettest.SourceTraits{Rows: 700}, func(mem memory.Allocator) (dataset.Source, error) {
			return repair.Undo(copied{out, mem}, copied{ledger.source(t), mem}, repair.UndoOptions{Allocator: mem})
		})
	})
}

// Every rune has one folded form, and Unicode's own folding agrees with it that two letters are one.
func TestFoldingIsIdempotent(t *testing.T) {
	var all []string
	for r := range rune(0x20000) {
		if unicode.ToLower(r) != r || unicode.ToUpper(r) != r || unicode.SimpleFold(r) != r {
			all = append(all, string(r))
		}
	}
	for _, to := range []repair.Letters{repair.Lower, repair.Upper, repair.Folded} {
		out, _ := repaired(t, column(t, field("x", dataset.Utf8), 50_000, all...), repair.Options{}, repair.Case{Column: "x", To: to})
		got := texts(t, out)
		again, ledger := repaired(t, out, repair.Options{}, repair.Case{Column: "x", To: to})
		if len(ledger.batches) > 0 || !slices.Equal(texts(t, again), got) {
			t.Errorf("form %d: a second time changes something", to)
		}
		if to != repair.Folded {
			continue
		}
		for i := range got {
			if !strings.EqualFold(got[i], all[i]) && all[i] != "İ" { // İ folds to itself in Unicode; its lower case is i
				t.Errorf("%U became %U", []rune(all[i]), []rune(got[i]))
			}
		}
	}
}

// medians is the recursive moving median by its definition.
func medians(x []float64, window int) []float64 {
	half := window / 2
	y := slices.Clone(x)
	for i := range x {
		var w []float64
		for k := i - half; k <= i+half; k++ {
			w = append(w, y[min(max(k, 0), len(x)-1)]) // those before i are smoothed already
		}
		slices.Sort(w)
		y[i] = w[half]
	}
	return y
}

func TestSmoothIsTheRecursiveMedianAndIdempotent(t *testing.T) {
	for seed := range uint64(60) {
		rng := rand.New(rand.NewPCG(seed, 2))
		window := 3 + 2*rng.IntN(6)
		var in, numbers, want []string
		var x []float64
		for range rng.IntN(60) {
			switch rng.IntN(6) {
			case 0:
				in = append(in, []string{"null", "NaN", "inf"}[rng.IntN(3)])
			default:
				v := float64(rng.IntN(30))
				x = append(x, v)
				in = append(in, fmt.Sprintf("%.1f", v))
			}
		}
		for _, v := range medians(x, window) {
			numbers = append(numbers, fmt.Sprintf("%.1f", v))
		}
		for _, v := range in {
			if strings.HasSuffix(v, ".0") {
				v, numbers = numbers[0], numbers[1:]
			}
			want = append(want, v)
		}
		smooth := repair.Smooth{Column: "x", Window: window}
		out, _ := repaired(t, column(t, field("x", dataset.Float64), 7, in...), repair.Options{}, smooth)
		if got := texts(t, out); !slices.Equal(got, want) {
			t.Fatalf("seed %d: got %q, want %q", seed, got, want)
		}
		if _, ledger := repaired(t, out, repair.Options{}, smooth); len(ledger.batches) > 0 {
			t.Fatalf("seed %d: a second time changes %q", seed, texts(t, ledger.source(t)))
		}
	}
}

func TestALongGapEndsASeries(t *testing.T) {
	for _, c := range []struct {
		gap  int
		want string
	}{{1000, "1.0"}, {1001, "9.0"}} {
		in := slices.Concat([]string{"1.0", "1.0"}, slices.Repeat([]string{"null"}, c.gap), []string{"9.0", "1.0", "1.0"})
		out, _ := repaired(t, column(t, field("x", dataset.Float64), 300, in...), repair.Options{}, repair.Smooth{Column: "x", Window: 3})
		if got := texts(t, out)[c.gap+2]; got != c.want {
			t.Errorf("after %d rows without a number: got %s, want %s", c.gap, got, c.want)
		}
	}
}
