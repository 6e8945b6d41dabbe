package main

import (
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/features"
	"github.com/tidewheel/tidewheel/features/datetime"
	"github.com/tidewheel/tidewheel/features/encode"
	"github.com/tidewheel/tidewheel/features/impute"
	"github.com/tidewheel/tidewheel/features/scale"
	"github.com/tidewheel/tidewheel/features/text"
	"github.com/tidewheel/tidewheel/model"
	"github.com/tidewheel/tidewheel/model/interchange"
	"github.com/tidewheel/tidewheel/model/linear"
	"github.com/tidewheel/tidewheel/model/tree"
	"github.com/tidewheel/tidewheel/registry"
)

// trip has a column of every type that a row of drawBatch may have, and three targets.
type trip struct {
	Carrier string    `ml:"name=carrier,type=dictionary,unseen=other"`
	Origin  string    `ml:"name=origin,oneof=EWR|JFK|LGA,unseen=missing"`
	At      time.Time `ml:"name=at"`
	Day     time.Time `ml:"name=day,type=date32"`
	Miles   int32     `ml:"name=miles"`
	Stops   *int64    `ml:"name=stops"`
	Wind    *float64  `ml:"name=wind"`
	Holiday bool      `ml:"name=holiday"`
	Delay   float64   `ml:"name=delay,role=target"`
	Late    bool      `ml:"name=late,role=target"`
	Class   string    `ml:"name=class,role=target"`
}

func trips() []trip {
	r := rand.New(rand.NewPCG(5, 6))
	out := make([]trip, 2000)
	for i := range out {
		at := time.Date(2013, 1, 1, 0, 0, 0, 0, time.UTC).Add(time.Duration(r.IntN(365*24*60)) * time.Minute)
		stops, wind := int64(r.IntN(4)), r.Float64()*40
		v := trip{
			Carrier: []string{"AA", "B6", "DL", "UA"}[r.IntN(4)], Origin: []string{"EWR", "JFK", "LGA"}[r.IntN(3)],
			At: at, Day: at, Miles: int32(100 + r.IntN(2400)), Holiday: at.YearDay()%7 == 0,
		}
		if r.IntN(5) > 0 {
			v.Stops = &stops
		}
		if r.IntN(7) > 0 {
			v.Wind = &wind
		}
		v.Delay = wind/2 + float64(at.Hour()) + 5*float64(stops) + 10*r.Float64()
		v.Late = v.Delay > 30
		v.Class = []string{"early", "fair", "late"}[min(2, int(v.Delay/20))]
		out[i] = v
	}
	return out
}

// pipeline makes numbers of every column: calendar parts, filled and scaled numbers, categories, after the steps given.
func pipeline(t *testing.T, first ...features.Step) *features.Pipeline {
	t.Helper()
	p, err := features.NewPipeline(append(first,
		features.Step{Columns: features.Temporal(), Fitter: must(datetime.NewParts(datetime.PartsOptions{}))(t)},
		features.Step{Columns: features.Numeric(), Fitter: must(impute.NewImputer(impute.ImputerOptions{Indicator: true}))(t)},
		features.Step{Columns: features.Numeric(), Fitter: must(scale.NewStandardizer(scale.StandardizerOptions{}))(t)},
		features.Step{Columns: features.Categorical(), Fitter: must(encode.NewOneHot(encode.OneHotOptions{}))(t)},
	)...)
	return must(p, err)(t)
}

// must returns what gives v, or ends the test.
func must[T any](v T, err error) func(*testing.T) T {
	return func(t *testing.T) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

// writeBundles seals models of every kind into a folder.
func writeBundles(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	all := must(dataset.FromStructs(trips(), dataset.StructsOptions{}))(t)
	boosting := must(tree.NewBoosting(tree.BoostingOptions{Trees: 20, Leaves: 15}))(t)
	words := []features.Step{
		{Columns: features.Columns("carrier"), Fitter: must(text.NewTFIDF(text.TFIDFOptions{Terms: text.Terms{MaxWords: 2}, Sublinear: true}))(t)},
		{Columns: features.Columns("origin"), Fitter: must(text.NewHash(text.HashOptions{Columns: 5}))(t)},
	}
	columns := []string{"carrier", "origin", "at", "day", "miles", "stops", "wind", "holiday"}
	for name, c := range map[string]struct {
		target    string
		estimator model.Estimator
	}{
		"logistic":   {"late", model.Recipe{Features: pipeline(t), Estimator: must(linear.NewLogistic(linear.LogisticOptions{}))(t)}},
		"softmax":    {"class", model.Recipe{Features: pipeline(t), Estimator: must(linear.NewLogistic(linear.LogisticOptions{}))(t)}},
		"words":      {"late", model.Recipe{Features: pipeline(t, words...), Estimator: must(linear.NewLogistic(linear.LogisticOptions{}))(t)}},
		"regression": {"delay", boosting},
		"binary":     {"late", boosting},
		"multiclass": {"class", boosting},
	} {
		rows := must(dataset.Select(t.Context(), all, append([]string{c.target}, columns...)...))(t)
		problem := must(model.NewProblem(t.Context(), rows, c.target, model.ProblemOptions{}))(t)
		seal(t, dir, name, must(c.estimator.Fit(t.Context(), model.Training{Problem: problem, Rows: rows}))(t))
	}
	files := filepath.Join("..", "..", "..", "model", "interchange", "testdata")
	for _, name := range []string{"binary", "multiclass", "poisson", "rf", "zero_as_missing"} { // shop and kind are categories in the first four
		m, err := interchange.LightGBM(open(t, files, "lgb_"+name+".txt"), interchange.LightGBMOptions{})
		seal(t, dir, "lightgbm-"+name, must(m, err)(t))
	}
	for _, name := range []string{"xgb_binary.json", "xgb_codes.json", "xgb_dart.ubj", "xgb_softprob_forest.ubj"} {
		m, err := interchange.XGBoost(open(t, files, name), interchange.XGBoostOptions{})
		seal(t, dir, "xgboost-"+strings.TrimSuffix(name, filepath.Ext(name)), must(m, err)(t))
	}
	for _, name := range []string{"gb_classes", "knn_classes", "mixed_zipmap", "mlp_binary", "qda", "svc_proba"} {
		m, err := interchange.ONNX(open(t, files, "onnx", name+".onnx"), interchange.ONNXOptions{})
		seal(t, dir, "onnx-"+name, must(m, err)(t))
	}
	for _, name := range []string{"extra_columns", "hist_three", "light_columns", "mixed", "svm_chances_three"} {
		file := open(t, files, "skops", name+".skops")
		m, err := interchange.Skops(file, must(file.Stat())(t).Size(), interchange.SkopsOptions{})
		seal(t, dir, "skops-"+name, must(m, err)(t))
	}
	return dir
}

// open opens a file until the end of the test.
func open(t *testing.T, path ...string) *os.File {
	t.Helper()
	file := must(os.Open(filepath.Join(path...)))(t)
	t.Cleanup(func() { _ = file.Close() }) // read only
	return file
}

func seal(t *testing.T, dir, name string, m model.Predictor) {
	t.Helper()
	b := must(registry.Seal(registry.Contents{Name: name, Model: m}))(t)
	if err := b.WriteFile(filepath.Join(dir, name+".tide")); err != nil {
		t.Fatal(err)
	}
}
