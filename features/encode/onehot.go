package encode

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/features"
	"github.com/tidewheel/tidewheel/features/internal/fit"
	"github.com/tidewheel/tidewheel/internal/plan"
)

// defaultCategories is OneHotOptions.MaxCategories when it is 0.
const defaultCategories = 256

// maxCategories bounds OneHotOptions.MaxCategories: each category is a column.
const maxCategories = 100_000

// maxName bounds the name of a column, as dataset.NewSchema does.
const maxName = 256

// OneHotOptions says how a OneHot works. The zero value is ready to use.
type OneHotOptions struct {
	MaxCategories int // most categories kept of a column, the most frequent, 1 to 100,000; 0 is 256
	MinFrequency  int // training rows that a category needs to be kept; 0 is no such limit
	Workers       int // goroutines of Fit; 0 is GOMAXPROCS. The result does not depend on it
}

// OneHot is a features.Fitter that replaces text columns by columns of 0 and 1. Safe for concurrent use.
type OneHot struct{ o OneHotOptions }

// NewOneHot returns the OneHot of o. It returns every bad option as a *dataset.OptionError, joined.
func NewOneHot(o OneHotOptions) (*OneHot, error) {
	var errs []error
	if o.MaxCategories < 0 || o.MaxCategories > maxCategories {
		errs = append(errs, &dataset.OptionError{Field: "encode.OneHotOptions.MaxCategories", Value: strconv.Itoa(o.MaxCategories), Want: "0 to 100000"})
	}
	if o.MinFrequency < 0 {
		errs = append(errs, &dataset.OptionError{Field: "encode.OneHotOptions.MinFrequency", Value: strconv.Itoa(o.MinFrequency), Want: "0 or more"})
	}
	errs = append(errs, fit.CheckWorkers("encode.OneHotOptions.Workers", o.Workers))
	if err := errors.Join(errs...); err != nil {
		return nil, fmt.Errorf("encode: new one hot: %w", err)
	}
	if o.MaxCategories == 0 {
		o.MaxCategories = defaultCategories
	}
	return &OneHot{o: o}, nil
}

// Fit implements features.Fitter. It reads train once and keeps every distinct text of a column. A column becomes, in this order, float64 columns of 0 and 1:
//
//   - <column>=<category> for each category kept, in category order. Of equally frequent ones MaxCategories keeps the earlier;
//   - <column>=<other> when the field's Unseen is other, or when a limit left categories out and Unseen is not missing: 1 for every text that was not kept;
//   - <column>=<missing> when training had a null, or when Unseen is missing and training had a text that was not kept: 1 for null and, when Unseen is missing, for
//     every text that was not kept.
//
// Whatever none of these columns takes is 0 in all of them. It errors with dataset.ErrSchema for a column that is not text, for a personal one, and for one without a
// category and without a null, and with dataset.ErrLimit for more than 1,048,576 distinct texts.
//
// Source: equals sklearn.preprocessing.OneHotEncoder 1.9.1 exactly, its infrequent category being <other>.
func (h *OneHot) Fit(ctx context.Context, train dataset.Source) (features.Transformer, error) {
	t, err := h.fit(ctx, train)
	if err != nil {
		return nil, fmt.Errorf("encode: fit one hot: %w", err)
	}
	return t, nil
}

