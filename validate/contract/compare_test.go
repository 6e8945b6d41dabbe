package contract_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/apache/arrow/go/v17/arrow/decimal128"
	"github.com/apache/arrow/go/v17/arrow/memory"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/validate"
	"github.com/tidewheel/tidewheel/validate/contract"
)

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func schemaOf(t testing.TB, fields ...dataset.Field) *dataset.Schema {
	t.Helper()
	s, err := dataset.NewSchema(fields...)
	must(t, err)
	return s
}

func TestCompareListsEachChangeWithItsVerdict(t *testing.T) {
	type field = dataset.Field
	num := func(t dataset.Type, bounds ...float64) field {
		f := field{Name: "x", Type: t}
		if len(bounds) == 2 {
			f.Min, f.Max = &bounds[0], &bounds[1]
		}
		return f
	}
	set := func(unseen dataset.Unseen, values ...string) field {
		return field{Name: "x", Type: dataset.Utf8, OneOf: values, Unseen: unseen}
	}
	text := func(pattern string) field { return field{Name: "x", Type: dataset.Utf8, Pattern: pattern} }
	for _, c := range []struct {
		name              string
		old, next         field
		kinds             []contract.Kind
		backward, forward bool
	}{
		{"nothing", num(dataset.Int64, 0, 5), num(dataset.Int64, 0, 5), nil, true, true},
		{"wider integers", num(dataset.Int8), num(dataset.Int64), []contract.Kind{contract.TypeWidened}, true, false},
		{"narrower integers within bounds", num(dataset.Int64, 0, 100), num(dataset.Int8, 0, 100), []contract.Kind{contract.TypeChanged}, true, true},
		{"narrower integers", num(dataset.Int64), num(dataset.Int32), []contract.Kind{contract.TypeNarrowed}, false, true},
		{"a bound of 2^53 takes in 2^53+1", num(dataset.Int64, 0, 1<<53), num(dataset.Float64, 0, 1<<53), []contract.Kind{contract.TypeChanged}, false, false},
		{"int32 to float64", num(dataset.Int32), num(dataset.Float64), []contract.Kind{contract.TypeWidened}, true, false},
		{"int64 to float64", num(dataset.Int64), num(dataset.Float64), []contract.Kind{contract.TypeChanged}, false, false},
		{"uint64 to int64", num(dataset.Uint64), num(dataset.Int64), []contract.Kind{contract.TypeChanged}, false, false},
		{"float32 to float64", num(dataset.Float32), num(dataset.Float64), []contract.Kind{contract.TypeWidened}, true, false},
		{"bool to int8", num(dataset.Bool), num(dataset.Int8), []contract.Kind{contract.TypeWidened}, true, false},
		{"text to number", text(""), num(dataset.Float64), []contract.Kind{contract.TypeNarrowed}, false, true},
		{"decimals", num(dataset.Decimal128(5, 2)), num(dataset.Decimal128(7, 3)), []contract.Kind{contract.TypeWidened}, true, false},
		{"encodings of text", text(""), field{Name: "x", Type: dataset.Dictionary}, []contract.Kind{contract.TypeChanged}, true, true},
		{"a naive time is no instant", num(dataset.Timestamp), num(dataset.TimeUTC), []contract.Kind{contract.TypeChanged}, false, false},
		{"dates to times", num(dataset.Date32, 0, 1), num(dataset.TimeUTC, 0, 864e8), []contract.Kind{contract.TypeWidened, contract.RangeChanged}, true, false},
		{"null allowed", num(dataset.Bool), field{Name: "x", Type: dataset.Bool, Nullable: true}, []contract.Kind{contract.NullAllowed}, true, false},
		{"null forbidden", field{Name: "x", Type: dataset.Bool, Nullable: true}, num(dataset.Bool), []contract.Kind{contract.NullForbidden}, false, true},
		{"wider", num(dataset.Float64, 0, 1), num(dataset.Float64, -1, 1), []contract.Kind{contract.RangeWidened}, true, false},
		{"narrower", num(dataset.Float64, 0, 1), num(dataset.Float64, 0, 0.5), []contract.Kind{contract.RangeNarrowed}, false, true},
		{"shifted", num(dataset.Float64, 0, 1), num(dataset.Float64, 0.5, 2), []contract.Kind{contract.RangeChanged}, false, false},
		{"bounds that say the same of integers", num(dataset.Int8, 0.5, 3), num(dataset.Int8, 1, 3.5), []contract.Kind{contract.RangeChanged}, true, true},
		{"categories added", set("", "a"), set("", "a", "b"), []contract.Kind{contract.CategoriesAdded}, true, false},
		{"categories removed", set("", "a", "b"), set("", "b"), []contract.Kind{contract.CategoriesRemoved}, false, true},
		{"categories removed, unseen taken", set("other", "a", "b"), set("other", "b"), []contract.Kind{contract.CategoriesRemoved}, true, true},
		{"categories reordered", set("", "a", "b"), set("", "b", "a"), []contract.Kind{contract.CategoriesReordered}, true, true},
		{"unseen refused", set("other", "a"), set("", "a"), []contract.Kind{contract.UnseenChanged}, false, true},
		{"closed", text(""), set("", "a"), []contract.Kind{contract.CategoriesClosed}, false, true},
		{"opened", set("", "a"), text(""), []contract.Kind{contract.CategoriesOpened}, true, false},
		{"pattern that the categories match", set("", "ab"), text("a."), []contract.Kind{contract.CategoriesOpened, contract.PatternChanged}, true, false},
		{"pattern", text("a+"), text("a*"), []contract.Kind{contract.PatternChanged}, false, false},
		{"pattern gone", text("a+"), text(""), []contract.Kind{contract.PatternChanged}, true, false},
		{"unit", field{Name: "x", Type: dataset.Int8, Unit: "EUR"}, field{Name: "x", Type: dataset.Int8, Unit: "USD"}, []contract.Kind{contract.UnitChanged}, false, false},
		{"unit said", num(dataset.Int8), field{Name: "x", Type: dataset.Int8, Unit: "USD"}, []contract.Kind{contract.UnitChanged}, true, true},
		{
			"marks", num(dataset.Int8),
			field{Name: "x", Type: dataset.Int8, Role: dataset.Key, Personal: true, Sensitive: true, Purpose: "p", Description: "d"},
			[]contract.Kind{contract.RoleChanged, contract.PersonalChanged, contract.SensitiveChanged, contract.PurposeChanged, contract.DescriptionChanged},
			true, true,
		},
	} {
		got := contract.Compare(schemaOf(t, c.old), schemaOf(t, c.next))
		var kinds []contract.Kind
		for _, change := range got.Changes {
			kinds = append(kinds, change.Kind)
			if change.Column != "x" {
				t.Errorf("%s: column %q", c.name, change.Column)
			}
		}
		if !slices.Equal(kinds, c.kinds) || got.Backward != c.backward || got.Forward != c.forward || got.Full() != (c.backward && c.forward) {
			t.Errorf("%s: %v, backward %v, forward %v", c.name, got.Changes, got.Backward, got.Forward)
		}
	}
}

