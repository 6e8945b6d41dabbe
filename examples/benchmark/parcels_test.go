package main

import (
	"encoding/json"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"slices"
	"testing"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/dataset/parquet"
	"github.com/tidewheel/tidewheel/validate"
)

// What fails in any rows of parcel: 3 % of ratings are missing, where 2 % may be.
func always() addresses { return addresses{"rating_null_share": {0}} }

func TestEveryPlantedCellIsFoundAndNoOther(t *testing.T) {
	const rows = 90_000 // more than a chunk
	want := addresses(planted(rows, 7))
	for name, n := range want {
		if len(n) < 5 {
			t.Errorf("want 5 rows or more that break %s, got %d", name, len(n))
		}
	}
	maps.Copy(want, always())
	src, err := parcels(rows, 7)
	if err != nil {
		t.Fatal(err)
	}
	for _, workers := range []int{1, 2} {
		got, err := runChecks(t.Context(), src, workers)
		if err != nil {
			t.Fatal(err)
		}
		sameRows(t, "this package", got, want)
	}
}

func TestNothingIsFoundInCleanRows(t *testing.T) {
	src, err := newParcels(20_000, 8, false)
	if err != nil {
		t.Fatal(err)
	}
	got, err := runChecks(t.Context(), src, 1)
	if err != nil {
		t.Fatal(err)
	}
	sameRows(t, "this package", got, always())
}

// Every fault is planted, and every check of rows but two has one: no row misses its id, which stands for a check that passes.
func TestEveryCheckHasItsFaults(t *testing.T) {
	want := planted(90_000, 7)
	for _, c := range parcelChecks() {
		if _, there := want[c.name]; !there && !c.whole && c.name != "id_not_null" {
			t.Errorf("want faults for %s, got none", c.name)
		}
		delete(want, c.name)
	}
	if len(want) > 0 {
		t.Errorf("want faults of the checks alone, got %v", slices.Sorted(maps.Keys(want)))
	}
}

func sameRows(t *testing.T, tool string, got, want addresses) {
	t.Helper()
	for _, c := range parcelChecks() {
		if !slices.Equal(got[c.name], want[c.name]) {
			t.Errorf("%s: %s: want %d rows, got %d: they first differ at %v", tool, c.name, len(want[c.name]), len(got[c.name]), difference(got[c.name], want[c.name]))
		}
	}
	if len(got) != len(want) {
		t.Errorf("%s: want %d checks that fail, got %d", tool, len(want), len(got))
	}
}

// difference returns the rows of the first place where two lists differ.
func difference(a, b []int64) [][]int64 {
	i := 0
	for i < min(len(a), len(b)) && a[i] == b[i] {
		i++
	}
	return [][]int64{a[i:min(i+1, len(a))], b[i:min(i+1, len(b))]}
}

// TestPeersFindTheSameRows has pandera, Great Expectations, polars and DuckDB run the checks on the same file, where TIDEWHEEL_PEERS is 1.
func TestPeersFindTheSameRows(t *testing.T) {
	python := peersPython(t)
	path := filepath.Join(t.TempDir(), "parcels.parquet")
	if err := write(t.Context(), path, parcels, 150_000, 7); err != nil {
		t.Fatal(err)
	}
	src, err := parquet.Open(path, parquet.Options{})
	if err != nil {
		t.Fatal(err)
	}
	want, err := runChecks(t.Context(), src, 2)
	if err != nil {
		t.Fatal(err)
	}
	for _, tool := range []string{"polars", "duckdb", "pandera-polars", "pandera-pandas", "great-expectations"} {
		t.Run(tool, func(t *testing.T) {
			got := make(addresses)
			peer(t, &got, python, "checks.py", "rows", "--tool", tool, "--data", path)
			sameRows(t, tool, got, want)
		})
	}
}

// TestPeersProfileTheSame compares a profile with the exact figures of polars, where TIDEWHEEL_PEERS is 1: moments to 1e-9, the rank of quantiles to 1 %, numbers of
// distinct values to 2 %, counts of frequent values to what the profile says.
func TestPeersProfileTheSame(t *testing.T) {
	python := peersPython(t)
	path := filepath.Join(t.TempDir(), "orders.parquet")
	if err := write(t.Context(), path, orders, 150_000, 7); err != nil {
		t.Fatal(err)
	}
	src, err := parquet.Open(path, parquet.Options{})
	if err != nil {
		t.Fatal(err)
	}
	p, err := validate.ProfileOf(t.Context(), src, validate.ProfileOptions{})
	if err != nil {
		t.Fatal(err)
	}
	var want map[string]polarsColumn
	peer(t, &want, python, "columns.py", "figures", "--data", path)
	for _, c := range p.Columns() {
		w := want[c.Name]
		near(t, c.Name+": nulls", float64(c.Nulls), float64(w.Nulls), 0)
		near(t, c.Name+": distinct", float64(c.Distinct), float64(w.Distinct), 0.02)
		if n := c.Number; n != nil && w.Count > 0 {
			w.check(t, c)
		}
		if c.Text == nil {
			continue
		}
		near(t, c.Name+": shortest", float64(c.Text.MinLength), w.Min, 0)
		near(t, c.Name+": longest", float64(c.Text.MaxLength), w.Max, 0)
		near(t, c.Name+": mean length", c.Text.MeanLength, w.Mean, 1e-9)
		for _, v := range c.Top {
			if n, there := w.Top[v.Value.Text]; there && (v.Count > n || v.Count < n-c.TopError) {
				t.Errorf("%s: want %d rows of a frequent value, at most %d fewer, got %d", c.Name, n, c.TopError, v.Count)
			}
		}
	}
}

