package validatetest_test

import (
	"fmt"
	"testing"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/validate/check"
	"github.com/tidewheel/tidewheel/validate/validatetest"
)

// The table runs against any entrance; here are its rows as a client would send them.
func ExampleFaults() {
	for _, f := range validatetest.Faults()[2:5] {
		if text, ok := f.JSON(); ok {
			fmt.Println(f.Severity, f.Rule, f.Column, text)
		} else {
			fmt.Println(f.Severity, f.Rule, f.Column, "has no form in JSON")
		}
	}
	// Output:
	// refused type age {"amount":42.5,"credit_limit":5000,"age":"forty","tenure":24,"country":"DE","channel":"web","member":true}
	// refused null amount {"amount":null,"credit_limit":5000,"age":41,"tenure":24,"country":"DE","channel":"web","member":true}
	// refused non_finite amount has no form in JSON
}

// A batch has the spoilt row among valid ones, under the types that a file would give.
func ExampleFault_Batch() {
	b, err := validatetest.Faults()[2].Batch(nil, 10)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer b.Release()
	age, _ := b.Schema().Lookup("age")
	column, err := b.ByName("age")
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(b.NumRows(), age.Type, column.ValueStr(validatetest.SpoiltRow))
	// Output: 10 utf8 forty
}

// rowCount is a fold of the number of rows.
type rowCount struct{ n int }

func (r *rowCount) Observe(b dataset.Batch) error {
	r.n += b.NumRows()
	return nil
}

func (r *rowCount) Merge(next *rowCount) error {
	r.n += next.n
	return nil
}

func ExampleTestFold() {
	conforms := func(t *testing.T) {
		s, err := dataset.NewSchema(dataset.Field{Name: "weight", Type: dataset.Float64, Nullable: true})
		if err != nil {
			t.Fatal(err)
		}
		traits := validatetest.FoldTraits[*rowCount]{
			Schema: s,
			Same: func(want, got *rowCount) error {
				if want.n != got.n {
					return fmt.Errorf("%d rows, want %d", got.n, want.n)
				}
				return nil
			},
			AnyOrder: true, KeepsMerged: true, AnySchema: true,
		}
		validatetest.TestFold(t, traits, func() *rowCount { return new(rowCount) })
	}
	// In a file of tests, conforms is func TestRowCountConforms.
	tests := []testing.InternalTest{{Name: "TestRowCountConforms", F: conforms}}
	fmt.Println(len(tests), "test")
	// Output:
	// 1 test
}

// notMinor is a rule of the host's, in Go.
type notMinor struct{}

func (notMinor) Judge(b dataset.Batch, bad []bool) error {
	ages := make([]float64, len(bad))
	if err := dataset.Float64s(b.Column(0), ages); err != nil {
		return err
	}
	for i, age := range ages {
		bad[i] = age < 18
	}
	return nil
}

func ExampleTestCheck() {
	conforms := func(t *testing.T) {
		s, err := dataset.NewSchema(dataset.Field{Name: "age", Type: dataset.Float64, Nullable: true})
		if err != nil {
			t.Fatal(err)
		}
		traits := validatetest.CheckTraits{Schema: s, Bad: func(row dataset.Row) bool { return row.Values[0].Valid && row.Values[0].Number < 18 }}
		validatetest.TestCheck(t, traits, func() check.Check {
			return check.Own{Rule: "not_minor", Columns: []string{"age"}, Judge: notMinor{}}
		})
	}
	// In a file of tests, conforms is func TestNotMinorConforms.
	tests := []testing.InternalTest{{Name: "TestNotMinorConforms", F: conforms}}
	fmt.Println(len(tests), "test")
	// Output:
	// 1 test
}
