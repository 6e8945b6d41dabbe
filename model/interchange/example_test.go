package interchange_test

import (
	"fmt"
	"os"
	"strings"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/model"
	"github.com/tidewheel/tidewheel/model/interchange"
)

// A LightGBM file scores one row at a time without an allocation.
func ExampleLightGBM() {
	file, err := os.Open("testdata/lgb_binary.txt")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer file.Close()
	m, err := interchange.LightGBM(file, interchange.LightGBMOptions{Classes: []string{"stays", "leaves"}})
	if err != nil {
		fmt.Println(err)
		return
	}
	row := dataset.NewRow(m.Signature().Input) // every value is missing until it is set
	row.Values[row.Schema.Index("age")] = dataset.NumberValue(1.5)
	row.Values[row.Schema.Index("shop")] = dataset.NumberValue(2)
	var out model.Output
	m.NewRowScorer().Score(row, &out)
	fmt.Printf("%s %.3f\n", out.Prediction.Text, out.Probability)
	// Output:
	// leaves [0.305 0.695]
}

// What a reader does not support it names, so that no model scores almost right.
func ExampleLightGBM_unsupported() {
	_, err := interchange.LightGBM(strings.NewReader("tree\nversion=v4\nnum_class=1\nnum_tree_per_iteration=1\nmax_feature_idx=0\nfeature_names=x\n"+
		"objective=regression huber\n\nend of trees\n"), interchange.LightGBMOptions{})
	fmt.Println(err)
	// Output:
	// interchange: read lightgbm: lightgbm: unsupported: objective regression huber
}

// An XGBoost file from a data frame takes categories by their values.
func ExampleXGBoost() {
	file, err := os.Open("testdata/xgb_named.ubj")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer file.Close()
	m, err := interchange.XGBoost(file, interchange.XGBoostOptions{})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, f := range m.Signature().Input.Fields() {
		fmt.Println(f.Name, f.Type)
	}
	row := dataset.NewRow(m.Signature().Input)
	row.Values[row.Schema.Index("shop")] = dataset.TextValue("shop 7")
	row.Values[row.Schema.Index("kind")] = dataset.NumberValue(-10)
	var out model.Output
	m.NewRowScorer().Score(row, &out)
	fmt.Printf("%.4f\n", out.Prediction.Number)
	// Output:
	// age float64
	// shop utf8
	// spend float64
	// delta float64
	// kind int64
	// 0.7503
}