func TestCompareListsColumns(t *testing.T) {
	a := dataset.Field{Name: "a", Type: dataset.Int8}
	b := dataset.Field{Name: "b", Type: dataset.Int8}
	c := dataset.Field{Name: "c", Type: dataset.Int8, Nullable: true}
	got := contract.Compare(schemaOf(t, a, b), schemaOf(t, b, a, c))
	if want := `[added "c": none -> int8 (breaks backward) moved]`; fmt.Sprint(got.Changes) != want || got.Backward || !got.Forward {
		t.Error(got)
	}
	got = contract.Compare(schemaOf(t, a, b, c), schemaOf(t, b))
	if want := `[removed "a": int8 -> none (breaks forward) removed "c": int8 -> none (breaks forward)]`; fmt.Sprint(got.Changes) != want || !got.Backward || got.Forward {
		t.Error(got)
	}
}

func TestCompareHidesCategoriesOfPersonalColumns(t *testing.T) {
	open := dataset.Field{Name: "x", Type: dataset.Utf8, OneOf: []string{"secret", "more"}}
	hidden := open
	hidden.OneOf, hidden.Personal = []string{"more"}, true
	got := contract.Compare(schemaOf(t, open), schemaOf(t, hidden))
	if len(got.Changes) != 2 || got.Changes[0].Old != "1 categories" {
		t.Error(got.Changes)
	}
}

