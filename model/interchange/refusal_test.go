package interchange_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/apache/arrow/go/v17/arrow/array"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/internal/alloc"
	"github.com/tidewheel/tidewheel/internal/plan"
	"github.com/tidewheel/tidewheel/model"
	"github.com/tidewheel/tidewheel/model/interchange"
)

func text(t testing.TB, name string) string {
	t.Helper()
	return string(read(t, "testdata/lgb_"+name+".txt"))
}

func importText(s string) error {
	_, err := interchange.LightGBM(strings.NewReader(s), interchange.LightGBMOptions{})
	return err
}

func TestWhatIsNotSupportedIsRefusedByName(t *testing.T) {
	binary := text(t, "binary")
	replace := func(from, to string) string { return strings.Replace(binary, from, to, 1) }
	for feature, s := range map[string]string{
		"none, with several":    strings.Replace(text(t, "multiclass"), "objective=multiclass num_class:3\n", "", 1),
		"huber delta:1":         replace("objective=binary sigmoid:1.7", "objective=huber delta:1"),
		`version "v2"`:          replace("version=v4", "version=v2"),
		`version ""`:            replace("version=v4\n", ""),
		`key "parser_config"`:   replace("label_index=0", "parser_config=0"),
		`key "leaf_wait"`:       replace("leaf_weight=", "leaf_wait="),
		`key "average_output_"`: replace("label_index=0", "average_output_"),
		"pandas_categorical":    binary + "\npandas_categorical:[[10, 20, 30]]\n",
		"column 1 of category":  binary + "\npandas_categorical:[[\"red\"], [\"blue\", \"7\"]]\n",
	} {
		t.Run(feature, func(t *testing.T) { wantUnsupported(t, importText(s), feature) })
	}
}

func TestPandasCategoriesThatCannotPassForCodesAreRead(t *testing.T) {
	for _, tail := range []string{"null", "[]", `[["blue", "red"], []]`, "[[0, 1, 2]]", `[["0", "1"]]`, "[[false, true]]"} {
		if err := importText(text(t, "binary") + "\npandas_categorical:" + tail + "\n"); err != nil {
			t.Errorf("%s: %v", tail, err)
		}
	}
}

func TestDamagedFilesAreRefusedWithALine(t *testing.T) {
	binary := text(t, "binary")
	replace := func(from, to string) string {
		out := strings.Replace(binary, from, to, 1)
		if out == binary {
			t.Fatalf("%q is not in the file", from)
		}
		return out
	}
	for name, s := range map[string]string{
		"empty":                     "",
		"another format":            "{\"learner\":{}}",
		"no end":                    binary[:strings.Index(binary, "end of trees")],
		"a tree left out":           replace("Tree=1\n", "Tree=2\n"),
		"no classes":                replace("num_class=1\n", ""),
		"many classes":              replace("num_class=1\n", "num_class=1000000\n"),
		"trees that do not add up":  replace("num_tree_per_iteration=1", "num_tree_per_iteration=4"),
		"a feature too few":         replace("feature_names=age shop", "feature_names=age"),
		"a feature twice":           replace("feature_names=age shop", "feature_names=age age"),
		"a feature index too large": replace("split_feature=", "split_feature=9 "),
		"leaves beyond the lists":   replace("num_leaves=8", "num_leaves=1073741824"),
		"no leaves":                 replace("num_leaves=8", "num_leaves=0"),
		"sets beyond the lists":     replace("num_cat=", "num_cat=9"),
		"categories not in JSON":    binary + "\npandas_categorical:[[\n",
		"a key twice":               replace("num_leaves=8", "num_leaves=8\nnum_leaves=8"),
		"a leaf that is no number":  replace("leaf_value=", "leaf_value=x"),
		"a sigmoid of zero":         replace("sigmoid:1.7", "sigmoid:0"),
		"a hexadecimal number":      replace("leaf_value=", "leaf_value=0x"),
		"descending boundaries":     replace("cat_boundaries=0", "cat_boundaries=3"),
	} {
		t.Run(name, func(t *testing.T) {
			var f *dataset.FormatError
			if err := importText(s); !errors.As(err, &f) || !errors.Is(err, dataset.ErrFormat) || f.Line == 0 {
				t.Errorf("want a FormatError with a line, got %v", err)
			}
		})
	}
	for n := 0; n < strings.Index(binary, "end of trees"); n += 37 {
		if importText(binary[:n]) == nil {
			t.Fatalf("the first %d bytes were accepted", n)
		}
	}
}

