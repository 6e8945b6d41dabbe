package main

import (
	"context"
	"errors"
	"math"
	"path/filepath"
	"slices"
	"strings"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/dataset/csv"
	"github.com/tidewheel/tidewheel/dataset/ipc"
	"github.com/tidewheel/tidewheel/dataset/jsonl"
	"github.com/tidewheel/tidewheel/dataset/parquet"
	"github.com/tidewheel/tidewheel/examples/internal/lab"
)

// The cases of Parquet files that read a part of them are of the generated rows: few columns, the rows of high prices, and the fourth of the row groups, which
// the order of the first column makes known from statistics.
const (
	highPrice = 450 // of 0 to 500
	groups    = 8
)

func fewColumns() []string { return []string{"id", "price", "country", "at"} }

// ingest reads files into memory, or past it where a case ends in _scan. From a CSV file it makes the same rows in the other formats; any other file is read alone.
func (b *bench) ingest(ctx context.Context) ([]*job, error) {
	ext := strings.ToLower(filepath.Ext(b.data))
	if ext == ".gz" || ext == ".zst" {
		ext = strings.ToLower(filepath.Ext(strings.TrimSuffix(b.data, filepath.Ext(b.data)))) + ext
	}
	here := func(context.Context) (string, error) { return b.data, nil }
	var jobs []*job
	for _, w := range b.cores() {
		more, err := b.readings(ctx, ext, w, here)
		if err != nil {
			return nil, err
		}
		jobs = append(jobs, more...)
	}
	if ext != ".csv" && ext != ".tsv" {
		return jobs, nil
	}
	for _, ext := range []string{".csv.gz", ".jsonl", ".arrow", ".parquet"} {
		made := b.once(func(ctx context.Context) (string, error) { return b.remake(ctx, ext) })
		for _, w := range b.cores() {
			more, err := b.readings(ctx, ext, w, made)
			if err != nil {
				return nil, err
			}
			jobs = append(jobs, more...)
		}
	}
	slices.SortStableFunc(jobs, func(a, b *job) int { return strings.Compare(a.name, b.name) })
	return jobs, nil
}

// once returns make, called when its result is first wanted.
func (b *bench) once(make func(context.Context) (string, error)) func(context.Context) (string, error) {
	path := ""
	return func(ctx context.Context) (_ string, err error) {
		if path == "" {
			path, err = make(ctx)
		}
		return path, err
	}
}

// remake writes the rows of the CSV file in another format, Parquet with Snappy in eight row groups.
func (b *bench) remake(ctx context.Context, ext string) (string, error) {
	path := b.file("same" + ext)
	read, o := csv.Options{Schema: b.types}, parquet.WriteOptions{Compression: parquet.Snappy}
	src, err := csv.Open(b.data, read)
	if err != nil {
		return "", err
	}
	if ext == ".parquet" {
		rows, err := lab.CountRows(ctx, src)
		if err != nil {
			return "", err
		}
		o.RowGroupRows = max(1, (rows+groups-1)/groups)
		batches := (o.RowGroupRows + dataset.ChunkRows - 1) / dataset.ChunkRows // so that a row group ends where it should
		read.BatchRows = (o.RowGroupRows + batches - 1) / batches
		if src, err = csv.Open(b.data, read); err != nil {
			return "", err
		}
	}
	return path, copyTo(ctx, src, func() (dataset.Sink, error) {
		if ext == ".parquet" {
			return parquet.Create(path, src.Schema(), o)
		}
		return lab.CreateData(path, src.Schema())
	})
}

// readings are the cases of a file in the format of ext with w workers. path says where it is.
func (b *bench) readings(ctx context.Context, ext string, w int, path func(context.Context) (string, error)) ([]*job, error) {
	one := func(name string, keep bool, open func(context.Context, string) (dataset.Source, error)) *job {
		r := &reading{path: path, open: open, keep: keep}
		return &job{name: name, workers: w, prepare: r.prepare, run: r.run, check: r.check, quality: r.quality, shape: r.shape}
	}
	switch ext {
	case ".csv", ".tsv", ".csv.gz", ".tsv.gz", ".csv.zst", ".tsv.zst":
		return b.textReadings(strings.TrimPrefix(ext[4:], "."), w, one)
	case ".parquet":
		if b.types == nil {
			src, err := parquet.Open(b.data, parquet.Options{})
			if err != nil {
				return nil, err
			}
			b.types = src.Schema()
		}
		return b.parquetReadings(w, one), nil
	case ".jsonl", ".jsonl.gz", ".jsonl.zst":
		return []*job{one("jsonl", true, func(_ context.Context, path string) (dataset.Source, error) { return jsonl.Open(path, jsonl.Options{}) })}, nil
	case ".arrow", ".arrows":
		return []*job{one("arrow", true, func(_ context.Context, path string) (dataset.Source, error) { return ipc.Open(path, ipc.Options{}) })}, nil
	default:
		_, err := lab.OpenData(b.data, nil)
		return nil, err
	}
}

type newReading = func(name string, keep bool, open func(context.Context, string) (dataset.Source, error)) *job

// textReadings are the cases of a CSV file, plain or compressed.
func (b *bench) textReadings(compressed string, w int, one newReading) ([]*job, error) {
	o := csv.Options{Workers: w, KeepBytes: math.MaxInt} // the rows are kept anyway
	infer := func(_ context.Context, path string) (dataset.Source, error) { return csv.Open(path, o) }
	if compressed != "" {
		return []*job{one("csv_"+compressed, true, infer)}, nil
	}
	if b.types == nil {
		src, err := csv.Open(b.data, csv.Options{KeepBytes: -1})
		if err != nil {
			return nil, err
		}
		b.types = src.Schema()
	}
	typed := csv.Options{Workers: w, Schema: b.types}
	schema := func(_ context.Context, path string) (dataset.Source, error) { return csv.Open(path, typed) }
	return []*job{one("csv_infer", true, infer), one("csv_schema", true, schema), one("csv_scan", false, schema)}, nil
}

