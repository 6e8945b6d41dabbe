package relation_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/apache/arrow/go/v17/arrow/memory"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/dataset/relation"
)

const (
	orders = `order:int64 customer:int32 shop:utf8
		1 10 a
		2 11 b
		3 . a
		4 10 b
		5 12 .`
	customers = `customer:int64 shop:dictionary name:utf8
		10 a x
		11 b y
		10 a z
		. a n
		13 b m
		12 . o`
)

func TestJoin(t *testing.T) {
	mem := memory.NewCheckedAllocator(memory.DefaultAllocator)
	defer mem.AssertSize(t, 0)
	for _, c := range []struct {
		o    relation.JoinOptions
		want string
	}{
		{relation.JoinOptions{On: []string{"customer"}, Suffix: "2"}, `
			1 10 a a x
			1 10 a a z
			2 11 b b y
			4 10 b a x
			4 10 b a z
			5 12 . . o`},
		{relation.JoinOptions{On: []string{"customer", "shop"}, Kind: relation.LeftJoin}, `
			1 10 a x
			1 10 a z
			2 11 b y
			3 . a .
			4 10 b .
			5 12 . .`},
		{relation.JoinOptions{On: []string{"shop", "customer"}, Kind: relation.SemiJoin}, "1 10 a\n2 11 b"},
		{relation.JoinOptions{On: []string{"customer"}, Kind: relation.AntiJoin}, "3 . a"},
		{relation.JoinOptions{LeftOn: []string{"order"}, RightOn: []string{"customer"}, Suffix: "_right"}, ""},
		{relation.JoinOptions{LeftOn: []string{"shop"}, RightOn: []string{"name"}, Kind: relation.AntiJoin}, "1 10 a\n2 11 b\n3 . a\n4 10 b\n5 12 ."},
	} {
		for _, batch := range []int{1, 2, 10} {
			c.o.Allocator = mem
			src, err := relation.Join(table(t, mem, batch, orders), table(t, mem, 4-batch%4, customers), c.o)
			if err != nil {
				t.Fatal(err)
			}
			equal(t, fmt.Sprintf("%+v", c.o), src, c.want)
		}
	}
}

func TestJoinOfNoRows(t *testing.T) {
	mem := memory.NewCheckedAllocator(memory.DefaultAllocator)
	defer mem.AssertSize(t, 0)
	none := "customer:int64 name:utf8"
	for _, c := range []struct {
		left, right string
		kind        relation.JoinKind
		want        string
	}{
		{orders, none, relation.InnerJoin, ""},
		{orders, none, relation.LeftJoin, "1 10 a .\n2 11 b .\n3 . a .\n4 10 b .\n5 12 . ."},
		{orders, none, relation.AntiJoin, "1 10 a\n2 11 b\n3 . a\n4 10 b\n5 12 ."},
		{"customer:int64", customers, relation.LeftJoin, ""},
	} {
		src, err := relation.Join(table(t, mem, 2, c.left), table(t, mem, 2, c.right), relation.JoinOptions{On: []string{"customer"}, Kind: c.kind, Allocator: mem})
		if err != nil {
			t.Fatal(err)
		}
		equal(t, fmt.Sprint(c.kind), src, c.want)
	}
}

func TestJoinKeys(t *testing.T) {
	mem := memory.DefaultAllocator
	for _, c := range []struct {
		left, right, a, b string
		match             bool
	}{
		{"float64", "float32", "NaN", "NaN", true},
		{"float64", "float64", "-0", "0", true},
		{"float64", "float32", "0.1", "0.1", false}, // not the same number
		{"uint8", "int64", "200", "200", true},
		{"utf8", "large_utf8", "x", "x", true},
		{"bool", "bool", "true", "true", true},
		{"decimal128(9,2)", "decimal128(9,2)", "1.5", "1.50", true},
		{"date32", "date32", "2024-02-29", "2024-02-29", true},
		{"timestamp[us,UTC]", "timestamp[us,Europe/Berlin]", "2024-02-29T12:00:00Z", "2024-02-29T12:00:00Z", true},
	} {
		left, right := table(t, mem, 1, "k:"+c.left+"\n"+c.a), table(t, mem, 1, "k:"+c.right+"\n"+c.b)
		src, err := relation.Join(left, right, relation.JoinOptions{On: []string{"k"}, Kind: relation.SemiJoin})
		if err != nil {
			t.Fatal(err)
		}
		if got := rows(t, src) != ""; got != c.match {
			t.Errorf("%s and %s: match is %v", c.left, c.right, got)
		}
	}
	for _, c := range [][2]string{
		{"int64", "float64"},
		{"int64", "uint64"},
		{"utf8", "json"},
		{"timestamp[us]", "timestamp[us,UTC]"},
		{"date32", "timestamp[us]"},
		{"decimal128(9,2)", "decimal128(9,3)"},
		{"list<int64>", "list<int64>"},
	} {
		_, err := relation.Join(table(t, mem, 1, "k:"+c[0]), table(t, mem, 1, "k:"+c[1]), relation.JoinOptions{On: []string{"k"}, Kind: relation.SemiJoin})
		schemaError(t, c[0]+" and "+c[1], err, `column "k"`)
	}
}