func (h *OneHot) fit(ctx context.Context, train dataset.Source) (*features.Fitted, error) {
	fields, counts, err := count(ctx, train, h.o.Workers)
	if err != nil {
		return nil, err
	}
	b := plan.NewBuilder(fit.Inputs(fields)...)
	var makes []dataset.Field
	output := func(f dataset.Field, value string, register int32) {
		m := fit.Made(f, f.Name+"="+value, false)
		makes = append(makes, m)
		b.Output(m.Name, register)
	}
	for j, f := range fields {
		c := h.choose(f, counts, j)
		if len(c.values) == 0 && !c.other && !c.missing {
			return nil, fit.Learned(f.Name, "a category in training or in the schema", "none")
		}
		if err := nameable(f, c.values); err != nil {
			return nil, err
		}
		code := b.Add(plan.Op{Kind: plan.OpLookup, In: plan.Ints{int32(j)}, Values: c.values, Unseen: c.unseen(f)})
		if n := len(c.values) + btoi(c.other); n > 0 {
			hot := b.Add(plan.Op{Kind: plan.OpOneHot, In: code, Count: int32(n), Null: -1})
			for i, v := range c.values {
				output(f, v, hot[i])
			}
			if c.other {
				output(f, "<other>", hot[n-1])
			}
		}
		if c.missing {
			output(f, "<missing>", b.Add(plan.Op{Kind: plan.OpMissing, In: code})[0])
		}
	}
	p, err := b.Build()
	if err != nil {
		return nil, err
	}
	return features.NewFitted(fields, makes, p)
}

// choice is what becomes of one column.
type choice struct {
	values  []string // the categories kept
	other   bool     // there is a column for texts that were not kept
	missing bool     // there is a column for missing values
}

func (h *OneHot) choose(f dataset.Field, counts *fit.Counts, j int) choice {
	all := counts.Categories(j, f)
	met := func(text string) int64 { return counts.Count(j, text) }
	c := choice{values: h.keep(all, met)}
	cut := len(c.values) < len(all)
	strange := cut // whether training had a text that was not kept
	if len(f.OneOf) > 0 {
		known := 0
		for _, v := range f.OneOf {
			if met(v) > 0 {
				known++
			}
		}
		strange = strange || known < counts.Distinct(j)
	}
	c.other = f.Unseen == dataset.UnseenOther || (cut && f.Unseen != dataset.UnseenMissing)
	c.missing = counts.Nulls[j] > 0 || (strange && f.Unseen == dataset.UnseenMissing)
	return c
}

// keep returns the categories within the limits, in the order of all.
func (h *OneHot) keep(all []string, met func(string) int64) []string {
	order := make([]int, 0, len(all))
	for i, v := range all {
		if h.o.MinFrequency == 0 || met(v) >= int64(h.o.MinFrequency) {
			order = append(order, i)
		}
	}
	if len(order) > h.o.MaxCategories {
		slices.SortStableFunc(order, func(a, b int) int { return int(met(all[b]) - met(all[a])) })
		order = order[:h.o.MaxCategories]
		slices.Sort(order)
	}
	out := make([]string, len(order))
	for k, i := range order {
		out[k] = all[i]
	}
	return out
}

// unseen returns the code of a text that was not kept: that of the other column, or else, just behind the columns, of none.
func (c choice) unseen(f dataset.Field) int32 {
	if f.Unseen == dataset.UnseenMissing {
		return -1
	}
	return int32(len(c.values))
}

// nameable checks that each category can end the name of a column. The error names the column, not the category.
func nameable(f dataset.Field, values []string) error {
	for _, v := range values {
		if name := f.Name + "=" + v; len(name) > maxName || strings.ContainsAny(name, "\x00\n\r") {
			return &dataset.SchemaError{Column: f.Name, Want: fmt.Sprintf("categories that fit a column name of %d bytes without control characters", maxName), Got: "one that does not"}
		}
	}
	return nil
}

func btoi(b bool) int {
	if b {
		return 1
	}
	return 0
}

// count checks the columns and counts their texts.
func count(ctx context.Context, train dataset.Source, workers int) ([]dataset.Field, *fit.Counts, error) {
	fields, err := fit.Text(train.Schema())
	if err != nil {
		return nil, nil, err
	}
	if err := fit.NotPersonal(fields); err != nil {
		return nil, nil, err
	}
	counts, err := fit.RunCounts(ctx, train, workers)
	if err != nil {
		return nil, nil, err
	}
	return fields, counts, nil
}
