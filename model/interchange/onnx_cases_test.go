package interchange_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/model"
	"github.com/tidewheel/tidewheel/model/interchange"
)

// onnxCase is what testdata/gen/onnx_cases.py writes beside a model.
type onnxCase struct {
	Columns     []string                     `json:"columns"`
	Probability bool                         `json:"probability"` // the scores are probabilities
	Rows        [][]any                      `json:"rows"`
	Outputs     map[string][]json.RawMessage `json:"outputs"`
}

// onnxAnswer is the answer of onnxruntime for a row of an output.
type onnxAnswer struct {
	label  string // of a class
	keys   []string
	scores []float64
}

func readAnswer(t testing.TB, raw json.RawMessage) onnxAnswer {
	t.Helper()
	if raw[0] == '{' {
		var m struct {
			Keys   []string   `json:"keys"`
			Values []*float64 `json:"values"`
		}
		if err := json.Unmarshal(raw, &m); err != nil {
			t.Fatal(err)
		}
		a := onnxAnswer{keys: m.Keys}
		for _, v := range m.Values {
			a.scores = append(a.scores, *v)
		}
		return a
	}
	var list []any
	if err := json.Unmarshal(raw, &list); err != nil {
		t.Fatal(err)
	}
	var a onnxAnswer
	for _, v := range list {
		switch v := v.(type) {
		case string:
			a.label = v
		case bool:
			a.label = strconv.FormatBool(v)
		case float64:
			a.scores = append(a.scores, v)
		case nil:
			a.scores = append(a.scores, math.NaN())
		}
	}
	return a
}

// runONNXCase compares a case with what onnxruntime said and returns the worst relative difference.
func runONNXCase(t *testing.T, base string) (worst float64, refused string) {
	t.Helper()
	var c onnxCase
	if err := json.Unmarshal(read(t, base+".json"), &c); err != nil {
		t.Fatal(err)
	}
	m, err := interchange.ONNX(bytes.NewReader(read(t, base+".onnx")), interchange.ONNXOptions{})
	if u := (*model.UnsupportedError)(nil); errors.As(err, &u) {
		return 0, u.Feature
	}
	if err != nil {
		t.Fatal(err)
	}
	in := m.Signature().Input
	if fmt.Sprint(in.Names()) != fmt.Sprint(c.Columns) {
		t.Fatalf("columns %v, want %v", in.Names(), c.Columns)
	}
	s := m.NewRowScorer()
	row := dataset.NewRow(in)
	var out model.Output
	for i, values := range c.Rows {
		for j, v := range values {
			switch v := v.(type) {
			case string:
				row.Values[j] = dataset.TextValue(v)
			case float64:
				row.Values[j] = dataset.NumberValue(v)
			default:
				row.Values[j] = dataset.Value{}
			}
		}
		s.Score(row, &out)
		for name, answers := range c.Outputs {
			worst = max(worst, c.check(t, m, out, fmt.Sprintf("row %d: %s", i, name), readAnswer(t, answers[i])))
		}
	}
	return worst, ""
}

// check compares one output of a row.
func (c onnxCase) check(t *testing.T, m *model.Planned, out model.Output, what string, want onnxAnswer) float64 {
	t.Helper()
	classes := m.Problem().Classes
	if want.label != "" || (len(classes) > 0 && strings.Contains(what, "label")) {
		if want.label == "" {
			want.label = model.ClassText(dataset.Int64, want.scores[0])
		}
		if out.Class < 0 || classes[out.Class] != want.label {
			t.Fatalf("%s: class %d of %v, want %s", what, out.Class, classes, want.label)
		}
		return 0
	}
	got := out.Raw
	switch {
	case len(classes) == 0:
		got = []float64{out.Prediction.Number}
	case c.Probability:
		got = out.Probability
	}
	if len(got) != len(want.scores) {
		t.Fatalf("%s: %d scores, want %d", what, len(got), len(want.scores))
	}
	worst := 0.0
	for j, w := range want.scores {
		g := got[j]
		if want.keys != nil {
			for k, class := range classes {
				if class == want.keys[j] {
					g = got[k]
				}
			}
		}
		if !onnxSame(g, w) {
			t.Fatalf("%s: score %d: %v, want %v (%.1e)", what, j, g, w, math.Abs(g-w)/max(1, math.Abs(w)))
		}
		if g != w && !math.IsNaN(w) {
			worst = max(worst, math.Abs(g-w)/max(1, math.Abs(w)))
		}
	}
	return worst
}

func runONNXCases(t *testing.T, dir string, least int) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "*.onnx"))
	if err != nil || len(files) < least {
		t.Fatalf("want %d cases or more, got %d (%v)", least, len(files), err)
	}
	for _, file := range files {
		base := strings.TrimSuffix(file, ".onnx")
		t.Run(filepath.Base(base), func(t *testing.T) {
			worst, refused := runONNXCase(t, base)
			switch {
			case refused != "":
				t.Logf("| %s | refused by name: %s |", filepath.Base(base), refused)
			case worst == 0:
				t.Logf("| %s | exact |", filepath.Base(base))
			default:
				t.Logf("| %s | within %.1g |", filepath.Base(base), worst)
			}
		})
	}
}

// The cases of testdata/onnx, a part of those that onnx_cases.py makes: what onnxruntime 1.31.1 answers, to the tolerance of onnxSame.
func TestONNXScoresEqualOnnxruntime(t *testing.T) { runONNXCases(t, "testdata/onnx", 20) }

// TestONNXScoresEqualThePeers has skl2onnx and onnxmltools make all cases, where TIDEWHEEL_PEERS is 1. TIDEWHEEL_ONNX_CASES names a folder of cases made before.
func TestONNXScoresEqualThePeers(t *testing.T) {
	dir := os.Getenv("TIDEWHEEL_ONNX_CASES")
	if dir == "" {
		if os.Getenv("TIDEWHEEL_PEERS") != "1" {
			t.Skip("TIDEWHEEL_PEERS is not 1")
		}
		dir = t.TempDir()
		command(t, peersPython(t), "-B", filepath.Join("testdata", "gen", "onnx_cases.py"), dir)
	}
	runONNXCases(t, dir, 250)
}
