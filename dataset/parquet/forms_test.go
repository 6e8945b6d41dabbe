package parquet_test

import (
	"errors"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/dataset/parquet"
)

// TestForms reads the columns that testdata/gen/forms.py states.
func TestForms(t *testing.T) {
	path := filepath.Join("testdata", "forms.parquet")
	src, err := parquet.Open(path, parquet.Options{Columns: []string{"half", "key", "ms", "us", "ns"}})
	if err != nil {
		t.Fatal(err)
	}
	var types []string
	for _, f := range src.Schema().Fields() {
		types = append(types, f.Name+":"+string(f.Type)+":"+f.Unit)
	}
	if got, want := strings.Join(types, " "), "half:float32: key:utf8: ms:int64:us us:int64:us ns:int64:us"; got != want {
		t.Errorf("columns are %s", got)
	}
	want := []string{
		`{"half":0.5,"key":"12345678-9abc-def0-0000-000000000000","ms":0,"ns":0,"us":0}`,
		`{"half":-2,"key":"12345678-9abc-def0-0000-000000000001","ms":1000000,"ns":1000000,"us":1000001}`,
		`{"half":null,"key":null,"ms":null,"ns":null,"us":null}`,
		`{"half":65504,"key":"12345678-9abc-def0-0000-000000000003","ms":3000000,"ns":3000000,"us":3000003}`,
		`{"half":5.9604645e-08,"key":"12345678-9abc-def0-0000-000000000004","ms":4000000,"ns":4000000,"us":4000004}`,
		`{"half":+Inf,"key":"12345678-9abc-def0-0000-000000000005","ms":5000000,"ns":5000000,"us":5000005}`,
	}
	if got, err := lines(src); err != nil || !slices.Equal(got, want) {
		t.Errorf("got %s, %v", strings.Join(got, "\n"), err)
	}
	if src, err = parquet.Open(path, parquet.Options{Columns: []string{"fine"}}); err != nil {
		t.Fatal(err)
	}
	var refused *dataset.UnsupportedError
	if _, err := lines(src); !errors.As(err, &refused) || refused.Column != "fine" {
		t.Errorf("times of nanoseconds: error is %v", err)
	}
}

// TestStatisticsOfForms filters by columns whose statistics are not of the values that they become: they must exclude nothing.
func TestStatisticsOfForms(t *testing.T) {
	src, err := parquet.Open(filepath.Join("testdata", "forms.parquet"), parquet.Options{Columns: []string{"id", "half", "key", "ms", "us", "ns"}})
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range []dataset.Predicate{
		{Column: "half", Value: dataset.NumberValue(65504)},
		{Column: "key", Value: dataset.TextValue("12345678-9abc-def0-0000-000000000003")},
		{Column: "ms", Value: dataset.NumberValue(3_000_000)},
		{Column: "us", Value: dataset.NumberValue(3_000_003)},
		{Column: "ns", Value: dataset.NumberValue(3_000_000)},
	} {
		view, err := src.Scan(t.Context(), dataset.ScanOptions{Columns: []string{"id"}, Filter: []dataset.Predicate{p}})
		if err != nil {
			t.Fatal(err)
		}
		if got, err := lines(view); err != nil || !slices.Equal(got, []string{`{"id":3}`}) {
			t.Errorf("%s: got %v, %v", p.Column, got, err)
		}
	}
}