// Rows that keep the old schema are neither refused nor flagged by the new one when Compare says so, for random pairs of schemas and rows at the edges of every type. That
// the test can fail is seen by the share of rows that do not pass where it says that they may not.
func TestRowsPassAsCompareSays(t *testing.T) {
	mem := memory.NewCheckedAllocator(memory.NewGoAllocator())
	defer mem.AssertSize(t, 0)
	rng := rand.New(rand.NewPCG(46, 1))
	backward, broken, rows := 0, 0, 0
	for range 4000 {
		a := randomField(rng)
		b := mutated(rng, a)
		old, err := dataset.NewSchema(a)
		must(t, err)
		next, err := dataset.NewSchema(b)
		must(t, err)
		for _, pair := range [][2]*dataset.Schema{{old, next}, {next, old}} {
			c := contract.Compare(pair[0], pair[1])
			n, bad := passing(t, mem, rng, pair[0], pair[1])
			rows += n
			switch {
			case c.Backward && bad > 0:
				t.Fatalf("%d of %d rows do not pass:\n%s\n%s\n%v", bad, n, canonical(t, pair[0]), canonical(t, pair[1]), c.Changes)
			case c.Backward:
				backward++
			case bad > 0:
				broken++
			}
			if r := contract.Compare(pair[1], pair[0]); r.Backward != c.Forward || r.Forward != c.Backward {
				t.Fatalf("not symmetrical:\n%s\n%s", canonical(t, pair[0]), canonical(t, pair[1]))
			}
		}
	}
	if rows < 50_000 || backward < 1500 || broken < 1500 {
		t.Errorf("%d rows, %d pairs compatible, %d broken and seen to be", rows, backward, broken)
	}
}

func canonical(t testing.TB, s *dataset.Schema) []byte {
	t.Helper()
	text, err := s.MarshalJSON()
	must(t, err)
	return text
}

// passing returns how many of some rows keep old, and how many of these do not pass next.
func passing(t *testing.T, mem memory.Allocator, rng *rand.Rand, old, next *dataset.Schema) (n, bad int) {
	t.Helper()
	b := batchOf(t, mem, rng, old)
	defer b.Release()
	before, err := validate.New(old, validate.ValidatorOptions{Allocator: mem, Workers: 1})
	must(t, err)
	result, err := before.CheckBatch(b)
	must(t, err)
	kept, err := dataset.Take(mem, b, result.Accepted())
	must(t, err)
	defer kept.Release()
	after, err := validate.New(next, validate.ValidatorOptions{Allocator: mem, Workers: 1})
	must(t, err)
	result, err = after.CheckBatch(kept)
	must(t, err)
	for _, s := range result.Rows {
		if s > validate.Counted {
			bad++
		}
	}
	return kept.NumRows(), bad
}

func randomField(rng *rand.Rand) dataset.Field {
	types := []dataset.Type{
		dataset.Bool, dataset.Int8, dataset.Int16, dataset.Int32, dataset.Int64, dataset.Uint8, dataset.Uint32, dataset.Uint64, dataset.Float32, dataset.Float64,
		dataset.Decimal128(5, 2), dataset.Decimal128(12, 0), dataset.Utf8, dataset.Utf8, dataset.Utf8, dataset.LargeUtf8, dataset.JSON, dataset.Date32, dataset.Timestamp, dataset.TimeUTC,
	}
	f := dataset.Field{Name: "x", Type: types[rng.IntN(len(types))], Nullable: rng.IntN(2) == 0}
	rules(rng, &f)
	return f
}

