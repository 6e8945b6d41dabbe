package sketch_test

import (
	"fmt"

	"github.com/tidewheel/tidewheel/internal/sketch"
)

func ExampleQuantiles() {
	var monday, tuesday sketch.Quantiles
	for i := range 100_000 {
		monday.Add(float64(i % 1000))
		tuesday.Add(float64(i%1000) + 1000)
	}
	monday.Merge(&tuesday)
	hi, _ := monday.Quantile(1)
	share := float64(monday.Rank(999.5)) / float64(monday.Count())
	fmt.Printf("%d values, maximum %v, %.2f below 1000\n", monday.Count(), hi, share)
	// Output: 200000 values, maximum 1999, 0.50 below 1000
}

func ExampleTopK() {
	t, err := sketch.NewTopK(sketch.TopKOptions{Capacity: 64})
	if err != nil {
		fmt.Println(err)
		return
	}
	t.AddN("LGA", 3)
	t.AddN("JFK", 5)
	t.Add("EWR")
	for _, item := range t.Top(2) {
		fmt.Println(item.Value, item.Count)
	}
	fmt.Println("counts too small by at most", t.ErrorBound())
	// Output:
	// JFK 5
	// LGA 3
	// counts too small by at most 0
}
