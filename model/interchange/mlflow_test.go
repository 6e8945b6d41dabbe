package interchange_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/internal/alloc"
	"github.com/tidewheel/tidewheel/model"
	"github.com/tidewheel/tidewheel/model/interchange"
)

func openMLflow(t testing.TB, name string) fs.FS {
	t.Helper()
	root, err := os.OpenRoot(filepath.Join("testdata", "mlflow_"+name))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = root.Close() })
	return root.FS()
}

// LightGBM 4.7.0, XGBoost 3.2.0 and onnxruntime 1.31.1 in directories of mlflow 3.17.2; see testdata/gen/mlflow_dirs.py. Tolerances are those of the readers:
// LightGBM's probabilities are float64, the others float32.
func TestScoresEqualThoseOfMLflowDirectories(t *testing.T) {
	file, err := os.ReadFile("testdata/mlflow_scores.json")
	if err != nil {
		t.Fatal(err)
	}
	var want map[string]json.RawMessage
	if err := json.Unmarshal(file, &want); err != nil {
		t.Fatal(err)
	}
	var rows [][]any
	if err := json.Unmarshal(want["rows"], &rows); err != nil {
		t.Fatal(err)
	}
	for name, tolerance := range map[string]float64{
		"lightgbm": 1e-15, "lightgbm_sklearn": 1e-15, "xgboost": 1e-7, "xgboost_nameless": 1e-7, "xgboost_sklearn": 1e-7, "xgboost_xgb": 1e-7,
	} {
		var scores []float64
		if err := json.Unmarshal(want[name], &scores); err != nil {
			t.Fatal(err)
		}
		m, err := interchange.MLflow(openMLflow(t, name), interchange.MLflowOptions{})
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		in := m.Signature().Input
		for i, f := range []dataset.Field{
			{Name: "age", Type: dataset.Float64, Nullable: true},
			{Name: "spend", Type: dataset.Float64},
			{Name: "visits", Type: dataset.Int64},
			{Name: "loyal", Type: dataset.Bool},
		} {
			if got := in.Field(i); got.Name != f.Name || got.Type != f.Type || got.Nullable != f.Nullable {
				t.Errorf("%s: column %d: want %+v, got %+v", name, i, f, got)
			}
		}
		row, out, scorer := dataset.NewRow(in), model.Output{}, m.NewRowScorer()
		for i, r := range rows {
			for j, v := range r {
				row.Values[j] = dataset.NumberValue(math.NaN())
				switch v := v.(type) {
				case float64:
					row.Values[j] = dataset.NumberValue(v)
				case bool:
					row.Values[j] = dataset.NumberValue(map[bool]float64{true: 1}[v])
				}
			}
			scorer.Score(row, &out)
			if d := math.Abs(out.Probability[1] - scores[i]); !(d <= tolerance) {
				t.Errorf("%s: row %d: off by %g", name, i, d)
			}
		}
	}
}

// The answers of onnxruntime 1.31.1 for the graph that skl2onnx 1.20.0 made, in float32. Its signature is of tensors, so that the columns have the graph's names.
func TestScoresEqualThoseOfAnONNXDirectory(t *testing.T) {
	m, err := interchange.MLflow(openMLflow(t, "onnx"), interchange.MLflowOptions{})
	if err != nil {
		t.Fatal(err)
	}
	var want struct {
		Rows [][]any
		ONNX []float64
	}
	readJSON(t, "testdata/mlflow_scores.json", &want)
	row, out, scorer := dataset.NewRow(m.Signature().Input), model.Output{}, m.NewRowScorer()
	for i, r := range want.Rows {
		for j, v := range r {
			x, _ := v.(float64)
			if v == true {
				x = 1
			}
			row.Values[j] = dataset.NumberValue(x)
		}
		scorer.Score(row, &out)
		if d := math.Abs(out.Probability[1] - want.ONNX[i]); !(d <= 1e-6) {
			t.Errorf("row %d: off by %g", i, d)
		}
	}
}

