package serve_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/serve"
	"github.com/tidewheel/tidewheel/serve/internal/fixture"
)

func TestRouterHoldsModelsByName(t *testing.T) {
	var r serve.Router
	if _, err := r.Model(""); !errors.Is(err, serve.ErrNoModel) {
		t.Errorf("an empty router gives %v", err)
	}
	a := newModel(t, artifact(t, fixture.Options{Name: "b"}), serve.Options{})
	next := newModel(t, artifact(t, fixture.Options{Name: "b", Version: 1}), serve.Options{})
	other := newModel(t, artifact(t, fixture.Options{Name: "a"}), serve.Options{})
	if old := r.Swap(a); old != nil {
		t.Error("there was a model before the first")
	}
	if m, err := r.Model(""); err != nil || m != a {
		t.Errorf("the only model: %v", err)
	}
	if old := r.Swap(next); old != a {
		t.Error("Swap did not return the old model")
	}
	r.Swap(other)
	if _, err := r.Model(""); !errors.Is(err, serve.ErrNoModel) || !strings.Contains(err.Error(), "2 models") {
		t.Error("one of two models was picked")
	}
	if m := r.Models(); len(m) != 2 || m[0] != other || m[1] != next {
		t.Error("want the models by name")
	}
	if m, err := r.Model("b"); err != nil || m != next {
		t.Error("want the model of the name")
	}
	if r.Retire("b") != next || r.Retire("b") != nil {
		t.Error("want the retired model once")
	}
	if _, err := r.Model("b"); !errors.Is(err, serve.ErrNoModel) || !strings.Contains(err.Error(), `"b"`) {
		t.Errorf("a retired model: %v", err)
	}
}

func TestSwapKeepsTheModelWhenTheTypeDoesNotFit(t *testing.T) {
	m := newModel(t, artifact(t, fixture.Options{}), serve.Options{})
	scorer, err := serve.Bind[order](m)
	if err != nil {
		t.Fatal(err)
	}
	s, err := dataset.NewSchema(dataset.Field{Name: "another", Type: dataset.Float64})
	if err != nil {
		t.Fatal(err)
	}
	a, err := fixture.New(s, fixture.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := scorer.Swap(newModel(t, a, serve.Options{})); !errors.Is(err, dataset.ErrSchema) || scorer.Model() != m {
		t.Errorf("got %v", err)
	}
}

func TestModelScoresRows(t *testing.T) {
	a := artifact(t, fixture.Options{})
	m := newModel(t, a, serve.Options{})
	var p serve.Prediction
	if err := m.ScoreInto(t.Context(), dataset.Row{}, &p); !errors.Is(err, dataset.ErrSchema) {
		t.Errorf("a row without a schema: %v", err)
	}
	if err := m.ScoreRows(t.Context(), make([]serve.Input, 2), make([]serve.Prediction, 1)); err == nil {
		t.Error("too few predictions were accepted")
	}
	if err := m.ScoreRows(t.Context(), make([]serve.Input, 1), make([]serve.Prediction, 1)); !errors.Is(err, dataset.ErrSchema) {
		t.Errorf("a row without values: %v", err)
	}
	rows := orders(20, 2)
	_, probability, _ := expected(t, a, rows)
	src, err := dataset.FromStructs(rows, dataset.StructsOptions{})
	if err != nil {
		t.Fatal(err)
	}
	for b, err := range src.Batches(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		row := dataset.NewRow(m.Schema())
		for i := range b.NumRows() {
			if err := b.ReadRow(i, row); err != nil {
				t.Fatal(err)
			}
			if err := m.ScoreInto(t.Context(), row, &p); err != nil || !sameBits(p.Probability, probability[3*i:3*i+3]) {
				t.Errorf("row %d: %v, or other bits", i, err)
			}
		}
	}
}
