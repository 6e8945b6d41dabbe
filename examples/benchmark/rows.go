package main

import (
	"context"
	"fmt"
	"iter"
	"math"
	"math/rand/v2"
	"path/filepath"
	"reflect"
	"time"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/dataset/parquet"
	"github.com/tidewheel/tidewheel/examples/internal/cli"
	"github.com/tidewheel/tidewheel/examples/internal/lab"
)

// generated is a source of rows that are made as they are read: chunk c of them from the seed and c alone.
type generated[T any] struct {
	schema *dataset.Schema
	rows   int
	seed   uint64
	row    func(i int, r *rand.Rand) T
}

func newGenerated[T any](rows int, seed uint64, row func(int, *rand.Rand) T) (dataset.Source, error) {
	s, err := dataset.SchemaOf[T]()
	if err != nil {
		return nil, err
	}
	return generated[T]{s, rows, seed, row}, nil
}

// Schema implements dataset.Source.
func (g generated[T]) Schema() *dataset.Schema { return g.schema }

// Batches implements dataset.Source.
func (g generated[T]) Batches(ctx context.Context) iter.Seq2[dataset.Batch, error] {
	return func(yield func(dataset.Batch, error) bool) {
		for start := 0; start < g.rows; start += dataset.ChunkRows {
			r := rand.New(rand.NewPCG(g.seed, uint64(start)))
			chunk := make([]T, min(dataset.ChunkRows, g.rows-start))
			for i := range chunk {
				chunk[i] = g.row(start+i, r)
			}
			src, err := dataset.FromStructs(chunk, dataset.StructsOptions{})
			if err != nil {
				yield(dataset.Batch{}, err)
				return
			}
			for b, err := range src.Batches(ctx) {
				if !yield(b, err) || err != nil {
					return
				}
			}
		}
	}
}

// order is a row of 21 columns of the types that tables have in practice.
type order struct {
	ID        int64    `ml:"name=id"`
	Store     int64    `ml:"name=store"`
	Quantity  int64    `ml:"name=quantity"`
	Clicks    *int64   `ml:"name=clicks"`
	Age       int64    `ml:"name=age"`
	Price     float64  `ml:"name=price"`
	Discount  float64  `ml:"name=discount"`
	Rating    *float64 `ml:"name=rating"`
	Weight    float64  `ml:"name=weight"`
	Latitude  float64  `ml:"name=latitude"`
	Longitude float64  `ml:"name=longitude"`
	Signal    *float64 `ml:"name=signal"`
	Member    bool     `ml:"name=member"`
	Returned  bool     `ml:"name=returned"`
	Country   string   `ml:"name=country"`
	City      string   `ml:"name=city"`
	Product   string   `ml:"name=product"`
	Note      string   `ml:"name=note"`
	Channel   *string  `ml:"name=channel"`

	Day time.Time `ml:"name=day,type=date32"`
	At  time.Time `ml:"name=at,type=timestamp[us]"`
}

// orders are rows of order.
func orders(rows int, seed uint64) (dataset.Source, error) {
	start := time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC)
	channels := []string{"web", "shop", "phone", "partner"}
	return newGenerated(rows, seed, func(i int, r *rand.Rand) order {
		cents := func(scale float64) float64 { return math.Round(scale*100*r.Float64()) / 100 }
		at := start.Add(time.Duration(i) * 17 * time.Second)
		o := order{
			ID: int64(i), Store: r.Int64N(400), Quantity: 1 + r.Int64N(12), Age: 18 + r.Int64N(70),
			Price: cents(500), Discount: cents(1), Weight: r.ExpFloat64(), Latitude: 180*r.Float64() - 90, Longitude: 360*r.Float64() - 180,
			Member: r.IntN(3) == 0, Returned: r.IntN(20) == 0,
			Country: fmt.Sprintf("C%02d", r.IntN(30)), City: fmt.Sprintf("city-%03d", r.IntN(500)), Product: fmt.Sprintf("product-%04d", r.IntN(5000)),
			Note: fmt.Sprintf("order %d, left at door %d", r.IntN(1_000_000), r.IntN(90)), Day: at, At: at,
		}
		if r.IntN(10) > 0 {
			v := r.Int64N(1000)
			o.Clicks = &v
		}
		if r.IntN(5) > 0 {
			v := cents(5)
			o.Rating = &v
		}
		if r.IntN(20) > 0 {
			v := r.NormFloat64()
			o.Signal = &v
		}
		if r.IntN(8) > 0 {
			o.Channel = &channels[r.IntN(len(channels))]
		}
		return o
	})
}

// labelledTarget is the target of the rows of labelled.
const labelledTarget = "bought"

// Numbers are 30 features, of which two miss some values.
type Numbers struct {
	F01, F02, F03, F04, F05, F06, F07, F08, F09, F10 float64
	F11, F12, F13, F14, F15, F16, F17, F18, F19, F20 float64
	F21, F22, F23, F24, F25, F26, F27, F28           float64
	F29, F30                                         *float64
}

type example struct {
	Numbers
	Bought bool `ml:"name=bought,role=target"`
}

// labelled are rows of Numbers with a class that the sum of some, the product of two and the wave of one decide, with noise.
func labelled(rows int, seed uint64) (dataset.Source, error) {
	return newGenerated(rows, seed, func(_ int, r *rand.Rand) example {
		var e example
		x := make([]float64, reflect.TypeFor[Numbers]().NumField())
		fields := reflect.ValueOf(&e.Numbers).Elem()
		for j := range x {
			x[j] = r.NormFloat64()
			f := fields.Field(j)
			switch {
			case f.Kind() == reflect.Float64:
				f.SetFloat(x[j])
			case r.IntN(10) > 0:
				f.Set(reflect.ValueOf(&x[j]))
			}
		}
		margin := x[0] + 0.7*x[1] - 0.5*x[2] + 0.4*x[28] + x[3]*x[4] + math.Sin(3*x[5])
		e.Bought = margin+r.NormFloat64() > 0.5
		return e
	})
}

// file returns a path in the folder of the run.
func (b *bench) file(name string) string { return filepath.Join(b.dir, name) }

func (b *bench) writeRows(ctx context.Context, generate func(int, uint64) (dataset.Source, error)) error {
	if b.data != "" {
		return fmt.Errorf("flag -write: want no -data, got %q", b.data)
	}
	if err := cli.CheckOutput("write", b.write); err != nil {
		return err
	}
	return write(ctx, b.write, generate, b.rows, b.Seed)
}

// write writes generated rows to a file, Parquet with Snappy.
func write(ctx context.Context, path string, generate func(int, uint64) (dataset.Source, error), rows int, seed uint64) error {
	src, err := generate(rows, seed)
	if err != nil {
		return err
	}
	return copyTo(ctx, src, func() (dataset.Sink, error) {
		if filepath.Ext(path) == ".parquet" {
			return parquet.Create(path, src.Schema(), parquet.WriteOptions{Compression: parquet.Snappy})
		}
		return lab.CreateData(path, src.Schema())
	})
}
