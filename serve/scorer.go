package serve

import (
	"context"
	"fmt"
	"sync/atomic"

	"github.com/tidewheel/tidewheel/dataset"
)

// Scorer scores values of the host's struct T. Its fields are bound to the columns of the schema by name, as dataset.SchemaOf names them, once and at
// construction. It is safe for concurrent use.
type Scorer[T any] struct {
	bound atomic.Pointer[binding[T]]
}

// binding is a model with the reader of its rows.
type binding[T any] struct {
	model  *Model
	reader *dataset.RowReader[T]
}

// New returns the scorer of a. It errors as NewModel and Bind do.
func New[T any](a Artifact, o Options) (*Scorer[T], error) {
	m, err := NewModel(a, o)
	if err != nil {
		return nil, err
	}
	return Bind[T](m)
}

// Bind returns the scorer of a model, which may serve elsewhere too. It errors with a *dataset.SchemaError for each column of the schema that T lacks or has in
// another form; fields of T that the schema does not name are not read.
func Bind[T any](m *Model) (*Scorer[T], error) {
	s := new(Scorer[T])
	_, err := s.Swap(m)
	if err != nil {
		return nil, err
	}
	return s, nil
}

// Swap puts m in the place of the scorer's model, which it returns. Calls that are under way finish on the old one. It errors as Bind does; the scorer then keeps
// its model.
func (s *Scorer[T]) Swap(m *Model) (*Model, error) {
	reader, err := dataset.NewRowReader[T](m.schema)
	if err != nil {
		return nil, fmt.Errorf("serve: bind: %w", err)
	}
	old := s.bound.Swap(&binding[T]{m, reader})
	if old == nil {
		return nil, nil
	}
	return old.model, nil
}

// Model returns the model that scores now.
func (s *Scorer[T]) Model() *Model { return s.bound.Load().model }

// ScoreInto checks v and scores it into p, whose slices it reuses. It errors with a *RefusedError for a value that breaks a rule, and with the context's error; p
// is then unchanged. It allocates nothing once p's slices have grown, keeps neither pointer, and does not write to v.
func (s *Scorer[T]) ScoreInto(ctx context.Context, v *T, p *Prediction) error {
	b := s.bound.Load()
	work := b.model.borrow()
	b.reader.Read(v, work.row)
	err := b.model.score(ctx, work, p)
	b.model.giveBack(work)
	return err
}

// Score is ScoreInto with a new Prediction.
func (s *Scorer[T]) Score(ctx context.Context, v T) (Prediction, error) {
	var p Prediction
	if err := s.ScoreInto(ctx, &v, &p); err != nil {
		return Prediction{}, err
	}
	return p, nil
}