// rules gives f rules that fit its type.
func rules(rng *rand.Rand, f *dataset.Field) {
	f.Min, f.Max, f.OneOf, f.Pattern, f.Unseen = nil, nil, nil, "", ""
	switch {
	case f.Type.IsNumeric():
		edges := []float64{-1e6, -128, -1, -0.5, 0, 0.1, 1, 1.5, 100, 127, 255, 65536, 1 << 24, 864e8, 1 << 53}
		i := rng.IntN(len(edges))
		j := i + rng.IntN(len(edges)-i)
		if rng.IntN(2) == 0 {
			f.Min = &edges[i]
		}
		if rng.IntN(2) == 0 {
			f.Max = &edges[j]
		}
	case f.Type.IsText():
		if rng.IntN(2) == 0 {
			f.OneOf = []string{"true", "a", "1", "ab"}[rng.IntN(2) : 2+rng.IntN(3)]
			f.Unseen = []dataset.Unseen{"", "", "missing", "other"}[rng.IntN(4)]
		}
		f.Pattern = []string{"", "", "a.*", "[a-z]+"}[rng.IntN(4)]
	}
}

// mutated returns a field that differs a little, or in its type.
func mutated(rng *rand.Rand, f dataset.Field) dataset.Field {
	switch rng.IntN(6) {
	case 0:
		f.Nullable = !f.Nullable
	case 1:
		f.Unit = "EUR"
	case 2:
		rules(rng, &f)
	case 3:
		f.Type = randomField(rng).Type
		rules(rng, &f)
	case 4: // another type, no rules
		f.Type = randomField(rng).Type
		f.Min, f.Max, f.OneOf, f.Pattern, f.Unseen = nil, nil, nil, "", ""
	default: // the same rules, another type
		if other := randomField(rng); other.Type.IsNumeric() == f.Type.IsNumeric() && other.Type.IsText() == f.Type.IsText() {
			f.Type = other.Type
		}
	}
	return f
}

// batchOf returns rows of a schema of one column with values at the edges of its type.
func batchOf(t *testing.T, mem memory.Allocator, rng *rand.Rand, s *dataset.Schema) dataset.Batch {
	t.Helper()
	numbers := []float64{
		0, 1, -1, 2, 0.1, 0.5, -0.5, 1.5, 100, 127, 128, -128, -129, 255, 256, 65536, 1 << 24, 1<<24 + 1, 1 << 31, 1 << 32, 1 << 53, 1<<53 + 2, 1 << 62, 1e6, 864e8, 1728e8, 1e300, math.NaN(), math.Inf(1),
	}
	words := []string{"", "a", "ab", "b", "1", "true", "false", "zz", "a\n", "0.10", "2020-01-01", "{}"}
	dt, err := s.Field(0).Type.Arrow()
	must(t, err)
	b := array.NewBuilder(mem, dt)
	defer b.Release()
	for range 30 {
		x := numbers[rng.IntN(len(numbers))]
		if rng.IntN(10) == 0 {
			b.AppendNull()
			continue
		}
		i := int64(0)
		if math.Abs(x) <= 1<<62 {
			i = int64(x) + int64(rng.IntN(3)) - 1
		}
		appendEdge(b, x, i, words[rng.IntN(len(words))], i%2 == 0)
	}
	column := b.NewArray()
	defer column.Release()
	out, err := dataset.NewBatch(s, []arrow.Array{column}, column.Len())
	must(t, err)
	return out
}

func appendEdge(b array.Builder, x float64, i int64, word string, yes bool) {
	switch b := b.(type) {
	case *array.BooleanBuilder:
		b.Append(yes)
	case *array.Int8Builder:
		b.Append(int8(i))
	case *array.Int16Builder:
		b.Append(int16(i))
	case *array.Int32Builder:
		b.Append(int32(i))
	case *array.Int64Builder:
		b.Append(i)
	case *array.Uint8Builder:
		b.Append(uint8(i))
	case *array.Uint32Builder:
		b.Append(uint32(i))
	case *array.Uint64Builder:
		b.Append(uint64(i))
	case *array.Float32Builder:
		b.Append(float32(x))
	case *array.Float64Builder:
		b.Append(x)
	case *array.Decimal128Builder:
		b.Append(decimal128.FromI64(i % 100_000))
	case *array.StringBuilder:
		b.Append(word)
	case *array.LargeStringBuilder:
		b.Append(word)
	case *array.Date32Builder:
		b.Append(arrow.Date32(i % 100_000))
	case *array.TimestampBuilder:
		b.Append(arrow.Timestamp(i))
	default:
		b.AppendNull()
	}
}
