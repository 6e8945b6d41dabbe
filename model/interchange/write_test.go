package interchange_test

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/features"
	"github.com/tidewheel/tidewheel/features/encode"
	"github.com/tidewheel/tidewheel/features/impute"
	"github.com/tidewheel/tidewheel/features/scale"
	"github.com/tidewheel/tidewheel/model"
	"github.com/tidewheel/tidewheel/model/interchange"
	"github.com/tidewheel/tidewheel/model/linear"
	"github.com/tidewheel/tidewheel/model/tree"
)

// visit is a row of the models that leave: numbers, whole numbers, a bool and texts, with and without missing values.
type visit struct {
	Age    float64  `ml:"name=age"`
	Income *float64 `ml:"name=income"`
	Visits int64    `ml:"name=visits"`
	Loyal  bool     `ml:"name=loyal"`
	City   string   `ml:"name=city"`
	Plan   *string  `ml:"name=plan,unseen=missing"`
	Spend  float64  `ml:"name=spend,role=target"`
	Stays  bool     `ml:"name=stays,role=target"`
	Kind   string   `ml:"name=kind,role=target"`
	Level  int64    `ml:"name=level,role=target"`
}

func visits(n int) []visit {
	r := rand.New(rand.NewPCG(5, 8))
	cities, plans := []string{"Aarhus", "Bergen", "Cádiz", "Delft & Co", "Essen"}, []string{"basic", "full"}
	out := make([]visit, n)
	for i := range out {
		v := visit{Age: 20 + 50*r.Float64(), Visits: int64(r.IntN(9)), Loyal: r.IntN(3) == 0, City: cities[r.IntN(5)]}
		if income := 100 * r.ExpFloat64(); r.IntN(5) > 0 {
			v.Income = &income
		}
		if r.IntN(4) > 0 {
			v.Plan = &plans[r.IntN(2)]
		}
		v.Spend = v.Age/10 + float64(v.Visits) + r.NormFloat64()
		if v.Income != nil {
			v.Spend += *v.Income / 50
		}
		if v.Loyal || v.City == "Cádiz" {
			v.Spend += 3
		}
		v.Stays = v.Spend > 11
		v.Level = int64(v.Spend / 5)
		v.Level = min(max(v.Level, 1), 3)
		v.Kind = []string{"", "low", "mid", "high"}[v.Level]
		out[i] = v
	}
	return out
}

func visitRows(t testing.TB) dataset.Source {
	t.Helper()
	src, err := dataset.FromStructs(visits(600), dataset.StructsOptions{})
	if err != nil {
		t.Fatal(err)
	}
	return src
}

// fitted returns models of our own by name: trees, linear models and pipelines, for each kind of target.
func fitted(t testing.TB) map[string]*model.Planned {
	t.Helper()
	must := func(err error) {
		if err != nil {
			t.Helper()
			t.Fatal(err)
		}
	}
	boosting, err := tree.NewBoosting(tree.BoostingOptions{Trees: 12, Leaves: 7, Workers: 1})
	must(err)
	logistic, err := linear.NewLogistic(linear.LogisticOptions{})
	must(err)
	regression, err := linear.NewRegression(linear.RegressionOptions{})
	must(err)
	pipeline := func() *features.Pipeline {
		imputer, err := impute.NewImputer(impute.ImputerOptions{})
		must(err)
		standard, err := scale.NewStandardizer(scale.StandardizerOptions{})
		must(err)
		hot, err := encode.NewOneHot(encode.OneHotOptions{})
		must(err)
		p, err := features.NewPipeline(
			features.Step{Columns: features.Numeric(), Fitter: imputer},
			features.Step{Columns: features.Numeric(), Fitter: standard},
			features.Step{Columns: features.Categorical(), Fitter: hot},
		)
		must(err)
		return p
	}
	out := map[string]*model.Planned{}
	add := func(name, target string, e model.Estimator) { out[name] = fittedTo(t, target, model.TaskUnknown, e) }
	for target, e := range map[string]model.Estimator{"spend": regression, "stays": logistic, "kind": logistic, "level": logistic} {
		add("tree_"+target, target, boosting)
		add("linear_"+target, target, model.Recipe{Features: pipeline(), Estimator: e})
		add("pipeline_"+target, target, model.Recipe{Features: pipeline(), Estimator: boosting})
	}
	maps.Copy(out, fittedTrees(t))
	return out
}

