package lab

import (
	"context"
	"fmt"
	"slices"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/model"
)

// Role is a column that a flag gives a role; an empty Column is none.
type Role struct {
	Flag, Column string
	Role         dataset.Role
	Sensitive    bool // a protected attribute
}

// OpenColumns opens a file of rows without some columns and with roles given to others. Text in the column of time becomes timestamps.
func OpenColumns(ctx context.Context, path string, drop []string, roles []Role) (dataset.Source, error) {
	src, err := OpenData(path, nil)
	if err != nil {
		return nil, err
	}
	s := src.Schema()
	for _, name := range drop {
		if s.Index(name) < 0 {
			return nil, fmt.Errorf("flag -drop: want columns of the data, got %q", name)
		}
	}
	given := make(map[string]string) // flag by column
	for _, r := range roles {
		if r.Column == "" {
			continue
		}
		if other, twice := given[r.Column]; twice {
			return nil, fmt.Errorf("flag -%s: want a column other than that of -%s, got %q", r.Flag, other, r.Column)
		}
		given[r.Column] = r.Flag
		f, ok := s.Lookup(r.Column)
		if !ok || slices.Contains(drop, r.Column) {
			return nil, fmt.Errorf("flag -%s: want a column of the data, got %q", r.Flag, r.Column)
		}
		f.Role, f.Sensitive = r.Role, f.Sensitive || r.Sensitive
		if s, err = s.With(f); err != nil {
			return nil, err
		}
	}
	names := slices.DeleteFunc(s.Names(), func(n string) bool { return slices.Contains(drop, n) })
	whole := dataset.Map(src, s, func(_ context.Context, b dataset.Batch) (dataset.Batch, error) { return b.As(s) })
	out, err := dataset.Select(ctx, whole, names...)
	if err != nil {
		return nil, err
	}
	for _, f := range s.Fields() {
		if f.Role == dataset.Time && f.Type.IsText() {
			return withTimes(ctx, out, f.Name)
		}
	}
	return out, nil
}

// WantRows refuses a source without rows, which a check or a measure must not call good.
func WantRows(ctx context.Context, path string, src dataset.Source) error {
	for b, err := range src.Batches(ctx) {
		if err != nil {
			return err
		}
		if b.NumRows() > 0 {
			return nil
		}
	}
	return fmt.Errorf("%s: want at least one row, got none", path)
}

// CountRows ranges src once.
func CountRows(ctx context.Context, src dataset.Source) (int, error) {
	n := 0
	for b, err := range src.Batches(ctx) {
		if err != nil {
			return 0, err
		}
		n += b.NumRows()
	}
	return n, nil
}

// Numbers reads a numeric column whole.
func Numbers(ctx context.Context, src dataset.Source, column string) ([]float64, error) {
	one, err := dataset.Select(ctx, src, column)
	if err != nil {
		return nil, err
	}
	var out []float64
	for b, err := range one.Batches(ctx) {
		if err != nil {
			return nil, err
		}
		out = append(out, make([]float64, b.NumRows())...)
		if err := dataset.Float64s(b.Column(0), out[len(out)-b.NumRows():]); err != nil {
			return nil, fmt.Errorf("column %q: %w", column, err)
		}
	}
	return out, nil
}

// Classes reads the target of a classification as indices of p.Classes.
func Classes(ctx context.Context, src dataset.Source, p model.Problem) ([]int32, error) {
	one, err := dataset.Select(ctx, src, p.Target)
	if err != nil {
		return nil, err
	}
	var out []int32
	for b, err := range one.Batches(ctx) {
		if err != nil {
			return nil, err
		}
		out = append(out, make([]int32, b.NumRows())...)
		if err := p.ReadClasses(one.Schema().Field(0), b.Column(0), out[len(out)-b.NumRows():]); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// Groups numbers the values of a column in the order in which they are met. A missing one is an error.
func Groups(ctx context.Context, src dataset.Source, column string) ([]int32, error) {
	one, err := dataset.Select(ctx, src, column)
	if err != nil {
		return nil, err
	}
	values := dataset.NewNumbering()
	var out []int32
	for b, err := range one.Batches(ctx) {
		if err != nil {
			return nil, err
		}
		n := len(out)
		out = append(out, make([]int32, b.NumRows())...)
		if err := values.Codes(b.Column(0), out[n:]); err != nil {
			return nil, err
		}
	}
	if values.Null() >= 0 {
		return nil, fmt.Errorf("column %q: want a group in every row, got nulls", column)
	}
	return out, nil
}

// Interleave returns columns of equal length row by row.
func Interleave(columns [][]float64) []float64 {
	out := make([]float64, 0, len(columns)*len(columns[0]))
	for i := range columns[0] {
		for _, c := range columns {
			out = append(out, c[i])
		}
	}
	return out
}

// Discard is a sink that keeps nothing.
type Discard struct{}

// Write implements dataset.Sink.
func (Discard) Write(context.Context, dataset.Batch) error { return nil }

// Commit implements dataset.Sink.
func (Discard) Commit(context.Context) error { return nil }

// Close implements dataset.Sink.
func (Discard) Close() error { return nil }
