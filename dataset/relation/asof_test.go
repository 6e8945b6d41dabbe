package relation_test

import (
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/apache/arrow/go/v17/arrow/memory"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/dataset/relation"
)

const (
	events = `at:int64 who:utf8 n:int64
		1 a 0
		5 b 1
		5 a 2
		7 . 3
		10 b 4
		20 a 5`
	facts = `at:int64 who:dictionary v:float64
		1 b 0.1
		2 a 0.2
		5 a 0.3
		5 a 0.4
		6 . 0.5
		11 b 0.6
		12 a 0.7`
)

func TestAsOfJoin(t *testing.T) {
	mem := memory.NewCheckedAllocator(memory.DefaultAllocator)
	defer mem.AssertSize(t, 0)
	by := []string{"who"}
	for _, c := range []struct {
		o    relation.AsOfOptions
		want string // at, who, n, the partner's value and time
	}{
		{relation.AsOfOptions{By: by}, "1 a 0 . .\n5 b 1 0.1 1\n5 a 2 0.4 5\n7 . 3 . .\n10 b 4 0.1 1\n20 a 5 0.7 12"},
		{relation.AsOfOptions{By: by, Strict: true}, "1 a 0 . .\n5 b 1 0.1 1\n5 a 2 0.2 2\n7 . 3 . .\n10 b 4 0.1 1\n20 a 5 0.7 12"},
		{relation.AsOfOptions{By: by, Tolerance: 4}, "1 a 0 . .\n5 b 1 0.1 1\n5 a 2 0.4 5\n7 . 3 . .\n10 b 4 . .\n20 a 5 . ."},
		{relation.AsOfOptions{By: by, Direction: relation.Forward}, "1 a 0 0.2 2\n5 b 1 0.6 11\n5 a 2 0.3 5\n7 . 3 . .\n10 b 4 0.6 11\n20 a 5 . ."},
		{relation.AsOfOptions{By: by, Direction: relation.Forward, Strict: true}, "1 a 0 0.2 2\n5 b 1 0.6 11\n5 a 2 0.7 12\n7 . 3 . .\n10 b 4 0.6 11\n20 a 5 . ."},
		{relation.AsOfOptions{By: by, Direction: relation.Nearest, Tolerance: 3}, "1 a 0 0.2 2\n5 b 1 . .\n5 a 2 0.4 5\n7 . 3 . .\n10 b 4 0.6 11\n20 a 5 . ."},
	} {
		c.o.Time, c.o.RightTimeAs, c.o.Allocator = "at", "known", mem
		for _, batch := range []int{1, 2, 10} {
			src, err := relation.AsOfJoin(table(t, mem, batch, events), table(t, mem, 4-batch%4, facts), c.o)
			if err != nil {
				t.Fatal(err)
			}
			equal(t, fmt.Sprintf("%+v, batches of %d", c.o, batch), src, c.want)
		}
	}
}

// partner finds the right row of a left one by the definition.
func partner(o relation.AsOfOptions, t float64, key string, times []float64, keys []string) int {
	best := -1
	for j, r := range times {
		gap := math.Abs(t - r)
		switch {
		case len(o.By) > 0 && (key == "." || keys[j] != key), o.Strict && r == t, o.Tolerance > 0 && gap > o.Tolerance:
		case o.Direction == relation.Backward && r > t, o.Direction == relation.Forward && r < t:
		case best < 0:
			best = j
		case o.Direction == relation.Backward:
			best = j
		case o.Direction == relation.Nearest:
			if d := math.Abs(t - times[best]); gap < d || gap == d && r == times[best] && r <= t {
				best = j
			}
		}
	}
	return best
}

