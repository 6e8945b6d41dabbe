package interchange_test

import (
	"archive/zip"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"strconv"
	"strings"
	"testing"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/internal/alloc"
	"github.com/tidewheel/tidewheel/model"
	"github.com/tidewheel/tidewheel/model/interchange"
)

// repack returns a file with other texts in the place of some in schema.json, and other bytes in the arrays if edit is given.
func repack(t testing.TB, name string, edit func(entry string, data []byte) []byte, pairs ...string) []byte {
	t.Helper()
	file := read(t, "testdata/skops/"+name+".skops")
	archive, err := zip.NewReader(bytes.NewReader(file), int64(len(file)))
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	w := zip.NewWriter(&out)
	for _, e := range archive.File {
		r, err := e.Open()
		if err != nil {
			t.Fatal(err)
		}
		data, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		if e.Name == "schema.json" {
			s := strings.NewReplacer(pairs...).Replace(string(data))
			if len(pairs) > 0 && s == string(data) {
				t.Fatalf("%s: nothing to replace: %q", name, pairs)
			}
			data = []byte(s)
		} else if edit != nil {
			data = edit(e.Name, data)
		}
		to, err := w.Create(e.Name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := to.Write(data); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func TestSkopsRefusesByName(t *testing.T) {
	for _, c := range []struct{ file, old, other, want string }{
		{"logistic", `"protocol": 2`, `"protocol": 3`, `protocol 3 of skops "0.16.0"`},
		{"logistic", `"_skops_version": "0.16.0"`, `"_skops_version": "0.17.0"`, `protocol 2 of skops "0.17.0"`},
		{"logistic", `"\"1.9.1\""`, `"\"1.10.0\""`, `LogisticRegression of scikit-learn "1.10.0"`},
		{"logistic", `"LogisticRegression"`, `"LogisticOther"`, `type "sklearn.linear_model._logistic.LogisticOther"`},
		{"logistic", `"sklearn.linear_model._logistic"`, `"os"`, `type "os.LogisticRegression"`},
		{"logistic", `"ObjectNode"`, `"FunctionNode"`, `type "sklearn.linear_model._logistic.LogisticRegression"`},
		{"logistic", `"C": {`, `"multi_class": {`, `attribute "multi_class" of LogisticRegression`},
		{"sgd_classes", `\"log_loss\"`, `\"modified_huber\"`, `loss "modified_huber" of SGDClassifier`},
		{"mixed", `\"median\"`, `\"mode\"`, `strategy "mode" of SimpleImputer`},
		{"mixed", `\"ignore\"`, `\"skip\"`, `handle_unknown "skip" of OneHotEncoder`},
		{"mixed", `"float64"`, `"float32"`, "dtype of OneHotEncoder"},
		{"boosting", `\"prior\"`, `\"uniform\"`, `_strategy "uniform" of DummyClassifier`},
		{"boosting_number", `\"huber\"`, `\"other\"`, `loss "other" of GradientBoostingRegressor`},
		{"linear_poisson", `"HalfPoissonLoss"`, `"OtherLoss"`, `loss "sklearn._loss.loss.OtherLoss" of PoissonRegressor`},
		{"svm_rbf", `\"rbf\"`, `\"precomputed\"`, `kernel "precomputed" of SVC`},
		{"net", `\"softmax\"`, `\"logistic\"`, "out_activation_ logistic of MLPClassifier"},
		{"net", `\"relu\"`, `\"sine\"`, `activation "sine" of MLPClassifier`},
		{"steps_log", `"log1p"`, `"sin"`, `func of FunctionTransformer: "numpy.sin"`},
		{"tree_number", `"__class__": "Tree"`, `"__class__": "Other"`, `type "sklearn.tree._tree.Other"`},
		{"forest", `"DecisionTreeClassifier"`, `"SVC"`, `type "sklearn.tree._classes.SVC"`},
	} {
		_, err := readSkops(t, repack(t, c.file, nil, c.old, c.other), interchange.SkopsOptions{})
		wantUnsupported(t, err, c.want)
	}
	other := func(old, kind string) func(string, []byte) []byte {
		return func(_ string, data []byte) []byte { return bytes.Replace(data, []byte(old), []byte(kind), 1) }
	}
	for _, kind := range []string{">f8", "<c8", "<m8", "|O8"} {
		_, err := readSkops(t, repack(t, "linear", other("<f8", kind)), interchange.SkopsOptions{})
		wantUnsupported(t, err, "arrays of type")
	}
	_, err := readSkops(t, repack(t, "tree_number", other("left_child", "left_kidds")), interchange.SkopsOptions{})
	wantUnsupported(t, err, "arrays of type")
}

func TestDamagedSkopsFilesAreRefused(t *testing.T) {
	linear := read(t, "testdata/skops/linear.skops")
	same := func(_ string, data []byte) []byte { return data }
	at := func(place int, b byte) func(string, []byte) []byte { // in the first node of a tree
		return func(_ string, data []byte) []byte {
			if bytes.Contains(data, []byte("left_child")) {
				data[len(data)-len(data)%64+place-len(data)/64*64+bytes.IndexByte(data, '\n')+1] = b
			}
			return data
		}
	}
	for name, file := range map[string][]byte{
		"empty":             nil,
		"not a zip":         []byte("PK\x03\x04 and so on"),
		"cut":               linear[:len(linear)-10],
		"no schema":         repack(t, "linear", same)[:22],
		"not JSON":          repack(t, "linear", nil, `{`, `[`),
		"no such entry":     repack(t, "linear", nil, `.npy"`, `.np"`),
		"features":          repack(t, "linear", nil, `"content": "3"`, `"content": "4"`),
		"features of half":  repack(t, "linear", nil, `"content": "3"`, `"content": "2.5"`),
		"a list":            repack(t, "linear", nil, `"content": "3"`, `"content": "[3]"`),
		"array cut":         repack(t, "linear", func(_ string, b []byte) []byte { return b[:len(b)-1] }),
		"array of nothing":  repack(t, "linear", func(string, []byte) []byte { return nil }),
		"array's header":    repack(t, "linear", func(_ string, b []byte) []byte { return bytes.Replace(b, []byte("(3,)"), []byte("(9,)"), 1) }),
		"not finite":        repack(t, "linear", func(_ string, b []byte) []byte { copy(b[len(b)-8:], "\x00\x00\x00\x00\x00\x00\xf8\x7f"); return b }),
		"a cycle":           repack(t, "tree_number", at(0, 0)),
		"a child too far":   repack(t, "tree_number", at(0, 200)),
		"a feature too far": repack(t, "tree_number", at(16, 3)),
		"one node twice":    repack(t, "tree_number", at(8, 1)),
		"tree of classes":   repack(t, "tree_gaps", nil, `"DecisionTreeClassifier"`, `"DecisionTreeRegressor"`),
		"an imputer's flags": repack(t, "steps_missing", func(_ string, b []byte) []byte {
			if bytes.Contains(b, []byte("<i8")) && bytes.Contains(b, []byte("(2,)")) {
				b[len(b)-8] = 9
			}
			return b
		}),
		"support vectors": repack(t, "svm_rbf", nil, `"_n_support"`, `"n_iter_"`, `"n_iter_"`, `"_n_support"`),
		"layers":          repack(t, "net", nil, `"coefs_"`, `"intercepts_"`, `"intercepts_"`, `"coefs_"`),
		"columns":         repack(t, "mixed", nil, `"content": "4"`, `"content": "44"`),
	} {
		if _, err := readSkops(t, file, interchange.SkopsOptions{}); !errors.Is(err, dataset.ErrFormat) {
			t.Errorf("%s: want a FormatError, got %v", name, err)
		}
	}
}

func TestSkopsLimits(t *testing.T) {
	file := read(t, "testdata/skops/linear.skops")
	deep := repack(t, "linear", nil, `"alpha"`, `"a"`, `"steps"`, `"s"`, `"copy_X"`, `"copy_X": `+strings.Repeat("[", 2000)+strings.Repeat("]", 2000)+`, "x"`)
	for name, c := range map[string]struct {
		file []byte
		most int64
	}{"length": {file, int64(len(file)) - 1}, "unpacked": {file, int64(len(file))}, "levels": {deep, 0}} {
		if _, err := readSkops(t, c.file, interchange.SkopsOptions{MaxBytes: c.most}); !errors.Is(err, dataset.ErrLimit) {
			t.Errorf("%s: want ErrLimit, got %v", name, err)
		}
	}
	for _, o := range []interchange.SkopsOptions{{MaxBytes: -1}, {Classes: []string{"a"}}} {
		var bad *model.OptionError
		if _, err := readSkops(t, file, o); !errors.As(err, &bad) {
			t.Errorf("%+v: want an OptionError, got %v", o, err)
		}
	}
}

// What scikit-learn refuses with an exception has no answer.
func TestRowsThatScikitLearnRefusesHaveNoAnswer(t *testing.T) {
	for _, c := range []struct {
		file, column string
		value        dataset.Value
	}{
		{"logistic", "age", dataset.Value{}},
		{"logistic", "age", dataset.NumberValue(math.Inf(1))},
		{"boosting", "spend", dataset.Value{}},
		{"forest_extra", "spend", dataset.NumberValue(1e300)}, // an infinity in float32
		{"svm_rbf", "age", dataset.Value{}},
		{"svm_chances_three", "age", dataset.NumberValue(math.Inf(-1))},
		{"bayes_bits", "delta", dataset.Value{}},
		{"net", "delta", dataset.Value{}},
		{"linear_lda", "delta", dataset.Value{}},
		{"steps_pca", "delta", dataset.Value{}},
		{"hist_dtypes", "size", dataset.NumberValue(math.Inf(1))},
	} {
		m, err := readSkops(t, read(t, "testdata/skops/"+c.file+".skops"), interchange.SkopsOptions{})
		if err != nil {
			t.Fatal(err)
		}
		row := dataset.NewRow(m.Signature().Input)
		for i := range row.Values {
			row.Values[i] = dataset.NumberValue(1)
		}
		var out model.Output
		m.NewRowScorer().Score(row, &out)
		if !out.Prediction.Valid {
			t.Errorf("%s: want an answer", c.file)
		}
		row.Values[row.Schema.Index(c.column)] = c.value
		m.NewRowScorer().Score(row, &out)
		if out.Prediction.Valid || !math.IsNaN(out.Probability[0]) {
			t.Errorf("%s: want no answer", c.file)
		}
	}
	// A category that handle_unknown="error" does not take.
	m, err := readSkops(t, repack(t, "mixed", nil, `\"ignore\"`, `\"error\"`), interchange.SkopsOptions{})
	if err != nil {
		t.Fatal(err)
	}
	row := dataset.NewRow(m.Signature().Input)
	row.Values[row.Schema.Index("spend")] = dataset.NumberValue(1)
	row.Values[row.Schema.Index("size")] = dataset.NumberValue(5)
	for text, want := range map[string]bool{"north": true, "abroad": false} {
		row.Values[row.Schema.Index("shop")] = dataset.TextValue(text)
		var out model.Output
		if m.NewRowScorer().Score(row, &out); out.Prediction.Valid != want {
			t.Errorf("shop %s: want an answer %v, got %v", text, want, out.Prediction.Valid)
		}
	}
}

func TestSkopsBindsByName(t *testing.T) {
	file := read(t, "testdata/skops/logistic.skops")
	columns := []dataset.Field{{Name: "delta", Type: dataset.Float32}, {Name: "age", Type: dataset.Int64}, {Name: "spend", Type: dataset.Float64}}
	m, err := readSkops(t, file, interchange.SkopsOptions{Schema: schema(t, columns...), Target: "paid", Classes: []string{"no", "yes"}})
	if err != nil {
		t.Fatal(err)
	}
	if p := m.Problem(); p.Target != "paid" || strings.Join(p.Classes, " ") != "no yes" || m.Signature().Output.Field(0).Type != dataset.Utf8 {
		t.Errorf("problem %+v", p)
	}
	for _, fields := range [][]dataset.Field{columns[:2], {columns[0], columns[1], {Name: "spend", Type: dataset.Utf8}}} {
		if _, err := readSkops(t, file, interchange.SkopsOptions{Schema: schema(t, fields...)}); !errors.Is(err, dataset.ErrSchema) || !strings.Contains(err.Error(), "spend") {
			t.Errorf("want the column named, got %v", err)
		}
	}
}

// unpack returns the schema of a file without what is not read, and its arrays one behind the other; the schema calls them 0, 1 and so on.
func unpack(t testing.TB, name string) (schema string, arrays []byte) {
	t.Helper()
	var names []string
	var tree any
	repack(t, name, func(entry string, data []byte) []byte {
		names, arrays = append(names, strconv.Quote(entry), strconv.Quote(strconv.Itoa(len(names)/2))), append(arrays, data...)
		return data
	})
	archive, err := zip.NewReader(bytes.NewReader(read(t, "testdata/skops/"+name+".skops")), int64(len(read(t, "testdata/skops/"+name+".skops"))))
	if err != nil {
		t.Fatal(err)
	}
	file, err := archive.Open("schema.json")
	if err != nil {
		t.Fatal(err)
	}
	if err := json.NewDecoder(file).Decode(&tree); err != nil {
		t.Fatal(err)
	}
	prune(tree)
	text, err := json.Marshal(tree)
	if err != nil {
		t.Fatal(err)
	}
	return strings.NewReplacer(names...).Replace(string(text)), arrays
}

func prune(v any) {
	switch v := v.(type) {
	case map[string]any:
		for _, key := range []string{"key_types", "__id__", "is_json", "transformers", "output_indices_", "_columns", "_fit_dtype", "_fill_dtype"} {
			delete(v, key)
		}
		for _, x := range v {
			prune(x)
		}
	case []any:
		for _, x := range v {
			prune(x)
		}
	}
}

// archive is the reverse of unpack.
func archive(t testing.TB, schema string, arrays []byte) []byte {
	t.Helper()
	var out bytes.Buffer
	w := zip.NewWriter(&out)
	entry := func(name string, data []byte) {
		to, err := w.CreateHeader(&zip.FileHeader{Name: name})
		if err == nil {
			_, err = to.Write(data)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	entry("schema.json", []byte(schema))
	const magic = "\x93NUMPY"
	for i, a := range bytes.Split(arrays, []byte(magic)) {
		if i > 0 {
			entry(strconv.Itoa(i-1), append([]byte(magic), a...))
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// FuzzSkops checks that no file makes the reader or the scoring of what it accepted panic, run on or grow. Without a schema the bytes are the file.
func FuzzSkops(f *testing.F) {
	for _, name := range []string{"logistic", "mixed", "ordinal", "tree_gaps", "elastic", "sgd_classes", "hist_three", "light_three", "svm_chances_three", "bayes_normal", "net_yes", "steps_missing", "steps_products"} {
		schema, arrays := unpack(f, name)
		f.Add(schema, arrays)
	}
	f.Add("", read(f, "testdata/skops/logistic.skops"))
	f.Fuzz(func(t *testing.T, schema string, file []byte) {
		if schema != "" {
			file = archive(t, schema, file)
		}
		var m *model.Planned
		var err error
		if over := alloc.Bound(128<<20+1000*len(file), func() {
			m, err = readSkops(t, file, interchange.SkopsOptions{MaxBytes: 1 << 20})
		}); over != nil {
			t.Fatal(over)
		}
		if err != nil {
			return
		}
		sealsAndScores(t, m)
	})
}

// The seeds of the fuzz target are files that are read.
func TestSeedsAreRead(t *testing.T) {
	schema, arrays := unpack(t, "mixed")
	if _, err := readSkops(t, archive(t, schema, arrays), interchange.SkopsOptions{}); err != nil {
		t.Fatal(err)
	}
}

// A file of scikit-learn that skops saved scores without Python.
func ExampleSkops() {
	file, err := os.Open("testdata/skops/mixed.skops")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		fmt.Println(err)
		return
	}
	m, err := interchange.Skops(file, info.Size(), interchange.SkopsOptions{})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, f := range m.Signature().Input.Fields() {
		fmt.Println(f.Name, f.Type)
	}
	row := dataset.NewRow(m.Signature().Input) // every value is missing until it is set
	row.Values[row.Schema.Index("shop")] = dataset.TextValue("north")
	row.Values[row.Schema.Index("spend")] = dataset.NumberValue(12)
	row.Values[row.Schema.Index("delta")] = dataset.NumberValue(-0.3)
	var out model.Output
	m.NewRowScorer().Score(row, &out)
	fmt.Printf("%s of %s %.3f\n", out.Prediction.Text, m.Problem().Classes, out.Probability)
	// Output:
	// age float64
	// spend float64
	// delta float64
	// shop utf8
	// size float64
	// low of [high low mid] [0.082 0.469 0.449]
}
