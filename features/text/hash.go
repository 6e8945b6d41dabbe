package text

import (
	"context"
	"errors"
	"fmt"
	"strconv"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/features"
	"github.com/tidewheel/tidewheel/features/internal/fit"
	"github.com/tidewheel/tidewheel/internal/plan"
)

const defaultColumns = 1024

// HashOptions says how a Hash works. The zero value is ready to use.
type HashOptions struct {
	Terms    Terms // what is counted
	Columns  int   // columns that a text column becomes, 1 to 65,536; 0 is 1,024. Terms that share a column cannot be told apart
	Unsigned bool  // every term counts 1; otherwise half of them, by their hash, count -1, so that terms of a column cancel on average
	Norm     Norm  // of a row
}

// Hash is a features.Fitter that replaces a text column by the numbers of its terms in Columns places, which their hash says. It learns nothing, so new words count
// as well as old ones, and which words a column stands for is not known. Safe for concurrent use.
type Hash struct{ o HashOptions }

// NewHash returns the Hash of o. It returns every bad option as a *dataset.OptionError, joined.
func NewHash(o HashOptions) (*Hash, error) {
	c := checker{options: "text.HashOptions"}
	c.terms(o.Terms)
	c.columns("Columns", o.Columns)
	c.norm(o.Norm)
	if err := errors.Join(c.errs...); err != nil {
		return nil, fmt.Errorf("text: new hash: %w", err)
	}
	if o.Columns == 0 {
		o.Columns = defaultColumns
	}
	return &Hash{o: o}, nil
}

// Fit implements features.Fitter. It reads the schema of train alone. A column c becomes the float64 columns c#0, c#1 …, never null. It errors with dataset.ErrSchema for
// a column that is not text.
//
// Source: equals sklearn.feature_extraction.text.HashingVectorizer 1.9.1 (MurmurHash3 of 32 bits, seed 0) to 1e-12, which has 1,048,576 columns by default.
func (h *Hash) Fit(ctx context.Context, train dataset.Source) (features.Transformer, error) {
	fields, err := fit.Text(train.Schema())
	if err == nil {
		err = ctx.Err()
	}
	if err != nil {
		return nil, fmt.Errorf("text: fit hash: %w", err)
	}
	b := plan.NewBuilder(fit.Inputs(fields)...)
	var makes []dataset.Field
	for j, f := range fields {
		terms := h.o.Terms.op(h.o.Norm)
		terms.Signed = !h.o.Unsigned
		for i, r := range b.Add(plan.Op{Kind: plan.OpTerms, In: plan.Ints{int32(j)}, Count: int32(h.o.Columns), Terms: terms}) {
			m := fit.Made(f, f.Name+"#"+strconv.Itoa(i), false)
			makes = append(makes, m)
			b.Output(m.Name, r)
		}
	}
	p, err := b.Build()
	if err != nil {
		return nil, fmt.Errorf("text: fit hash: %w", err)
	}
	return features.NewFitted(fields, makes, p)
}
