package validate_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/internal/alloc"
	"github.com/tidewheel/tidewheel/validate"
)

// mixedTable has 20 columns: eight floats, four of whole numbers, two of running ones, four of categories or texts, and two of texts that are nearly all different.
func mixedTable(t testing.TB, seed uint64, n int) *dataset.Batches {
	t.Helper()
	rng := rand.New(rand.NewPCG(seed, 20))
	var columns []column
	floats := func(name string, draw func(i int) float64) {
		cells := make([]float64, n)
		for i := range cells {
			if cells[i] = draw(i); rng.IntN(50) == 0 {
				cells[i] = math.NaN()
			}
		}
		columns = append(columns, column{dataset.Field{Name: name, Type: dataset.Float64, Nullable: true}, cells})
	}
	whole := func(name string, draw func(i int) int64) {
		cells := make([]int64, n)
		for i := range cells {
			cells[i] = draw(i)
		}
		columns = append(columns, column{dataset.Field{Name: name, Type: dataset.Int64, Nullable: true}, cells})
	}
	texts := func(name string, draw func(i int) string) {
		cells := make([]string, n)
		for i := range cells {
			if cells[i] = draw(i); rng.IntN(50) == 0 {
				cells[i] = "\x00"
			}
		}
		columns = append(columns, column{dataset.Field{Name: name, Type: dataset.Utf8, Nullable: true}, cells})
	}
	for k := range 4 {
		floats(fmt.Sprint("normal_", k), func(int) float64 { return rng.NormFloat64() })
		floats(fmt.Sprint("amount_", k), func(int) float64 { return math.Round(100*math.Exp(3*rng.NormFloat64())) / 100 })
		whole(fmt.Sprint("count_", k), func(int) int64 { return int64(rng.ExpFloat64() * 1000) })
		texts(fmt.Sprint("category_", k), func(int) string {
			return fmt.Sprintf("category %d", int(math.Pow(rng.Float64(), 3)*float64(20+400*k)))
		})
	}
	whole("id", func(i int) int64 { return int64(i) })
	whole("at", func(int) int64 { return 1_700_000_000 + int64(rng.IntN(30_000_000)) })
	texts("code", func(int) string { return fmt.Sprintf("AB-%08d", rng.IntN(1e8)) })
	texts("note", func(int) string { return fmt.Sprintf("paid %d of %d by card", rng.IntN(1000), rng.IntN(1000)) })
	return tableOf(t, columns...)
}

func profiler(t testing.TB, src dataset.Source) *validate.Profiler {
	t.Helper()
	p, err := dataset.Run(t.Context(), src, func() *validate.Profiler { return validate.NewProfiler(src.Schema()) }, dataset.RunOptions{Workers: 1})
	must(t, err)
	return p
}

// Both forms of 20 mixed columns keep their limits: 75 KB sealed, 400 KB mergeable. What is read back is what was written, but for counts that say little.
func TestFormsOfTwentyColumnsAreSmall(t *testing.T) {
	for _, n := range []int{1000, 20_000, 100_000} {
		p := profiler(t, mixedTable(t, 1, n))
		sealed, err := p.Profile().MarshalJSON()
		must(t, err)
		form, err := p.MarshalBinary()
		must(t, err)
		t.Logf("%d rows: sealed %d bytes, mergeable %d bytes", n, len(sealed), len(form))
		if len(sealed) > 75_000 || len(form) > 400_000 {
			t.Errorf("%d rows: sealed %d bytes, mergeable %d bytes", n, len(sealed), len(form))
		}
		var q validate.Profiler
		must(t, q.UnmarshalBinary(form))
		again, err := q.MarshalBinary()
		must(t, err)
		if !bytes.Equal(form, again) {
			t.Errorf("%d rows: written again it differs", n)
		}
		a, b := p.Profile().Columns(), q.Profile().Columns()
		for i := range a {
			if b[i].TopError < a[i].TopError || b[i].TopError > a[i].TopError+int64(n/16384)+1 {
				t.Errorf("column %q: counts within %d, then within %d", a[i].Name, a[i].TopError, b[i].TopError)
			}
			if a[i].TopError > 0 { // the trimmed counts are the one thing that may differ
				a[i].Top, b[i].Top, a[i].TopError, b[i].TopError, a[i].Other, b[i].Other, a[i].Bins, b[i].Bins = nil, nil, 0, 0, 0, 0, nil, nil
			}
			x, _ := json.Marshal(a[i])
			y, _ := json.Marshal(b[i])
			if !bytes.Equal(x, y) {
				t.Errorf("%d rows: column %q differs", n, a[i].Name)
			}
		}
	}
}

