package survey_test

import (
	"context"
	"fmt"
	"strings"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/dataset/csv"
	"github.com/tidewheel/tidewheel/validate"
	"github.com/tidewheel/tidewheel/validate/survey"
)

// orders makes 500 rows.
func orders() (dataset.Source, error) {
	var b strings.Builder
	b.WriteString("order_id,customer,contact,amount\n")
	for i := range 500 {
		fmt.Fprintf(&b, "%d,C%d-%03d,b%d@example.org,%g\n", 7000+i, i%3, i*7%300, i%77, float64(i*37%400)/4)
	}
	return csv.NewSource(strings.NewReader(b.String()), csv.Options{})
}

func Example() {
	src, err := orders()
	if err != nil {
		fmt.Println(err)
		return
	}
	s, err := survey.Of(context.Background(), src, survey.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, c := range s.Columns {
		if c.Order != nil {
			fmt.Printf("%s unique: %v, order: %q\n", c.Name, c.Unique, c.Order.Monotonic())
			continue
		}
		fmt.Println(c.Name, "unique:", c.Unique, "shape:", c.Shapes[0].Form, c.Shapes[0].Count, "e-mail:", c.Looks.Email)
	}
	fmt.Println("duplicates:", s.Duplicates.Rows)
	// Output:
	// order_id unique: true, order: "increasing"
	// customer unique: false shape: A9-999 500 e-mail: 0
	// contact unique: false shape: a99@aaaaaaa.aaa 430 e-mail: 500
	// amount unique: false, order: ""
	// duplicates: 0
}

// One pass feeds a profile and a survey; what they propose is JSON for a person to read.
func ExampleInfer() {
	src, err := orders()
	if err != nil {
		fmt.Println(err)
		return
	}
	first, err := survey.New(src.Schema(), survey.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	type folds = dataset.Both[*validate.Profiler, *survey.Surveyor]
	both, err := dataset.Run(context.Background(), src, func() *folds {
		return &folds{First: validate.NewProfiler(src.Schema()), Second: first.Fresh()}
	}, dataset.RunOptions{})
	if err != nil {
		fmt.Println(err)
		return
	}
	inferred, err := survey.Infer([]*validate.Profile{both.First.Profile()}, []*survey.Survey{both.Second.Survey()}, survey.InferOptions{})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, s := range inferred.Suggestions {
		fmt.Printf("%s: %s, since %s\n", s.Column, s.Kind, s.Reason)
	}
	f, _ := inferred.Schema.Lookup("customer")
	fmt.Println(f.Pattern)
	// Output:
	// order_id: key, since no value is missing or was seen twice, and its name is that of a key
	// customer: pattern, since all of 500 values are built so
	// contact: personal, since values look like e-mail addresses
	// [A-Z][0-9]-[0-9]{3}
}

// Two shards, each surveyed on a machine of its own, become one.
func ExampleSurveyor_MarshalBinary() {
	src, err := orders()
	if err != nil {
		fmt.Println(err)
		return
	}
	first, err := survey.New(src.Schema(), survey.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	total := first.Fresh()
	for range 2 { // twice the same rows
		shard, err := dataset.Run(context.Background(), src, first.Fresh, dataset.RunOptions{})
		if err != nil {
			fmt.Println(err)
			return
		}
		form, err := shard.MarshalBinary()
		if err != nil {
			fmt.Println(err)
			return
		}
		var received survey.Surveyor
		if err := received.UnmarshalBinary(form); err != nil {
			fmt.Println(err)
			return
		}
		if err := total.Merge(&received); err != nil {
			fmt.Println(err)
			return
		}
	}
	s := total.Survey()
	fmt.Println(s.Rows, "rows,", s.Duplicates.Rows, "of them again")
	// Output: 1000 rows, 500 of them again
}
