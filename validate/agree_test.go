package validate_test

import (
	"math"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/validate"
	"github.com/tidewheel/tidewheel/validate/validatetest"
)

// spoiltPayments returns rows of which half have one to three cells from a pool of values that break, stretch or keep the rules.
func spoiltPayments(seed uint64, n int) []validatetest.Payment {
	rng := rand.New(rand.NewPCG(seed, 3))
	numbers := []float64{0, -1, 5, 42, 5000, 4e5, 1e300, math.NaN(), math.Inf(1), math.Inf(-1), math.Copysign(0, -1)}
	texts := []string{"DE", "web", "", "de", "app", "X"}
	rows := validatetest.Payments(seed, n)
	for i := range rows {
		if rng.IntN(2) == 0 {
			continue
		}
		for range 1 + rng.IntN(3) {
			p, x := &rows[i], numbers[rng.IntN(len(numbers))]
			switch rng.IntN(6) {
			case 0:
				p.Amount = x
			case 1:
				p.Limit = x
			case 2:
				p.Tenure = &x
			case 3:
				p.Age = int32(rng.IntN(200))
			case 4:
				p.Country = texts[rng.IntN(len(texts))]
			case 5:
				p.Channel = texts[rng.IntN(len(texts))]
			}
		}
	}
	return rows
}

// The two entrances agree, finding by finding, on rows that are wrong in many ways at once.
func TestEntrancesAgreeOnRandomRows(t *testing.T) {
	v := paymentValidator(t)
	rows := spoiltPayments(5, 20_000)
	src, err := dataset.FromStructs(rows, dataset.StructsOptions{})
	must(t, err)
	reader, err := dataset.NewRowReader[validatetest.Payment](v.Schema())
	must(t, err)
	row := dataset.NewRow(v.Schema())
	var r validate.RowResult
	at, refused, flagged := 0, 0, 0
	byRow := func(a, b validate.RowFinding) int {
		return 100*(a.Column-b.Column) + slices.Compare([]rune(a.Rule), []rune(b.Rule))
	}
	for b, err := range src.Batches(t.Context()) {
		must(t, err)
		result, err := v.CheckBatch(b)
		must(t, err)
		cells := result.Cells
		for i, severity := range result.Rows {
			reader.Read(&rows[at], row)
			v.CheckRow(row, &r)
			if r.Severity != severity {
				t.Fatalf("row %d: batch %v, row %v", at, severity, r.Severity)
			}
			var batch []validate.RowFinding
			for len(cells) > 0 && cells[0].Row == i {
				batch, cells = append(batch, cells[0].RowFinding), cells[1:]
			}
			single := slices.DeleteFunc(r.Findings, func(f validate.RowFinding) bool { return f.Severity == validate.Counted })
			slices.SortFunc(batch, byRow)
			slices.SortFunc(single, byRow)
			if !slices.Equal(batch, single) {
				t.Fatalf("row %d: batch %v, row %v", at, batch, single)
			}
			switch severity {
			case validate.Refused:
				refused++
			case validate.Flagged:
				flagged++
			default:
			}
			at++
		}
	}
	if at != len(rows) || refused < 1000 || flagged < 100 {
		t.Errorf("%d rows, %d refused, %d flagged", at, refused, flagged)
	}
}

// One validator serves many goroutines.
func TestValidatorIsSafeForConcurrentUse(t *testing.T) {
	v := paymentValidator(t)
	b, err := validatetest.Faults()[2].Batch(nil, 100)
	must(t, err)
	defer b.Release()
	var wait sync.WaitGroup
	for range 4 {
		wait.Go(func() {
			row := dataset.NewRow(v.Schema())
			var r validate.RowResult
			for range 20 {
				out, result, err := v.Conform(b)
				if err != nil || result.Report.RowsBad != 1 {
					t.Errorf("%v, %+v", err, result.Report)
					return
				}
				for i := range out.NumRows() {
					if err := out.ReadRow(i, row); err != nil {
						t.Error(err)
					}
					v.CheckRow(row, &r)
				}
				out.Release()
			}
		})
	}
	wait.Wait()
}

// Severities travel as text.
func TestSeverityText(t *testing.T) {
	for _, want := range []validate.Severity{validate.Clean, validate.Counted, validate.Flagged, validate.Refused} {
		text, err := want.MarshalText()
		must(t, err)
		var got validate.Severity
		must(t, got.UnmarshalText(text))
		if got != want {
			t.Errorf("%v became %v", want, got)
		}
	}
	var s validate.Severity
	if s.UnmarshalText([]byte("bad")) == nil {
		t.Error("an unknown severity is read")
	}
}
