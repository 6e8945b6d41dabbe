package serve_test

import (
	"bufio"
	"errors"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"testing"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/dataset/jsonl"
	"github.com/tidewheel/tidewheel/serve"
	"github.com/tidewheel/tidewheel/validate"
	"github.com/tidewheel/tidewheel/validate/synthetic"
	"github.com/tidewheel/tidewheel/validate/validatetest"
)

// typedFaults are those that a struct can have, jsonFaults those that an object of JSON can have besides.
func typedFaults() []synthetic.Fault {
	return []synthetic.Fault{
		synthetic.NotANumber, synthetic.PositiveInfinity, synthetic.NegativeInfinity, synthetic.TooSmall, synthetic.TooLarge, synthetic.UnseenCategory,
		synthetic.MisspeltCategory, synthetic.UnitChange, synthetic.SwappedColumns,
	}
}

func jsonFaults() []synthetic.Fault {
	return append(typedFaults()[3:], synthetic.Null, synthetic.Unreadable, synthetic.Fraction, synthetic.Overflow, synthetic.MissingColumn, synthetic.RenamedColumn,
		synthetic.ExtraColumn, synthetic.ReorderedColumns, synthetic.NumberAsText, synthetic.BoolAsNumber)
}

// brokenRows calls each with rows that have one of the faults, 2,000 in all, or as many as TIDEWHEEL_FAULT_ROWS says, and returns how many.
func brokenRows(t *testing.T, a serve.Artifact, faults []synthetic.Fault, each func(f synthetic.Fault, broken *synthetic.Broken)) int64 {
	t.Helper()
	n := int64(2000)
	if text := os.Getenv("TIDEWHEEL_FAULT_ROWS"); text != "" {
		var err error
		if n, err = strconv.ParseInt(text, 10, 64); err != nil {
			t.Fatal(err)
		}
	}
	n /= int64(len(faults))
	for k, f := range faults {
		rows, err := synthetic.New(a.Schema(), n, synthetic.Options{Seed: uint64(k), Profile: a.Profile()})
		if err != nil {
			t.Fatal(err)
		}
		broken, err := synthetic.Break(rows, synthetic.BreakOptions{Seed: uint64(k), Faults: []synthetic.Fault{f}, Share: 1})
		if err != nil {
			t.Fatal(err)
		}
		each(f, broken)
	}
	return n * int64(len(faults))
}

// plantedIn returns what is planted in all rows and what in each, in order.
func plantedIn(broken *synthetic.Broken) (all, cells []synthetic.Planted) {
	for p := range broken.Planted() {
		if p.Row == synthetic.AllRows {
			all = append(all, p)
		} else {
			cells = append(cells, p)
		}
	}
	return all, cells
}

// Rows with a fault each, of every kind that Go's types do not exclude: none is scored in silence.
func TestNoFaultyRowIsSilentThroughTheTypedEntrance(t *testing.T) {
	a := payments(t)
	s, err := serve.New[validatetest.Payment](a, serve.Options{})
	if err != nil {
		t.Fatal(err)
	}
	silent := 0
	n := brokenRows(t, a, typedFaults(), func(f synthetic.Fault, broken *synthetic.Broken) {
		_, cells := plantedIn(broken)
		at := 0
		for row, err := range dataset.Rows[validatetest.Payment](t.Context(), broken) {
			if err != nil {
				t.Fatal(err)
			}
			want := cells[at]
			at++
			p, err := s.Score(t.Context(), row)
			var found []serve.Finding
			var refused *serve.RefusedError
			if errors.As(err, &refused) {
				found = refused.Findings
			}
			for _, r := range p.Findings {
				found = append(found, s.Model().Describe(0, r))
			}
			if (err != nil) != (want.Severity == validate.Refused) || !slices.ContainsFunc(found, func(g serve.Finding) bool {
				return g.Rule == want.Rule && g.Severity == want.Severity && g.Field == want.Column && g.Other == want.Other
			}) {
				if silent++; silent < 5 {
					t.Errorf("%s in row %d of %q: %v, found %+v", f, want.Row, want.Column, err, found)
				}
			}
		}
		if at != len(cells) {
			t.Errorf("%s: %d rows, want %d", f, at, len(cells))
		}
	})
	t.Logf("%d rows, %d silent", n, silent)
}

// The same through JSON, with the faults of nulls, texts and whole columns.
func TestNoFaultyRowIsSilentThroughJSON(t *testing.T) {
	a := payments(t)
	h := newHandler(t, a, serve.HandlerOptions{})
	silent := 0
	n := brokenRows(t, a, jsonFaults(), func(f synthetic.Fault, broken *synthetic.Broken) {
		all, cells := plantedIn(broken)
		at := 0
		for line := range jsonLines(t, broken) {
			want := all
			if len(cells) > 0 {
				want = cells[at : at+1]
			}
			at++
			status, _, text := post(t, h, line)
			got := parse(t, text)
			for _, p := range want {
				found, answered := got.Findings, http.StatusOK
				if p.Severity == validate.Refused {
					found, answered = got.Errors, http.StatusUnprocessableEntity
				} else if f == synthetic.RenamedColumn {
					continue // the row is refused, and what would be counted is not told
				}
				if status != answered || !slices.ContainsFunc(found, func(g told) bool { return g.Rule == string(p.Rule) && g.Field == p.Column && g.Other == p.Other }) {
					if silent++; silent < 5 {
						t.Errorf("%s of %q: %s gives %d %s", f, p.Column, line, status, text)
					}
				}
			}
		}
	})
	t.Logf("%d rows, %d silent", n, silent)
}

// jsonLines yields the rows of a source as objects of JSON.
func jsonLines(t *testing.T, src dataset.Source) func(yield func(string) bool) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "rows.jsonl")
	sink, err := jsonl.Create(path, src.Schema(), jsonl.WriteOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := dataset.Copy(t.Context(), sink, src); err != nil {
		t.Fatal(err)
	}
	if err := sink.Close(); err != nil {
		t.Fatal(err)
	}
	return func(yield func(string) bool) {
		f, err := os.Open(path)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		for lines := bufio.NewScanner(f); lines.Scan(); {
			if !yield(lines.Text()) {
				return
			}
		}
	}
}