func TestMLflowRefusesCodeByName(t *testing.T) {
	for name, want := range map[string]string{
		"sklearn":         `mlflow: unsupported: flavor "sklearn": its model is Python code or a pickle, which is code; save it as ONNX`,
		"lightgbm_pickle": "mlflow: unsupported: flavor lightgbm: a pickle, which is code; save the booster itself or ONNX",
	} {
		var bad *model.UnsupportedError
		if _, err := interchange.MLflow(openMLflow(t, name), interchange.MLflowOptions{}); !errors.As(err, &bad) || bad.Error() != want {
			t.Errorf("%s: want %q, got %v", name, want, err)
		}
	}
	for flavors, want := range map[string]string{
		"  python_function:\n    loader_module: evil\n":                   `flavor "python_function"`,
		"  lightgbm:\n    data: model.pkl\n":                              "a pickle",
		"  xgboost:\n    data: model.pickle\n":                            "a pickle",
		"  lightgbm:\n    data: model.lgb\n    model_class: my.Booster\n": `model class "my.Booster"`,
		"  spark:\n    data: x\n":                                         `flavor "spark"`,
		"  xgboost: !!python/object:os.system\n":                          "YAML",
		"  xgboost: &anchor\n":                                            "YAML",
		"  xgboost: {data: model.ubj}\n":                                  "YAML",
		"  xgboost:\n    data: |\n      x\n":                              "YAML",
	} {
		dir := fstest.MapFS{"MLmodel": {Data: []byte("flavors:\n" + flavors)}}
		var bad *model.UnsupportedError
		if _, err := interchange.MLflow(dir, interchange.MLflowOptions{}); !errors.As(err, &bad) || !strings.Contains(bad.Feature, want) {
			t.Errorf("%q: want %q, got %v", flavors, want, err)
		}
	}
}

// XGBClassifier takes 0.5 for the threshold of scores where its booster alone takes 0.
func TestMLflowRefusesAClassifierOfRawScores(t *testing.T) {
	booster := strings.Replace(string(read(t, "testdata/xgb_binary.json")), "binary:logistic", "binary:logitraw", 1)
	for class, fine := range map[string]bool{"xgboost.sklearn.XGBClassifier": false, "xgboost.core.Booster": true} {
		dir := fstest.MapFS{
			"MLmodel":    {Data: []byte("flavors:\n  xgboost:\n    data: model.json\n    model_class: " + class + "\n")},
			"model.json": {Data: []byte(booster)},
		}
		_, err := interchange.MLflow(dir, interchange.MLflowOptions{})
		if fine && err != nil {
			t.Errorf("%s: %v", class, err)
		} else if !fine {
			wantUnsupported(t, err, "objective binary:logitraw of a classifier")
		}
	}
}

