package modeltest

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/internal/conform"
	"github.com/tidewheel/tidewheel/model"
)

// columnsByName predicts from columns in another order, among others, and without the target.
func columnsByName(s *subject) error {
	p, err := s.fit(data{weighted: true})
	if err != nil {
		return err
	}
	want, err := s.predict(p, data{seed: 3})
	if err != nil {
		return err
	}
	reordered := usual()
	slices.Reverse(reordered)
	for _, names := range [][]string{reordered, usual(), nil} {
		src, err := s.wide(data{seed: 3}, names)
		if err != nil {
			return err
		}
		got, err := s.answers(p, src)
		if err != nil {
			return fmt.Errorf("columns %q: %w", names, err)
		}
		if err := sameBits(want, got); err != nil {
			return fmt.Errorf("columns %q: %w", names, err)
		}
	}
	return nil
}

// wantSchemaError predicts from the first batch of the rows under changed columns.
func (s *subject) wantSchemaError(p model.Predictor, what string, change func(dataset.Batch) (dataset.Batch, error)) error {
	src, err := s.wide(data{rows: 5}, nil)
	if err != nil {
		return err
	}
	for b, err := range src.Batches(s.ctx) {
		if err != nil {
			return err
		}
		changed, err := change(b)
		if err != nil {
			return err
		}
		defer changed.Release()
		out, err := p.Predict(s.ctx, changed)
		out.Release()
		if err := conform.WantError("predict with "+what, err, dataset.ErrSchema); err != nil {
			return err
		}
	}
	return nil
}