func TestProfilerReadsNothingElse(t *testing.T) {
	form, err := profiler(t, mixedTable(t, 2, 300)).MarshalBinary()
	must(t, err)
	for name, bad := range map[string][]byte{
		"nothing":         nil,
		"another version": bytes.Replace(form, []byte("profiler\x01"), []byte("profiler\x02"), 1),
		"a byte more":     append(bytes.Clone(form), 0),
		"cut":             form[:len(form)-1],
		"another type":    bytes.Replace(form, []byte(`"name":"normal_0","type":"float64"`), []byte(`"name":"normal_0","type":"float32"`), 1)[:len(form)/2],
		"another schema":  bytes.Replace(form, []byte(`"type"`), []byte(`"tpye"`), 1),
		"sorted keys":     bytes.Replace(form, []byte(`{"name"`), []byte(`{ name"`), 1),
	} {
		p := validate.NewProfiler(mixedTable(t, 2, 1).Schema())
		if err := p.UnmarshalBinary(bad); !errors.Is(err, dataset.ErrFormat) || strings.Contains(err.Error(), "category") {
			t.Errorf("%s: %v", name, err)
		}
		if p.Profile().Rows() != 0 || p.Profile().Schema().Len() != 20 {
			t.Errorf("%s: it changed", name)
		}
	}
}

// What is read is canonical, can be merged, and has a sealed form that can be read.
func FuzzProfiler(f *testing.F) {
	for _, n := range []int{1, 40, 1100} { // of as few columns as have all that a form can have
		src, err := dataset.Select(f.Context(), mixedTable(f, 3, n), "amount_0", "category_3")
		must(f, err)
		form, err := profiler(f, src).MarshalBinary()
		must(f, err)
		f.Add(form)
	}
	f.Fuzz(func(t *testing.T, form []byte) {
		var p validate.Profiler
		var err error
		if over := alloc.Bound(4<<20+1000*len(form), func() { err = p.UnmarshalBinary(form) }); over != nil {
			t.Fatal(over)
		}
		if err != nil {
			if !errors.Is(err, dataset.ErrFormat) {
				t.Fatal(err)
			}
			return
		}
		again, err := p.MarshalBinary()
		must(t, err)
		if !bytes.Equal(form, again) {
			t.Fatal("written again it differs")
		}
		sealed, err := p.Profile().MarshalJSON()
		must(t, err)
		if _, err := validate.ParseProfile(sealed); err != nil {
			t.Fatal(err)
		}
		q := validate.NewProfiler(p.Profile().Schema())
		must(t, q.Merge(&p))
		q.Profile()
	})
}

// splits cuts n rows at random places into k parts, some of them empty.
func splits(rng *rand.Rand, n, k int) []int {
	cuts := []int{0, n}
	for range k - 1 {
		cuts = append(cuts, rng.IntN(n+1))
	}
	return sorted(cuts)
}

