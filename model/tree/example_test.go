package tree_test

import (
	"context"
	"fmt"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/model"
	"github.com/tidewheel/tidewheel/model/tree"
)

type flat struct {
	Area float64  `ml:"name=area,unit=m2"`
	Town string   `ml:"name=town"`
	Year *float64 `ml:"name=year"`
	Rent float64  `ml:"name=rent,role=target,unit=EUR"`
}

// flats returns 600 flats whose rent is 10 EUR a square metre, half as much again in Oslo, and 100 EUR less where the year of building is not known.
func flats() []flat {
	var out []flat
	for i := range 600 {
		f := flat{Area: float64(20 + i%80), Town: []string{"Bergen", "Oslo", "Tromsø"}[i%3]}
		f.Rent = 10 * f.Area
		if f.Town == "Oslo" {
			f.Rent *= 1.5
		}
		if i%7 == 0 {
			f.Rent -= 100
		} else {
			year := float64(1950 + i%60)
			f.Year = &year
		}
		out = append(out, f)
	}
	return out
}

func ExampleNewBoosting() {
	ctx := context.Background()
	rows, err := dataset.FromStructs(flats(), dataset.StructsOptions{})
	if err != nil {
		fmt.Println(err)
		return
	}
	problem, err := model.NewProblem(ctx, rows, "rent", model.ProblemOptions{})
	if err != nil {
		fmt.Println(err)
		return
	}
	estimator, err := tree.NewBoosting(tree.BoostingOptions{Trees: 200, Leaves: 15})
	if err != nil {
		fmt.Println(err)
		return
	}
	predictor, err := estimator.Fit(ctx, model.Training{Problem: problem, Rows: rows})
	if err != nil {
		fmt.Println(err)
		return
	}
	year := 1990.0
	ask, err := dataset.FromStructs([]flat{
		{Area: 50, Town: "Bergen", Year: &year},
		{Area: 50, Town: "Oslo", Year: &year},
		{Area: 50, Town: "Oslo"},
	}, dataset.StructsOptions{})
	if err != nil {
		fmt.Println(err)
		return
	}
	for b, err := range ask.Batches(ctx) {
		if err != nil {
			fmt.Println(err)
			return
		}
		out, err := predictor.Predict(ctx, b)
		if err != nil {
			fmt.Println(err)
			return
		}
		values := make([]float64, out.NumRows())
		if err := dataset.Float64s(out.Column(0), values); err != nil {
			fmt.Println(err)
			return
		}
		for _, v := range values {
			fmt.Printf("about %.0f0 EUR\n", v/10)
		}
		out.Release()
	}
	// Output:
	// about 500 EUR
	// about 750 EUR
	// about 650 EUR
}

func ExampleBoosting_FitModel() {
	ctx := context.Background()
	rows, err := dataset.FromStructs(flats(), dataset.StructsOptions{})
	if err != nil {
		fmt.Println(err)
		return
	}
	problem, err := model.NewProblem(ctx, rows, "rent", model.ProblemOptions{})
	if err != nil {
		fmt.Println(err)
		return
	}
	estimator, err := tree.NewBoosting(tree.BoostingOptions{})
	if err != nil {
		fmt.Println(err)
		return
	}
	m, err := estimator.FitModel(ctx, model.Training{Problem: problem, Rows: rows})
	if err != nil {
		fmt.Println(err)
		return
	}
	total := 0.0
	for _, g := range m.Gain {
		total += g
	}
	for i, name := range m.Features {
		fmt.Printf("%s %.0f %%\n", name, 100*m.Gain[i]/total)
	}
	// Output:
	// area 76 %
	// town 22 %
	// year 1 %
}

func ExampleBoostingOptions() {
	_, err := tree.NewBoosting(tree.BoostingOptions{Leaves: 1, RowFraction: 2})
	fmt.Println(err)
	// Output:
	// tree: new boosting: option tree.BoostingOptions.Leaves: want 2 to 131072, got 1
	// option tree.BoostingOptions.RowFraction: want above 0 and at most 1, got 2
}
