package cli

import (
	"bytes"
	"context"
	"io"
	"iter"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"

	"github.com/tidewheel/tidewheel/dataset"
)

// Stage says on the terminal what is being done from now on, until the next one or the end; an empty name shows nothing. Standard error that is no terminal shows
// nothing either.
func (p *Program) Stage(name string) {
	if p.progress == nil && name != "" {
		p.progress = newProgress(p.Err, p.refresh)
	}
	if p.progress != nil {
		p.progress.start(name)
	}
}

// Round says on the terminal that so many rounds of the stage are done, of so many at most.
func (p *Program) Round(done, of int) {
	if p.progress != nil {
		p.progress.round(done, of)
	}
}

// Shows reports whether stages and rounds are shown.
func (p *Program) Shows() bool { return p.progress != nil }

// Still runs f and draws nothing meanwhile, so that what f measures is its own work. f reads no watched source.
func (p *Program) Still(f func() error) error {
	if p.progress != nil {
		p.progress.mu.Lock()
		defer p.progress.mu.Unlock()
	}
	return f()
}

// Watch returns src with the rows that are read of it counted for the stage. path is the file that src reads.
func (p *Program) Watch(path string, src dataset.Source) dataset.Source {
	if p.progress == nil {
		return src
	}
	w := watched{Source: src, progress: p.progress, rows: new(atomic.Int64)}
	switch n := src.(type) {
	case interface{ NumRows() int64 }:
		w.rows.Store(n.NumRows())
	case interface{ NumRows() int }:
		w.rows.Store(int64(n.NumRows()))
	default:
		w.rows.Store(estimateRows(path))
	}
	return w
}

// watched is a source whose rows are counted as they are read.
type watched struct {
	dataset.Source
	progress *progress
	rows     *atomic.Int64 // 0 is unknown; an estimate until the source was read to its end
}

// Batches implements dataset.Source.
func (w watched) Batches(ctx context.Context) iter.Seq2[dataset.Batch, error] {
	return func(yield func(dataset.Batch, error) bool) {
		w.progress.pass(w.rows.Load())
		n := int64(0)
		for b, err := range w.Source.Batches(ctx) {
			if err == nil {
				n += int64(b.NumRows())
				w.progress.add(b.NumRows())
			}
			if !yield(b, err) || err != nil {
				return
			}
		}
		w.rows.Store(n)
	}
}

// Scan implements dataset.Scanner.
func (w watched) Scan(ctx context.Context, o dataset.ScanOptions) (dataset.Source, error) {
	src, err := dataset.Scan(ctx, w.Source, o)
	if err != nil {
		return nil, err
	}
	rows := w.rows
	if len(o.Filter) > 0 { // which leaves another number
		rows = new(atomic.Int64)
	}
	return watched{src, w.progress, rows}, nil
}

// estimateRows returns about how many rows a file of text that is not compressed has, by the length of its first lines and its own; 0 of other files.
func estimateRows(path string) int64 {
	switch strings.ToLower(filepath.Ext(path)) {
	case ".csv", ".tsv", ".tab", ".jsonl", ".ndjson", ".libsvm", ".svm", ".arff":
	default:
		return 0
	}
	f, err := os.Open(path)
	if err != nil {
		return 0
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return 0
	}
	sample := make([]byte, 1<<18)
	n, _ := io.ReadFull(f, sample)
	lines := bytes.Count(sample[:n], []byte{'\n'})
	if n == 0 {
		return 0
	}
	return int64(float64(info.Size()) * float64(lines) / float64(n))
}