// Shards that travelled as bytes and were merged say what one pass says: counts, bounds and exact columns the same, moments to the last digits, quantiles within 2 % in rank, each being
// within 1 %, distinct values within 4 %, five standard errors, and frequent values within the bounds that both state.
func TestShardsSayWhatOnePassSays(t *testing.T) {
	const n = 100_000
	src := mixedTable(t, 4, n)
	defer src.Close()
	whole := batchOf(t, src)
	want := profiler(t, src).Profile().Columns()
	rng := rand.New(rand.NewPCG(6, 6))
	for _, k := range []int{1, 2, 7, 64} {
		total := validate.NewProfiler(src.Schema())
		cuts := splits(rng, n, k)
		for i, from := range cuts[:k] {
			part := validate.NewProfiler(src.Schema())
			b := whole.Slice(from, cuts[i+1])
			must(t, part.Observe(b))
			b.Release()
			form, err := part.MarshalBinary()
			must(t, err)
			var read validate.Profiler
			must(t, read.UnmarshalBinary(form))
			must(t, total.Merge(&read))
		}
		got := total.Profile().Columns()
		for i := range want {
			if err := sameWithinBounds(&want[i], &got[i]); err != nil {
				t.Errorf("%d shards: column %q: %v", k, want[i].Name, err)
			}
		}
	}
}

func sameWithinBounds(want, got *validate.ColumnProfile) error {
	if want.Rows != got.Rows || want.Nulls != got.Nulls || want.NaN != got.NaN || want.DistinctExact != got.DistinctExact {
		return errors.New("other counts")
	}
	if d := math.Abs(float64(want.Distinct - got.Distinct)); d > 0.04*float64(want.Distinct) || want.DistinctExact && d > 0 {
		return fmt.Errorf("%d distinct, want %d", got.Distinct, want.Distinct)
	}
	counts := map[dataset.Value]int64{}
	for _, v := range want.Top {
		counts[v.Value] = v.Count
	}
	for _, v := range got.Top {
		if c, ok := counts[v.Value]; ok && (v.Count > c+want.TopError || c > v.Count+got.TopError) {
			return fmt.Errorf("a value %d times within %d, want %d within %d", v.Count, got.TopError, c, want.TopError)
		}
	}
	if got.TopError > 2*want.Rows/1025+want.Rows/16384*2+64 {
		return fmt.Errorf("counts within %d", got.TopError)
	}
	a, b := want.Number, got.Number
	if a == nil {
		return nil
	}
	if a.Min != b.Min || a.Max != b.Max || a.Integral != b.Integral || a.TailLow != b.TailLow || a.TailHigh != b.TailHigh {
		return errors.New("other bounds")
	}
	for _, m := range [][2]float64{{a.Mean, b.Mean}, {a.Std, b.Std}, {a.Skewness, b.Skewness}, {a.Kurtosis, b.Kurtosis}} {
		if math.Abs(m[0]-m[1]) > 1e-9*(1+math.Abs(m[0])) { // heavy tails cost digits of the fourth moment
			return fmt.Errorf("moments %v, want %v", m[1], m[0])
		}
	}
	for i := 2; i < 99; i++ {
		if b.Quantiles[i] < a.Quantiles[i-2] || b.Quantiles[i] > a.Quantiles[i+2] {
			return fmt.Errorf("quantile %d", i)
		}
	}
	return nil
}

// BenchmarkMerge merges the mergeable states of 20 mixed columns of 100,000 rows each.
func BenchmarkMerge(b *testing.B) {
	next := profiler(b, mixedTable(b, 2, 100_000))
	total := profiler(b, mixedTable(b, 1, 100_000))
	b.ReportAllocs()
	for b.Loop() {
		if err := total.Merge(next); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkMergeableForm writes and reads one.
func BenchmarkMergeableForm(b *testing.B) {
	p := profiler(b, mixedTable(b, 1, 100_000))
	b.ReportAllocs()
	for b.Loop() {
		form, err := p.MarshalBinary()
		must(b, err)
		var q validate.Profiler
		must(b, q.UnmarshalBinary(form))
		b.SetBytes(int64(len(form)))
	}
}
