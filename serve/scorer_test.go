package serve_test

import (
	"context"
	"errors"
	"math"
	"net/http"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/apache/arrow/go/v17/arrow/array"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/model"
	"github.com/tidewheel/tidewheel/serve"
	"github.com/tidewheel/tidewheel/serve/internal/fixture"
	"github.com/tidewheel/tidewheel/validate"
)

// expected scores rows by the batch entrance of the predictor.
func expected(t testing.TB, a *fixture.Artifact, rows []order) (classes []string, probability, raw []float64) {
	t.Helper()
	src, err := dataset.FromStructs(rows, dataset.StructsOptions{})
	if err != nil {
		t.Fatal(err)
	}
	for b, err := range src.Batches(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		out, err := a.Predictor().Predict(t.Context(), b)
		if err != nil {
			t.Fatal(err)
		}
		defer out.Release()
		texts, err := dataset.NewTexts(out.Column(0))
		if err != nil {
			t.Fatal(err)
		}
		for i := range texts.Len() {
			classes = append(classes, strings.Clone(texts.Value(i)))
		}
		floats := func(c int) []float64 {
			return out.Column(c).(*array.FixedSizeList).ListValues().(*array.Float64).Float64Values()
		}
		probability = append(probability, floats(1)...)
		raw = append(raw, floats(2)...)
	}
	return classes, probability, raw
}

func sameBits(a, b []float64) bool {
	for i := range a {
		if math.Float64bits(a[i]) != math.Float64bits(b[i]) {
			return false
		}
	}
	return len(a) == len(b)
}

func TestScorerGivesTheBitsOfTheBatchEntrance(t *testing.T) {
	a, rows := artifact(t, fixture.Options{}), orders(5000, 3)
	s, err := serve.New[order](a, serve.Options{})
	if err != nil {
		t.Fatal(err)
	}
	classes, probability, raw := expected(t, a, rows)
	var p serve.Prediction
	for i := range rows {
		if err := s.ScoreInto(t.Context(), &rows[i], &p); err != nil {
			t.Fatal(err)
		}
		if p.Class != classes[i] || p.Value != dataset.TextValue(classes[i]) || levels[p.Index] != p.Class || p.Version != a.Digest() {
			t.Fatalf("row %d: class %q, want %q", i, p.Class, classes[i])
		}
		if !sameBits(p.Probability, probability[3*i:3*i+3]) || !sameBits(p.Raw, raw[3*i:3*i+3]) {
			t.Fatalf("row %d: other bits than the batch entrance", i)
		}
	}
}

func TestScoreIntoAllocatesNothing(t *testing.T) {
	if raceEnabled {
		return // the race detector drops what is pooled at random
	}
	var seen counter
	s, err := serve.New[order](artifact(t, fixture.Options{}), serve.Options{Observers: []serve.Observer{&seen}})
	if err != nil {
		t.Fatal(err)
	}
	unseen := "fax"
	rows := orders(100, 5)
	rows[0].Tenure, rows[0].Channel = nil, &unseen // a null and an unseen category
	rows[1].Channel = nil
	var p serve.Prediction
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	i := 0
	if n := testing.AllocsPerRun(5, func() { // it rounds down, so a run is many rows
		for range 1000 {
			if err := s.ScoreInto(ctx, &rows[i%len(rows)], &p); err != nil {
				t.Error(err)
			}
			i++
		}
	}); n != 0 {
		t.Errorf("%v allocations in 1000 rows, want 0", n)
	}
	if seen.rows.Load() < 1000 || seen.rolls.Load() < 1000/window {
		t.Errorf("%d rows observed and %d windows rolled", seen.rows.Load(), seen.rolls.Load())
	}
}

