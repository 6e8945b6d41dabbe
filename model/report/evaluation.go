package report

import (
	"errors"
	"fmt"
	"io"
	"math"
	"time"

	"github.com/tidewheel/tidewheel/internal/page"
	"github.com/tidewheel/tidewheel/model"
	"github.com/tidewheel/tidewheel/model/metric"
)

// Answers are the rows behind an evaluation: what occurred, and what a model said. Either the fields of classes are set or those of numbers. Slices are only read.
type Answers struct {
	Classes     []string  // the names of the k classes in order; of two, the second is the positive one
	Class       []int32   // what occurred, in [0, k)
	Probability []float64 // n×k, row by row in class order, in [0, 1]; for two classes also n, of the positive one; nil without
	Predicted   []int32   // predicted classes; nil takes the most probable one
	Actual      []float64 // what occurred, of a regression; the grades of a ranking
	Number      []float64 // what was predicted, of a regression; the scores of a ranking
	Query       []int32   // of a ranking: rows of one number are one query, wherever they stand; nil for a regression
	Weight      []float64 // nil is 1 for each row
}

// Options says what stands beside an evaluation on its page. The zero value is ready to use.
type Options struct {
	Title string    // the model or what it predicts; empty is none
	Made  time.Time // when, shown in UTC; the zero time is not shown
}

// ErrAnswers says that the slices of Answers do not belong together: their lengths differ, a class is not in the list, a grade is none, or fields of both kinds are set.
var ErrAnswers = errors.New("answers do not belong together")

// WriteEvaluation writes the page of an evaluation: its metrics, and the charts of a, which may be zero for none. Numbers that are not finite are left out of charts,
// and a chart that has no meaning for the answers, as the ROC curve of a single class, is not drawn. Of many classes the curves of the eight with the most rows are
// drawn, and the confusion matrix of twenty. It sorts the rows once for each curve and holds 40 bytes a row. Errors are ErrAnswers, those of package metric, and those
// of w.
func WriteEvaluation(w io.Writer, e *model.Evaluation, a Answers, o Options) error {
	if err := a.check(); err != nil {
		return fmt.Errorf("report: write evaluation: %w", err)
	}
	d := &page.Document{Kind: "Model evaluation", Title: o.Title, Made: o.Made, Facts: facts(e, a)}
	d.Sections = append(d.Sections, metrics(e))
	var charts []page.Section
	var err error
	switch {
	case a.Query != nil:
		charts, err = a.ranking()
	case a.Actual != nil:
		charts = a.regression()
	case a.Class != nil:
		charts, err = a.classification()
	}
	if err != nil {
		return fmt.Errorf("report: write evaluation: %w", err)
	}
	d.Sections = append(d.Sections, charts...)
	return page.Write(w, d)
}

// check says whether the slices belong together.
func (a Answers) check() error {
	want := func(ok bool, what string, got int) error {
		if ok {
			return nil
		}
		return fmt.Errorf("%w: want %s, got %d", ErrAnswers, what, got)
	}
	n, k := len(a.Class), len(a.Classes)
	if a.Actual != nil || a.Number != nil || a.Query != nil {
		n = len(a.Actual)
		return errors.Join(
			want(a.Class == nil && a.Probability == nil && a.Predicted == nil, "no classes beside numbers", len(a.Class)),
			want(len(a.Number) == n, fmt.Sprintf("%d predicted numbers", n), len(a.Number)),
			want(a.Weight == nil || len(a.Weight) == n, fmt.Sprintf("%d weights", n), len(a.Weight)),
			a.checkQueries(),
		)
	}
	err := errors.Join(
		want(a.Probability == nil || len(a.Probability) == n*k || k == 2 && len(a.Probability) == n, fmt.Sprintf("%d probabilities", n*k), len(a.Probability)),
		want(a.Predicted == nil || len(a.Predicted) == n, fmt.Sprintf("%d predicted classes", n), len(a.Predicted)),
		want(a.Weight == nil || len(a.Weight) == n, fmt.Sprintf("%d weights", n), len(a.Weight)),
	)
	for _, codes := range [][]int32{a.Class, a.Predicted} {
		for i, c := range codes {
			if c < 0 || int(c) >= k {
				return errors.Join(err, fmt.Errorf("%w: row %d: want a class in [0, %d), got %d", ErrAnswers, i, k, c))
			}
		}
	}
	return err
}

func facts(e *model.Evaluation, a Answers) []page.Fact {
	out := []page.Fact{{Name: "Task", Value: e.Task}, {Name: "Rows", Value: page.Count(int64(e.Rows))}}
	if len(a.Classes) > 0 {
		out = append(out, page.Fact{Name: "Classes", Value: page.Count(int64(len(a.Classes)))})
	}
	for _, name := range []string{"roc_auc", "roc_auc_ovr", "accuracy", "log_loss", "rmse", "mae", "r2", "ndcg_5", "ndcg_10", "map", "mrr"} {
		if v, ok := e.Get(name); ok && len(out) < 6 {
			fact := page.Fact{Name: title(name), Value: page.Metric(v.Value)}
			if !math.IsNaN(v.Low) {
				fact.Note = page.Metric(v.Low) + " to " + page.Metric(v.High)
			}
			out = append(out, fact)
		}
	}
	return out
}

// title writes the name of a metric in words where it has some.
func title(name string) string {
	switch name {
	case "roc_auc":
		return "ROC AUC"
	case "roc_auc_ovr":
		return "ROC AUC, one against rest"
	case "accuracy":
		return "Accuracy"
	case "log_loss":
		return "Log loss"
	case "rmse":
		return "RMSE"
	case "mae":
		return "MAE"
	case "r2":
		return "R²"
	case "ndcg_5":
		return "NDCG at 5"
	case "ndcg_10":
		return "NDCG at 10"
	case "map":
		return "Mean average precision"
	case "mrr":
		return "Mean reciprocal rank"
	default:
		return name
	}
}

func metrics(e *model.Evaluation) page.Section {
	level := page.Number(100*e.Level) + " %"
	t := &page.Table{
		Caption: "Metrics by scikit-learn's names", RowHead: true, Noun: "metric",
		Head: []page.Head{{Text: "Metric"}, {Text: "Value", Number: true}, {Text: "From", Number: true}, {Text: "To", Number: true}, {Text: "Better"}},
	}
	for _, v := range e.Values {
		better := page.None
		if greater, known := metric.GreaterIsBetter(v.Name); known && greater {
			better = "higher"
		} else if known {
			better = "lower"
		}
		t.Rows = append(t.Rows, []page.Cell{page.D(v.Name), page.N(page.Metric(v.Value)), page.N(page.Metric(v.Low)), page.N(page.Metric(v.High)), page.T(better)})
	}
	s := page.Section{ID: "metrics", Heading: "Metrics", Blocks: []page.Block{{Table: t}}}
	if e.Level > 0 {
		s.Intro = "From and To are the ends of the " + level + " interval, where there is one."
	}
	return s
}
