package encode

import (
	"context"
	"fmt"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/features"
	"github.com/tidewheel/tidewheel/features/internal/fit"
	"github.com/tidewheel/tidewheel/internal/plan"
)

// OrdinalOptions says how an Ordinal works. The zero value is ready to use.
type OrdinalOptions struct {
	Workers int // goroutines of Fit; 0 is GOMAXPROCS. The result does not depend on it
}

// Ordinal is a features.Fitter that replaces text columns by the codes 0, 1, 2 … of their categories. Safe for concurrent use.
type Ordinal struct{ o OrdinalOptions }

// NewOrdinal returns the Ordinal of o. It returns every bad option as a *dataset.OptionError, joined.
func NewOrdinal(o OrdinalOptions) (*Ordinal, error) {
	if err := fit.CheckWorkers("encode.OrdinalOptions.Workers", o.Workers); err != nil {
		return nil, fmt.Errorf("encode: new ordinal: %w", err)
	}
	return &Ordinal{o: o}, nil
}

// Fit implements features.Fitter. It reads train once, keeps every distinct text of a column, and errors as OneHot does. The columns keep their names and become
// float64: a category's place in category order, null for null. A text that is no category is one more code behind the last when the field's Unseen is other, else null.
//
// Source: equals sklearn.preprocessing.OrdinalEncoder 1.9.1 exactly.
func (e *Ordinal) Fit(ctx context.Context, train dataset.Source) (features.Transformer, error) {
	t, err := e.fit(ctx, train)
	if err != nil {
		return nil, fmt.Errorf("encode: fit ordinal: %w", err)
	}
	return t, nil
}

func (e *Ordinal) fit(ctx context.Context, train dataset.Source) (*features.Fitted, error) {
	fields, counts, err := count(ctx, train, e.o.Workers)
	if err != nil {
		return nil, err
	}
	b := plan.NewBuilder(fit.Inputs(fields)...)
	var makes []dataset.Field
	for j, f := range fields {
		op := plan.Op{Kind: plan.OpLookup, In: plan.Ints{int32(j)}, Values: counts.Categories(j, f), Unseen: -1}
		if len(op.Values) == 0 && counts.Nulls[j] == 0 {
			return nil, fit.Learned(f.Name, "a category in training or in the schema", "none")
		}
		if f.Unseen == dataset.UnseenOther {
			op.Unseen = int32(len(op.Values))
		}
		code := b.Add(op)[0]
		makes = append(makes, fit.Made(f, f.Name, f.Nullable || counts.Nulls[j] > 0 || f.Unseen != dataset.UnseenOther))
		b.Output(f.Name, code)
	}
	p, err := b.Build()
	if err != nil {
		return nil, err
	}
	return features.NewFitted(fields, makes, p)
}
