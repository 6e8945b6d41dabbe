package libsvm

import (
	"fmt"
	"io"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/internal/cell"
)

// The names of the columns that are no features.
const (
	labelColumn = "label"
	groupColumn = "qid"
)

// found is what a first pass finds.
type found struct {
	rows, grouped int64
	wholeLabels   bool
	zero          bool  // a feature of the number 0
	largest       int32 // -1 without features
}

// infer reads the whole text and returns its schema.
func infer(r io.Reader, o Options) (*dataset.Schema, error) {
	f := found{wholeLabels: true, largest: -1}
	p := newParser(r, o)
	for {
		err := p.next()
		if isEnd(err) {
			return f.schema(o)
		}
		if err == nil {
			err = f.observe(p, o)
		}
		if err != nil {
			return nil, err
		}
	}
}

func (f *found) observe(p *parser, o Options) error {
	f.rows++
	f.wholeLabels = f.wholeLabels && isWhole(p.row.label)
	if p.row.group != nil {
		f.grouped++
	}
	if f.grouped != 0 && f.grouped != f.rows {
		return p.fail(groupColumn, "a qid in every line or in none", "lines with and without")
	}
	if len(p.row.feature) == 0 {
		return nil
	}
	if p.row.feature[0] == 0 {
		if o.Base == OneBased {
			return p.fail("f0", "features that count from 1", "the number 0")
		}
		f.zero = true
	}
	last := p.row.feature[len(p.row.feature)-1]
	if first, ok := o.first(f.zero); o.Features > 0 && ok && int(last) >= o.Features+first {
		return p.fail(featureName(last), fmt.Sprintf("at most %d features", o.Features), "a larger number")
	}
	if int(last) > o.MaxColumns {
		return fmt.Errorf("%s: line %d: feature %d: more than %d columns: %w", format, p.lines.Number(), last, o.MaxColumns, dataset.ErrLimit)
	}
	f.largest = max(f.largest, last)
	return nil
}

// first returns the number of the first feature, and whether that is sure before the end of the file.
func (o Options) first(zero bool) (n int, sure bool) {
	switch {
	case o.Base == OneBased:
		return 1, true
	case o.Base == ZeroBased || zero:
		return 0, true
	default:
		return 1, false
	}
}

// isWhole reports whether a label is an integer of 64 bits, written as one.
func isWhole(label []byte) bool {
	_, ok := cell.Int(label)
	return ok && cell.IsInteger(label)
}

func (f *found) schema(o Options) (*dataset.Schema, error) {
	label := dataset.Field{Name: labelColumn, Type: dataset.Float64, Role: dataset.Target}
	if f.wholeLabels {
		label.Type = dataset.Int64
	}
	fields := []dataset.Field{label}
	if f.grouped > 0 {
		fields = append(fields, dataset.Field{Name: groupColumn, Type: dataset.Int64, Role: dataset.Group})
	}
	first, _ := o.first(f.zero)
	last := int(f.largest)
	if o.Features > 0 {
		if last >= first+o.Features {
			return nil, &dataset.FormatError{Format: format, Column: featureName(f.largest), Want: fmt.Sprintf("at most %d features", o.Features), Got: "a larger number"}
		}
		last = first + o.Features - 1
	}
	if len(fields)+last-first+1 > o.MaxColumns {
		return nil, fmt.Errorf("%s: more than %d columns: %w", format, o.MaxColumns, dataset.ErrLimit)
	}
	for n := first; n <= last; n++ {
		fields = append(fields, dataset.Field{Name: featureName(int32(n)), Type: dataset.Float64, Nullable: o.AbsentNull})
	}
	return dataset.NewSchema(fields...)
}