// polarsColumn is what columns.py prints of a column.
type polarsColumn struct {
	Nulls, Distinct, Count                  int64
	Min, Max, Mean, Std, Skewness, Kurtosis float64
	Top                                     map[string]int64
	Counts                                  []int64
	Quantiles                               [][2]float64
}

// check compares a column of numbers.
func (w polarsColumn) check(t *testing.T, c validate.ColumnProfile) {
	t.Helper()
	n := c.Number
	for figure, v := range map[string][2]float64{
		"count": {float64(n.Count), float64(w.Count)}, "min": {n.Min, w.Min}, "max": {n.Max, w.Max}, "mean": {n.Mean, w.Mean}, "std": {n.Std, w.Std},
		"skewness": {n.Skewness, w.Skewness}, "kurtosis": {n.Kurtosis, w.Kurtosis},
	} {
		near(t, c.Name+": "+figure, v[0], v[1], 1e-9)
	}
	for k, q := range n.Quantiles {
		if q < w.Quantiles[k][0] || q > w.Quantiles[k][1] {
			t.Errorf("%s: want quantile %d in %v, got %g", c.Name, k, w.Quantiles[k], q)
		}
	}
	for k, v := range c.Top {
		if k < len(w.Counts) && v.Count > w.Counts[k] || c.TopError == 0 && k < len(w.Counts) && v.Count != w.Counts[k] {
			t.Errorf("%s: want %d rows of frequent value %d, got %d", c.Name, w.Counts[k], k, v.Count)
		}
	}
}

// near wants got within a share of want, or within as much of 1 where want is small.
func near(t *testing.T, figure string, got, want, share float64) {
	t.Helper()
	if d := got - want; max(d, -d) > share*max(want, -want, 1) {
		t.Errorf("%s: want %.12g, got %.12g", figure, want, got)
	}
}

// peersPython returns a Python that has the tools: the one that TIDEWHEEL_PYTHON names, or a virtual environment of its own.
func peersPython(t *testing.T) string {
	t.Helper()
	if os.Getenv("TIDEWHEEL_PEERS") != "1" {
		t.Skip("TIDEWHEEL_PEERS is not 1")
	}
	python := os.Getenv("TIDEWHEEL_PYTHON")
	if python == "" {
		venv := filepath.Join(t.TempDir(), "venv")
		command(t, "python3", "-m", "venv", venv)
		python = filepath.Join(venv, "bin", "python")
		command(t, python, "-m", "pip", "install", "--quiet", "--requirement", filepath.Join("peers", "requirements.txt"))
	}
	return python
}

// peer runs a script beside run.sh and reads the JSON that it prints into to.
func peer(t *testing.T, to any, python, script string, args ...string) {
	t.Helper()
	out := command(t, python, append([]string{filepath.Join("peers", script)}, args...)...)
	if err := json.Unmarshal(out, to); err != nil {
		t.Fatalf("%s: want JSON, got %v", script, err)
	}
}

func command(t *testing.T, name string, args ...string) []byte {
	t.Helper()
	c := exec.CommandContext(t.Context(), name, args...)
	c.Stderr = os.Stderr
	out, err := c.Output()
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return out
}

// The file that the peers read has the rows of the generator.
func TestAFileOfParcelsHasTheSameFaults(t *testing.T) {
	path := filepath.Join(t.TempDir(), "parcels.parquet")
	if err := write(t.Context(), path, parcels, 12_000, 3); err != nil {
		t.Fatal(err)
	}
	src, err := parquet.Open(path, parquet.Options{})
	if err != nil {
		t.Fatal(err)
	}
	made, err := parcels(12_000, 3)
	if err != nil {
		t.Fatal(err)
	}
	var all []addresses
	for _, s := range []dataset.Source{src, made} {
		found, err := runChecks(t.Context(), s, 1)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, found)
	}
	if !reflect.DeepEqual(all[0], all[1]) {
		t.Errorf("want the same rows, got %v and %v", all[0], all[1])
	}
}