func TestScorerRefusesWithFieldAndRule(t *testing.T) {
	s, err := serve.New[order](artifact(t, fixture.Options{}), serve.Options{})
	if err != nil {
		t.Fatal(err)
	}
	row := orders(1, 1)[0]
	row.Amount, row.Country = -1, "XX"
	p := serve.Prediction{Class: "kept"}
	err = s.ScoreInto(t.Context(), &row, &p)
	var refused *serve.RefusedError
	if !errors.As(err, &refused) || !errors.Is(err, serve.ErrRefused) {
		t.Fatalf("got %v, want a refusal", err)
	}
	want := []serve.Finding{
		{Field: "amount", Rule: validate.RuleBelowMin, Severity: validate.Refused},
		{Field: "country", Rule: validate.RuleOneOf, Severity: validate.Refused},
	}
	if len(refused.Findings) != 2 || refused.Findings[0] != want[0] || refused.Findings[1] != want[1] || refused.Rows != 1 || refused.Refused != 1 {
		t.Errorf("got %+v, want %+v", refused.Findings, want)
	}
	if want := `serve: 1 of 1 rows refused; row 0, field "amount": below_min; row 0, field "country": one_of`; err.Error() != want {
		t.Errorf("error %q, want %q", err, want)
	}
	if p.Class != "kept" {
		t.Error("the prediction was changed by a refusal")
	}
	if got, err := s.Score(t.Context(), row); err == nil || got.Class != "" {
		t.Error("Score gave a prediction with its error")
	}
}

func TestScorerListsWhatItAccepts(t *testing.T) {
	s, err := serve.New[order](artifact(t, fixture.Options{}), serve.Options{})
	if err != nil {
		t.Fatal(err)
	}
	row := orders(1, 1)[0]
	web := "web"
	row.Channel, row.Tenure, row.Amount = &web, nil, 90_000 // within the schema's bounds, far outside all that was seen
	p, err := s.Score(t.Context(), row)
	if err != nil {
		t.Fatal(err)
	}
	if len(p.Findings) != 2 || !p.IsFlagged() {
		t.Fatalf("findings %+v, want a null that counts and a flagged unit", p.Findings)
	}
	if d := s.Model().Describe(0, p.Findings[0]); d.Field != "tenure" || d.Rule != validate.RuleNull || d.Severity != validate.Counted {
		t.Errorf("got %+v", d)
	}
	if d := s.Model().Describe(0, p.Findings[1]); d.Field != "amount" || d.Rule != validate.RuleUnitScale || d.Severity != validate.Flagged {
		t.Errorf("got %+v", d)
	}
}

func TestScorerObeysTheContext(t *testing.T) {
	s, err := serve.New[order](artifact(t, fixture.Options{}), serve.Options{})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := s.Score(ctx, orders(1, 1)[0]); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}

func TestNewListsEveryColumnThatDoesNotFit(t *testing.T) {
	type other struct {
		Amount  string  `ml:"name=amount"`
		Country float64 `ml:"name=country"`
	}
	_, err := serve.New[other](artifact(t, fixture.Options{}), serve.Options{})
	if !errors.Is(err, dataset.ErrSchema) {
		t.Fatalf("got %v", err)
	}
	for _, column := range []string{"amount", "country", "tenure", "channel", "items", "member", "rate", "day", "at"} {
		if !strings.Contains(err.Error(), `"`+column+`"`) {
			t.Errorf("%v does not name %q", err, column)
		}
	}
}

// narrow is an artifact whose schema lacks a column, or has more of them and in another order.
type narrow struct {
	*fixture.Artifact
	schema *dataset.Schema
}

func (n narrow) Schema() *dataset.Schema { return n.schema }

func TestNewModelChecksTheArtifact(t *testing.T) {
	a := artifact(t, fixture.Options{})
	s, err := a.Schema().Without("amount", "country")
	if err != nil {
		t.Fatal(err)
	}
	if s, err = s.With(dataset.Field{Name: "country", Type: dataset.Float64}); err != nil {
		t.Fatal(err)
	}
	_, err = serve.NewModel(narrow{a, s}, serve.Options{Observers: []serve.Observer{nil}})
	var option *dataset.OptionError
	if !errors.Is(err, dataset.ErrSchema) || !errors.As(err, &option) || !strings.Contains(err.Error(), `"amount"`) || !strings.Contains(err.Error(), `"country"`) {
		t.Errorf("got %v", err)
	}
	if _, err := serve.NewModel(nil, serve.Options{}); err == nil {
		t.Error("no artifact was accepted")
	}
}

