package modeltest_test

import (
	"errors"
	"fmt"
	"testing"

	"github.com/tidewheel/tidewheel/model"
	"github.com/tidewheel/tidewheel/model/linear"
	"github.com/tidewheel/tidewheel/model/modeltest"
)

func ExampleTestEstimator() {
	conforms := func(t *testing.T) {
		modeltest.TestEstimator(t, modeltest.Traits{Regression: true}, func(t *testing.T, workers int) model.Estimator {
			t.Helper()
			e, err := linear.NewRegression(linear.RegressionOptions{Penalty: linear.L2(1), Workers: workers})
			if err != nil {
				t.Fatal(err)
			}
			return e
		})
	}
	// In a file of tests, conforms is func TestRidgeConforms.
	tests := []testing.InternalTest{{Name: "TestRidgeConforms", F: conforms}}
	fmt.Println(len(tests), "test")
	// Output: 1 test
}

// A constructor refuses all bad fields at once; Traits.Options lists such calls.
func ExampleRefusal() {
	r := modeltest.Refusal{
		Fields: []string{"linear.LogisticOptions.Tolerance", "linear.LogisticOptions.Workers"},
		New: func() error {
			_, err := linear.NewLogistic(linear.LogisticOptions{Tolerance: 2, Workers: -1})
			return err
		},
	}
	var option *model.OptionError
	err := r.New()
	fmt.Println(errors.As(err, &option), option.Field == r.Fields[0])
	fmt.Println(err)
	// Output:
	// true true
	// linear: new logistic: option linear.LogisticOptions.Tolerance: want at least 0 and below 1, got 2
	// option linear.LogisticOptions.Workers: want 0 or more, got -1
}