func missingColumn(s *subject) error {
	p, err := s.fit(data{})
	if err != nil {
		return err
	}
	for _, name := range p.Signature().Input.Names() {
		err := s.wantSchemaError(p, fmt.Sprintf("no column %q", name), func(b dataset.Batch) (dataset.Batch, error) {
			return b.Select(slices.DeleteFunc(b.Schema().Names(), func(n string) bool { return n == name })...)
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// wrongType gives every numeric column the values of a text, and of a date, under its own name; every text column those of a number.
func wrongType(s *subject) error {
	d := data{}
	if s.traits.Text {
		d.features = append(usual(), "c")
	}
	p, err := s.fit(d)
	if err != nil {
		return err
	}
	for _, f := range p.Signature().Input.Fields() {
		others := []string{"word", "day"}
		if f.Type.IsText() {
			others = []string{"b"}
		}
		for _, other := range others {
			err := s.wantSchemaError(p, fmt.Sprintf("column %q of another type", f.Name), func(b dataset.Batch) (dataset.Batch, error) {
				from, err := b.ByName(other)
				if err != nil {
					return dataset.Batch{}, err
				}
				field, _ := b.Schema().Lookup(other)
				field.Name = f.Name
				schema, err := b.Schema().With(field)
				if err != nil {
					return dataset.Batch{}, err
				}
				columns := slices.Clone(b.Record().Columns())
				columns[schema.Index(f.Name)] = from
				return dataset.NewBatch(schema, columns, b.NumRows())
			})
			if err != nil {
				return err
			}
		}
	}
	return nil
}

// textPolicy fits a text feature and predicts one with categories that training never met.
func textPolicy(s *subject) error {
	d := data{features: append(usual(), "c")}
	if !s.traits.Text && !s.traits.Baseline {
		return s.refused("a text feature", d, dataset.ErrSchema)
	}
	p, err := s.fit(d)
	if err != nil {
		return err
	}
	unseen := "never met"
	d.edit = func(i int, r *row) {
		if i%3 == 0 {
			r.C = &unseen
		}
	}
	_, err = s.predict(p, d)
	return err
}

// dictionaries fits and predicts a text feature in both encodings.
func dictionaries(s *subject) error {
	d := data{features: append(usual(), "c"), batch: 40}
	if s.traits.Missing {
		d.edit = func(i int, r *row) {
			if i%7 == 0 {
				r.C = nil
			}
		}
	}
	plain, err := s.training(d)
	if err != nil {
		return err
	}
	coded := model.Training{Problem: plain.Problem, Rows: s.coded(plain.Rows)}
	var want []answer
	for _, t := range []model.Training{plain, coded} {
		p, err := s.fitOn(s.estimator(1), t)
		if err != nil {
			return err
		}
		for _, rows := range []dataset.Source{plain.Rows, coded.Rows} {
			got, err := s.answers(p, rows)
			if err != nil {
				return err
			}
			if want == nil {
				want = got
			}
			if err := sameBits(want, got); err != nil {
				return fmt.Errorf("text behind codes and plain text differ: %w", err)
			}
		}
	}
	return nil
}

// coded returns src with column c behind codes, which each batch gives in the order of its own rows.
func (s *subject) coded(src dataset.Source) dataset.Source {
	return dataset.Map(src, src.Schema(), func(_ context.Context, b dataset.Batch) (dataset.Batch, error) {
		j := b.Schema().Index("c")
		texts, err := dataset.NewTexts(b.Column(j))
		if err != nil {
			return dataset.Batch{}, err
		}
		to := array.NewDictionaryBuilder(s.mem, &arrow.DictionaryType{IndexType: arrow.PrimitiveTypes.Int32, ValueType: arrow.BinaryTypes.String})
		defer to.Release()
		for i := range texts.Len() {
			if texts.IsNull(i) {
				to.AppendNull()
			} else if err := to.AppendValueFromString(texts.Value(i)); err != nil {
				return dataset.Batch{}, err
			}
		}
		c := to.NewArray()
		defer c.Release()
		columns := slices.Clone(b.Record().Columns())
		columns[j] = c
		return dataset.NewBatch(b.Schema(), columns, b.NumRows())
	})
}

// missingPolicy fits and predicts features that are null in some rows and, in others, NaN, which is the same.
func missingPolicy(s *subject) error {
	nan := math.NaN()
	spoil := func(null bool) data {
		return data{edit: func(i int, r *row) {
			switch {
			case i%5 != 0:
			case null:
				r.A = nil
			default:
				r.A = &nan
			}
		}}
	}
	if !s.traits.Missing && !s.traits.Baseline {
		return errors.Join(s.refused("a null feature", spoil(true), model.ErrNonFinite), s.refused("a NaN feature", spoil(false), model.ErrNonFinite))
	}
	var results [4][]answer
	for k := range results {
		p, err := s.fit(spoil(k < 2))
		if err != nil {
			return err
		}
		if results[k], err = s.predict(p, spoil(k%2 == 0)); err != nil {
			return err
		}
		if err := sameBits(results[0], results[k]); err != nil {
			return fmt.Errorf("NaN and null differ: %w", err)
		}
	}
	return nil
}

func infiniteFeature(s *subject) error {
	return s.refused("an infinite feature", data{edit: func(i int, r *row) {
		if i == 150 {
			r.B = math.Inf(-1)
		}
	}}, dataset.ErrSchema)
}

// nothingKnown fits a feature that is null in every row. Who takes nulls may refuse it, as an imputer has nothing to put in their place.
func nothingKnown(s *subject) error {
	d := data{edit: func(_ int, r *row) { r.A = nil }}
	if !s.traits.Missing && !s.traits.Baseline {
		return s.refused("a feature of nulls", d, model.ErrNonFinite)
	}
	p, err := s.fit(d)
	if errors.Is(err, dataset.ErrSchema) {
		return nil
	}
	if err != nil {
		return err
	}
	return s.finite(p)
}

// hugeNumbers fits features that reach from the smallest to the largest number, and predicts usual rows. A fit may refuse them as what it cannot compute with.
func hugeNumbers(s *subject) error {
	extremes := []float64{math.MaxFloat64, -math.MaxFloat64, 5e-324, -1e-300, 1e300}
	d := data{edit: func(i int, r *row) {
		if i%7 == 0 {
			r.A, r.B = &extremes[i%5], extremes[(i+2)%5]
		}
	}}
	p, err := s.fit(d)
	if errors.Is(err, model.ErrNonFinite) || errors.Is(err, dataset.ErrSchema) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("huge and tiny numbers: got error %w, want none, model.ErrNonFinite or dataset.ErrSchema", err)
	}
	return s.finite(p)
}
