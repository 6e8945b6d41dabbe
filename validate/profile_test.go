package validate_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/apache/arrow/go/v17/arrow/memory"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/internal/alloc"
	"github.com/tidewheel/tidewheel/validate"
	"github.com/tidewheel/tidewheel/validate/validatetest"
)

// column is a name, a type and the cells of a small table.
type column struct {
	field dataset.Field
	cells any // []float64 (NaN stays NaN), []int64, []string; "\x00" and math.MinInt64 are null
}

func tableOf(t testing.TB, columns ...column) *dataset.Batches {
	t.Helper()
	fields, arrays, n := make([]dataset.Field, len(columns)), make([]arrow.Array, len(columns)), 0
	for i, c := range columns {
		fields[i] = c.field
		switch cells := c.cells.(type) {
		case []float64:
			b := array.NewFloat64Builder(memory.DefaultAllocator)
			b.AppendValues(cells, nil)
			arrays[i], n = b.NewArray(), len(cells)
		case []int64:
			b := array.NewInt64Builder(memory.DefaultAllocator)
			for _, v := range cells {
				if v == math.MinInt64 {
					b.AppendNull()
				} else {
					b.Append(v)
				}
			}
			arrays[i], n = b.NewArray(), len(cells)
		case []string:
			b := array.NewStringBuilder(memory.DefaultAllocator)
			for _, v := range cells {
				if v == "\x00" {
					b.AppendNull()
				} else {
					b.Append(v)
				}
			}
			arrays[i], n = b.NewArray(), len(cells)
		default:
			t.Fatalf("cells of %T", cells)
		}
	}
	s, err := dataset.NewSchema(fields...)
	must(t, err)
	b, err := dataset.NewBatch(s, arrays, n)
	must(t, err)
	src, err := dataset.NewBatches(s, b)
	must(t, err)
	return src
}

func profileOf(t testing.TB, src dataset.Source) *validate.Profile {
	t.Helper()
	p, err := validate.ProfileOf(t.Context(), src, validate.ProfileOptions{Workers: 1})
	must(t, err)
	return p
}

// A column small enough to check by hand.
func TestProfileOfNumbers(t *testing.T) {
	src := tableOf(t,
		column{dataset.Field{Name: "x", Type: dataset.Float64, Nullable: true}, []float64{4, 1, math.NaN(), 3, math.Inf(1), 1, 2, math.Inf(-1), 5}},
		column{dataset.Field{Name: "n", Type: dataset.Int64, Nullable: true}, []int64{7, math.MinInt64, 7, 7, 7, 7, 7, 7, 7}},
	)
	p := profileOf(t, src)
	x, ok := p.Column("x")
	if !ok || x.Rows != 9 || x.Nulls != 0 || x.NaN != 1 || x.Infinite != 2 || x.Distinct != 5 || !x.DistinctExact {
		t.Fatalf("%+v", x)
	}
	n := x.Number
	// 4 1 3 1 2 5: mean 16/6; squares 56, so M2 = 56 - 256/6 = 40/3 and variance 8/3.
	if n.Count != 6 || n.Min != 1 || n.Max != 5 || math.Abs(n.Mean-16.0/6) > 1e-15 || math.Abs(n.Std-math.Sqrt(8.0/3)) > 1e-15 || !n.Integral {
		t.Errorf("%+v", n)
	}
	// Inverse of the empirical distribution of 1 1 2 3 4 5: q ≤ 1/3 → 1, ≤ 1/2 → 2, ≤ 2/3 → 3, ≤ 5/6 → 4.
	for q, want := range map[int]float64{0: 1, 33: 1, 34: 2, 50: 2, 51: 3, 66: 3, 67: 4, 83: 4, 84: 5, 100: 5} {
		if n.Quantiles[q] != want {
			t.Errorf("quantile %d%% is %v, want %v", q, n.Quantiles[q], want)
		}
	}
	if got := []int64{n.Histogram[0], n.Histogram[5], n.Histogram[10], n.Histogram[15], n.Histogram[19]}; !slices.Equal(got, []int64{2, 1, 1, 1, 1}) {
		t.Errorf("histogram %v", n.Histogram)
	}
	if !slices.Equal(x.Bins.Cuts, []float64{1, 2, 3, 4, 5}) || !slices.Equal(x.Bins.Counts, []int64{0, 2, 1, 1, 1, 1}) || x.Bins.Convention != validate.RefValues {
		t.Errorf("bins %+v", x.Bins)
	}
	if x.Top[0] != (validate.ValueCount{Value: dataset.NumberValue(1), Count: 2}) || x.Top[1].Value.Number != 2 || x.Other != 0 {
		t.Errorf("top %v", x.Top)
	}
	c, _ := p.Column("n")
	if c.Nulls != 1 || c.Number.Std != 0 || c.Number.Skewness != 0 || len(c.Number.Histogram) != 1 || c.Number.Histogram[0] != 8 {
		t.Errorf("constant: %+v", c.Number)
	}
	if got := c.Bins.Bin(dataset.NumberValue(6.9)); got != 0 {
		t.Errorf("below a constant: bin %d", got)
	}
	if _, ok := p.Column("z"); ok {
		t.Error("a column that is not there")
	}
}