// A node that leads to itself or back would never end in a leaf.
func TestCyclesAreRefused(t *testing.T) {
	binary := text(t, "binary")
	at := strings.Index(binary, "left_child=")
	line, _, _ := strings.Cut(binary[at:], "\n")
	fields := strings.Fields(strings.TrimPrefix(line, "left_child="))
	for _, c := range []string{"0", "7", "-9"} {
		fields[0] = c
		s := binary[:at] + "left_child=" + strings.Join(fields, " ") + binary[at+len(line):]
		if err := importText(s); !errors.Is(err, dataset.ErrFormat) {
			t.Errorf("child %s: want ErrFormat, got %v", c, err)
		}
	}
}

func TestLimitIsTheLengthOfTheFile(t *testing.T) {
	s := text(t, "one_leaf")
	o := interchange.LightGBMOptions{MaxBytes: int64(len(s))}
	if _, err := interchange.LightGBM(strings.NewReader(s), o); err != nil {
		t.Errorf("a file of the limit: %v", err)
	}
	o.MaxBytes--
	if _, err := interchange.LightGBM(strings.NewReader(s), o); !errors.Is(err, dataset.ErrLimit) {
		t.Errorf("want ErrLimit, got %v", err)
	}
}

func TestOptionsAreChecked(t *testing.T) {
	for _, c := range []struct {
		file string
		o    interchange.LightGBMOptions
	}{
		{"binary", interchange.LightGBMOptions{MaxBytes: -1}},
		{"binary", interchange.LightGBMOptions{Classes: []string{"a"}}},
		{"multiclass", interchange.LightGBMOptions{Classes: []string{"a", "b", "b"}}},
		{"poisson", interchange.LightGBMOptions{Classes: []string{"a", "b"}}},
	} {
		var bad *model.OptionError
		if _, err := interchange.LightGBM(strings.NewReader(text(t, c.file)), c.o); !errors.As(err, &bad) {
			t.Errorf("%s %+v: want an OptionError, got %v", c.file, c.o, err)
		}
	}
}

