package tree

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/internal/matrix"
	"github.com/tidewheel/tidewheel/model"
)

// Boosting is gradient boosting of decision trees over histograms, for the losses that Objective lists. It is immutable and safe for concurrent use.
//
// Numeric, bool, date and time columns are split at thresholds, text columns into sets of categories; both may have missing values. A missing number goes to
// the side of each split that training found better, and reads as 0 in a column that had none in training. A missing or unseen category, and one beyond the
// most frequent 255, goes to the side of the rest.
type Boosting struct{ options BoostingOptions }

// NewBoosting returns the estimator. It errors with the joined *model.OptionError of every bad field.
func NewBoosting(o BoostingOptions) (*Boosting, error) {
	o = o.withDefaults()
	if err := o.check(); err != nil {
		return nil, fmt.Errorf("tree: new boosting: %w", err)
	}
	o.Monotone, o.Interactions, o.ClassWeights = maps.Clone(o.Monotone), slices.Clone(o.Interactions), maps.Clone(o.ClassWeights)
	for i, g := range o.Interactions {
		o.Interactions[i] = slices.Clone(g)
	}
	return &Boosting{options: o}, nil
}

// Model is a fitted ensemble: a Predictor with what is known about its columns. It is immutable and safe for concurrent use; its slices are copies, of which
// the predictions know nothing.
type Model struct {
	*model.Planned
	Features []string  // the columns, in the order of Gain and Splits
	Gain     []float64 // what the splits of a column took off the loss, summed
	Splits   []int     // the number of splits of a column
	Report   Report
}

// Report says how a fit went.
type Report struct {
	Rounds     int       // rounds kept
	Validation []float64 // after each round trained: BoostingOptions.Metric, or the mean loss as LightGBM measures the objective; nil without a validation set
}

// Fit implements model.Estimator. It is FitModel without the importances.
func (e *Boosting) Fit(ctx context.Context, t model.Training) (model.Predictor, error) {
	m, err := e.FitModel(ctx, t)
	if err != nil {
		return nil, err
	}
	return m.Planned, nil
}

// FitModel learns from t.Rows. Up to 200,000 rows are ranged once and held: 8 bytes a number and 4 a category until they are bins of a byte each. Of more rows the
// bounds of bins are found in as many, drawn by Seed, and t.Rows is ranged a second time, straight into bins: dataset.ErrConsumed says that it cannot be
// (dataset.Cache helps), dataset.ErrSchema that its rows had changed. A training holds a byte for each row and column, columns in eights, and about 60 bytes a row
// beside. Rows of weight 0 are as if they were not there. t.Validation, when given, is scored after every round; EarlyStopping without it holds rows of t.Rows out,
// chosen by Seed.
//
// The predictor's raw scores are the sums of the trees: the prediction of a regression, or its logarithm for Poisson, Gamma and Tweedie, the log odds of the
// second of two classes, one margin a class of more. Those of a ranking order the rows of a query and mean nothing between queries. Rows held out are drawn by
// Problem.Group where there is one, so that the rows of a group stay together.
//
// Raw scores start from the best constant, which is part of the model, or with Problem.InitScore from that column alone: then the predictions of a row that has an
// initial score are those of its raw score and the initial score together. Three classes or more have a raw score each, so the column is then one of fixed-size lists
// of as many numbers, in class order.
//
// With BoostingOptions.Continue raw scores start from those of that model, for which t.Rows and t.Validation are ranged once more, and its trees stand in front of the
// new ones in the predictor; the Report is about the new ones. On the same rows and options but Trees the bits are those of one training, unless Problem.InitScore
// is set, which rounds the sums apart. A model whose sums are not ours (float32 of XGBoost, linear leaves) stays an ensemble of its own, to which that of the new
// trees is added.
//
// BoostingOptions.Checkpoint is read before the first round and written between rounds.
//
// Cost: a round takes time in proportion to rows × columns, for each class of three or more. Errors: model.ErrTarget for a problem that the objective is not
// for, a class that the problem does not know, rows of one class only, and targets that the objective does not take; model.ErrNoRows without rows of positive
// weight; model.ErrNonFinite for an infinite feature or initial score, and for targets and weights so large that squares overflow; model.ErrUnsupported for a model
// that Continue cannot go on from; ErrDerivatives of a Custom objective; ErrCheckpoint; dataset.ErrSchema for columns that are absent or neither numbers nor
// text; what Metric, OnRound and Checkpoint.Store return; ctx's error.
func (e *Boosting) FitModel(ctx context.Context, t model.Training) (*Model, error) {
	m, err := e.fit(ctx, t)
	if err != nil {
		return nil, fmt.Errorf("tree: fit boosting: %w", err)
	}
	return m, nil
}

