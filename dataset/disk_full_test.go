//go:build linux

package dataset_test

import (
	"errors"
	"flag"
	"math/rand/v2"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/dataset/datasettest"
	"github.com/tidewheel/tidewheel/dataset/ipc"
	"github.com/tidewheel/tidewheel/dataset/parquet"
)

// TestADiskThatIsFullLeavesTheOldFile bounds the size of files, so that the system cuts a write short and then fails it, as a full disk does.
func TestADiskThatIsFullLeavesTheOldFile(t *testing.T) {
	type row struct {
		A float64
		S string
	}
	rows := make([]row, 60_000)
	random := rand.New(rand.NewPCG(1, 2))
	for i := range rows {
		rows[i] = row{random.Float64(), string(rune('a'+i*31%26)) + string(rune('a'+i*17%26))}
	}
	small, large := batchOf(t, rows[:2]), batchOf(t, rows)
	for name, sinks := range map[string]datasettest.Sinks{
		"a.csv": csvSinks(), "a.csv.gz": csvSinks(), "a.csv.zst": csvSinks(), "a.jsonl": jsonlSinks(), "a.parquet": parquetSinks(parquet.WriteOptions{}),
		"a.arrow": ipcSinks(ipc.WriteOptions{}), "b.arrow": ipcSinks(ipc.WriteOptions{Compression: ipc.Zstd}), "a.arrows": ipcSinks(ipc.WriteOptions{}),
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			path := filepath.Join(dir, name)
			write := func(b dataset.Batch) error {
				sink, err := sinks.Create(path, b.Schema())
				if err == nil {
					err = sink.Write(t.Context(), b)
				}
				if err == nil {
					err = sink.Commit(t.Context())
				}
				return errors.Join(err, sink.Close())
			}
			if err := write(small); err != nil {
				t.Fatal(err)
			}
			old, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			err = withFileSize(t, func() error { return write(large) })
			if !errors.Is(err, syscall.EFBIG) {
				t.Errorf("error is %v", err)
			}
			got, err := os.ReadFile(path)
			list, e := os.ReadDir(dir)
			if err := errors.Join(err, e); err != nil || string(got) != string(old) || len(list) != 1 {
				t.Errorf("%d bytes among %d files, want %d, %v", len(got), len(list), len(old), err)
			}
			if err := write(large); err != nil {
				t.Errorf("on a disk with room again: %v", err)
			}
		})
	}
}

// withFileSize calls f while no file may grow beyond 100,000 bytes more than the log has in which go test notes the files that tests open, since it is one of
// them; it is the longer the longer the names of temporary files are.
func withFileSize(t *testing.T, f func() error) error {
	t.Helper()
	size := uint64(100_000)
	if log := flag.Lookup("test.testlogfile"); log != nil && log.Value.String() != "" {
		info, err := os.Stat(log.Value.String())
		if err != nil {
			t.Fatal(err)
		}
		size += uint64(info.Size())
	}
	var before syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_FSIZE, &before); err != nil {
		t.Fatal(err)
	}
	limited := before
	limited.Cur = size
	if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &limited); err != nil {
		t.Fatal(err)
	}
	err := f()
	if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &before); err != nil {
		t.Fatal(err)
	}
	return err
}
