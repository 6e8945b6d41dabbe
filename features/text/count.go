package text

import (
	"context"
	"errors"
	"fmt"
	"strconv"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/features"
	"github.com/tidewheel/tidewheel/features/internal/fit"
	"github.com/tidewheel/tidewheel/internal/num"
	"github.com/tidewheel/tidewheel/internal/plan"
)

// CountOptions says how a Count works. The zero value is ready to use.
type CountOptions struct {
	Terms      Terms   // what is counted
	MaxColumns int     // most terms of a column, those that come most often, 1 to 65,536; 0 is 1,024
	MinRows    int     // training rows that a term must be in; 0 is 1
	MaxShare   float64 // share of the training rows without null that a term may be in, above 0 to 1; 0 is 1
	Binary     bool    // 1 for a term that is there, however often
	Workers    int     // goroutines of Fit; 0 is GOMAXPROCS. The result does not depend on it
}

// Count is a features.Fitter that replaces a text column by how often each known term is in it. Safe for concurrent use.
type Count struct{ o CountOptions }

// NewCount returns the Count of o. It returns every bad option as a *dataset.OptionError, joined.
func NewCount(o CountOptions) (*Count, error) {
	o, err := o.check("text.CountOptions")
	if err != nil {
		return nil, fmt.Errorf("text: new count: %w", err)
	}
	return &Count{o: o}, nil
}

// check returns o with its defaults filled in.
func (o CountOptions) check(options string) (CountOptions, error) {
	c := checker{options: options}
	c.terms(o.Terms)
	c.columns("MaxColumns", o.MaxColumns)
	c.want(o.MinRows >= 0, "MinRows", strconv.Itoa(o.MinRows), "0 or more")
	c.want(o.MaxShare >= 0 && o.MaxShare <= 1, "MaxShare", strconv.FormatFloat(o.MaxShare, 'g', -1, 64), "0 to 1")
	if o.MaxColumns == 0 {
		o.MaxColumns = defaultColumns
	}
	return o, errors.Join(append(c.errs, fit.CheckWorkers(options+".Workers", o.Workers))...)
}

// Fit implements features.Fitter. It reads train once and keeps every distinct term of a column. A column c becomes a float64 column "c:term" for each term kept, in the order of
// their bytes, never null. Of equally frequent terms MaxColumns keeps the earlier. Terms too long for the name of a column, of 256 bytes, are not learned. It errors with
// dataset.ErrSchema for a column that is not text, for a personal one, and for one without a term within the limits, and with dataset.ErrLimit for more than 1,048,576
// distinct terms.
//
// Source: equals sklearn.feature_extraction.text.CountVectorizer 1.9.1 exactly; MaxColumns is max_features, MinRows min_df and MaxShare max_df.
func (c *Count) Fit(ctx context.Context, train dataset.Source) (features.Transformer, error) {
	terms := c.o.Terms.op(NormNone)
	terms.Binary = c.o.Binary
	t, err := fitTerms(ctx, train, c.o, terms, nil)
	if err != nil {
		return nil, fmt.Errorf("text: fit count: %w", err)
	}
	return t, nil
}

// fitTerms learns the terms of each column. weight is of a term in so many of n rows; nil is 1.
func fitTerms(ctx context.Context, train dataset.Source, o CountOptions, terms *plan.Terms, weight func(n, rows int64) float64) (*features.Fitted, error) {
	v, err := learn(ctx, train, terms, o.Workers)
	if err != nil {
		return nil, err
	}
	b := plan.NewBuilder(fit.Inputs(v.fields)...)
	var makes []dataset.Field
	for j, f := range v.fields {
		op := plan.Op{Kind: plan.OpTerms, In: plan.Ints{int32(j)}, Terms: terms}
		if op.Values, err = v.choose(j, o); err != nil {
			return nil, err
		}
		if weight != nil {
			for _, term := range op.Values {
				op.Scale = append(op.Scale, weight(v.rows[j], v.of[j][term].rows))
			}
		}
		for i, r := range b.Add(op) {
			m := fit.Made(f, f.Name+":"+op.Values[i], false)
			makes = append(makes, m)
			b.Output(m.Name, r)
		}
	}
	p, err := b.Build()
	if err != nil {
		return nil, err
	}
	return features.NewFitted(v.fields, makes, p)
}

// TFIDFOptions says how a TFIDF works. The zero value is ready to use.
type TFIDFOptions struct {
	Terms      Terms   // as in CountOptions
	MaxColumns int     // as in CountOptions
	MinRows    int     // as in CountOptions
	MaxShare   float64 // as in CountOptions
	Binary     bool    // a term counts 1, however often it is there
	Sublinear  bool    // a count n becomes 1 + log n
	NoIDF      bool    // every term weighs 1
	RawIDF     bool    // a term of r of n rows weighs log(n/r) + 1, otherwise log((n+1)/(r+1)) + 1, as if one more row had every term
	Norm       Norm    // of a row
	Workers    int     // as in CountOptions
}

// TFIDF is a features.Fitter that replaces a text column by how often each known term is in it, times how rare it is, by default scaled to a length of 1. Safe for
// concurrent use.
type TFIDF struct {
	o     TFIDFOptions
	count CountOptions
}

// NewTFIDF returns the TFIDF of o. It returns every bad option as a *dataset.OptionError, joined.
func NewTFIDF(o TFIDFOptions) (*TFIDF, error) {
	const options = "text.TFIDFOptions"
	count, err := CountOptions{Terms: o.Terms, MaxColumns: o.MaxColumns, MinRows: o.MinRows, MaxShare: o.MaxShare, Workers: o.Workers}.check(options)
	c := checker{options: options, errs: []error{err}}
	c.norm(o.Norm)
	if err := errors.Join(c.errs...); err != nil {
		return nil, fmt.Errorf("text: new tfidf: %w", err)
	}
	return &TFIDF{o, count}, nil
}

// Fit implements features.Fitter, as that of Count, with its errors and the same columns.
//
// Source: equals sklearn.feature_extraction.text.TfidfVectorizer 1.9.1 to 1e-12.
func (t *TFIDF) Fit(ctx context.Context, train dataset.Source) (features.Transformer, error) {
	terms := t.o.Terms.op(t.o.Norm)
	terms.Binary, terms.Sublinear = t.o.Binary, t.o.Sublinear
	more := int64(1)
	if t.o.RawIDF {
		more = 0
	}
	weight := func(n, rows int64) float64 { return num.Log(float64(n+more)/float64(rows+more)) + 1 }
	if t.o.NoIDF {
		weight = nil
	}
	f, err := fitTerms(ctx, train, t.count, terms, weight)
	if err != nil {
		return nil, fmt.Errorf("text: fit tfidf: %w", err)
	}
	return f, nil
}