// parquetReadings are the cases of a Parquet file, those that read a part of it only of generated rows.
func (b *bench) parquetReadings(w int, one newReading) []*job {
	part := func(find func(*parquet.Source) dataset.ScanOptions) func(context.Context, string) (dataset.Source, error) {
		return func(ctx context.Context, path string) (dataset.Source, error) {
			src, err := parquet.Open(path, parquet.Options{Workers: w})
			if err != nil {
				return nil, err
			}
			return dataset.Scan(ctx, src, find(src))
		}
	}
	where := func(column string, op dataset.Operator, x float64) dataset.Predicate {
		return dataset.Predicate{Column: column, Operator: op, Value: dataset.Value{Number: x, Valid: true}}
	}
	all := part(func(*parquet.Source) dataset.ScanOptions { return dataset.ScanOptions{} })
	jobs := []*job{one("parquet", true, all), one("parquet_scan", false, all)}
	if _, err := b.types.Select(fewColumns()...); err != nil {
		return jobs
	}
	return append(jobs,
		one("parquet_columns", true, part(func(*parquet.Source) dataset.ScanOptions { return dataset.ScanOptions{Columns: fewColumns()} })),
		one("parquet_filter", true, part(func(*parquet.Source) dataset.ScanOptions {
			return dataset.ScanOptions{Filter: []dataset.Predicate{where("price", dataset.Greater, highPrice)}}
		})),
		one("parquet_range", true, part(func(s *parquet.Source) dataset.ScanOptions {
			group := (s.NumRows() + groups - 1) / groups
			return dataset.ScanOptions{Filter: []dataset.Predicate{where("id", dataset.GreaterEqual, float64(3*group)), where("id", dataset.Less, float64(4*group))}}
		})),
	)
}

// reading is the work of a case of ingest, and what it came to.
type reading struct {
	path func(context.Context) (string, error)
	open func(context.Context, string) (dataset.Source, error)
	keep bool

	file   string
	all    *dataset.Batches // what the run kept
	schema *dataset.Schema
	found  map[string]float64
}

func (r *reading) prepare(ctx context.Context) (err error) {
	r.file, err = r.path(ctx)
	return err
}

func (r *reading) run(ctx context.Context) error {
	src, err := r.open(ctx, r.file)
	if err != nil {
		return err
	}
	r.schema = src.Schema()
	if r.keep {
		r.all, err = dataset.Cache(ctx, src)
		return err
	}
	rows, nulls := 0, 0
	for batch, err := range src.Batches(ctx) {
		if err != nil {
			return err
		}
		rows += batch.NumRows()
		for i := range batch.Schema().Len() {
			nulls += batch.Column(i).NullN()
		}
	}
	r.found = map[string]float64{"rows": float64(rows), "nulls": float64(nulls)}
	return nil
}

// check makes the figures that every tool must agree on, and lets go of the rows.
func (r *reading) check(ctx context.Context) error {
	if !r.keep {
		return r.some()
	}
	rows, nulls, ints, floats, chars := 0, 0, 0.0, 0.0, 0
	for batch, err := range r.all.Batches(ctx) {
		if err != nil {
			return errors.Join(err, r.all.Close())
		}
		rows += batch.NumRows()
		for i, f := range batch.Schema().Fields() {
			c := batch.Column(i)
			nulls += c.NullN()
			switch f.Type.Class() {
			case dataset.ClassInteger:
				ints += sum(c)
			case dataset.ClassFloat:
				floats += sum(c)
			case dataset.ClassText:
				chars += textBytes(c)
			default: // nulls alone
			}
		}
	}
	r.found = map[string]float64{"rows": float64(rows), "nulls": float64(nulls), "ints": ints, "floats": floats, "chars": float64(chars)}
	return errors.Join(r.all.Close(), r.some())
}

// some refuses a file without rows, which is no measure.
func (r *reading) some() error {
	if rows, _ := r.shape(); rows == 0 {
		return errors.New("flag -data: want rows, got none")
	}
	return nil
}

func (r *reading) quality() map[string]float64 { return r.found }

// shape is what the file holds, where that is known, else what came.
func (r *reading) shape() (rows, columns int) {
	rows = int(r.found["rows"])
	if filepath.Ext(r.file) == ".parquet" {
		if whole, err := parquet.Open(r.file, parquet.Options{}); err == nil {
			rows = int(whole.NumRows())
		}
	}
	return rows, r.schema.Len()
}

// sum adds the numbers of a column, without nulls and NaN.
func sum(c arrow.Array) float64 {
	v := make([]float64, c.Len())
	if err := dataset.Float64s(c, v); err != nil {
		return math.NaN()
	}
	s := 0.0
	for _, x := range v {
		if x == x {
			s += x
		}
	}
	return s
}

func textBytes(c arrow.Array) int {
	if plain, ok := c.(*array.String); ok && plain.NullN() == 0 {
		return len(plain.ValueBytes())
	}
	t, err := dataset.NewTexts(c)
	if err != nil {
		return -1
	}
	n := 0
	for i := range t.Len() {
		if !t.IsNull(i) {
			n += len(t.Value(i))
		}
	}
	return n
}
