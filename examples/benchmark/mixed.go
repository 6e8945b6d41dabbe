package main

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"

	"github.com/tidewheel/tidewheel/dataset"
)

// sale is 30 features: numbers, of which four miss some values, whole numbers, and six texts of 4 to 200 values.
type sale struct {
	F01, F02, F03, F04, F05, F06, F07, F08, F09, F10 float64
	F11, F12, F13, F14, F15, F16                     float64
	W01, W02, W03, W04                               int64
	M01, M02, M03, M04                               *float64

	Channel string  `ml:"name=channel"`
	Region  *string `ml:"name=region"`
	Shop    string  `ml:"name=shop"`
	Brand   string  `ml:"name=brand"`
	City    string  `ml:"name=city"`
	Product string  `ml:"name=product"`

	Bought bool `ml:"name=bought,role=target"`
}

// sales are rows of sale with a class that numbers, products of two, missing values and categories decide, with noise.
func sales(rows int, seed uint64) (dataset.Source, error) {
	sizes := []int{4, 9, 20, 40, 90, 200}
	names, effects := make([][]string, len(sizes)), make([][]float64, len(sizes))
	for i, r := 0, rand.New(rand.NewPCG(seed, 1<<63)); i < len(sizes); i++ {
		for c := range sizes[i] {
			names[i], effects[i] = append(names[i], fmt.Sprintf("%c%03d", 'a'+i, c)), append(effects[i], r.NormFloat64()/2)
		}
	}
	return newGenerated(rows, seed, func(_ int, r *rand.Rand) sale {
		var x [24]float64
		for j := range x {
			x[j] = r.NormFloat64()
		}
		s := sale{
			F01: x[0], F02: x[1], F03: x[2], F04: x[3], F05: x[4], F06: x[5], F07: x[6], F08: x[7], F09: x[8], F10: x[9], F11: x[10], F12: x[11], F13: x[12], F14: x[13], F15: x[14], F16: x[15],
			W01: int64(3 * x[16]), W02: int64(10 * x[17]), W03: int64(30 * x[18]), W04: int64(100 * x[19]),
		}
		margin := x[0] + 0.7*x[1]*x[2] + math.Sin(3*x[3]) + 0.3*x[16] + 0.2*x[17] + 0.3*x[23]
		missing := []**float64{&s.M01, &s.M02, &s.M03, &s.M04}
		for j, v := range x[20:] {
			if r.IntN(10) > 0 {
				*missing[j] = &v
			} else {
				margin += 0.4
			}
		}
		texts := [...]*string{&s.Channel, nil, &s.Shop, &s.Brand, &s.City, &s.Product}
		for i, to := range texts {
			c := r.IntN(sizes[i])
			margin += effects[i][c]
			switch {
			case to != nil:
				*to = names[i][c]
			case r.IntN(20) > 0:
				s.Region = &names[i][c]
			}
		}
		s.Bought = margin+r.NormFloat64() > 0.5
		return s
	})
}

// keptAtTheEnd is the number of columns at the end that narrow never leaves out: they are the ones with missing values and texts, and the target.
const keptAtTheEnd = 11

// narrow leaves out columns of the rows of generate, so that there are as many features as asked for.
func narrow(ctx context.Context, generate func(int, uint64) (dataset.Source, error), columns int) func(int, uint64) (dataset.Source, error) {
	return func(rows int, seed uint64) (dataset.Source, error) {
		src, err := generate(rows, seed)
		if err != nil {
			return nil, err
		}
		names := src.Schema().Names()
		out := len(names) - 1 - columns
		end := len(names) - keptAtTheEnd
		if out < 0 || out > end {
			return nil, fmt.Errorf("flag -columns: want %d to %d features, got %d", len(names)-1-end, len(names)-1, columns)
		}
		return dataset.Select(ctx, src, append(names[:end-out:end-out], names[end:]...)...)
	}
}
