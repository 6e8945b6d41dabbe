package interchange_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"math"
	"testing"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/model/interchange"
)

func TestHistogramBoostingRefusesByName(t *testing.T) {
	for _, c := range []struct{ file, old, other, want string }{
		{"hist_gamma", `"HalfGammaLoss"`, `"HuberLoss"`, `loss "sklearn._loss.loss.HuberLoss" of HistGradientBoostingRegressor`},
		{"hist_gamma", `"HalfGammaLoss"`, `"HalfBinomialLoss"`, `loss "sklearn._loss.loss.HalfBinomialLoss" of HistGradientBoostingRegressor`},
		{"hist", `"HalfBinomialLoss"`, `"HalfPoissonLoss"`, `loss "sklearn._loss.loss.HalfPoissonLoss" of HistGradientBoostingClassifier`},
		{"hist", `"TreePredictor"`, `"Other"`, `type "sklearn.ensemble._hist_gradient_boosting.predictor.Other"`},
		{"hist", `"class_weight"`, `"weights"`, `attribute "weights" of HistGradientBoostingClassifier`},
		{"hist_dtypes", `"check_array"`, `"system"`, `func of FunctionTransformer: "sklearn.utils.validation.system"`},
		{"hist_dtypes", `"content": "NaN"`, `"content": "-1"`, "preprocessor of HistGradientBoostingClassifier"},
		{"hist_dtypes", `"ColumnTransformer"`, `"Other"`, `type "sklearn.compose._column_transformer.Other"`},
	} {
		_, err := readSkops(t, repack(t, c.file, nil, c.old, c.other), interchange.SkopsOptions{})
		wantUnsupported(t, err, c.want)
	}
}

func TestDamagedHistogramBoostingIsRefused(t *testing.T) {
	const size = 56
	node := func(edit func(nodes []byte)) func(string, []byte) []byte {
		return func(_ string, data []byte) []byte {
			if bytes.Contains(data, []byte("bitset_idx")) {
				edit(data[bytes.IndexByte(data, '\n')+1:])
			}
			return data
		}
	}
	whole := func(at int, x uint32) func(string, []byte) []byte {
		return node(func(nodes []byte) { binary.LittleEndian.PutUint32(nodes[at:], x) })
	}
	number := func(at int, x float64) func(string, []byte) []byte {
		return node(func(nodes []byte) { binary.LittleEndian.PutUint64(nodes[at:], math.Float64bits(x)) })
	}
	for name, edit := range map[string]func(string, []byte) []byte{
		"a cycle":             whole(29, 0),
		"a child behind them": whole(33, 1<<31),
		"one node twice":      node(func(nodes []byte) { copy(nodes[33:37], nodes[29:33]) }),
		"a feature too far":   whole(12, 5),
		"a negative feature":  whole(16, 1<<31),
		"a threshold of NaN":  number(20, math.NaN()),
		"a leaf of NaN":       node(func(nodes []byte) { eachLeaf(nodes, size, math.NaN()) }),
		"a leaf of infinity":  node(func(nodes []byte) { eachLeaf(nodes, size, math.Inf(1)) }),
		"sets of numbers":     node(func(nodes []byte) { nodes[51] = 1 }),
		"a set too far":       node(func(nodes []byte) { nodes[51] = 1; nodes[12] = 0; binary.LittleEndian.PutUint32(nodes[52:], 1<<31) }),
		"no nodes": func(_ string, b []byte) []byte {
			return bytes.Replace(b, []byte("'shape': (9,)"), []byte("'shape': (0,)"), 1)
		},
		"nodes of other trees": func(_ string, b []byte) []byte {
			return bytes.Replace(b, []byte("('gain', '<f8')"), []byte("('gain', '<f4')"), 1)
		},
	} {
		for _, file := range []string{"hist_gamma", "hist_three"} {
			if name == "sets of numbers" && file == "hist_three" {
				continue // its first node may have a set
			}
			_, err := readSkops(t, repack(t, file, edit), interchange.SkopsOptions{})
			if !errors.Is(err, dataset.ErrFormat) {
				wantUnsupported(t, err, "arrays of type")
			}
		}
	}
}

// eachLeaf puts a value into each leaf.
func eachLeaf(nodes []byte, size int, x float64) {
	for at := 0; at+size <= len(nodes); at += size {
		if nodes[at+49] != 0 {
			binary.LittleEndian.PutUint64(nodes[at:], math.Float64bits(x))
		}
	}
}
