package relation_test

import (
	"testing"

	"github.com/apache/arrow/go/v17/arrow/memory"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/dataset/relation"
)

const (
	north = `id:int64 name:utf8
		1 a
		2 .`
	south = `id:int64 name:dictionary
		3 b
		4 a
		5 .`
	other = `size:float64 id:int64
		1.5 6
		. 7`
)

func TestConcat(t *testing.T) {
	mem := memory.NewCheckedAllocator(memory.DefaultAllocator)
	defer mem.AssertSize(t, 0)
	both, err := relation.Concat(relation.ConcatOptions{}, table(t, mem, 1, north), table(t, mem, 2, south))
	if err != nil {
		t.Fatal(err)
	}
	equal(t, "by position", both, `
		1 a
		2 .
		3 b
		4 a
		5 .`)
	all, err := relation.Concat(relation.ConcatOptions{ByName: true, Allocator: mem}, table(t, mem, 1, north), table(t, mem, 9, other), table(t, mem, 2, south))
	if err != nil {
		t.Fatal(err)
	}
	equal(t, "by name", all, `
		1 a .
		2 . .
		6 . 1.5
		7 . .
		3 b .
		4 a .
		5 . .`)
	for _, c := range []struct {
		name string
		o    dataset.ScanOptions
		want string
	}{
		{"columns", dataset.ScanOptions{Columns: []string{"size", "id"}}, ". 1\n. 2\n1.5 6\n. 7\n. 3\n. 4\n. 5"},
		{"a filter", dataset.ScanOptions{Filter: []dataset.Predicate{{Column: "name", Value: dataset.TextValue("a")}}}, "1 a .\n4 a ."},
		{"a filter on another column", dataset.ScanOptions{Columns: []string{"name"}, Filter: []dataset.Predicate{{Column: "size", Operator: dataset.Greater, Value: dataset.NumberValue(1)}}}, "."},
	} {
		got, err := dataset.Scan(t.Context(), all, c.o)
		if err != nil {
			t.Fatal(err)
		}
		equal(t, c.name, got, c.want)
	}
	_, err = dataset.Scan(t.Context(), all, dataset.ScanOptions{Filter: []dataset.Predicate{{Column: "none", Value: dataset.TextValue("a")}}})
	schemaError(t, "a filter on no column", err, `column "none"`)
}

func TestConcatRefuses(t *testing.T) {
	mem := memory.DefaultAllocator
	for _, c := range []struct {
		name   string
		byName bool
		text   string
		want   []string
	}{
		{"another name", false, "id:int64 label:utf8", []string{"source 1", `column "name"`, `column "label"`}},
		{"another order", false, "name:utf8 id:int64", []string{"source 1", `column "id"`}},
		{"one column more", false, "id:int64 name:utf8 more:bool", []string{"source 1", "want 2 columns", "got 3"}},
		{"another type", false, "id:int32 name:utf8", []string{"source 1", `column "id"`, "type int64", "type int32"}},
		{"another type by name", true, "name:int64", []string{"source 1", `column "name"`}},
	} {
		_, err := relation.Concat(relation.ConcatOptions{ByName: c.byName}, table(t, mem, 1, north), table(t, mem, 1, c.text))
		schemaError(t, c.name, err, c.want...)
	}
	_, err := relation.Concat(relation.ConcatOptions{})
	optionError(t, err, "sources")
	s, err := dataset.NewSchema(dataset.Field{Name: "id", Type: dataset.Int64, Role: dataset.Key}, dataset.Field{Name: "name", Type: dataset.Utf8})
	if err != nil {
		t.Fatal(err)
	}
	keyed, err := dataset.NewBatches(s)
	if err != nil {
		t.Fatal(err)
	}
	_, err = relation.Concat(relation.ConcatOptions{}, table(t, mem, 1, north), keyed)
	schemaError(t, "another role", err, `role "key"`)
}

func TestConcatIsASource(t *testing.T) {
	suite(t, 7, func(mem memory.Allocator, batch int) (dataset.Source, error) {
		return relation.Concat(relation.ConcatOptions{ByName: true, Allocator: mem}, table(t, mem, batch, north), table(t, mem, batch, other), table(t, mem, batch, south))
	})
}
