package relation_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/dataset/relation"
)

type benchRow struct {
	T, ID int64
	K     int32
	V     float64
	Text  string
}

// benchSource returns rows in memory, sorted by T, with keys up to k.
func benchSource(b *testing.B, n, k int, seed uint64) *dataset.Batches {
	b.Helper()
	random := rand.New(rand.NewPCG(seed, 1))
	times := make([]int64, n)
	for i := range times {
		times[i] = random.Int64N(1 << 40)
	}
	slices.Sort(times)
	rows := make([]benchRow, n)
	for i := range rows {
		rows[i] = benchRow{T: times[i], ID: random.Int64N(int64(n)), K: int32(random.IntN(k)), V: random.Float64(), Text: fmt.Sprint("text ", random.IntN(n))}
	}
	src, err := dataset.FromStructs(rows, dataset.StructsOptions{})
	if err != nil {
		b.Fatal(err)
	}
	held, err := dataset.Cache(b.Context(), src)
	if err != nil {
		b.Fatal(err)
	}
	return held
}

func selected(b *testing.B, src dataset.Source, names ...string) dataset.Source {
	b.Helper()
	out, err := dataset.Select(b.Context(), src, names...)
	if err != nil {
		b.Fatal(err)
	}
	return out
}

// measure ranges what make returns.
func measure(b *testing.B, rows int, make func() (dataset.Source, error)) {
	b.Helper()
	src, err := make()
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		for _, err := range src.Batches(b.Context()) {
			if err != nil {
				b.Fatal(err)
			}
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(rows), "ns/row")
}

const benchRows = 200_000

// BenchmarkAsOfJoin is what testdata/gen/asof.py does with pandas.
func BenchmarkAsOfJoin(b *testing.B) {
	const n = 1_000_000
	left, right := benchSource(b, n, 1000, 1), benchSource(b, n, 1000, 2)
	for name, by := range map[string][]string{"one key": nil, "1000 keys": {"K"}} {
		b.Run(name, func(b *testing.B) {
			columns := append([]string{"T"}, by...)
			measure(b, n, func() (dataset.Source, error) {
				return relation.AsOfJoin(selected(b, left, append(columns, "ID")...), selected(b, right, append(columns, "V")...), relation.AsOfOptions{Time: "T", By: by})
			})
		})
	}
}

func BenchmarkJoin(b *testing.B) {
	left, right := benchSource(b, benchRows, 1000, 1), benchSource(b, benchRows, 1000, 2)
	for _, key := range []string{"ID", "Text"} {
		b.Run(key, func(b *testing.B) {
			measure(b, benchRows, func() (dataset.Source, error) {
				return relation.Join(selected(b, left, key, "T"), selected(b, right, key, "V"), relation.JoinOptions{On: []string{key}})
			})
		})
	}
}

func BenchmarkDedupe(b *testing.B) {
	src := benchSource(b, benchRows, 1000, 1)
	for name, by := range map[string][]string{"ID": {"ID"}, "all": nil} {
		b.Run(name, func(b *testing.B) {
			measure(b, benchRows, func() (dataset.Source, error) { return relation.Dedupe(src, relation.DedupeOptions{By: by}) })
		})
	}
}

func BenchmarkSample(b *testing.B) {
	src := benchSource(b, benchRows, 1000, 1)
	for name, o := range map[string]relation.SampleOptions{"rows": {Rows: 1000}, "share": {Share: 0.1}} {
		b.Run(name, func(b *testing.B) {
			measure(b, benchRows, func() (dataset.Source, error) { return relation.Sample(src, o) })
		})
	}
}

func BenchmarkShuffle(b *testing.B) {
	src := benchSource(b, benchRows, 1000, 1)
	for name, bytes := range map[string]int64{"memory": 0, "disk": 8 << 20} {
		b.Run(name, func(b *testing.B) {
			measure(b, benchRows, func() (dataset.Source, error) {
				return relation.Shuffle(src, relation.ShuffleOptions{MaxBytes: bytes, Dir: b.TempDir()})
			})
		})
	}
}

func BenchmarkDedupeTexts(b *testing.B) {
	list := essays(1000)
	src := textSource(b, nil, list, 0)
	measure(b, len(list), func() (dataset.Source, error) {
		return relation.DedupeTexts(src, relation.DedupeTextsOptions{Column: "Text"})
	})
}
