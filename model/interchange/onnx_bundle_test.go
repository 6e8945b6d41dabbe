package interchange_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/model"
	"github.com/tidewheel/tidewheel/model/interchange"
	"github.com/tidewheel/tidewheel/registry"
)

// bits returns what a model answers to rows, in the order of the plan's outputs, each row alone.
func bits(m *model.Planned, rows []dataset.Row) [][]uint64 {
	out := make([][]uint64, len(rows))
	s := m.Program().NewRowScratch()
	for i, row := range rows {
		m.Program().Row(row.Values, s)
		for j := range m.Plan().Outputs {
			x := m.Program().Output(s, j)
			if x != x {
				x = math.NaN() // one NaN for all
			}
			out[i] = append(out[i], math.Float64bits(x))
		}
	}
	return out
}

// A model that was read from ONNX is sealed, and what the bundle opens to gives the same bits, as rows and as a batch.
func TestONNXModelsAreSealed(t *testing.T) {
	files, err := filepath.Glob("testdata/onnx/*.onnx")
	if err != nil || len(files) == 0 {
		t.Fatal("no models", err)
	}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			m, err := interchange.ONNX(bytes.NewReader(read(t, file)), interchange.ONNXOptions{})
			if err != nil {
				t.Fatal(err)
			}
			sealed, err := registry.Seal(registry.Contents{Name: "onnx", Model: m})
			if err != nil {
				t.Fatal(err)
			}
			text, err := sealed.Encode()
			if err != nil {
				t.Fatal(err)
			}
			opened, err := registry.Decode(text)
			if err != nil {
				t.Fatal(err)
			}
			var c onnxCase
			if err := json.Unmarshal(read(t, strings.TrimSuffix(file, ".onnx")+".json"), &c); err != nil {
				t.Fatal(err)
			}
			rows := onnxRows(m, c.Rows)
			want, got := bits(m, rows), bits(opened.Predictor(), rows)
			b := batchOf(t, m.Signature().Input, c.Rows)
			defer b.Release()
			columns := make([][]float64, len(m.Plan().Outputs))
			for j := range columns {
				columns[j] = make([]float64, len(rows))
			}
			if err := m.Program().Batch(b, columns); err != nil {
				t.Fatal(err)
			}
			for i := range want {
				for j, w := range want[i] {
					if x := columns[j][i]; got[i][j] != w || (math.Float64bits(x) != w && !math.IsNaN(x)) {
						t.Fatalf("row %d, output %d: %x, want %x", i, j, got[i][j], w)
					}
				}
			}
			scratch := m.Program().NewRowScratch()
			if n := testing.AllocsPerRun(10, func() { m.Program().Row(rows[0].Values, scratch) }); n != 0 {
				t.Errorf("a row allocates %v times", n)
			}
		})
	}
}

// onnxRows returns the rows of a case as values of the model's columns, which have the case's order.
func onnxRows(m *model.Planned, rows [][]any) []dataset.Row {
	out := make([]dataset.Row, len(rows))
	for i, values := range rows {
		out[i] = dataset.NewRow(m.Signature().Input)
		for j, v := range values {
			switch v := v.(type) {
			case string:
				out[i].Values[j] = dataset.TextValue(v)
			case float64:
				out[i].Values[j] = dataset.NumberValue(v)
			}
		}
	}
	return out
}

// A row whose integer or text is missing has no answer, though the graph itself would give one.
func TestONNXRowsThatMissAnIntegerOrATextHaveNoAnswer(t *testing.T) {
	m, err := interchange.ONNX(bytes.NewReader(read(t, "testdata/onnx/mixed_zipmap.onnx")), interchange.ONNXOptions{})
	if err != nil {
		t.Fatal(err)
	}
	in := m.Signature().Input
	for _, f := range in.Fields() {
		row := dataset.NewRow(in)
		for j, g := range in.Fields() {
			switch {
			case g.Name == f.Name:
			case g.Type.IsText():
				row.Values[j] = dataset.TextValue("free")
			default:
				row.Values[j] = dataset.NumberValue(3)
			}
		}
		var out model.Output
		m.NewRowScorer().Score(row, &out)
		// A missing float is filled by the file's imputer in one column and stays NaN, as in onnxruntime, in the other.
		if answered := out.Class >= 0; answered != (f.Name == "spend" || f.Name == "age") {
			t.Errorf("%s missing: class %d", f.Name, out.Class)
		}
		if f.Nullable != (f.Type == dataset.Float64) {
			t.Errorf("%s: want floats alone to be nullable", f.Name)
		}
	}
}

