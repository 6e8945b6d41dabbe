package monitortest

import (
	"context"
	"math"
	"math/rand/v2"
	"strconv"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/model"
	"github.com/tidewheel/tidewheel/monitor"
	"github.com/tidewheel/tidewheel/validate"
)

// trip is a row of the suite.
type trip struct {
	Distance float64  `ml:"name=distance"`
	Delay    *float64 `ml:"name=delay"`
	Stops    int32    `ml:"name=stops"`
	Rain     bool     `ml:"name=rain"`
	Carrier  string   `ml:"name=carrier"`
	Email    string   `ml:"name=email,personal"`
	chance   float64  // the model's answer
}

func carriers() []string { return []string{"AA", "BB", "CC", "DD", "EE"} }

// draw makes a trip: a normal distance, a lognormal delay of which one in twenty is missing, a geometric number of stops, rain one time in five, five carriers
// with shares that fall.
func draw(rng *rand.Rand) trip {
	t := trip{
		Distance: 100 + float64(20*rng.NormFloat64()), Stops: int32(math.Log(1-rng.Float64()) / math.Log(0.4)), Rain: rng.IntN(5) == 0,
		Carrier: carriers()[int(float64(5*rng.Float64())*rng.Float64())], Email: "mallory-" + strconv.Itoa(rng.IntN(1e6)) + "@example.org", chance: rng.Float64() * rng.Float64(),
	}
	delay := math.Exp(rng.NormFloat64())
	if rng.IntN(20) > 0 {
		t.Delay = &delay
	}
	return t
}

// answer is what the model says of a trip.
type answer struct {
	Prediction  string  `ml:"name=prediction"`
	Probability float64 `ml:"name=probability"`
}

func (t trip) answer() answer {
	if t.chance >= 0.5 {
		return answer{"late", t.chance}
	}
	return answer{"on time", t.chance}
}

// referenceRows is the number of rows of the reference.
const referenceRows = 5000

// material is what all checks of a run share.
type material struct {
	traits    DetectorTraits
	schema    *dataset.Schema
	reader    *dataset.RowReader[trip]
	reference *validate.Profile
	scores    *validate.Profile
}

func newMaterial(ctx context.Context, traits DetectorTraits) (*material, error) {
	if traits.FalseAlarms <= 0 {
		traits.FalseAlarms = 0.01
	}
	if traits.Delay <= 0 {
		traits.Delay = 3
	}
	m := &material{traits: traits}
	rng := rand.New(rand.NewPCG(1, 1))
	trips, answers := make([]trip, referenceRows), make([]answer, referenceRows)
	for i := range trips {
		trips[i] = draw(rng)
		answers[i] = trips[i].answer()
	}
	var err error
	if m.schema, m.reference, err = profile(ctx, trips); err != nil {
		return nil, err
	}
	if _, m.scores, err = profile(ctx, answers); err != nil {
		return nil, err
	}
	m.reader, err = dataset.NewRowReader[trip](m.schema)
	return m, err
}

// profile returns the schema and the profile of rows.
func profile[T any](ctx context.Context, rows []T) (*dataset.Schema, *validate.Profile, error) {
	src, err := dataset.FromStructs(rows, dataset.StructsOptions{})
	if err != nil {
		return nil, nil, err
	}
	p, err := validate.ProfileOf(ctx, src, validate.ProfileOptions{Workers: 1})
	return src.Schema(), p, err
}

// feeder gives rows to a detector.
type feeder struct {
	*material
	row dataset.Row
	out model.Output
}

func (m *material) feeder() *feeder {
	return &feeder{m, dataset.NewRow(m.schema), model.Output{Probability: make([]float64, 2)}}
}

// give has d observe one trip.
func (f *feeder) give(d Detector, t trip) {
	f.reader.Read(&t, f.row)
	a := t.answer()
	f.out.Prediction, f.out.Class = dataset.TextValue(a.Prediction), 0
	if a.Prediction == "late" {
		f.out.Class = 1
	}
	f.out.Probability[0], f.out.Probability[1] = 1-t.chance, t.chance
	d.Observe(f.row, f.out)
}

// trips draws n trips and spoils each; spoil may be nil.
func trips(rng *rand.Rand, n int, spoil func(rng *rand.Rand, t *trip)) []trip {
	out := make([]trip, n)
	for i := range out {
		out[i] = draw(rng)
		if spoil != nil {
			spoil(rng, &out[i])
		}
	}
	return out
}

// giveAll has d observe trips one after the other.
func (m *material) giveAll(d Detector, all []trip) {
	f := m.feeder()
	for _, t := range all {
		f.give(d, t)
	}
}

// column returns the figures of a column, zeros without it.
func column(w monitor.Window, name string) monitor.ColumnWindow {
	for _, c := range w.Columns {
		if c.Column == name {
			return c
		}
	}
	return monitor.ColumnWindow{}
}
