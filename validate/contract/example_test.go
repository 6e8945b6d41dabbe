package contract_test

import (
	"fmt"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/validate"
	"github.com/tidewheel/tidewheel/validate/contract"
)

func ExampleCompare() {
	oldest, older := 100.0, 120.0
	released, err := dataset.NewSchema(
		dataset.Field{Name: "age", Type: dataset.Int32, Max: &oldest},
		dataset.Field{Name: "country", Type: dataset.Utf8, OneOf: []string{"DE", "FR", "UK"}},
	)
	if err != nil {
		fmt.Println(err)
		return
	}
	proposed, err := dataset.NewSchema(
		dataset.Field{Name: "age", Type: dataset.Int64, Max: &older},
		dataset.Field{Name: "country", Type: dataset.Utf8, OneOf: []string{"DE", "FR", "GB"}},
	)
	if err != nil {
		fmt.Println(err)
		return
	}
	c := contract.Compare(released, proposed)
	fmt.Println("backward:", c.Backward, "forward:", c.Forward)
	for _, change := range c.Changes {
		fmt.Println(change)
	}
	// Output:
	// backward: false forward: false
	// type_widened "age": int32 -> int64 (breaks forward)
	// range_widened "age": [, 100] -> [, 120] (breaks forward)
	// categories_added "country": none -> "GB" (breaks forward)
	// categories_removed "country": "UK" -> none (breaks backward)
}

func ExampleJSONSchema() {
	zero := 0.0
	s, err := dataset.NewSchema(
		dataset.Field{Name: "amount", Type: dataset.Float64, Min: &zero, Unit: "EUR"},
		dataset.Field{Name: "paid", Type: dataset.Date32, Nullable: true},
	)
	if err != nil {
		fmt.Println(err)
		return
	}
	text, lost := contract.JSONSchema(s)
	fmt.Printf("%s", text)
	for _, l := range lost {
		fmt.Println(l)
	}
	// Output:
	// {
	//   "$schema": "https://json-schema.org/draft/2020-12/schema",
	//   "type": "object",
	//   "properties": {
	//     "amount": {
	//       "type": "number",
	//       "minimum": 0
	//     },
	//     "paid": {
	//       "type": [
	//         "string",
	//         "null"
	//       ],
	//       "format": "date"
	//     }
	//   },
	//   "required": [
	//     "amount"
	//   ]
	// }
	// column "amount": unit: left out: the format has no word for it
}

func ExampleParseTableSchema() {
	s, lost, err := contract.ParseTableSchema([]byte(`{
		"fields": [
			{"name": "id", "type": "integer", "constraints": {"required": true, "minimum": 1}},
			{"name": "plan", "type": "string", "constraints": {"enum": ["basic", "plus"]}}
		],
		"primaryKey": "id"
	}`))
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, f := range s.Fields() {
		fmt.Println(f.Name, f.Type, f.Nullable, f.OneOf)
	}
	fmt.Println(lost)
	// Output:
	// id int64 false []
	// plan utf8 true [basic plus]
	// [primaryKey: left out]
}

func ExampleJUnit() {
	report := &validate.Report{Rows: 1000, RowsBad: 3, Findings: []validate.Finding{{
		Rule: validate.RuleOneOf, Column: "country", Severity: validate.Refused, Count: 3, Share: 0.003, FirstRows: []int64{17, 40, 512}, Want: "one of 3 categories", Got: "another text",
	}}}
	fmt.Printf("%s", contract.JUnit(report, contract.JUnitOptions{Suite: "feed.csv"}))
	// Output:
	// <?xml version="1.0" encoding="UTF-8"?>
	// <testsuites tests="2" failures="2">
	//   <testsuite name="feed.csv" tests="2" failures="2" errors="0" skipped="0">
	//     <testcase name="rows" classname="feed.csv">
	//       <failure message="1000 rows, 3 refused, 0 flagged" type="refused"></failure>
	//     </testcase>
	//     <testcase name="country: one_of" classname="feed.csv">
	//       <failure message="refused in 3 rows (0.3 %): want one of 3 categories, got another text" type="one_of">first rows, from 0: 17 40 512</failure>
	//     </testcase>
	//   </testsuite>
	// </testsuites>
}