func TestAsOfJoinIsItsDefinition(t *testing.T) {
	mem := memory.NewCheckedAllocator(memory.DefaultAllocator)
	defer mem.AssertSize(t, 0)
	random := rand.New(rand.NewPCG(5, 6))
	types := []string{"int64", "int16", "float64", "float32", "date32", "timestamp[us]"}
	for round := range 300 {
		typ := types[round%len(types)]
		write := func(v float64) string {
			switch typ {
			case "date32":
				return fmt.Sprintf("1970-01-%02d", int(v)+1)
			case "timestamp[us]":
				return fmt.Sprintf("1970-01-01T00:00:00.%06d", int(v))
			default:
				return fmt.Sprint(v)
			}
		}
		build := func(n int, header string) (text string, times []float64, keys []string) {
			for range n {
				times = append(times, float64(random.IntN(24)))
				keys = append(keys, []string{"x", "y", "z", "."}[random.IntN(4)])
			}
			slices.Sort(times)
			lines := []string{header}
			for i := range n {
				lines = append(lines, fmt.Sprintf("%s %s %d", write(times[i]), keys[i], i))
			}
			return strings.Join(lines, "\n"), times, keys
		}
		left, lt, lk := build(random.IntN(30), "t:"+typ+" k:utf8 l:int64")
		right, rt, rk := build(random.IntN(30), "u:"+typ+" h:large_utf8 r:int64")
		o := relation.AsOfOptions{Time: "t", RightTime: "u", RightBy: []string{}, Strict: random.IntN(2) == 0, Direction: relation.Direction(random.IntN(3)), Allocator: mem}
		if random.IntN(2) == 0 {
			o.By, o.RightBy = []string{"k"}, []string{"h"}
		}
		if random.IntN(2) == 0 {
			o.Tolerance = float64(1 + random.IntN(6))
		}
		var want strings.Builder
		for i := range lt {
			h, r := ".", "."
			if j := partner(o, lt[i], lk[i], rt, rk); j >= 0 {
				h, r = rk[j], fmt.Sprint(j)
			}
			if len(o.By) > 0 {
				fmt.Fprintf(&want, "%s %d %s\n", lk[i], i, r)
			} else {
				fmt.Fprintf(&want, "%s %d %s %s\n", lk[i], i, h, r)
			}
		}
		src, err := relation.AsOfJoin(table(t, mem, 1+random.IntN(9), left), table(t, mem, 1+random.IntN(9), right), o)
		if err != nil {
			t.Fatal(err)
		}
		narrow, err := dataset.Select(t.Context(), src, src.Schema().Names()[1:]...)
		if err != nil {
			t.Fatal(err)
		}
		if got := rows(t, narrow); got != want.String() {
			t.Fatalf("%+v:\nleft\n%s\nright\n%s\ngot\n%swant\n%s", o, left, right, got, want.String())
		}
	}
}

func TestAsOfJoinRefuses(t *testing.T) {
	mem := memory.DefaultAllocator
	left, right := table(t, mem, 2, events), table(t, mem, 2, facts)
	for field, o := range map[string]relation.AsOfOptions{
		"Time": {}, "RightBy": {Time: "at", By: []string{"who"}, RightBy: []string{"who", "v"}}, "Direction": {Time: "at", Direction: 3}, "Tolerance": {Time: "at", Tolerance: math.NaN()},
		"MaxBytes": {Time: "at", MaxBytes: -1},
	} {
		_, err := relation.AsOfJoin(left, right, o)
		optionError(t, err, field)
	}
	for _, c := range []struct {
		name string
		o    relation.AsOfOptions
		want string
	}{
		{"no time", relation.AsOfOptions{Time: "none"}, `column "none"`},
		{"a time of text", relation.AsOfOptions{Time: "who"}, "integers, floats, dates or timestamps"},
		{"times of two types", relation.AsOfOptions{Time: "at", RightTime: "v"}, `column "v"`},
		{"a name on both sides", relation.AsOfOptions{Time: "at"}, `column "who"`},
		{"a name for the time that is there", relation.AsOfOptions{Time: "at", By: []string{"who"}, RightTimeAs: "v"}, `column "v"`},
	} {
		_, err := relation.AsOfJoin(left, right, c.o)
		schemaError(t, c.name, err, c.want)
	}
	for _, c := range []struct {
		name, left, right string
		want              []string
	}{
		{"unsorted left", "t:int64\n1\n2\n3\n2", "t:int64 v:int64\n1 1", []string{"left", `column "t"`, "ascending", "row 3"}},
		{"unsorted right", "t:int64\n9", "t:int64 v:int64\n1 1\n5 1\n4 1", []string{"right", `column "t"`, "ascending", "row 2"}},
		{"a null", "t:int64\n1\n.", "t:int64 v:int64\n1 1", []string{"left", "a time in every row", "row 1"}},
		{"NaN", "t:float64\n1", "t:float64 v:int64\n1 1\nNaN 2", []string{"right", "a time in every row", "row 1"}},
	} {
		src, err := relation.AsOfJoin(table(t, mem, 2, c.left), table(t, mem, 2, c.right), relation.AsOfOptions{Time: "t"})
		if err != nil {
			t.Fatal(err)
		}
		_, err = read(t.Context(), src)
		schemaError(t, c.name, err, c.want...)
	}
	_, err := relation.AsOfJoin(table(t, mem, 1, "t:uint64"), table(t, mem, 1, "t:uint64"), relation.AsOfOptions{Time: "t"})
	schemaError(t, "uint64", err, "uint64")
	src, err := relation.AsOfJoin(left, right, relation.AsOfOptions{Time: "at", By: []string{"who"}, Direction: relation.Nearest, MaxBytes: 64})
	if err == nil {
		_, err = read(t.Context(), src)
	}
	if !errors.Is(err, dataset.ErrLimit) {
		t.Errorf("over MaxBytes: got %v", err)
	}
}