func schema(t testing.TB, fields ...dataset.Field) *dataset.Schema {
	t.Helper()
	s, err := dataset.NewSchema(fields...)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestFeaturesAreBoundByName(t *testing.T) {
	columns := []dataset.Field{
		{Name: "other", Type: dataset.Utf8},
		{Name: "kind", Type: dataset.Int8},
		{Name: "delta", Type: dataset.Float32},
		{Name: "spend", Type: dataset.Float64, Unit: "EUR"},
		{Name: "shop", Type: dataset.Int64, Nullable: true},
		{Name: "age", Type: dataset.Float64, Nullable: true},
	}
	o := interchange.LightGBMOptions{Schema: schema(t, columns...), Target: "bought", Classes: []string{"no", "yes"}}
	m, err := interchange.LightGBM(strings.NewReader(text(t, "binary")), o)
	if err != nil {
		t.Fatal(err)
	}
	if got := fmt.Sprint(m.Signature().Input.Names()); got != "[kind delta spend shop age]" {
		t.Errorf("want the schema's order, got %s", got)
	}
	if f, _ := m.Signature().Input.Lookup("spend"); f.Unit != "EUR" {
		t.Errorf("the schema's rules are lost")
	}
	if p := m.Problem(); p.Target != "bought" || p.Task != model.Binary || fmt.Sprint(p.Classes) != "[no yes]" {
		t.Errorf("problem %+v", p)
	}
	if f := m.Signature().Output.Field(0); f.Type != dataset.Utf8 {
		t.Errorf("want a text prediction, got %s", f.Type)
	}

	o.Schema = schema(t, columns[:5]...)
	if _, err := interchange.LightGBM(strings.NewReader(text(t, "binary")), o); !errors.Is(err, dataset.ErrSchema) || !strings.Contains(err.Error(), "age") {
		t.Errorf("want the missing column named, got %v", err)
	}
	columns[5].Type = dataset.Utf8
	o.Schema = schema(t, columns...)
	if _, err := interchange.LightGBM(strings.NewReader(text(t, "binary")), o); !errors.Is(err, dataset.ErrSchema) || !strings.Contains(err.Error(), "age") {
		t.Errorf("want the text column named, got %v", err)
	}
}

func TestClassesArePredictedAsNumbers(t *testing.T) {
	m := importFile(t, "testdata/lgb_multiclass.txt")
	e := readExpected(t, "testdata/lgb_multiclass.json")
	in := batch(t, m.Signature().Input, e.rows)
	defer in.Release()
	out, err := m.Predict(t.Context(), in)
	if err != nil {
		t.Fatal(err)
	}
	defer out.Release()
	for i, p := range e.predict {
		best := 0
		for k := range p {
			if p[k] > p[best] {
				best = k
			}
		}
		if got := out.Column(0).(*array.Int64).Value(i); got != int64(best) {
			t.Errorf("row %d: want class %d, got %d", i, best, got)
		}
	}
}

// shares is a forest of one tree whose leaves hold the shares of two classes, one of them behind a set of categories.
const shares = `tree
version=v4
num_class=2
num_tree_per_iteration=2
label_index=0
max_feature_idx=1
average_output
feature_names=a b
feature_infos=[0:1] 0:1:2
tree_sizes=1 1

Tree=0
num_leaves=3
num_cat=1
split_feature=0 1
threshold=0.5 0
decision_type=8 1
left_child=1 -1
right_child=-3 -2
cat_boundaries=0 1
cat_threshold=5
leaf_value=0.25 1 0.5
is_linear=0
shrinkage=1


Tree=1
num_leaves=3
num_cat=1
split_feature=0 1
threshold=0.5 0
decision_type=8 1
left_child=1 -1
right_child=-3 -2
cat_boundaries=0 1
cat_threshold=5
leaf_value=0.75 0 0.5
is_linear=0
shrinkage=1


end of trees
`

func TestSharesOfClassesAreClasses(t *testing.T) {
	m, err := interchange.LightGBM(strings.NewReader(shares), interchange.LightGBMOptions{Classes: []string{"no", "yes"}})
	if err != nil {
		t.Fatal(err)
	}
	row, out := dataset.NewRow(m.Signature().Input), model.Output{}
	for _, c := range []struct {
		a, b float64
		yes  float64
		text string
	}{{0, 0, 0.75, "yes"}, {0, 2, 0.75, "yes"}, {0, 1, 0, "no"}, {1, 0, 0.5, "no"}} {
		row.Values[0], row.Values[1] = dataset.NumberValue(c.a), dataset.NumberValue(c.b)
		m.NewRowScorer().Score(row, &out)
		if out.Probability[1] != c.yes || out.Probability[0] != 1-c.yes || out.Prediction.Text != c.text {
			t.Errorf("%v: got %v and %s", c, out.Probability, out.Prediction.Text)
		}
	}
	for _, change := range [][2]string{{"cat_threshold=5\nleaf_value=0.75", "cat_threshold=4\nleaf_value=0.75"}, {"leaf_value=0.75 0", "leaf_value=0.5 0"}} {
		if err := importText(strings.Replace(shares, change[0], change[1], 1)); !errors.Is(err, model.ErrUnsupported) {
			t.Errorf("%s: want a refusal, got %v", change[1], err)
		}
	}
}

// FuzzLightGBM checks that no text makes the reader or the scoring of what it accepted panic or run on.
func FuzzLightGBM(f *testing.F) {
	for _, name := range []string{"binary", "multiclass", "rf", "one_leaf", "linear_tree"} {
		s := text(f, name)
		f.Add(s[:strings.Index(s, "end of trees")+len("end of trees")])
	}
	f.Add(shares)
	f.Fuzz(func(t *testing.T, s string) {
		var m *model.Planned
		var err error
		if over := alloc.Bound(8<<20+1000*len(s), func() {
			m, err = interchange.LightGBM(strings.NewReader(s), interchange.LightGBMOptions{MaxBytes: 1 << 20})
		}); over != nil {
			t.Fatal(over)
		}
		if err != nil {
			return
		}
		sealsAndScores(t, m)
	})
}

func BenchmarkLightGBM(b *testing.B) {
	s := text(b, "multiclass")
	b.SetBytes(int64(len(s)))
	b.ReportAllocs()
	for b.Loop() {
		if err := importText(s); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkScore(b *testing.B) {
	m := importFile(b, "testdata/lgb_binary.txt")
	e := readExpected(b, "testdata/lgb_binary.json")
	in := batch(b, m.Signature().Input, e.rows)
	defer in.Release()
	scorer, row, out := m.NewRowScorer(), dataset.NewRow(m.Signature().Input), model.Output{}
	if err := in.ReadRow(0, row); err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		scorer.Score(row, &out)
	}
}

// sealsAndScores fails unless a model that a reader took has a plan that is one when it is read again, and scores a row of nulls without a panic.
func sealsAndScores(t *testing.T, m *model.Planned) {
	t.Helper()
	sealed, err := m.Plan().Encode()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := plan.Decode(sealed); err != nil {
		t.Fatal(err)
	}
	var out model.Output
	m.NewRowScorer().Score(dataset.NewRow(m.Signature().Input), &out)
}
