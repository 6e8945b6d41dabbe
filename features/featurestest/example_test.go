package featurestest_test

import (
	"fmt"
	"testing"

	"github.com/apache/arrow/go/v17/arrow/memory"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/features"
	"github.com/tidewheel/tidewheel/features/featurestest"
	"github.com/tidewheel/tidewheel/features/scale"
)

func ExampleTestTransformer() {
	conforms := func(t *testing.T) {
		s, err := dataset.NewSchema(dataset.Field{Name: "weight", Type: dataset.Float64, Nullable: true})
		if err != nil {
			t.Fatal(err)
		}
		featurestest.TestTransformer(t, featurestest.Traits{Schema: s}, func(t *testing.T, _ memory.Allocator) features.Fitter {
			st, err := scale.NewStandardizer(scale.StandardizerOptions{})
			if err != nil {
				t.Fatal(err)
			}
			return st
		})
	}
	// In a file of tests, conforms is func TestStandardizerConforms.
	tests := []testing.InternalTest{{Name: "TestStandardizerConforms", F: conforms}}
	fmt.Println(len(tests), "test")
	// Output:
	// 1 test
}

func ExampleTraits() {
	s, err := dataset.NewSchema(dataset.Field{Name: "carrier", Type: dataset.Utf8, Nullable: true})
	if err != nil {
		fmt.Println(err)
		return
	}
	// Of a fitter that fills in what is missing, and looks at no row for that.
	traits := featurestest.Traits{Schema: s, FillsMissing: true, NoLearning: true}
	fmt.Println(traits.Schema.Names(), traits.FillsMissing)
	// Output:
	// [carrier] true
}