func TestJoinRefuses(t *testing.T) {
	mem := memory.DefaultAllocator
	left, right := table(t, mem, 1, orders), table(t, mem, 1, customers)
	for _, c := range []struct {
		field string
		o     relation.JoinOptions
	}{
		{"LeftOn", relation.JoinOptions{}},
		{"LeftOn", relation.JoinOptions{On: []string{"customer"}, RightOn: []string{"customer"}}},
		{"LeftOn", relation.JoinOptions{LeftOn: []string{"customer"}}},
		{"Kind", relation.JoinOptions{On: []string{"customer"}, Kind: 9}},
		{"MaxBytes", relation.JoinOptions{On: []string{"customer"}, MaxBytes: -1}},
	} {
		_, err := relation.Join(left, right, c.o)
		optionError(t, err, c.field)
	}
	_, err := relation.Join(left, right, relation.JoinOptions{On: []string{"customer"}})
	schemaError(t, "a name on both sides", err, "right", `column "shop"`, "Suffix")
	_, err = relation.Join(left, right, relation.JoinOptions{On: []string{"order"}})
	schemaError(t, "no key on the right", err, "right", `column "order"`)
	_, err = relation.Join(left, right, relation.JoinOptions{LeftOn: []string{"none"}, RightOn: []string{"customer"}})
	schemaError(t, "no key on the left", err, "left", `column "none"`)
	src, err := relation.Join(left, right, relation.JoinOptions{On: []string{"customer"}, Suffix: "2", MaxBytes: 100})
	if err == nil {
		_, err = read(t.Context(), src)
	}
	if !errors.Is(err, dataset.ErrLimit) {
		t.Errorf("over MaxBytes: got %v", err)
	}
}

// TestJoinIsANestedLoop compares every kind with the definition on tables drawn at random.
func TestJoinIsANestedLoop(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	cell := func() string {
		if random.IntN(6) == 0 {
			return "."
		}
		return fmt.Sprint(random.IntN(5))
	}
	for range 100 {
		var left, right [][2]string
		build := func(n int, names string, out *[][2]string) string {
			text := names
			for i := range n {
				row := [2]string{cell(), cell()}
				*out = append(*out, row)
				text += fmt.Sprintf("\n%s '%s %d", row[0], row[1], i)
				text = strings.ReplaceAll(text, "'.", ".")
			}
			return text
		}
		l := build(random.IntN(20), "k:int16 s:utf8 l:int64", &left)
		r := build(random.IntN(20), "k:int64 s:dictionary r:int64", &right)
		for _, on := range [][]string{{"k"}, {"s"}, {"s", "k"}} {
			for kind := relation.InnerJoin; kind <= relation.AntiJoin; kind++ {
				var want strings.Builder
				for i, a := range left {
					partners := 0
					for j, b := range right {
						same := (len(on) == 1 && on[0] == "s" || a[0] == b[0] && a[0] != ".") && (on[0] == "k" || a[1] == b[1] && a[1] != ".")
						if !same {
							continue
						}
						if partners++; kind <= relation.LeftJoin {
							fmt.Fprintf(&want, "%s %s %d%s %d\n", a[0], a[1], i, rest(on, b), j)
						}
					}
					switch {
					case kind == relation.SemiJoin && partners > 0, kind == relation.AntiJoin && partners == 0:
						fmt.Fprintf(&want, "%s %s %d\n", a[0], a[1], i)
					case kind == relation.LeftJoin && partners == 0:
						fmt.Fprintf(&want, "%s %s %d%s .\n", a[0], a[1], i, rest(on, [2]string{".", "."}))
					}
				}
				src, err := relation.Join(table(t, memory.DefaultAllocator, 1+random.IntN(7), l), table(t, memory.DefaultAllocator, 1+random.IntN(7), r),
					relation.JoinOptions{On: on, Kind: kind, Suffix: "_right"})
				if err != nil {
					t.Fatal(err)
				}
				if got := rows(t, src); got != want.String() {
					t.Fatalf("kind %d on %v:\ngot\n%swant\n%s", kind, on, got, want.String())
				}
			}
		}
	}
}

// rest returns the columns k and s of a right row that are no keys.
func rest(on []string, row [2]string) string {
	switch {
	case len(on) == 2:
		return ""
	case on[0] == "k":
		return " " + row[1]
	default:
		return " " + row[0]
	}
}

func TestJoinsAreSources(t *testing.T) {
	for kind, n := range []int{6, 7, 4} {
		suite(t, n, func(mem memory.Allocator, batch int) (dataset.Source, error) {
			return relation.Join(table(t, mem, batch, orders), table(t, mem, batch, customers),
				relation.JoinOptions{On: []string{"customer"}, Suffix: "2", Kind: relation.JoinKind(kind), Allocator: mem})
		})
	}
}

// A key with many rows on both sides gives batches of a bounded size.
func TestJoinOfManyPairsIsCut(t *testing.T) {
	text := "k:int8" + strings.Repeat("\n1", 300)
	src, err := relation.Join(table(t, memory.DefaultAllocator, 300, text), table(t, memory.DefaultAllocator, 300, text), relation.JoinOptions{On: []string{"k"}})
	if err != nil {
		t.Fatal(err)
	}
	total := 0
	for b, err := range src.Batches(t.Context()) {
		if err != nil || b.NumRows() > dataset.ChunkRows {
			t.Fatalf("%d rows, %v", b.NumRows(), err)
		}
		total += b.NumRows()
	}
	if total != 90000 {
		t.Errorf("%d rows", total)
	}
}
