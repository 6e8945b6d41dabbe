package modeltest

import (
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/apache/arrow/go/v17/arrow/array"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/internal/conform"
	"github.com/tidewheel/tidewheel/model"
)

// row has every column that a check can ask for. The columns from Yes to Day are the class in several types.
type row struct {
	A      *float64  `ml:"name=a"`
	B      float64   `ml:"name=b"`
	N      int32     `ml:"name=n"`
	F      bool      `ml:"name=f"`
	C      *string   `ml:"name=c"`
	Same   float64   `ml:"name=same"`
	Twin   float64   `ml:"name=twin"`
	Yes    *bool     `ml:"name=yes"`
	Word   *string   `ml:"name=word"`
	Count  int64     `ml:"name=count"`
	Half   float32   `ml:"name=half"`
	Day    time.Time `ml:"name=day,type=date32"`
	Amount *float64  `ml:"name=amount"`
	Grade  *float64  `ml:"name=grade"` // of the amount
	Query  *int64    `ml:"name=query"` // of six rows
	Weight float64   `ml:"name=weight"`
}

// data says which rows to make. Row i of a seed is the same whatever the batches. The zero value is the usual training set.
type data struct {
	rows     int    // 0 is 300
	batch    int    // rows of a batch; 0 is 128
	seed     uint64 //
	target   string // 0 is the task's usual one
	features []string
	weighted bool
	reverse  bool
	mixed    bool // the first rows of all queries, then the second ones, and so on
	edit     func(i int, r *row)
	repeat   func(i int) int // how often row i comes; nil is once
}

// usual are the features that every estimator takes.
func usual() []string { return []string{"a", "b", "n", "f"} }

func words() []string { return []string{"low", "high", "middle"} }

func (s *subject) problem(d data) model.Problem {
	p := model.Problem{Task: s.task, Target: d.target}
	if d.weighted {
		p.Weight = "weight"
	}
	if p.Target == "" {
		p.Target = map[model.Task]string{model.Binary: "yes", model.Multiclass: "word", model.Regression: "amount", model.Ranking: "grade"}[s.task]
	}
	if s.task == model.Ranking {
		p.Group = "query"
	}
	if s.classes() > 0 {
		p.Classes = classes(p.Target)[:s.classes()]
	}
	return p
}

func (s *subject) classes() int {
	return map[model.Task]int{model.Binary: 2, model.Multiclass: 3}[s.task]
}

func classes(target string) []string {
	return map[string][]string{
		"yes": {"false", "true"}, "word": words(), "count": {"1", "2", "3"}, "half": {"0.5", "1.5", "2.5"}, "day": {"19000", "19001", "19002"},
	}[target]
}

// made returns the rows of d.
func (s *subject) made(d data) []row {
	n := d.rows
	if n == 0 {
		n = 300
	}
	out := make([]row, 0, n)
	for i := range n {
		r := s.row(d.seed, i)
		if d.edit != nil {
			d.edit(i, &r)
		}
		times := 1
		if d.repeat != nil {
			times = d.repeat(i)
		}
		for range times {
			out = append(out, r)
		}
	}
	if d.reverse {
		slices.Reverse(out)
	}
	if d.mixed {
		place := make(map[int64]int)
		at := make([]int, len(out))
		for i, r := range out {
			at[i] = place[*r.Query]
			place[*r.Query]++
		}
		order := make([]int, len(out))
		for i := range order {
			order[i] = i
		}
		slices.SortStableFunc(order, func(a, b int) int { return at[a] - at[b] })
		rows := slices.Clone(out)
		for i, r := range order {
			out[i] = rows[r]
		}
	}
	return out
}

func (s *subject) row(seed uint64, i int) row {
	r := rand.New(rand.NewPCG(seed, uint64(i)))
	a, b := 4*r.Float64()-2, 4*r.Float64()-2
	out := row{A: &a, B: b, Twin: b, N: int32(r.IntN(5)), F: r.IntN(2) == 1, Same: 7, Weight: 1}
	c := []string{"p", "q", "r"}[r.IntN(3)]
	amount := 3 + 1.5*a - b + 0.4*r.NormFloat64()
	if out.F {
		amount += 0.5
	}
	out.C, out.Amount = &c, &amount
	class := 0
	if amount > 3 {
		class = 1
	}
	if s.classes() == 3 && math.Abs(amount-3) < 1 {
		class = 2
	}
	grade, query := min(max(math.Round(amount)-1, 0), 4), int64(i/6)
	out.Grade, out.Query = &grade, &query
	yes, word := class == 1, words()[class]
	out.Yes, out.Word, out.Count, out.Half = &yes, &word, int64(class)+1, float32(class)+0.5
	out.Day = time.Unix(int64(19_000+class)*86_400, 0).UTC()
	return out
}

