package main

import (
	"encoding/json"
	"encoding/xml"
	"errors"
	"io"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/tidewheel/tidewheel/examples/internal/cli/clitest"
)

const interchangeData = "../../model/interchange/testdata"

func explainedRows(t *testing.T, args ...string) result {
	t.Helper()
	status, out, errs := clitest.Run(t, app(), append([]string{"-json"}, args...)...)
	var r result
	if err := json.Unmarshal([]byte(out), &r); status != 0 || err != nil {
		t.Fatalf("%v: got %d, %s%s, %v", args, status, out, errs, err)
	}
	return r
}

// Contributions and the base sum to the raw score of each row and class; the answer is the class with the largest.
func TestContributionsSumToTheRawScore(t *testing.T) {
	data := clitest.File(t, "rows.csv", "age,shop,spend,delta,kind\n1,2,3,4,1\n-0.5,30,0.2,900,2\n,,,,\ninf,1,1,1,1\n0.1,7,1,-50,0\n")
	for model, classes := range map[string]int{"lgb_multiclass.txt": 3, "lgb_binary.txt": 1, "xgb_named.json": 1} {
		file := data
		if model == "xgb_named.json" {
			file = clitest.File(t, "named.csv", "age,shop,spend,delta,kind\n1,shop 6,3,4,10\n-0.5,shop 10,0.2,900,20\n,,,,\ninf,,1,1,\n0.1,,1,-50,\n")
		}
		r := explainedRows(t, "-model", filepath.Join(interchangeData, model), "-data", file)
		if len(r.Rows) != 5 || len(r.Base) != classes || r.Method != "path_dependent" || r.RowsOfImportance != 4 || len(r.Importance) != 5 {
			t.Fatalf("%s: got %+v", model, r)
		}
		for i, row := range r.Rows {
			if row.Refused != (i == 3) || row.Row != i {
				t.Errorf("%s: row %d: got %+v", model, i, row)
			}
			for o, out := range row.Outputs {
				sum := float64(r.Base[o])
				for _, v := range out.Contributions {
					sum += float64(v)
				}
				if d := math.Abs(sum - float64(out.Raw)); !(d < 1e-6) { // XGBoost adds float32 numbers
					t.Errorf("%s: row %d: want %g, got %g", model, i, out.Raw, sum)
				}
			}
		}
		for i := 1; i < len(r.Importance); i++ {
			if r.Importance[i].MeanAbsolute > r.Importance[i-1].MeanAbsolute {
				t.Errorf("%s: want the most important first, got %+v", model, r.Importance)
			}
		}
	}
}

// The picture is XML that refers to nothing, and texts of the data are escaped.
func TestThePictureIsWholeAndAlone(t *testing.T) {
	svg := filepath.Join(t.TempDir(), "reasons.svg")
	data := clitest.File(t, "rows.csv", "age,shop,spend,delta,kind\n1,2,3,4,1\n-0.5,30,0.2,900,2\n")
	explainedRows(t, "-model", filepath.Join(interchangeData, "lgb_binary.txt"), "-data", data, "-from", "1", "-rows", "1", "-svg", svg)
	text, err := os.ReadFile(svg)
	if err != nil {
		t.Fatal(err)
	}
	dec := xml.NewDecoder(strings.NewReader(string(text)))
	bars := 0
	for {
		token, err := dec.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		if e, ok := token.(xml.StartElement); ok {
			for _, a := range e.Attr {
				if strings.Contains(a.Name.Local, "href") || strings.Contains(a.Value, "url(") {
					t.Errorf("want no reference, got %s", a.Value)
				}
			}
			if e.Name.Local == "rect" {
				bars++
			}
		}
	}
	if bars < 3 || !strings.Contains(string(text), "Row 1: raw score") {
		t.Errorf("want the bars of row 1, got %d bars: %s", bars, text)
	}
	p := picture{title: "<a> & b", bars: []bar{{"\"<c>\"", 0, 0}}}
	if got := string(p.svg()); strings.Contains(got, "<a>") || strings.Contains(got, "<c>") || strings.Contains(got, "NaN") {
		t.Errorf("want texts escaped, got %s", got)
	}
}

func TestBadInput(t *testing.T) {
	model := filepath.Join(interchangeData, "lgb_binary.txt")
	data := clitest.File(t, "rows.csv", "age,shop,spend,delta,kind\n1,2,3,4,1\ninf,2,3,4,1\n")
	for _, c := range []struct{ args, want []string }{
		{nil, []string{"-model"}},
		{[]string{"-model", model}, []string{"-data"}},
		{[]string{"-model", model, "-data", data, "-rows", "0"}, []string{"-rows"}},
		{[]string{"-model", model, "-data", data, "-from", "2"}, []string{"-from", "2"}},
		{[]string{"-model", model, "-data", data, "-svg", "a.png"}, []string{"-svg", ".svg"}},
		{[]string{"-model", model, "-data", data, "-from", "1", "-svg", filepath.Join(t.TempDir(), "a.svg")}, []string{"-svg", "refused"}},
		{[]string{"-model", model, "-data", clitest.File(t, "other.csv", "x\n1\n")}, []string{`"age"`, "missing_column"}},
		{[]string{"-model", filepath.Join(interchangeData, "lgb_linear_tree.txt"), "-data", data}, []string{"linear"}},
	} {
		clitest.Refuses(t, app(), c.args, c.want...)
	}
}