func TestSchemaMayHoldMoreThanTheModelReads(t *testing.T) {
	a, rows := artifact(t, fixture.Options{}), orders(50, 9)
	names := a.Schema().Names()
	for i, j := 0, len(names)-1; i < j; i, j = i+1, j-1 {
		names[i], names[j] = names[j], names[i]
	}
	s, err := a.Schema().Select(names...)
	if err != nil {
		t.Fatal(err)
	}
	if s, err = s.With(dataset.Field{Name: "id", Type: dataset.Utf8, Role: dataset.Key}); err != nil {
		t.Fatal(err)
	}
	type withID struct {
		ID string `ml:"name=id"`
		order
	}
	scorer, err := serve.New[withID](narrow{a, s}, serve.Options{})
	if err != nil {
		t.Fatal(err)
	}
	classes, probability, _ := expected(t, a, rows)
	for i, r := range rows {
		p, err := scorer.Score(t.Context(), withID{"x", r})
		if err != nil {
			t.Fatal(err)
		}
		if p.Class != classes[i] || !sameBits(p.Probability, probability[3*i:3*i+3]) {
			t.Fatalf("row %d: another score than by the model's own schema", i)
		}
	}
}

// recorder keeps the last row and output.
type recorder struct {
	mu  sync.Mutex
	in  []dataset.Value
	out model.Output
}

func (r *recorder) Observe(in dataset.Row, out model.Output) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.in = append(r.in[:0], in.Values...)
	out.Probability = append([]float64(nil), out.Probability...)
	r.out = out
}

func TestObserversSeeTheRowAndTheResult(t *testing.T) {
	var seen recorder
	s, err := serve.New[order](artifact(t, fixture.Options{}), serve.Options{Observers: []serve.Observer{&seen}})
	if err != nil {
		t.Fatal(err)
	}
	row := orders(1, 1)[0]
	p, err := s.Score(t.Context(), row)
	if err != nil {
		t.Fatal(err)
	}
	if seen.in[0].Number != row.Amount || seen.in[2].Text != row.Country || seen.out.Class != p.Index || !sameBits(seen.out.Probability, p.Probability) {
		t.Errorf("observed %v and %+v", seen.in, seen.out)
	}
	seen.in = nil
	row.Amount = -1
	if _, err := s.Score(t.Context(), row); err == nil || seen.in != nil {
		t.Error("a refused row was observed")
	}
}

func TestRegressionHasNoClass(t *testing.T) {
	s, err := serve.New[order](artifact(t, fixture.Options{Target: dataset.Field{Name: "delay", Type: dataset.Float64}}), serve.Options{})
	if err != nil {
		t.Fatal(err)
	}
	p, err := s.Score(t.Context(), orders(1, 1)[0])
	if err != nil {
		t.Fatal(err)
	}
	if p.Index != -1 || p.Class != "" || len(p.Probability) != 0 || !p.Value.Valid || p.Value.Number != p.Raw[0] || s.Model().Classes() != nil {
		t.Errorf("got %+v", p)
	}
}

func TestConcurrentScoring(t *testing.T) {
	a, rows := artifact(t, fixture.Options{}), orders(400, 11)
	s, err := serve.New[order](a, serve.Options{})
	if err != nil {
		t.Fatal(err)
	}
	_, probability, _ := expected(t, a, rows)
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			var p serve.Prediction
			for i := range rows {
				if err := s.ScoreInto(t.Context(), &rows[i], &p); err != nil || !sameBits(p.Probability, probability[3*i:3*i+3]) {
					t.Errorf("row %d: %v, or another score than alone", i, err)
					return
				}
			}
		})
	}
	wg.Wait()
}

// A row of many is shown to observers as the same row alone.
func TestObserversSeeOneRowOfManyAsTheRowAlone(t *testing.T) {
	var alone, many recorder
	a, rows := artifact(t, fixture.Options{}), orders(20, 6)
	one := newModel(t, a, serve.Options{Observers: []serve.Observer{&alone}})
	scorer, err := serve.Bind[order](one)
	if err != nil {
		t.Fatal(err)
	}
	h, err := serve.NewHandler(serve.NewRouter(newModel(t, a, serve.Options{Observers: []serve.Observer{&many}})), serve.HandlerOptions{})
	if err != nil {
		t.Fatal(err)
	}
	for i := range rows {
		if _, err := scorer.Score(t.Context(), rows[i]); err != nil {
			t.Fatal(err)
		}
		if status, _, text := post(t, h, "["+rowJSON(rows[(i+1)%len(rows)])+","+rowJSON(rows[i])+"]"); status != http.StatusOK {
			t.Fatal(text)
		}
		if !slices.Equal(alone.in, many.in) || !reflect.DeepEqual(alone.out, many.out) {
			t.Fatalf("row %d: %+v and %+v", i, alone.out, many.out)
		}
	}
}
