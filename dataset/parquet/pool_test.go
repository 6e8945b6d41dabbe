package parquet_test

import (
	"bytes"
	"context"
	"errors"
	"runtime"
	"testing"
	"time"

	"github.com/apache/arrow/go/v17/arrow/memory"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/dataset/parquet"
)

// TestAFaultComesAtTheSameBatch damages a file in many places: the rows before the error, and the error, are the same for any number of workers.
func TestAFaultComesAtTheSameBatch(t *testing.T) {
	data := eventFile(t, events(9000))
	faults := 0
	for at := 5000; at < len(data); at += len(data) / 12 {
		damaged := bytes.Clone(data)
		damaged[at] ^= 0x55
		read := func(workers int, filter []dataset.Predicate) (rows int, text string) {
			mem := memory.NewCheckedAllocator(memory.NewGoAllocator())
			defer mem.AssertSize(t, 0)
			src, err := parquet.NewSource(bytes.NewReader(damaged), int64(len(damaged)), parquet.Options{Workers: workers, BatchRows: 700, Allocator: mem})
			if err != nil {
				return 0, err.Error()
			}
			some, err := dataset.Scan(t.Context(), src, dataset.ScanOptions{Filter: filter})
			if err != nil {
				t.Fatal(err)
			}
			for b, err := range some.Batches(t.Context()) {
				if err != nil {
					return rows, err.Error()
				}
				rows += b.NumRows()
			}
			return rows, ""
		}
		for _, filter := range [][]dataset.Predicate{nil, {{Column: "ratio", Operator: dataset.Less, Value: dataset.NumberValue(0)}}} {
			rows, fault := read(1, filter)
			if fault != "" {
				faults++
			}
			for _, workers := range []int{2, 5} {
				if got, text := read(workers, filter); got != rows || text != fault {
					t.Errorf("byte %d, %d workers: want %d rows and %q, got %d and %q", at, workers, rows, fault, got, text)
				}
			}
		}
	}
	if faults < 10 {
		t.Errorf("only %d faults", faults)
	}
}

// TestARangeThatEndsEarlyLeavesNothing breaks out of ranges, and cancels them.
func TestARangeThatEndsEarlyLeavesNothing(t *testing.T) {
	data := eventFile(t, events(9000))
	before := runtime.NumGoroutine()
	mem := memory.NewCheckedAllocator(memory.NewGoAllocator())
	src, err := parquet.NewSource(bytes.NewReader(data), int64(len(data)), parquet.Options{Workers: 4, BatchRows: 500, Allocator: mem})
	if err != nil {
		t.Fatal(err)
	}
	for stop := range 6 {
		ctx, cancel := context.WithCancel(t.Context())
		n := 0
		for _, err := range src.Batches(ctx) {
			if n++; n > stop && stop%2 == 0 {
				break
			}
			if n > stop {
				cancel()
			}
			if err != nil && !errors.Is(err, context.Canceled) {
				t.Fatal(err)
			}
		}
		cancel()
	}
	mem.AssertSize(t, 0)
	for range 100 {
		if runtime.NumGoroutine() <= before {
			return
		}
		time.Sleep(time.Millisecond)
	}
	t.Errorf("%d goroutines, %d before", runtime.NumGoroutine(), before)
}