func (e *Boosting) fit(ctx context.Context, t model.Training) (*Model, error) {
	objective, err := newObjective(e.options, t.Problem)
	if err != nil {
		return nil, err
	}
	p := e.options.parameters(objective)
	var before *earlier
	if e.options.Continue != nil {
		if before, err = newEarlier(e.options.Continue, t.Problem, objective.traits().log); err != nil {
			return nil, err
		}
		p.first = before.rounds()
	}
	r, err := e.rows(ctx, t, before, &p)
	if err != nil {
		return nil, err
	}
	if p.constraints, err = e.options.constraints(r.source.Columns); err != nil {
		return nil, err
	}
	trainer, err := newTrainer(ctx, r.train, r.valid, p)
	if err != nil {
		return nil, err
	}
	forget(r.source) // the bins are enough from here on
	if store := e.options.Checkpoint.store(); store != nil {
		s := &saver{store: store, every: e.options.Checkpoint.Every}
		if s.options, err = e.options.digestOptions(t.Problem, r.source, before); err != nil {
			return nil, err
		}
		if s.data, err = trainer.digestData(ctx); err != nil {
			return nil, err
		}
		trainer.saver = s
	}
	grown, err := trainer.run(ctx)
	if err != nil {
		return nil, err
	}
	return newModel(t, r.source, grown, objective.traits().log, before)
}

// trainingRows are the rows of a fit; valid may be nil.
type trainingRows struct {
	source       *matrix.Table
	train, valid *table
}

// rows reads the rows to train on and to validate with.
func (e *Boosting) rows(ctx context.Context, t model.Training, before *earlier, p *parameters) (r trainingRows, err error) {
	names, err := featuresOf(t)
	if err != nil {
		return r, err
	}
	in := reading{p, t.Problem, names, sampleRows}
	if r.source, r.train, err = in.train(ctx, t.Rows); err != nil {
		return r, err
	}
	if err := checkOffset(t.Problem, t.Rows.Schema(), r.train); err != nil {
		return r, err
	}
	if r.train, err = before.start(ctx, r.train, t.Rows); err != nil {
		return r, err
	}
	if r.train, err = r.train.weighted(ctx); err != nil {
		return r, err
	}
	if err := r.train.checkRows(); err != nil {
		return r, err
	}
	if err := p.objective.check(&r.train.labels, r.train.rows); err != nil {
		return r, err
	}
	switch {
	case t.Validation != nil:
		if r.valid, err = in.validation(ctx, t.Validation, r.source, r.train); err != nil {
			return r, fmt.Errorf("validation: %w", err)
		}
		if err := checkOffset(t.Problem, t.Validation.Schema(), r.valid); err != nil {
			return r, fmt.Errorf("validation: %w", err)
		}
		if r.valid, err = before.start(ctx, r.valid, t.Validation); err != nil {
			return r, fmt.Errorf("validation: %w", err)
		}
	case e.options.EarlyStopping > 0:
		if r.train, r.valid, err = r.train.holdOut(ctx, e.options.ValidationFraction, e.options.Seed); err != nil {
			return r, err
		}
	}
	return r, e.options.weighClasses(t.Problem, &r.train.labels, r.train.rows)
}

// checkOffset wants an initial score for each raw score.
func checkOffset(p model.Problem, s *dataset.Schema, t *table) error {
	if want := outputsOf(len(p.Classes)); t.offset != nil && len(t.offset) != want {
		f, _ := s.Lookup(p.InitScore)
		return &dataset.SchemaError{Column: f.Name, Want: fmt.Sprintf("%d initial scores a row", want), Got: "type " + string(f.Type)}
	}
	return nil
}

