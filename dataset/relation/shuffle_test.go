package relation_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/apache/arrow/go/v17/arrow/memory"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/dataset/relation"
)

// peak counts the most memory that was in use.
type peak struct {
	memory.Allocator
	now, most atomic.Int64
}

func (p *peak) Allocate(n int) []byte {
	p.most.Store(max(p.most.Load(), p.now.Add(int64(n))))
	return p.Allocator.Allocate(n)
}

func (p *peak) Reallocate(n int, b []byte) []byte {
	p.most.Store(max(p.most.Load(), p.now.Add(int64(n-len(b)))))
	return p.Allocator.Reallocate(n, b)
}

func (p *peak) Free(b []byte) {
	p.now.Add(-int64(len(b)))
	p.Allocator.Free(b)
}

func isPermutation(t *testing.T, got []int64, n int) {
	t.Helper()
	sorted := slices.Sorted(slices.Values(got))
	for i, v := range sorted {
		if v != int64(i) {
			t.Fatalf("row %d is there twice or not at all", i)
		}
	}
	if len(got) != n {
		t.Fatalf("%d rows, want %d", len(got), n)
	}
}

func TestShuffleDependsOnTheSeedAlone(t *testing.T) {
	mem := memory.NewCheckedAllocator(memory.DefaultAllocator)
	defer mem.AssertSize(t, 0)
	const n = 70_000
	var want []int64
	dir := t.TempDir()
	for _, c := range []struct {
		batch int
		bytes int64
	}{{n, 0}, {999, 0}, {20000, 1 << 20}, {500, 1 << 20}} {
		src, err := relation.Shuffle(numbers(t, mem, n, c.batch), relation.ShuffleOptions{Seed: 4, MaxBytes: c.bytes, Dir: dir, Allocator: mem})
		if err != nil {
			t.Fatal(err)
		}
		got := values(t, src)
		if want == nil {
			want = got
			isPermutation(t, got, n)
		}
		if !slices.Equal(got, want) {
			t.Errorf("%+v: another order", c)
		}
	}
	if list, err := os.ReadDir(dir); err != nil || len(list) != 0 {
		t.Errorf("%d files are left, %v", len(list), err)
	}
	src, err := relation.Shuffle(numbers(t, mem, n, n), relation.ShuffleOptions{Seed: 5, Allocator: mem})
	if err != nil {
		t.Fatal(err)
	}
	if slices.Equal(values(t, src), want) {
		t.Error("another seed gives the same order")
	}
}

// TestShuffleIsUniform counts in which place each of 6 rows comes: chi-square with 25 degrees of freedom exceeds 52.6 with a probability of 0.001 (scipy 1.16 chi2.isf).
func TestShuffleIsUniform(t *testing.T) {
	const n, rounds = 6, 3000
	var counts [n][n]float64
	src := numbers(t, memory.DefaultAllocator, n, 4)
	for seed := range rounds {
		s, err := relation.Shuffle(src, relation.ShuffleOptions{Seed: uint64(seed)})
		if err != nil {
			t.Fatal(err)
		}
		for place, row := range values(t, s) {
			counts[row][place]++
		}
	}
	chi := 0.0
	for _, row := range counts {
		for _, c := range row {
			chi += (c - rounds/n) * (c - rounds/n) / (rounds / n)
		}
	}
	if chi > 52.6 {
		t.Errorf("chi-square is %g", chi)
	}
}

func TestShuffleOfMoreThanMemoryHolds(t *testing.T) {
	mem := &peak{Allocator: memory.NewGoAllocator()}
	const n, limit = 400_000, 1 << 20 // rows of 52 bytes, 20 MB in all: files are spread once more
	dir := t.TempDir()
	rows := make([]number, n)
	text := string(make([]byte, 40))
	for i := range rows {
		rows[i] = number{int64(i), text}
	}
	in, err := dataset.FromStructs(rows, dataset.StructsOptions{BatchRows: 3000, Allocator: mem})
	if err != nil {
		t.Fatal(err)
	}
	src, err := relation.Shuffle(in, relation.ShuffleOptions{Seed: 1, MaxBytes: limit, Dir: dir, Allocator: mem})
	if err != nil {
		t.Fatal(err)
	}
	got := values(t, src)
	isPermutation(t, got, n)
	if most := mem.most.Load(); most > limit || mem.now.Load() != 0 {
		t.Errorf("%d bytes were held, want at most %d; %d are left", most, limit, mem.now.Load())
	}
	near := 0
	for i := 1; i < n; i++ {
		if d := got[i] - got[i-1]; d > -n/10 && d < n/10 {
			near++
		}
	}
	if share := float64(near) / n; share < 0.18 || share > 0.2 { // 2·0.1 - 0.1² of random pairs
		t.Errorf("%g of neighbours were near each other", share)
	}
}

