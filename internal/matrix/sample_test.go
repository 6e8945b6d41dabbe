package matrix_test

import (
	"errors"
	"math"
	"math/rand/v2"
	"slices"
	"strconv"
	"testing"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/internal/matrix"
)

type sampledRow struct {
	X float64  `ml:"name=x"`
	S string   `ml:"name=s"`
	M *float64 `ml:"name=m"` // missing in one row
	Z *float64 `ml:"name=z"` // missing in rows of weight zero only
	Y float64  `ml:"name=y"`
	W float64  `ml:"name=w"`
}

func sampledRows(n, batch int) (dataset.Source, []sampledRow, error) {
	one := 1.0
	rows := make([]sampledRow, n)
	for i := range rows {
		rows[i] = sampledRow{X: float64(i), S: strconv.Itoa(i * 7919 % 13), M: &one, Z: &one, Y: float64(2 * i), W: 1}
		if i == n-1 {
			rows[i].M = nil
		}
		if i%10 == 3 {
			rows[i].W, rows[i].Z = 0, nil
		}
	}
	src, err := dataset.FromStructs(rows, dataset.StructsOptions{BatchRows: batch})
	return src, rows, err
}

func TestSampleDoesNotDependOnBatches(t *testing.T) {
	const n, keep = 5000, 700
	request := matrix.Request{Columns: []string{"x", "s", "m", "z"}, Target: "y", Weight: "w", Missing: true, Text: true}
	var first []float64
	for _, batch := range []int{64, 700, 701, 5000} {
		src, rows, err := sampledRows(n, batch)
		if err != nil {
			t.Fatal(err)
		}
		table, again, err := matrix.ReadSample(t.Context(), src, request, keep, rand.New(rand.NewPCG(1, 2)))
		if err != nil {
			t.Fatal(err)
		}
		x := table.Columns[0].Numbers
		if table.Rows != n || len(table.Target) != n || len(table.Weight) != n || len(x) != keep || again == nil {
			t.Fatalf("%d rows with %d targets, %d kept", table.Rows, len(table.Target), len(x))
		}
		if !slices.Equal(again.Missing, []bool{false, false, true, false}) {
			t.Errorf("missing in columns: %v", again.Missing)
		}
		if first == nil {
			first = x
		} else if !slices.Equal(first, x) {
			t.Errorf("batches of %d rows: another sample", batch)
		}
		for i, v := range x {
			if rows[int(v)].W == 0 || table.Columns[1].Vocabulary[table.Columns[1].Codes[i]] != rows[int(v)].S {
				t.Fatalf("row %v is kept with weight %v, code %d", v, rows[int(v)].W, table.Columns[1].Codes[i])
			}
		}
		readAgain(t, table, again, src, rows)
	}
	sorted := slices.Clone(first)
	slices.Sort(sorted)
	if len(slices.Compact(sorted)) != keep || math.Abs(sorted[keep/2]/n-0.5) > 0.1 { // its standard deviation is 0.02
		t.Errorf("rows are kept twice, or not evenly: the middle one is %v", sorted[keep/2])
	}
}

func readAgain(t *testing.T, table *matrix.Table, again *matrix.Again, src dataset.Source, rows []sampledRow) {
	t.Helper()
	err := again.Range(t.Context(), src, func(b dataset.Batch, at int) error {
		numbers, codes := make([]float64, b.NumRows()), make([]int32, b.NumRows())
		if err := errors.Join(again.Numbers(b, 0, numbers), again.Codes(b, 1, codes)); err != nil {
			return err
		}
		for i, v := range numbers {
			if v != rows[at+i].X || table.Columns[1].Vocabulary[codes[i]] != rows[at+i].S {
				t.Fatalf("row %d reads again as %v and code %d", at+i, v, codes[i])
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestFewRowsAreAllKept(t *testing.T) {
	src, _, err := sampledRows(100, 30)
	if err != nil {
		t.Fatal(err)
	}
	request := matrix.Request{Columns: []string{"x", "s"}, Text: true}
	table, again, err := matrix.ReadSample(t.Context(), src, request, 100, nil)
	if err != nil || again != nil || len(table.Columns[0].Numbers) != 100 {
		t.Errorf("want all rows, got %v, %v", again, err)
	}
}

func TestChangedRowsAreRefused(t *testing.T) {
	request := matrix.Request{Columns: []string{"x", "s"}, Text: true}
	src, rows, err := sampledRows(1000, 100)
	if err != nil {
		t.Fatal(err)
	}
	_, again, err := matrix.ReadSample(t.Context(), src, request, 100, rand.New(rand.NewPCG(1, 2)))
	if err != nil {
		t.Fatal(err)
	}
	rows[5].S = "new"
	for name, changed := range map[string][]sampledRow{"fewer": rows[:900], "more": append(rows[:1000:1000], rows[0]), "new text": rows} {
		other, err := dataset.FromStructs(changed, dataset.StructsOptions{BatchRows: 100})
		if err != nil {
			t.Fatal(err)
		}
		err = again.Range(t.Context(), other, func(b dataset.Batch, _ int) error { return again.Codes(b, 1, make([]int32, b.NumRows())) })
		if !errors.Is(err, dataset.ErrSchema) {
			t.Errorf("%s: error %v", name, err)
		}
	}
}