// The columns of a wide input are named by the options, by the schema or by the input.
func TestONNXColumnsAreBoundByName(t *testing.T) {
	file := read(t, "testdata/onnx/logistic.onnx")
	names := []string{"a", "b", "c", "d", "e"}
	fields := []dataset.Field{{Name: "target", Type: dataset.Int64, Role: dataset.Target}}
	for _, n := range names {
		fields = append(fields, dataset.Field{Name: n, Type: dataset.Float32})
	}
	schema, err := dataset.NewSchema(fields...)
	if err != nil {
		t.Fatal(err)
	}
	for want, o := range map[string]interchange.ONNXOptions{
		"X_0 X_1 X_2 X_3 X_4": {},
		"e d c b a":           {Features: []string{"e", "d", "c", "b", "a"}},
		"a b c d e":           {Schema: schema},
	} {
		m, err := interchange.ONNX(bytes.NewReader(file), o)
		if err != nil {
			t.Fatal(err)
		}
		if got := strings.Join(m.Problem().Features, " "); got != want {
			t.Errorf("columns %s, want %s", got, want)
		}
	}
	for name, o := range map[string]interchange.ONNXOptions{
		"names":   {Features: names[1:]},
		"classes": {Classes: []string{"one"}},
		"size":    {MaxBytes: -1},
	} {
		if _, err := interchange.ONNX(bytes.NewReader(file), o); err == nil || !strings.Contains(err.Error(), "interchange.ONNXOptions") {
			t.Errorf("%s: want an OptionError, got %v", name, err)
		}
	}
	text, err := dataset.NewSchema(dataset.Field{Name: "a", Type: dataset.Utf8}, fields[2], fields[3], fields[4], fields[5])
	if err != nil {
		t.Fatal(err)
	}
	if err := onnxError(file, interchange.ONNXOptions{Schema: text, Features: names}); !strings.Contains(err, `column "a"`) {
		t.Errorf("a text column: %v", err)
	}
	if err := onnxError(file, interchange.ONNXOptions{Schema: text, Features: []string{"z", "b", "c", "d", "e"}}); !strings.Contains(err, `column "z"`) {
		t.Errorf("a column that is not there: %v", err)
	}
	if err := onnxError(file, interchange.ONNXOptions{Features: []string{"a", "a", "c", "d", "e"}}); err == "" {
		t.Error("want two columns of a name refused")
	}
}

func onnxError(file []byte, o interchange.ONNXOptions) string {
	_, err := interchange.ONNX(bytes.NewReader(file), o)
	return fmt.Sprint(err)
}

// A pipeline of scikit-learn with its preprocessing, read from ONNX, scores raw rows.
func ExampleONNX() {
	file, err := os.Open("testdata/onnx/mixed_zipmap.onnx")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer file.Close()
	m, err := interchange.ONNX(file, interchange.ONNXOptions{})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(m.Signature().Input.Names())
	row := dataset.NewRow(m.Signature().Input) // every value is missing until it is set
	row.Values[row.Schema.Index("age")] = dataset.NumberValue(38)
	row.Values[row.Schema.Index("visits")] = dataset.NumberValue(4)
	row.Values[row.Schema.Index("town")] = dataset.TextValue("Bonn")
	row.Values[row.Schema.Index("plan")] = dataset.TextValue("paid")
	var out model.Output
	m.NewRowScorer().Score(row, &out) // the model's own imputer fills spend
	fmt.Printf("%s %.3f of %v\n", out.Prediction.Text, out.Probability, m.Problem().Classes)
	// Output:
	// [age spend visits town plan]
	// mid [0.163 0.302 0.535] of [hi lo mid]
}
