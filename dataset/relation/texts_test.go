package relation_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/apache/arrow/go/v17/arrow/memory"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/dataset/relation"
)

// shingles returns the runs of 5 characters of a text.
func shingles(s string) map[string]bool {
	runes, out := []rune(s), map[string]bool{}
	for i := 0; i == 0 || i+5 <= len(runes); i++ {
		out[string(runes[i:min(i+5, len(runes))])] = true
	}
	return out
}

// jaccard is the similarity by the definition.
func jaccard(a, b map[string]bool) float64 {
	both := 0
	for s := range a {
		if b[s] {
			both++
		}
	}
	return float64(both) / float64(len(a)+len(b)-both)
}

// essays returns texts, most of which are others with some words changed.
func essays(n int) []string {
	random := rand.New(rand.NewPCG(7, 8))
	var out []string
	for i := range n {
		words := make([]string, 80)
		for j := range words {
			words[j] = fmt.Sprintf("wört%d", random.IntN(5000))
		}
		if i%4 != 0 {
			words = strings.Fields(out[random.IntN(len(out))])
			for range random.IntN(20) {
				words[random.IntN(len(words))] = fmt.Sprintf("wört%d", random.IntN(5000))
			}
		}
		out = append(out, strings.Join(words, " "))
	}
	return out
}

func textSource(t testing.TB, mem memory.Allocator, texts []string, batch int) dataset.Source {
	t.Helper()
	rows := make([]number, len(texts))
	for i, s := range texts {
		rows[i] = number{int64(i), s}
	}
	src, err := dataset.FromStructs(rows, dataset.StructsOptions{BatchRows: batch, Allocator: mem})
	if err != nil {
		t.Fatal(err)
	}
	return src
}

// TestDedupeTextsKeepsToItsErrors compares with the exact similarity: five standard errors (0.035 each at 0.8) from the threshold no text is taken wrongly.
func TestDedupeTextsKeepsToItsErrors(t *testing.T) {
	mem := memory.NewCheckedAllocator(memory.DefaultAllocator)
	defer mem.AssertSize(t, 0)
	list := essays(160)
	sets := make([]map[string]bool, len(list))
	for i, text := range list {
		sets[i] = shingles(text)
	}
	var first []int64
	for _, batch := range []int{160, 1, 37} {
		src, err := relation.DedupeTexts(textSource(t, mem, list, batch), relation.DedupeTextsOptions{Column: "Text", Seed: 3, Allocator: mem})
		if err != nil {
			t.Fatal(err)
		}
		kept := values(t, src)
		if first == nil {
			first = kept
		}
		if !slices.Equal(kept, first) {
			t.Errorf("batches of %d give other rows", batch)
		}
		if l := src.Ledger(); l.Rows != 160 || l.Kept != int64(len(kept)) {
			t.Errorf("ledger is %+v", l)
		}
	}
	if len(first) < 45 || len(first) > 130 {
		t.Errorf("%d texts are kept", len(first))
	}
	for i := range list {
		at, kept := slices.BinarySearch(first, int64(i))
		most := 0.0
		for _, k := range first[:at] {
			most = max(most, jaccard(sets[i], sets[k]))
		}
		if kept && most > 0.8+5*0.036 || !kept && most < 0.8-5*0.036 {
			t.Errorf("text %d, kept: %v, is similar to another by %g", i, kept, most)
		}
	}
}

func TestDedupeTexts(t *testing.T) {
	mem := memory.NewCheckedAllocator(memory.DefaultAllocator)
	defer mem.AssertSize(t, 0)
	for _, typ := range []string{"utf8", "large_utf8", "dictionary"} {
		src, err := relation.DedupeTexts(table(t, mem, 2, "id:int64 text:"+typ+`
			1 '
			2 .
			3 abc
			4 .
			5 '
			6 abc
			7 abd`), relation.DedupeTextsOptions{Column: "text", Threshold: 1, Allocator: mem})
		if err != nil {
			t.Fatal(err)
		}
		if got := values(t, src); !slices.Equal(got, []int64{1, 2, 3, 4, 7}) {
			t.Errorf("%s: rows %v are kept", typ, got)
		}
	}
}

func TestDedupeTextsRefuses(t *testing.T) {
	src := numbers(t, memory.DefaultAllocator, 9, 4)
	for field, o := range map[string]relation.DedupeTextsOptions{
		"Threshold": {Column: "Text", Threshold: 0.4}, "Shingle": {Column: "Text", Shingle: -1}, "MaxTexts": {Column: "Text", MaxTexts: -1},
	} {
		_, err := relation.DedupeTexts(src, o)
		optionError(t, err, field)
	}
	for _, column := range []string{"N", "none", ""} {
		_, err := relation.DedupeTexts(src, relation.DedupeTextsOptions{Column: column})
		schemaError(t, column, err, "a column of text")
	}
	d, err := relation.DedupeTexts(src, relation.DedupeTextsOptions{Column: "Text", MaxTexts: 3, Threshold: 1})
	if err == nil {
		_, err = read(t.Context(), d)
	}
	if !errors.Is(err, dataset.ErrLimit) {
		t.Errorf("more than MaxTexts: got %v", err)
	}
}

func TestDedupeTextsIsASource(t *testing.T) {
	suite(t, 9, func(mem memory.Allocator, batch int) (dataset.Source, error) {
		return relation.DedupeTexts(numbers(t, mem, 9, batch), relation.DedupeTextsOptions{Column: "Text", Threshold: 1, Allocator: mem})
	})
}