// fittedTo fits an estimator to a target of the visits.
func fittedTo(t testing.TB, target string, task model.Task, e model.Estimator) *model.Planned {
	t.Helper()
	src := visitRows(t)
	problem, err := model.NewProblem(t.Context(), src, target, model.ProblemOptions{Task: task})
	if err != nil {
		t.Fatal(err)
	}
	rows, err := dataset.Select(t.Context(), src, "age", "income", "visits", "loyal", "city", "plan", target)
	if err != nil {
		t.Fatal(err)
	}
	p, err := e.Fit(t.Context(), model.Training{Problem: problem, Rows: rows})
	if err != nil {
		t.Fatal(err)
	}
	return planned(t, p)
}

func planned(t testing.TB, p model.Predictor) *model.Planned {
	t.Helper()
	switch p := p.(type) {
	case *model.Planned:
		return p
	case interface{ Planned() *model.Planned }:
		return p.Planned()
	case *tree.Model:
		return p.Planned
	}
	t.Fatalf("a predictor of type %T", p)
	return nil
}

// scoresOf returns the raw scores, probabilities and classes of the rows.
func scoresOf(t testing.TB, m *model.Planned, src dataset.Source) (raw, probability [][]float64, class []int) {
	t.Helper()
	scorer, row, out := m.NewRowScorer(), dataset.NewRow(m.Signature().Input), model.Output{}
	for b, err := range src.Batches(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		in, err := b.Select(m.Signature().Input.Names()...)
		if err != nil {
			t.Fatal(err)
		}
		for i := range in.NumRows() {
			if err := in.ReadRow(i, row); err != nil {
				t.Fatal(err)
			}
			scorer.Score(row, &out)
			raw = append(raw, append([]float64(nil), out.Raw...))
			probability = append(probability, append([]float64(nil), out.Probability...))
			class = append(class, out.Class)
		}
		in.Release()
	}
	return raw, probability, class
}

func sameBits(a, b [][]float64) bool {
	for i := range a {
		for j := range a[i] {
			if math.Float64bits(a[i][j]) != math.Float64bits(b[i][j]) {
				return false
			}
		}
	}
	return len(a) == len(b)
}

// What is written and read again scores with the same bits: raw scores, probabilities and classes.
func TestWrittenLightGBMScoresTheSame(t *testing.T) {
	src := visitRows(t)
	for name, m := range fitted(t) {
		if strings.HasPrefix(name, "forest_") {
			continue // without raw scores: see below
		}
		var text bytes.Buffer
		err := interchange.WriteLightGBM(&text, m)
		if !strings.HasPrefix(name, "tree_") {
			var bad *model.UnsupportedError
			if !errors.As(err, &bad) || text.Len() > 0 {
				t.Errorf("%s: want a refusal, got %v", name, err)
			}
			continue
		}
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		o := interchange.LightGBMOptions{Schema: m.Signature().Input}
		if c := m.Problem().Classes; len(c) > 0 {
			o.Classes = c
		}
		again, err := interchange.LightGBM(&text, o)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		raw, probability, class := scoresOf(t, m, src)
		raw2, probability2, class2 := scoresOf(t, again, src)
		if !sameBits(raw, raw2) || !sameBits(probability, probability2) || fmt.Sprint(class) != fmt.Sprint(class2) {
			t.Errorf("%s: other bits", name)
		}
	}
}

