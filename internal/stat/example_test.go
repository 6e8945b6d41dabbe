package stat_test

import (
	"fmt"

	"github.com/tidewheel/tidewheel/internal/stat"
)

func ExamplePSI() {
	reference, current := []uint64{100, 100, 100}, []uint64{50, 80, 70}
	psi, err := stat.PSI(reference, current, stat.EmptyShare)
	if err != nil {
		fmt.Println(err)
		return
	}
	null, err := stat.PSINullLevel(len(reference), 300, 200)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("PSI %.4f, by chance %.4f\n", psi, null)
	// Output: PSI 0.0369, by chance 0.0167
}

func ExampleChiSquare() {
	r, err := stat.ChiSquare([]uint64{60, 40, 0}, []uint64{50, 35, 5}, stat.ChiSquareOptions{})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("statistic %.3f, p %.4f, Cramér's V %.3f\n", r.Statistic, r.P, r.CramersV)
	// Output: statistic 5.732, p 0.0569, Cramér's V 0.174
}