// source returns the rows of d: the features, then the target and the weight.
func (s *subject) source(d data) (dataset.Source, error) {
	names := d.features
	if names == nil {
		names = usual()
	}
	p := s.problem(d)
	names = slices.Clone(names)
	if p.Target != "" {
		names = append(names, p.Target)
	}
	if d.weighted {
		names = append(names, "weight")
	}
	if p.Group != "" {
		names = append(names, p.Group)
	}
	return s.wide(d, names)
}

// wide returns the rows of d with the columns of names; nil is all.
func (s *subject) wide(d data, names []string) (dataset.Source, error) {
	size := d.batch
	if size == 0 {
		size = 128
	}
	src, err := dataset.FromStructs(s.made(d), dataset.StructsOptions{BatchRows: size, Allocator: s.mem})
	if err != nil || names == nil {
		return src, err
	}
	return dataset.Select(s.ctx, src, names...)
}

func (s *subject) training(d data) (model.Training, error) {
	src, err := s.source(d)
	return model.Training{Problem: s.problem(d), Rows: src}, err
}

// heldTraining is training on rows that are in memory. The caller closes them.
func (s *subject) heldTraining(d data) (model.Training, *dataset.Batches, error) {
	t, err := s.training(d)
	if err != nil {
		return t, nil, err
	}
	held, err := dataset.Cache(s.ctx, t.Rows)
	t.Rows = held
	return t, held, err
}

// answer is a predictor's output for one row.
type answer struct {
	prediction string    // a text, or the bits of a number
	numbers    []float64 // the prediction of a regression, probabilities, raw scores
}

// predict returns p's answers to the rows of d.
func (s *subject) predict(p model.Predictor, d data) ([]answer, error) {
	src, err := s.source(d)
	if err != nil {
		return nil, err
	}
	return s.answers(p, src)
}

func (s *subject) answers(p model.Predictor, src dataset.Source) ([]answer, error) {
	var out []answer
	for b, err := range src.Batches(s.ctx) {
		if err != nil {
			return nil, err
		}
		made, err := p.Predict(s.ctx, b)
		if err != nil {
			return nil, fmt.Errorf("predict: %w", err)
		}
		if made.NumRows() != b.NumRows() {
			defer made.Release()
			return nil, fmt.Errorf("predict: got %d rows, want %d", made.NumRows(), b.NumRows())
		}
		out, err = appendAnswers(out, made)
		made.Release()
		if err != nil {
			return nil, err
		}
	}
	return out, nil
}

func appendAnswers(out []answer, b dataset.Batch) ([]answer, error) {
	start := len(out)
	out = append(out, make([]answer, b.NumRows())...)
	for j, f := range b.Schema().Fields() {
		switch c := b.Column(j).(type) {
		case *array.FixedSizeList:
			values, ok := c.ListValues().(*array.Float64)
			if !ok {
				return nil, fmt.Errorf("output %q: lists of %s, want float64", f.Name, c.ListValues().DataType())
			}
			for i := range b.NumRows() {
				from, to := c.ValueOffsets(i)
				out[start+i].numbers = append(out[start+i].numbers, values.Float64Values()[from:to]...)
			}
		default:
			row := dataset.NewRow(b.Schema())
			for i := range b.NumRows() {
				if err := b.ReadRow(i, row); err != nil {
					return nil, err
				}
				a := &out[start+i]
				if v := row.Values[j]; f.Type.IsText() {
					a.prediction = v.Text
				} else {
					a.prediction = model.ClassText(f.Type, v.Number)
				}
				if b.Schema().Index(model.ProbabilityColumn) < 0 {
					a.numbers = append(a.numbers, row.Values[j].Number)
				}
				if !row.Values[j].Valid {
					return nil, fmt.Errorf("output %q: a null for complete rows", f.Name)
				}
			}
		}
	}
	return out, nil
}

// sameBits compares two predictors' answers; NaN equals NaN.
func sameBits(want, got []answer) error { return within(want, got, 0) }

// within compares answers; a prediction that is a class may differ when tolerance is above 0, since a tie may.
func within(want, got []answer, tolerance float64) error {
	if len(want) == 0 {
		return errors.New("no answers to compare")
	}
	if len(want) != len(got) {
		return fmt.Errorf("%d rows, want %d", len(got), len(want))
	}
	for i := range want {
		if tolerance == 0 && want[i].prediction != got[i].prediction {
			return fmt.Errorf("row %d: another prediction", i)
		}
		if len(want[i].numbers) != len(got[i].numbers) {
			return fmt.Errorf("row %d: %d outputs, want %d", i, len(got[i].numbers), len(want[i].numbers))
		}
		for j, a := range want[i].numbers {
			b := got[i].numbers[j]
			if conform.SameFloat(a, b) {
				continue
			}
			if !(math.Abs(a-b) <= tolerance*max(1, math.Abs(a))) {
				return fmt.Errorf("row %d, output %d: %v, want %v", i, j, b, a)
			}
		}
	}
	return nil
}
