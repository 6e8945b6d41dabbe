package interchange_test

import (
	"bytes"
	"encoding/json"
	"math"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/model"
	"github.com/tidewheel/tidewheel/model/interchange"
)

// skopsCase is what scikit-learn 1.9.1 answers, as testdata/gen/skops_files.py writes it.
type skopsCase struct {
	Columns          []string
	Rows             [][]any
	Predict          []any
	Probability, Raw [][]float64
	exact            bool // the raw scores are equal to the bit
}

func readSkops(t testing.TB, file []byte, o interchange.SkopsOptions) (*model.Planned, error) {
	t.Helper()
	return interchange.Skops(bytes.NewReader(file), int64(len(file)), o)
}

func skopsCases(t testing.TB, dir string) map[string]skopsCase {
	t.Helper()
	var cases map[string]skopsCase
	if err := json.Unmarshal(read(t, filepath.Join(dir, "cases.json")), &cases); err != nil {
		t.Fatal(err)
	}
	return cases
}

func TestScoresEqualScikitLearn(t *testing.T) {
	equalScikitLearn(t, filepath.Join("testdata", "skops"))
}

// TestPeersScikitLearnOfOtherSeeds has scikit-learn make the same kinds of cases from other numbers, larger ones, where TIDEWHEEL_PEERS is 1.
func TestPeersScikitLearnOfOtherSeeds(t *testing.T) {
	python := peersPython(t)
	script, err := filepath.Abs(filepath.Join("testdata", "gen", "skops_files.py"))
	if err != nil {
		t.Fatal(err)
	}
	for _, seed := range []string{"1", "2", "3"} {
		t.Run("seed "+seed, func(t *testing.T) {
			dir := t.TempDir()
			command(t, python, "-B", script, "-seed", seed, "-out", dir)
			equalScikitLearn(t, dir)
		})
	}
}

func equalScikitLearn(t *testing.T, dir string) {
	t.Helper()
	for name, c := range skopsCases(t, dir) {
		t.Run(name, func(t *testing.T) {
			m, err := readSkops(t, read(t, filepath.Join(dir, name+".skops")), interchange.SkopsOptions{})
			if err != nil {
				t.Fatal(err)
			}
			tolerance := 1e-12 // sums of products in another order, and another exp
			if strings.HasPrefix(name, "tree") || strings.HasPrefix(name, "forest") {
				tolerance = 0
			}
			kind, _, _ := strings.Cut(name, "_")
			if c.exact = kind == "hist" || kind == "light" || kind == "extra"; c.exact {
				tolerance = 0
				if c.Raw != nil {
					tolerance = map[string]float64{"extra": 1e-7}[kind] + 1e-15 // another exp
				}
			}
			for i, row := range c.Rows {
				c.compare(t, m, i, skopsRow(m, c.Columns, row), tolerance)
			}
			in := batchOf(t, m.Signature().Input, pick(m.Signature().Input.Names(), c))
			defer in.Release()
			out, err := m.Predict(t.Context(), in)
			if err != nil {
				t.Fatal(err)
			}
			out.Release()
		})
	}
}

// pick returns the rows of the columns that a model reads.
func pick(names []string, c skopsCase) [][]any {
	out := make([][]any, len(c.Rows))
	for i, row := range c.Rows {
		for _, name := range names {
			v := row[slices.Index(c.Columns, name)]
			out[i] = append(out[i], v)
		}
	}
	return out
}

// skopsRow returns the values of the columns that a model reads.
func skopsRow(m *model.Planned, columns []string, values []any) dataset.Row {
	row := dataset.NewRow(m.Signature().Input)
	for j, name := range columns {
		at := row.Schema.Index(name)
		switch v := values[j].(type) {
		case float64:
			if at >= 0 {
				row.Values[at] = dataset.NumberValue(v)
			}
		case string:
			if at < 0 {
				continue
			}
			row.Values[at] = dataset.TextValue(v)
			if x, err := strconv.ParseFloat(v, 64); err == nil && !row.Schema.Field(at).Type.IsText() { // inf and -inf
				row.Values[at] = dataset.NumberValue(x)
			}
		}
	}
	return row
}

func (c skopsCase) compare(t *testing.T, m *model.Planned, i int, row dataset.Row, tolerance float64) {
	t.Helper()
	var out model.Output
	m.NewRowScorer().Score(row, &out)
	near := func(what string, got, want float64) {
		t.Helper()
		if d := math.Abs(got - want); !(d <= tolerance*max(1, math.Abs(want))) {
			t.Errorf("row %d: %s: want %v, got %v", i, what, want, got)
		}
	}
	switch want := c.Predict[i].(type) {
	case string:
		if out.Prediction.Text != want {
			t.Errorf("row %d: want %q, got %q", i, want, out.Prediction.Text)
		}
	case bool:
		if (out.Prediction.Number == 1) != want || !out.Prediction.Valid {
			t.Errorf("row %d: want %v, got %v", i, want, out.Prediction.Number)
		}
	case float64:
		near("prediction", out.Prediction.Number, want)
	}
	if c.Probability != nil {
		if len(out.Probability) != len(c.Probability[i]) {
			t.Fatalf("want %d probabilities, got %d", len(c.Probability[i]), len(out.Probability))
		}
		for k, want := range c.Probability[i] {
			near("probability", out.Probability[k], want)
		}
	}
	if c.Raw == nil {
		return
	}
	if len(out.Raw) != len(c.Raw[i]) {
		t.Fatalf("want %d raw scores, got %d", len(c.Raw[i]), len(out.Raw))
	}
	if c.exact {
		tolerance = 0
	}
	for k, want := range c.Raw[i] {
		near("raw", out.Raw[k], want)
	}
}

// mlflow.sklearn saves a skops file when asked; the directory holds the model of the case logistic.
func TestScoresEqualThoseOfAScikitLearnDirectory(t *testing.T) {
	m, err := interchange.MLflow(openMLflow(t, "skops"), interchange.MLflowOptions{Target: "paid"})
	if err != nil {
		t.Fatal(err)
	}
	if f, ok := m.Signature().Input.Lookup("age"); !ok || f.Nullable || m.Problem().Target != "paid" {
		t.Errorf("want the columns of the signature, got %+v", m.Signature().Input.Fields())
	}
	c := skopsCases(t, filepath.Join("testdata", "skops"))["logistic"]
	for i, row := range c.Rows {
		c.compare(t, m, i, skopsRow(m, c.Columns, row), 1e-12)
	}
}