func TestShuffleLeavesNothingBehind(t *testing.T) {
	mem := memory.NewCheckedAllocator(memory.DefaultAllocator)
	defer mem.AssertSize(t, 0)
	dir := t.TempDir()
	src, err := relation.Shuffle(numbers(t, mem, 70_000, 5000), relation.ShuffleOptions{MaxBytes: 1 << 20, Dir: dir, Allocator: mem})
	if err != nil {
		t.Fatal(err)
	}
	for _, err := range src.Batches(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		break
	}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	for _, err = range src.Batches(ctx) {
		cancel()
	}
	if !errors.Is(err, context.Canceled) {
		t.Errorf("a cancelled range ends with %v", err)
	}
	if list, err := os.ReadDir(dir); err != nil || len(list) != 0 {
		t.Errorf("%d files are left, %v", len(list), err)
	}
	broken, err := relation.Shuffle(numbers(t, mem, 70_000, 5000), relation.ShuffleOptions{MaxBytes: 1 << 20, Dir: filepath.Join(dir, "none"), Allocator: mem})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := read(t.Context(), broken); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("no folder: got %v", err)
	}
	_, err = relation.Shuffle(src, relation.ShuffleOptions{MaxBytes: 5})
	optionError(t, err, "MaxBytes")
}

func TestShuffleIsASource(t *testing.T) {
	suite(t, 40, func(mem memory.Allocator, batch int) (dataset.Source, error) {
		return relation.Shuffle(numbers(t, mem, 40, batch), relation.ShuffleOptions{Seed: 1, Allocator: mem})
	})
}

// Every kind of column comes back from the disk as it was.
func TestShuffleOfNestedColumnsOnDisk(t *testing.T) {
	mem := memory.NewCheckedAllocator(memory.DefaultAllocator)
	defer mem.AssertSize(t, 0)
	lines := []string{"id:int64 key:dictionary list:list<int64> pair:struct<x:int32,y:utf8> big:large_utf8 amount:decimal128(9,2) raw:binary"}
	for i := range 6000 {
		lines = append(lines, []string{
			fmt.Sprintf(`%d a [1,%d,null] {"x":%d,"y":"b"} . 1.25 aGVsbG8=`, i, i, i),
			fmt.Sprintf(`%d . [] . text%d . .`, i, i),
			fmt.Sprintf(`%d b%d . {"x":null,"y":"é"} t -%d.5 AA==`, i, i%7, i),
		}[i%3])
	}
	in := table(t, mem, 500, strings.Join(lines, "\n"))
	dir := t.TempDir()
	shuffled := func(bytes int64) dataset.Source {
		src, err := relation.Shuffle(in, relation.ShuffleOptions{Seed: 2, MaxBytes: bytes, Dir: dir, Allocator: mem})
		if err != nil {
			t.Fatal(err)
		}
		return src
	}
	var digests [2]string
	for i, src := range []dataset.Source{shuffled(0), shuffled(1 << 20)} {
		var err error
		if digests[i], err = dataset.Digest(t.Context(), src, dataset.RunOptions{Allocator: mem}); err != nil {
			t.Fatal(err)
		}
	}
	if digests[0] != digests[1] {
		t.Error("rows from the disk differ")
	}
	first := true
	for _, err := range shuffled(1 << 20).Batches(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		if list, err := os.ReadDir(dir); first && (err != nil || len(list) != 1) {
			t.Errorf("%d folders while rows come, %v: want the disk to be used", len(list), err)
		}
		first = false
	}
}
