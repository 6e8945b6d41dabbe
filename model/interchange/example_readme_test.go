package interchange_test

import (
	_ "embed"
	"fmt"
	"strings"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/model"
	"github.com/tidewheel/tidewheel/model/interchange"
)

//go:embed testdata/lgb_binary.txt
var file string

func Example() {
	m, err := interchange.LightGBM(strings.NewReader(file), interchange.LightGBMOptions{})
	if err != nil {
		panic(err)
	}
	row := dataset.NewRow(m.Signature().Input)
	row.Values[row.Schema.Index("age")] = dataset.NumberValue(41)
	row.Values[row.Schema.Index("shop")] = dataset.NumberValue(2)
	var out model.Output
	m.NewRowScorer().Score(row, &out)
	fmt.Printf("%.3f\n", out.Probability)
	// Output: [0.305 0.695]
}