func TestProfileOfTexts(t *testing.T) {
	p := profileOf(t, tableOf(t,
		column{dataset.Field{Name: "s", Type: dataset.Utf8, Nullable: true}, []string{"b", "äé", "b", "\x00", "", "c", "c"}},
		column{dataset.Field{Name: "secret", Type: dataset.Utf8, Personal: true}, []string{"k1", "k2", "k1", "k1", "k1", "k1", "k1"}},
	))
	s, _ := p.Column("s")
	want := []validate.ValueCount{
		{Value: dataset.TextValue("b"), Count: 2},
		{Value: dataset.TextValue("c"), Count: 2},
		{Value: dataset.TextValue(""), Count: 1},
		{Value: dataset.TextValue("äé"), Count: 1},
	}
	if !slices.Equal(s.Top, want) || s.Other != 0 || s.Nulls != 1 || s.Distinct != 4 {
		t.Errorf("%+v", s)
	}
	if *s.Text != (validate.TextProfile{MinLength: 0, MaxLength: 2, MeanLength: 1}) { // characters, not bytes
		t.Errorf("%+v", s.Text)
	}
	for v, bin := range map[string]int{"b": 0, "c": 1, "": 2, "äé": 3, "x": 4} {
		if got := s.Bins.Bin(dataset.TextValue(v)); got != bin {
			t.Errorf("%q in bin %d, want %d", v, got, bin)
		}
	}
	if s.Bins.Bin(dataset.Value{}) != -1 {
		t.Error("a null has a bin")
	}
	secret, _ := p.Column("secret")
	if secret.Distinct != 2 || secret.Text != nil || secret.Top != nil || secret.Bins != nil || secret.Number != nil {
		t.Errorf("a personal column has %+v", secret)
	}
	text, err := p.MarshalJSON()
	must(t, err)
	if bytes.Contains(text, []byte("k1")) {
		t.Error("a value of a personal column is in the sealed form")
	}
}

// The bits depend on the rows alone: not on workers, batches or the encoding of text.
func TestProfileHasTheSameBitsForAnyWorkersAndBatches(t *testing.T) {
	src, err := validatetest.Reference(nil, 3, 150_000) // three chunks
	must(t, err)
	defer src.Close()
	want, err := profileOf(t, src).MarshalJSON()
	must(t, err)
	for _, workers := range []int{2, 7} {
		p, err := validate.ProfileOf(t.Context(), src, validate.ProfileOptions{Workers: workers})
		must(t, err)
		got, err := p.MarshalJSON()
		must(t, err)
		if !bytes.Equal(got, want) {
			t.Errorf("%d workers: other bytes", workers)
		}
	}
	var cut []dataset.Batch
	for b, err := range src.Batches(t.Context()) {
		must(t, err)
		for at := 0; at < b.NumRows(); at += 777 {
			cut = append(cut, b.Slice(at, min(at+777, b.NumRows())))
		}
	}
	small, err := dataset.NewBatches(src.Schema(), cut...)
	must(t, err)
	got, err := profileOf(t, small).MarshalJSON()
	must(t, err)
	if !bytes.Equal(got, want) {
		t.Error("batches of 777 rows: other bytes")
	}
}

