package interchange_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"os"
	"strings"
	"testing"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/internal/alloc"
	"github.com/tidewheel/tidewheel/model"
	"github.com/tidewheel/tidewheel/model/interchange"
	"github.com/tidewheel/tidewheel/registry"
)

// stump scores 1 for x <= 0 and 2 for others, of a regression.
const stump = "tree\nversion=v4\nnum_class=1\nnum_tree_per_iteration=1\nmax_feature_idx=0\nobjective=regression\nfeature_names=x\nfeature_infos=[-1:1]\n\n" +
	"Tree=0\nnum_leaves=2\nnum_cat=0\nsplit_feature=0\nthreshold=0\ndecision_type=2\nleft_child=-1\nright_child=-2\nleaf_value=1 2\n\n\nend of trees\n"

func readStump(t testing.TB) *model.Planned {
	t.Helper()
	m, err := interchange.LightGBM(strings.NewReader(stump), interchange.LightGBMOptions{})
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// scored is a row of the stump with the score that another tool gave.
type scored struct {
	X    float64  `ml:"name=x"`
	Want *float64 `ml:"name=want"`
}

func scoredRows(t testing.TB, rows ...scored) dataset.Source {
	t.Helper()
	src, err := dataset.FromStructs(rows, dataset.StructsOptions{BatchRows: 2})
	if err != nil {
		t.Fatal(err)
	}
	return src
}

func prediction(column string) []interchange.Expected {
	return []interchange.Expected{{Output: model.PredictionColumn, Column: column}}
}

// By hand: from 1 to 2 the steps are 2⁻⁵², so 1+2⁻⁵² is one step from 1 and 2-2⁻⁵⁰ four steps from 2.
func TestParityCountsSteps(t *testing.T) {
	m := readStump(t)
	up, down := 1+0x1p-52, 2-0x1p-50
	exact, two := 1.0, 2.0
	src := scoredRows(t, scored{-1, &exact}, scored{1, &two}, scored{-1, &up}, scored{1, &down})
	p, err := interchange.CheckParity(t.Context(), m, src, interchange.ParityOptions{Tool: "by hand", Expected: prediction("want")})
	if err != nil {
		t.Fatal(err)
	}
	if p.Rows != 4 || p.Values != 4 || p.Unequal != 2 || p.Outside != 2 || p.ULP != 4 || p.Absolute != 0x1p-50 || p.Pass {
		t.Errorf("got %+v", p)
	}
	if p.First == nil || *p.First != (interchange.Difference{Row: 2, Output: "prediction", Want: "1.0000000000000002", Got: "1"}) {
		t.Errorf("first: got %+v", p.First)
	}
	for name, c := range map[string]struct {
		o     interchange.ParityOptions
		first int64 // outside, -1 for none
	}{
		"one step":      {interchange.ParityOptions{Tolerance: interchange.Tolerance{ULP: 1}}, 3},
		"four steps":    {interchange.ParityOptions{Tolerance: interchange.Tolerance{ULP: 4}}, -1},
		"absolute":      {interchange.ParityOptions{Tolerance: interchange.Tolerance{Absolute: 0x1p-52}}, 3},
		"relative":      {interchange.ParityOptions{Tolerance: interchange.Tolerance{Relative: 0x1p-50}}, -1},
		"single floats": {interchange.ParityOptions{Float32: true}, -1},
	} {
		c.o.Expected = prediction("want")
		p, err := interchange.CheckParity(t.Context(), m, src, c.o)
		if err != nil {
			t.Fatal(err)
		}
		if p.Pass != (c.first < 0) || (c.first >= 0 && p.FirstOut.Row != c.first) {
			t.Errorf("%s: got %+v", name, p)
		}
	}
}

// A number that is none is outside every tolerance, unless both are none.
func TestParityOfWhatIsNoNumber(t *testing.T) {
	m := readStump(t)
	inf := math.Inf(1)
	wide := interchange.ParityOptions{Expected: prediction("want"), Tolerance: interchange.Tolerance{ULP: math.MaxUint64, Absolute: 1e300, Relative: 1e300}}
	for name, want := range map[string]*float64{"null": nil, "infinity": &inf} {
		p, err := interchange.CheckParity(t.Context(), m, scoredRows(t, scored{0, want}), wide)
		if err != nil {
			t.Fatal(err)
		}
		if p.Pass || p.Outside != 1 || p.ULP != 1<<53 || p.Absolute != 0 {
			t.Errorf("%s: got %+v", name, p)
		}
		if _, err := p.Encode(); err != nil {
			t.Error(err)
		}
	}
	if p, err := interchange.CheckParity(t.Context(), m, scoredRows(t), wide); err != nil || p.Pass {
		t.Errorf("no rows: want a certificate that does not pass, got %+v, %v", p, err)
	}
}

// Raw scores, probabilities and classes of LightGBM 4.7.0; see testdata/gen/lightgbm_cases.py.
func TestParityWithLightGBM(t *testing.T) {
	m, err := interchange.LightGBM(strings.NewReader(text(t, "binary")), interchange.LightGBMOptions{Classes: []string{"no", "yes"}})
	if err != nil {
		t.Fatal(err)
	}
	e := readExpected(t, "testdata/lgb_binary.json")
	type row struct {
		Age   *float64 `ml:"name=age"`
		Shop  *float64 `ml:"name=shop"`
		Spend *float64 `ml:"name=spend"`
		Delta *float64 `ml:"name=delta"`
		Kind  *float64 `ml:"name=kind"`
		Raw   float64  `ml:"name=raw"`
		P     float64  `ml:"name=p"`
		Label string   `ml:"name=label"`
	}
	rows := make([]row, len(e.rows))
	number := func(x float64) *float64 {
		if math.IsNaN(x) {
			return nil
		}
		return &x
	}
	for i, r := range e.rows {
		rows[i] = row{number(r[0]), number(r[1]), number(r[2]), number(r[3]), number(r[4]), e.raw[i][0], e.predict[i][0], "no"}
		if e.predict[i][0] > 0.5 {
			rows[i].Label = "yes"
		}
	}
	src, err := dataset.FromStructs(rows, dataset.StructsOptions{BatchRows: 7})
	if err != nil {
		t.Fatal(err)
	}
	o := interchange.ParityOptions{Tool: "lightgbm 4.7.0", Tolerance: interchange.Tolerance{ULP: 4}, Expected: []interchange.Expected{
		{Output: model.RawColumn, Column: "raw"},
		{Output: model.ProbabilityColumn, Index: 1, Column: "p"},
		{Output: model.PredictionColumn, Column: "label"},
	}}
	p, err := interchange.CheckParity(t.Context(), m, src, o)
	if err != nil {
		t.Fatal(err)
	}
	if !p.Pass || p.Rows != int64(len(rows)) || p.Values != 3*p.Rows {
		t.Errorf("got %+v %+v", p, p.FirstOut)
	}
	o.Expected = o.Expected[:1] // raw scores to the bit
	if p, err = interchange.CheckParity(t.Context(), m, src, o); err != nil || p.Unequal != 0 || p.ULP != 0 {
		t.Errorf("raw: got %+v, %v", p, err)
	}
	rows[5].Label = map[string]string{"yes": "no", "no": "yes"}[rows[5].Label]
	if src, err = dataset.FromStructs(rows, dataset.StructsOptions{}); err != nil {
		t.Fatal(err)
	}
	o.Expected = prediction("label")
	if p, err = interchange.CheckParity(t.Context(), m, src, o); err != nil || p.Outside != 1 || p.First.Row != 5 || p.First.Want != `"`+rows[5].Label+`"` {
		t.Errorf("one class: got %+v, %v", p, err)
	}
}

func TestParityRefusals(t *testing.T) {
	m := readStump(t)
	src := scoredRows(t, scored{})
	for name, o := range map[string]interchange.ParityOptions{
		"no columns":      {},
		"no such output":  {Expected: []interchange.Expected{{Output: "probability", Column: "want"}}},
		"index too large": {Expected: []interchange.Expected{{Output: "raw", Index: 1, Column: "want"}}},
		"twice":           {Expected: append(prediction("want"), prediction("x")...)},
		"tolerance":       {Expected: prediction("want"), Tolerance: interchange.Tolerance{Absolute: math.NaN()}},
		"negative":        {Expected: prediction("want"), Tolerance: interchange.Tolerance{Relative: -1}},
		"long tool":       {Expected: prediction("want"), Tool: strings.Repeat("x", 5000)},
	} {
		var bad *model.OptionError
		if _, err := interchange.CheckParity(t.Context(), m, src, o); !errors.As(err, &bad) {
			t.Errorf("%s: want an option error, got %v", name, err)
		}
	}
	if _, err := interchange.CheckParity(t.Context(), m, src, interchange.ParityOptions{Expected: prediction("other")}); !errors.Is(err, dataset.ErrSchema) {
		t.Errorf("missing column: got %v", err)
	}
	type texts struct {
		X    float64 `ml:"name=x"`
		Want string  `ml:"name=want"`
	}
	other, err := dataset.FromStructs([]texts{{1, "secret"}}, dataset.StructsOptions{})
	if err != nil {
		t.Fatal(err)
	}
	_, err = interchange.CheckParity(t.Context(), m, other, interchange.ParityOptions{Expected: prediction("want")})
	if !errors.Is(err, dataset.ErrSchema) || strings.Contains(err.Error(), "secret") {
		t.Errorf("text: got %v", err)
	}
}

func certificate(t testing.TB) []byte {
	t.Helper()
	off := 1.5
	p, err := interchange.CheckParity(t.Context(), readStump(t), scoredRows(t, scored{-1, &off}), interchange.ParityOptions{Tool: "by hand", Expected: prediction("want")})
	if err != nil {
		t.Fatal(err)
	}
	text, err := p.Encode()
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func TestParityDecodesWhatItEncodes(t *testing.T) {
	text := certificate(t)
	p, err := interchange.DecodeParity(text)
	if err != nil {
		t.Fatal(err)
	}
	again, err := p.Encode()
	if err != nil || !bytes.Equal(text, again) {
		t.Errorf("want %s, got %s, %v", text, again, err)
	}
	for name, change := range map[string][2]string{
		"version":       {`"tidewheel.parity":1`, `"tidewheel.parity":2`},
		"key":           {`"rows"`, `"lines"`},
		"pass":          {`"pass":false`, `"pass":true`},
		"values":        {`"values":1`, `"values":2`},
		"outside":       {`"outside":1`, `"outside":0`},
		"negative":      {`"rows":1,"values":1`, `"rows":-1,"values":-1`},
		"no difference": {`"first":{`, `"first":null,"first":null,"x":{`},
		"behind":        {`}`, `}}`},
	} {
		var bad *dataset.FormatError
		if _, err := interchange.DecodeParity([]byte(strings.Replace(string(text), change[0], change[1], 1))); !errors.As(err, &bad) {
			t.Errorf("%s: want a format error, got %v", name, err)
		}
	}
	if _, err := interchange.DecodeParity(make([]byte, 2<<20)); !errors.Is(err, dataset.ErrLimit) {
		t.Errorf("length: got %v", err)
	}
}

func FuzzParity(f *testing.F) {
	f.Add(certificate(f))
	f.Fuzz(func(t *testing.T, text []byte) {
		var p *interchange.Parity
		var err error
		if over := alloc.Bound(2<<20+100*len(text), func() { p, err = interchange.DecodeParity(text) }); over != nil {
			t.Fatal(over)
		}
		if err != nil {
			return
		}
		again, err := p.Encode()
		if err != nil {
			t.Fatal(err)
		}
		q, err := interchange.DecodeParity(again)
		if err != nil {
			t.Fatal(err)
		}
		last, err := q.Encode()
		if err != nil || !bytes.Equal(again, last) {
			t.Errorf("want %s, got %s, %v", again, last, err)
		}
	})
}

// Scores that LightGBM wrote beside its inputs become a certificate, which travels with the sealed model.
func ExampleCheckParity() {
	file, err := os.Open("testdata/lgb_rf.txt")
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
	text, err := os.ReadFile("testdata/lgb_rf.json")
	if err != nil {
		fmt.Println(err)
		return
	}
	var python struct {
		Rows [][]json.RawMessage
		Raw  [][]float64
	}
	if err := json.Unmarshal(text, &python); err != nil {
		fmt.Println(err)
		return
	}
	type row struct {
		Age      float64 `ml:"name=age"`
		Shop     float64 `ml:"name=shop"`
		Spend    float64 `ml:"name=spend"`
		Delta    float64 `ml:"name=delta"`
		Kind     float64 `ml:"name=kind"`
		Expected float64 `ml:"name=expected"`
	}
	var rows []row
	for i, r := range python.Rows {
		var v row
		ok := true
		for j, to := range []*float64{&v.Age, &v.Shop, &v.Spend, &v.Delta, &v.Kind} {
			ok = ok && string(r[j]) != "null" && json.Unmarshal(r[j], to) == nil // rows without missing values
		}
		if v.Expected = python.Raw[i][0]; ok {
			rows = append(rows, v)
		}
	}
	src, err := dataset.FromStructs(rows, dataset.StructsOptions{})
	if err != nil {
		fmt.Println(err)
		return
	}
	parity, err := interchange.CheckParity(context.Background(), m, src, interchange.ParityOptions{
		Tool: "lightgbm 4.7.0", Expected: []interchange.Expected{{Output: model.RawColumn, Column: "expected"}},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(parity.Rows, "rows, worst ULP", parity.ULP, "pass", parity.Pass)

	sealed, err := registry.Seal(registry.Contents{Name: "shop", Model: m})
	if err != nil {
		fmt.Println(err)
		return
	}
	body, err := parity.Encode()
	if err != nil {
		fmt.Println(err)
		return
	}
	sealed, err = sealed.Attest(registry.Attestation{Kind: interchange.ParityKind, Subject: sealed.Digest(), Body: body})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, a := range sealed.Attestations() {
		p, err := interchange.DecodeParity(a.Body)
		fmt.Println(a.Kind, p.Tool, p.Pass, err)
	}
	// Output:
	// 49 rows, worst ULP 0 pass true
	// parity lightgbm 4.7.0 true <nil>
}