// Every file of LightGBM's that is read can be written, and is then the same model.
func TestFilesOfLightGBMAreWrittenAgain(t *testing.T) {
	files, err := filepath.Glob("testdata/lgb_*.txt")
	if err != nil || len(files) < 10 {
		t.Fatal(len(files), err)
	}
	for _, f := range files {
		m, err := interchange.LightGBM(bytes.NewReader(read(t, f)), interchange.LightGBMOptions{})
		if err != nil {
			t.Fatal(err)
		}
		var text bytes.Buffer
		if err := interchange.WriteLightGBM(&text, m); err != nil {
			t.Errorf("%s: %v", f, err)
			continue
		}
		again, err := interchange.LightGBM(&text, interchange.LightGBMOptions{})
		if err != nil {
			t.Errorf("%s: %v", f, err)
			continue
		}
		want, err := m.Plan().Encode()
		if err != nil {
			t.Fatal(err)
		}
		got, err := again.Plan().Encode()
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(want, got) {
			t.Errorf("%s: another plan", f)
		}
	}
}

// What LightGBM is to load says the same to us.
func ExampleWriteLightGBM() {
	file, err := os.Open("testdata/lgb_one_leaf.txt")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer file.Close()
	m, err := interchange.LightGBM(file, interchange.LightGBMOptions{})
	if err != nil {
		fmt.Println(err)
		return
	}
	var text strings.Builder
	if err := interchange.WriteLightGBM(&text, m); err != nil {
		fmt.Println(err)
		return
	}
	_, trees, _ := strings.Cut(text.String(), "\n\n")
	trees, _, _ = strings.Cut(trees, "\n\n")
	fmt.Println(trees)
	// Output:
	// Tree=0
	// num_leaves=1
	// num_cat=0
	// leaf_value=0.5893995731963466
	// is_linear=0
	// shrinkage=1
}

// The graph that is written answers the same through the reader of graphs: the same classes, and numbers to 1e-12.
func TestWrittenONNXScoresTheSame(t *testing.T) {
	src := visitRows(t)
	for name, m := range fitted(t) {
		var file bytes.Buffer
		if err := interchange.WriteONNX(&file, m); err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		again, err := interchange.ONNX(&file, interchange.ONNXOptions{})
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if got, want := strings.Join(again.Problem().Classes, ","), strings.Join(m.Problem().Classes, ","); got != want {
			t.Errorf("%s: want classes %s, got %s", name, want, got)
		}
		sameAnswers(t, name, answersOf(t, m, src), answersOf(t, again, src), 1e-12)
	}
}

// answers are predictions of a regression, or classes and their probabilities.
type answers struct {
	number      []float64
	class       []string
	probability [][]float64
	text        []bool // the row misses no text; a string of a graph cannot be missing to the reader
}

func answersOf(t testing.TB, m *model.Planned, src dataset.Source) answers {
	t.Helper()
	var a answers
	scorer, row, out := m.NewRowScorer(), dataset.NewRow(m.Signature().Input), model.Output{}
	for b, err := range src.Batches(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		in, err := b.Select(m.Signature().Input.Names()...)
		if err != nil {
			t.Fatal(err)
		}
		for i := range in.NumRows() {
			if err := in.ReadRow(i, row); err != nil {
				t.Fatal(err)
			}
			text := true
			for j, v := range row.Values {
				text = text && (!in.Schema().Field(j).Type.IsText() || v.Valid)
			}
			scorer.Score(row, &out)
			a.text = append(a.text, text)
			a.number = append(a.number, out.Prediction.Number)
			a.probability = append(a.probability, append([]float64(nil), out.Probability...))
			class := ""
			if out.Class >= 0 {
				class = m.Problem().Classes[out.Class]
			}
			a.class = append(a.class, class)
		}
		in.Release()
	}
	return a
}

func sameAnswers(t testing.TB, name string, want, got answers, tolerance float64) {
	t.Helper()
	worst, classes, rows := 0.0, 0, 0
	for i := range want.class {
		if !want.text[i] {
			continue
		}
		rows++
		if want.class[i] != got.class[i] {
			classes++
		}
		if want.class[i] == "" {
			worst = max(worst, math.Abs(want.number[i]-got.number[i]))
		}
		for j, p := range want.probability[i] {
			worst = max(worst, math.Abs(p-got.probability[i][j]))
		}
	}
	if classes > 0 || !(worst <= tolerance) || rows < 100 {
		t.Errorf("%s: of %d rows %d have other classes; off by %g", name, rows, classes, worst)
	}
}