// Against sorting all of 100,000 skewed rows: quantiles within 1 % in rank, distinct within 2 %, heavy hitters and extremes exact.
func TestProfileWithinStatedErrors(t *testing.T) {
	rng := rand.New(rand.NewPCG(4, 0))
	values, texts := make([]float64, 100_000), make([]string, 100_000)
	for i := range values {
		values[i] = math.Exp(2 * rng.NormFloat64())
		texts[i] = fmt.Sprint(int(400 * rng.Float64() * rng.Float64()))
	}
	p := profileOf(t, tableOf(t, column{dataset.Field{Name: "x", Type: dataset.Float64}, values}, column{dataset.Field{Name: "s", Type: dataset.Utf8}, texts}))
	x, _ := p.Column("x")
	sorted := slices.Clone(values)
	slices.Sort(sorted)
	for i, q := range x.Number.Quantiles {
		rank, _ := slices.BinarySearch(sorted, q)
		if d := math.Abs(float64(rank)/1e5 - float64(i)/100); d > 0.0101 {
			t.Errorf("quantile %d%% is off by %v in rank", i, d)
		}
	}
	k := x.Number.TailRows // 100001 / (400·2 columns), at most 16
	if k != 16 || x.Number.TailLow != sorted[15] || x.Number.TailHigh != sorted[len(sorted)-16] || x.Number.Min != sorted[0] {
		t.Errorf("tails: %d rows, %v to %v", k, x.Number.TailLow, x.Number.TailHigh)
	}
	if math.Abs(float64(x.Distinct)-1e5) > 2000 || x.DistinctExact || x.Top != nil {
		t.Errorf("distinct %d", x.Distinct)
	}
	counts := map[string]int64{}
	for _, s := range texts {
		counts[s]++
	}
	s, _ := p.Column("s")
	other := int64(100_000)
	for _, v := range s.Top {
		if counts[v.Value.Text] != v.Count {
			t.Errorf("a category is counted %d times, want %d", v.Count, counts[v.Value.Text])
		}
		other -= v.Count
	}
	if s.Other != other || s.TopError != 0 || s.Distinct != int64(len(counts)) {
		t.Errorf("other %d, want %d; distinct %d, want %d", s.Other, other, s.Distinct, len(counts))
	}
}

// Twenty columns of the widest floats and texts stay under the limit of the sealed form, which reads back to the same bytes.
func TestSealedFormIsSmallAndExact(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 0))
	var columns []column
	for j := range 20 {
		name := fmt.Sprintf("column_%02d", j)
		if j%4 == 3 {
			cells := make([]string, 3000)
			for i := range cells {
				cells[i] = fmt.Sprintf("%s <category> & number %d", name, rng.IntN(300))
			}
			columns = append(columns, column{dataset.Field{Name: name, Type: dataset.Utf8}, cells})
			continue
		}
		cells := make([]float64, 3000)
		for i := range cells {
			cells[i] = -rng.Float64() / 1e9
		}
		columns = append(columns, column{dataset.Field{Name: name, Type: dataset.Float64}, cells})
	}
	p := profileOf(t, tableOf(t, columns...))
	text, err := p.MarshalJSON()
	must(t, err)
	if len(text) > 75_000 {
		t.Errorf("%d bytes, want at most 75,000", len(text))
	}
	var q validate.Profile
	must(t, json.Unmarshal(text, &q))
	again, err := q.MarshalJSON()
	must(t, err)
	if !bytes.Equal(text, again) {
		t.Error("other bytes after reading back")
	}
	a, _ := json.Marshal(p.Columns())
	b, _ := json.Marshal(q.Columns())
	if !bytes.Equal(a, b) {
		t.Error("other figures after reading back")
	}
}