// The least time there is has nothing before it.
func TestAsOfJoinAtTheEndsOfTime(t *testing.T) {
	mem := memory.DefaultAllocator
	ends := "t:int64 v:int64\n-9223372036854775808 1\n9223372036854775807 2"
	for _, by := range [][]string{nil, {"k"}} {
		left, right := "t:int64 k:int8\n-9223372036854775808 1\n0 1\n9223372036854775807 1", "t:int64 k:int8 v:int64\n-9223372036854775808 1 1\n9223372036854775807 1 2"
		if by == nil {
			left, right = strings.NewReplacer(" k:int8", "", " 1\n", "\n").Replace(left+"\n"), ends
		}
		src, err := relation.AsOfJoin(table(t, mem, 5, left), table(t, mem, 5, right), relation.AsOfOptions{Time: "t", By: by, Strict: true})
		if err != nil {
			t.Fatal(err)
		}
		v, err := dataset.Select(t.Context(), src, "v")
		if err != nil {
			t.Fatal(err)
		}
		equal(t, fmt.Sprint(by), v, ".\n1\n1")
	}
}

// TestAsOfJoinStreams joins a few rows with many: those that are passed are not held.
func TestAsOfJoinStreams(t *testing.T) {
	mem := memory.NewCheckedAllocator(memory.DefaultAllocator)
	defer mem.AssertSize(t, 0)
	type fact struct {
		T, K, V int64
	}
	right := make([]fact, 400_000)
	for i := range right {
		right[i] = fact{int64(i), int64(i % 10), int64(i)}
	}
	type event struct{ T, K int64 }
	left := []event{{0, 0}, {200_000, 3}, {200_001, 9}, {399_999, 1}}
	facts, err := dataset.FromStructs(right, dataset.StructsOptions{BatchRows: 10_000, Allocator: mem})
	if err != nil {
		t.Fatal(err)
	}
	eventsSource, err := dataset.FromStructs(left, dataset.StructsOptions{BatchRows: 1})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		by   []string
		want string
	}{{[]string{"K"}, "0\n199993\n199999\n399991\n"}, {nil, "0\n200000\n200001\n399999\n"}} {
		src, err := relation.AsOfJoin(eventsSource, facts, relation.AsOfOptions{Time: "T", By: c.by, Suffix: "2", MaxBytes: 3 << 20, Allocator: mem})
		if err != nil {
			t.Fatal(err)
		}
		v, err := dataset.Select(t.Context(), src, "V")
		if err != nil {
			t.Fatal(err)
		}
		equal(t, fmt.Sprint(c.by), v, c.want)
	}
}

func TestAsOfJoinsAreSources(t *testing.T) {
	for d := relation.Backward; d <= relation.Nearest; d++ {
		suite(t, 6, func(mem memory.Allocator, batch int) (dataset.Source, error) {
			return relation.AsOfJoin(table(t, mem, batch, events), table(t, mem, batch, facts), relation.AsOfOptions{Time: "at", By: []string{"who"}, Direction: d, Allocator: mem})
		})
	}
}