// outputsOf returns how many raw scores a model of so many classes has.
func outputsOf(classes int) int {
	if classes > 2 {
		return classes
	}
	return 1
}

func read(ctx context.Context, p model.Problem, names []string, src dataset.Source) (*matrix.Table, error) {
	return matrix.Read(ctx, src, request(p, names))
}

func request(p model.Problem, names []string) matrix.Request {
	r := matrix.Request{Columns: names, Target: p.Target, Weight: p.Weight, Group: p.Group, Offset: p.InitScore, Missing: true, Text: true}
	if p.Task.IsClassification() {
		r.Classes = p.ReadClasses
	}
	return r
}

func newTable(m *matrix.Table, classes int) *table {
	t := &table{rows: m.Rows, labels: labels{value: m.Target, class: m.Class, classes: classes, weight: m.Weight, offset: m.Offset, group: m.Group}}
	for j := range m.Columns {
		c := column{numeric: m.Columns[j].Numbers}
		if m.Columns[j].IsText() {
			// one code more than the vocabulary: the category of its own that a schema may ask for
			c = column{codes: m.Columns[j].Codes, categories: len(m.Columns[j].Vocabulary) + 1}
		}
		t.columns = append(t.columns, c)
	}
	return t
}

// weighted returns the rows of t that have a weight above zero, without weights where all that is left is ones.
func (t *table) weighted(ctx context.Context) (*table, error) {
	if slices.Contains(t.weight, 0) {
		var rows []int
		for i, w := range t.weight {
			if w > 0 {
				rows = append(rows, i)
			}
		}
		var err error
		if t, err = t.take(ctx, rows); err != nil {
			return nil, err
		}
	}
	if !slices.ContainsFunc(t.weight, func(w float64) bool { return w != 1 }) {
		t.weight = nil
	}
	return t, nil
}

// take returns some rows of t.
func (t *table) take(ctx context.Context, rows []int) (*table, error) {
	out := &table{rows: len(rows), labels: labels{
		value: pick(t.value, rows), class: pick(t.class, rows), classes: t.classes, weight: pick(t.weight, rows), group: pick(t.group, rows),
	}}
	for _, c := range t.offset {
		out.offset = append(out.offset, pick(c, rows))
	}
	for _, c := range t.columns {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		out.columns = append(out.columns, column{numeric: pick(c.numeric, rows), codes: pick(c.codes, rows), categories: c.categories})
	}
	if t.binned != nil {
		out.binned = &binned{binners: t.binned.binners}
		for _, w := range t.binned.words {
			out.binned.words = append(out.binned.words, pick(w, rows))
		}
	}
	return out, nil
}

func pick[T any](s []T, rows []int) []T {
	if s == nil {
		return nil
	}
	out := make([]T, len(rows))
	for i, r := range rows {
		out[i] = s[r]
	}
	return out
}

// holdOut splits off a share of the rows, at least one, and leaves at least one; where they have groups, a share of the groups with all of their rows.
func (t *table) holdOut(ctx context.Context, share float64, seed uint64) (train, valid *table, err error) {
	of := queries{rows: make([]int32, t.rows), start: make([]int32, t.rows+1)} // each row by itself
	for i := range t.rows {
		of.rows[i], of.start[i+1] = int32(i), int32(i+1)
	}
	if t.group != nil {
		of = *t.byQuery(t.rows)
	}
	if of.n() < 2 {
		return t, t, nil
	}
	want := min(max(int(share*float64(of.n())+0.5), 1), of.n()-1)
	var in, out []int
	choose(of.n(), want, newRandom(seed, streamHoldout), func(i int, chosen bool) {
		for _, r := range of.of(i) {
			if chosen {
				out = append(out, int(r))
			} else {
				in = append(in, int(r))
			}
		}
	})
	slices.Sort(in)
	slices.Sort(out)
	if train, err = t.take(ctx, in); err != nil {
		return nil, nil, err
	}
	valid, err = t.take(ctx, out)
	return train, valid, err
}