func TestParseProfileRefuses(t *testing.T) {
	src, err := validatetest.Reference(nil, 1, 500)
	must(t, err)
	defer src.Close()
	text, err := profileOf(t, src).MarshalJSON()
	must(t, err)
	good := string(text)
	if _, err := validate.ParseProfile(text); err != nil {
		t.Fatal(err)
	}
	for name, bad := range map[string]string{
		"empty":              "",
		"an array":           "[]",
		"another version":    strings.Replace(good, `"tidewheel.profile":1`, `"tidewheel.profile":2`, 1),
		"an unknown key":     strings.Replace(good, `"rows":500`, `"rows":500,"more":1`, 1),
		"more behind":        good + "{}",
		"negative rows":      strings.Replace(good, `"rows":500`, `"rows":-500`, 1),
		"too few rows":       strings.Replace(good, `"rows":500`, `"rows":400`, 1),
		"another column":     strings.Replace(good, `{"name":"amount","nulls"`, `{"name":"amuont","nulls"`, 1),
		"values of personal": strings.Replace(good, `"name":"amount","type":"float64"`, `"name":"amount","type":"float64","personal":true`, 1),
		"other bins":         strings.Replace(good, `ref_quantile(10)`, `fixed`, 1),
		"tail rows":          strings.Replace(good, `"tail_rows":1`, `"tail_rows":99`, 1),
		"a category twice":   strings.Replace(good, `"categories":["app"`, `"categories":["web"`, 1),
	} {
		if bad == good {
			t.Errorf("%s: the case changes nothing", name)
		}
		if _, err := validate.ParseProfile([]byte(bad)); !errors.Is(err, dataset.ErrFormat) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestProfileOfNoRows(t *testing.T) {
	s, err := validatetest.Schema()
	must(t, err)
	src, err := dataset.NewBatches(s)
	must(t, err)
	p := profileOf(t, src)
	c, ok := p.Column("amount")
	if p.Rows() != 0 || !ok || c.Number != nil || c.Bins != nil {
		t.Errorf("%d rows, %+v", p.Rows(), c)
	}
	v, err := validate.New(s, validate.ValidatorOptions{Reference: p})
	must(t, err)
	r, err := v.Check(t.Context(), src)
	must(t, err)
	if !r.OK || r.Rows != 0 || r.Findings == nil {
		t.Errorf("%+v", r)
	}
}

func FuzzParseProfile(f *testing.F) {
	src, err := validatetest.Reference(nil, 1, 200)
	must(f, err)
	text, err := profileOf(f, src).MarshalJSON()
	must(f, err)
	f.Add(text)
	f.Add([]byte(`{"tidewheel.profile":1,"schema":{"tidewheel.schema":1,"fields":[{"name":"x","type":"bool"}]},"rows":1,"columns":[{"name":"x","nulls":1,"distinct":0,"distinct_exact":true}]}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		var p *validate.Profile
		var err error
		if over := alloc.Bound(1<<20+4000*len(text), func() { p, err = validate.ParseProfile(text) }); over != nil {
			t.Fatal(over)
		}
		if err != nil {
			return
		}
		once, err := p.MarshalJSON()
		must(t, err)
		q, err := validate.ParseProfile(once)
		must(t, err)
		twice, err := q.MarshalJSON()
		must(t, err)
		if !bytes.Equal(once, twice) {
			t.Error("the form is not canonical")
		}
		if _, err := validate.New(p.Schema(), validate.ValidatorOptions{Reference: p}); err != nil {
			t.Error(err)
		}
		if _, err := validate.Infer(p, validate.InferOptions{}); err != nil {
			t.Error(err)
		}
	})
}