// A name in MLmodel cannot lead to another folder.
func TestMLflowStaysInItsDirectory(t *testing.T) {
	base := t.TempDir()
	dir := filepath.Join(base, "model")
	booster, err := os.ReadFile("testdata/mlflow_lightgbm/model.lgb")
	if err != nil {
		t.Fatal(err)
	}
	for path, text := range map[string][]byte{"secret.lgb": booster, "model/sub/model.lgb": booster, "other/model.lgb": booster} {
		if err := os.MkdirAll(filepath.Dir(filepath.Join(base, path)), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(base, path), text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for link, to := range map[string]string{"link.lgb": "../secret.lgb", "folder": "../other", "inside.lgb": "sub/model.lgb"} {
		if err := os.Symlink(to, filepath.Join(dir, link)); err != nil {
			t.Fatal(err)
		}
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer root.Close()
	for name, fine := range map[string]bool{
		"sub/model.lgb": true, "../secret.lgb": false, filepath.Join(base, "secret.lgb"): false, "link.lgb": false, "folder/model.lgb": false, "inside.lgb": false,
		"sub/../../secret.lgb": false, "sub": false, ".": false, "absent.lgb": false, `sub\model.lgb`: false, "./sub/model.lgb": false,
	} {
		text := "flavors:\n  lightgbm:\n    data: '" + name + "'\n"
		if err := os.WriteFile(filepath.Join(dir, "MLmodel"), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		for form, fsys := range map[string]fs.FS{"root": root.FS(), "dir": os.DirFS(dir)} {
			if _, err := interchange.MLflow(fsys, interchange.MLflowOptions{}); (err == nil) != fine {
				t.Errorf("%s %s: got %v", form, name, err)
			}
		}
	}
}

func TestMLmodelIsReadAsYAML(t *testing.T) {
	booster, err := os.ReadFile("testdata/mlflow_lightgbm/model.lgb")
	if err != nil {
		t.Fatal(err)
	}
	read := func(text string) error {
		dir := fstest.MapFS{"MLmodel": {Data: []byte(text)}, "model.lgb": {Data: booster}}
		_, err := interchange.MLflow(dir, interchange.MLflowOptions{})
		return err
	}
	signature := `[{"type": "double", "name": "age"}, {"type": "double", "name": "spend"}, {"type": "double", "name": "visits"}, {"type": "boolean", "name": "loyal"}]`
	double := strings.ReplaceAll(signature, `"`, `\"`)
	for name, text := range map[string]string{
		"plain":              "flavors:\n  lightgbm:\n    data: model.lgb\n",
		"start and comments": "---\n# a model\nflavors: # two\n  lightgbm:   # this\n\n    data: model.lgb # there\n",
		"quoted keys":        "'flavors':\n  \"lightgbm\":\n    'data': \"model.lgb\"\n",
		"lists":              "x:\n- a\n- b: c\n  d: e\n-\n  f: g\n- - h\n  - i\nflavors:\n  lightgbm:\n    providers:\n    - CPU\n    data: model.lgb\n",
		"windows":            "flavors:\r\n  lightgbm:\r\n    data: model.lgb\r\n",
		"folded":             "flavors:\n  lightgbm:\n    data: model.lgb\nsignature:\n  inputs: '" + strings.ReplaceAll(signature, ", {", ",\n    {") + "'\n",
		"escaped":            "flavors:\n  lightgbm:\n    data: \"mod\\\n      el.\\x6cgb\"\nsignature:\n  inputs: \"" + strings.ReplaceAll(double, ", {", ",\\\n    \\ {") + "\"\n",
		"empty":              "flavors:\n  lightgbm:\n    code: null\n    x: {}\n    y: []\n    data: model.lgb\n",
		"a long text":        "about: one\n  two\n\n  three\nflavors:\n  lightgbm:\n    data: model.lgb\n",
	} {
		if err := read(text); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	for name, text := range map[string]string{
		"nothing": "", "a tab": "flavors:\n\tlightgbm: x\n", "twice": "flavors:\n  lightgbm:\n    data: model.lgb\n    data: model.lgb\n", "open text": "flavors: 'x\n",
		"no key": "flavors\n", "behind": "flavors: 'x' y\n", "indentation": "flavors:\n    lightgbm:\n      data: model.lgb\n  x: y\n", "deeper": "a: b\n   c: d\n", "escape": "flavors: \"\\q\"\n",
		"deep": strings.Repeat("- ", 100) + "x\n", "bytes": "flavors: \xff\n", "no data": "flavors:\n  lightgbm:\n    code: null\n",
		"signature": "flavors:\n  lightgbm:\n    data: model.lgb\nsignature:\n  inputs: '[{]'\n",
	} {
		if err := read(text); !errors.Is(err, dataset.ErrFormat) {
			t.Errorf("%s: want a format error, got %v", name, err)
		}
	}
	if err := read("flavors:\n  lightgbm:\n    data: model.lgb\nsignature:\n  inputs: '[{\"type\": \"double\", \"name\": \"age\"}]'\n"); !errors.Is(err, dataset.ErrSchema) {
		t.Errorf("a signature without a feature: got %v", err)
	}
	if err := read("flavors:\n  lightgbm:\n    data: model.lgb\nsignature:\n  inputs: '[{\"type\": \"object\", \"name\": \"age\"}]'\n"); !errors.Is(err, model.ErrUnsupported) {
		t.Errorf("a signature with objects: got %v", err)
	}
	if err := read("# " + strings.Repeat("x", 2<<20)); !errors.Is(err, dataset.ErrLimit) {
		t.Errorf("a long file: got %v", err)
	}
	two := fstest.MapFS{"MLmodel": {Data: []byte("flavors:\n  lightgbm:\n    data: model.lgb\n  xgboost:\n    data: x\n")}, "model.lgb": {Data: booster}}
	if _, err := interchange.MLflow(two, interchange.MLflowOptions{}); err == nil {
		t.Error("two flavors: want an error")
	}
	if _, err := interchange.MLflow(two, interchange.MLflowOptions{Flavor: "lightgbm"}); err != nil {
		t.Error(err)
	}
	if _, err := interchange.MLflow(two, interchange.MLflowOptions{Flavor: "lightgbm", MaxBytes: 100}); !errors.Is(err, dataset.ErrLimit) {
		t.Errorf("limit: got %v", err)
	}
}

func FuzzMLmodel(f *testing.F) {
	for _, name := range []string{"lightgbm", "onnx", "sklearn", "xgboost_nameless"} {
		text, err := fs.ReadFile(openMLflow(f, name), "MLmodel")
		if err != nil {
			f.Fatal(err)
		}
		f.Add(text)
	}
	f.Add([]byte("a: \"x\\\n  \\ y\"\nb:\n- - 'c''d'\n  - e: f\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		dir := fstest.MapFS{"MLmodel": {Data: text}, "model.lgb": {Data: []byte(stump)}}
		if over := alloc.Bound(8<<20+1000*len(text), func() {
			if _, err := interchange.MLflow(dir, interchange.MLflowOptions{}); err == nil && !strings.Contains(string(text), "lightgbm") {
				t.Error("a model of no flavor")
			}
		}); over != nil {
			t.Fatal(over)
		}
	})
}

// A directory that mlflow saved: its signature is the schema.
func ExampleMLflow() {
	root, err := os.OpenRoot("testdata/mlflow_lightgbm")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer root.Close()
	m, err := interchange.MLflow(root.FS(), interchange.MLflowOptions{Classes: []string{"stays", "leaves"}})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, f := range m.Signature().Input.Fields() {
		fmt.Println(f.Name, f.Type, f.Nullable)
	}
	// Output:
	// age float64 true
	// spend float64 false
	// visits int64 false
	// loyal bool false
}
