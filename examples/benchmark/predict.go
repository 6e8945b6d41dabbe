package main

import (
	"context"
	"math/rand/v2"
	"path/filepath"
	"reflect"
	"strings"

	"github.com/tidewheel/tidewheel/dataset"
)

// predict measures a model alone, on files of rows, on one row at a time, and explaining some rows. The cases carry the name of the model's file, so that those of many models can
// stand side by side.
func (b *bench) predict(ctx context.Context) ([]*job, error) {
	l, err := b.learning(ctx)
	if err != nil {
		return nil, err
	}
	s, name, err := b.scoring(ctx, l)
	if err != nil {
		return nil, err
	}
	if b.model != "" {
		name = strings.TrimSuffix(filepath.Base(b.model), filepath.Ext(b.model))
	}
	explaining, err := s.shap(b, name+"_shap")
	return append([]*job{s.batch(name + "_batch"), s.row(name + "_row")}, explaining...), err
}

// Mixed are 28 features: six of them miss some values, four are whole numbers and two are categories, as numbers.
type Mixed struct {
	F01, F02, F03, F04, F05, F06, F07, F08, F09, F10 float64
	F11, F12, F13, F14, F15, F16, F17, F18           float64
	F19, F20, F21, F22                               float64
	F23, F24, F25, F26                               *float64
	Category1, Category2                             *float64
}

type mixedExample struct {
	Mixed
	Bought bool `ml:"name=bought,role=target"`
}

const categories = 30

// mixed are rows of Mixed with a class that numbers and categories decide, with noise.
func mixed(rows int, seed uint64) (dataset.Source, error) {
	effects := make([]float64, 2*categories)
	for i, r := 0, rand.New(rand.NewPCG(seed, 1<<63)); i < len(effects); i++ {
		effects[i] = r.NormFloat64()
	}
	return newGenerated(rows, seed, func(_ int, r *rand.Rand) mixedExample {
		var e mixedExample
		x := make([]float64, reflect.TypeFor[Mixed]().NumField())
		fields := reflect.ValueOf(&e.Mixed).Elem()
		margin := 0.0
		for j := range x {
			x[j] = r.NormFloat64()
			switch {
			case j >= len(x)-2:
				c := r.IntN(categories)
				x[j] = float64(c)
				margin += effects[2*c+len(x)-1-j]
			case j >= 18 && j < 22:
				x[j] = float64(int(3 * x[j]))
			}
			f := fields.Field(j)
			if f.Kind() == reflect.Float64 {
				f.SetFloat(x[j])
			} else if r.IntN(20) > 0 {
				f.Set(reflect.ValueOf(&x[j]))
			}
		}
		margin += x[0]*x[1] + x[3] + 0.5*x[4]*x[5] + 0.3*x[18]
		for _, v := range x[6:18] {
			margin += 0.1 * v
		}
		e.Bought = margin+r.NormFloat64() > 0
		return e
	})
}
