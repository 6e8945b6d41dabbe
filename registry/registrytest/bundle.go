package registrytest

import (
	"strconv"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/internal/plan"
	"github.com/tidewheel/tidewheel/model"
	"github.com/tidewheel/tidewheel/registry"
)

// NewBundle returns a small bundle to fill a registry with: a regression of one float64 column x whose prediction, y, is x + variant. Its bytes depend on name and variant alone,
// other variants have other digests, and the variant is the Commit of its lineage.
func NewBundle(name string, variant int) (*registry.Bundle, error) {
	s, err := dataset.NewSchema(dataset.Field{Name: "x", Type: dataset.Float64})
	if err != nil {
		return nil, err
	}
	b := plan.NewBuilder(plan.Input{Name: "x", Kind: plan.Number})
	raw := b.Add(plan.Op{Kind: plan.OpLinear, In: plan.Ints{0}, Coef: plan.Floats{1}, Shift: plan.Floats{float64(variant)}})
	b.Output(model.PredictionColumn, raw[0])
	b.Output(model.RawColumn, raw[0])
	p, err := b.Build()
	if err != nil {
		return nil, err
	}
	m, err := model.NewPredictor(model.Problem{Task: model.Regression, Target: "y"}, s, dataset.Field{Name: "y", Type: dataset.Float64}, p)
	if err != nil {
		return nil, err
	}
	return registry.Seal(registry.Contents{Name: name, Model: m, Lineage: registry.Lineage{Commit: strconv.Itoa(variant)}})
}
