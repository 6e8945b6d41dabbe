package metric_test

import (
	"errors"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/tidewheel/tidewheel/model/metric"
)

// sample is a small two-class problem with ties and whole weights from 0 to 3.
func sample(n int) (class []bool, score, weight []float64) {
	random := rand.New(rand.NewPCG(1, uint64(n)))
	for range n {
		c := random.Float64() < 0.4
		s := 0.5 + 0.15*random.NormFloat64()
		if c {
			s += 0.15
		}
		class = append(class, c)
		score = append(score, math.Round(100*min(max(s, 0), 1))/100)
		weight = append(weight, float64(random.IntN(4)))
	}
	return class, score, weight
}

// repeated writes every row as often as its weight says.
func repeated[T any](values []T, weight []float64) []T {
	var out []T
	for i, v := range values {
		for range int(weight[i]) {
			out = append(out, v)
		}
	}
	return out
}

type rankMetric func(class []bool, score, weight []float64) (float64, error)

func scoreMetrics() map[string]rankMetric {
	byClass := func(f func(class, predicted []bool, weight []float64) (float64, error)) rankMetric {
		return func(class []bool, score, weight []float64) (float64, error) {
			return f(class, atLeast(score, 0.55), weight)
		}
	}
	return map[string]rankMetric{
		"roc_auc": metric.ROCAUC, "average_precision": metric.AveragePrecision, "log_loss": metric.LogLoss, "brier": metric.Brier,
		"ece": func(class []bool, score, weight []float64) (float64, error) {
			return metric.ECE(class, score, weight, 7)
		},
		"ks": func(class []bool, score, weight []float64) (float64, error) {
			c, err := metric.ROC(class, score, weight)
			return c.KS(), err
		},
		"accuracy": byClass(metric.Accuracy), "balanced_accuracy": byClass(metric.BalancedAccuracy),
		"precision": byClass(metric.Precision), "recall": byClass(metric.Recall), "f1": byClass(metric.F1),
		"mcc": byClass(metric.MCC), "kappa": byClass(metric.Kappa),
	}
}

func numberMetrics() map[string]func(a, p, weight []float64) (float64, error) {
	return map[string]func(a, p, weight []float64) (float64, error){
		"mae": metric.MAE, "mse": metric.MSE, "rmse": metric.RMSE, "mape": metric.MAPE, "rmsle": metric.RMSLE,
		"median_ae": metric.MedianAE, "max_error": metric.MaxError, "r2": metric.R2,
		"explained_variance": metric.ExplainedVariance, "poisson": metric.PoissonDeviance, "gamma": metric.GammaDeviance,
		"pinball": func(a, p, w []float64) (float64, error) { return metric.PinballLoss(a, p, 0.3, w) },
	}
}

func TestWeightTwoIsTheRowTwiceAndWeightZeroIsNoRow(t *testing.T) {
	t.Parallel()
	v := value[float64](t)
	class, score, weight := sample(300)
	for name, f := range scoreMetrics() {
		near(t, name, v(f(class, score, weight)), v(f(repeated(class, weight), repeated(score, weight), nil)))
	}
	a, p := make([]float64, len(score)), make([]float64, len(score))
	for i, s := range score {
		a[i], p[i] = 1+s, 0.5+math.Abs(s-0.4)*3
	}
	for name, f := range numberMetrics() {
		near(t, name, v(f(a, p, weight)), v(f(repeated(a, weight), repeated(p, weight), nil)))
	}
}

func TestOrderOfRowsDoesNotMatter(t *testing.T) {
	t.Parallel()
	v := value[float64](t)
	class, score, weight := sample(5000) // above the size at which the radix sort takes over
	permutation := rand.New(rand.NewPCG(2, 2)).Perm(len(class))
	class2, score2, weight2 := make([]bool, len(class)), make([]float64, len(class)), make([]float64, len(class))
	for i, j := range permutation {
		class2[i], score2[i], weight2[i] = class[j], score[j], weight[j]
	}
	for name, f := range scoreMetrics() {
		near(t, name, v(f(class, score, weight)), v(f(class2, score2, weight2)))
		near(t, name, v(f(class, score, nil)), v(f(class2, score2, nil)))
	}
}

func TestROCAUCOfAnyIncreasingScoreIsTheSame(t *testing.T) {
	t.Parallel()
	v := value[float64](t)
	class, score, _ := sample(4000)
	want := v(metric.ROCAUC(class, score, nil))
	for name, f := range map[string]func(float64) float64{
		"negative and positive": func(s float64) float64 { return 1e6 * (s - 0.5) },
		"all negative":          func(s float64) float64 { return s - 3 },
		"tiny":                  func(s float64) float64 { return s * 1e-308 },
	} {
		moved := make([]float64, len(score))
		for i, s := range score {
			moved[i] = f(s)
		}
		if got := v(metric.ROCAUC(class, moved, nil)); got != want {
			t.Errorf("%s: got %v, want %v", name, got, want)
		}
	}
	minus := make([]float64, len(score))
	for i, s := range score {
		minus[i] = -s
	}
	near(t, "mirrored", v(metric.ROCAUC(class, minus, nil)), 1-want)
	zeros := []float64{math.Copysign(0, -1), 0}
	near(t, "both zeros tie", v(metric.ROCAUC([]bool{false, true}, zeros, nil)), 0.5)
}

// Pair by pair over 3,000 rows: the definition.
func TestROCAUCCountsPairs(t *testing.T) {
	t.Parallel()
	class, score, weight := sample(3000)
	wins, pairs := 0.0, 0.0
	for i := range class {
		for j := range class {
			if !class[i] || class[j] {
				continue
			}
			w := weight[i] * weight[j]
			pairs += w
			if score[i] > score[j] {
				wins += w
			} else if score[i] == score[j] {
				wins += w / 2
			}
		}
	}
	near(t, "weighted", value[float64](t)(metric.ROCAUC(class, score, weight)), wins/pairs)
}

func TestEqualWeightsGiveTheIntervalsOfNoWeights(t *testing.T) {
	t.Parallel()
	v := value[metric.Interval](t)
	class, score, _ := sample(150)
	weight := make([]float64, len(class))
	for i := range weight {
		weight[i] = 2.5
	}
	a, b := v(metric.DeLong(class, score, nil, 0.9)), v(metric.DeLong(class, score, weight, 0.9))
	allNear(t, "delong", []float64{a.Value, a.Low, a.High}, []float64{b.Value, b.Low, b.High})
	a, b = v(metric.MeanInterval(score, nil, 0.9)), v(metric.MeanInterval(score, weight, 0.9))
	allNear(t, "mean", []float64{a.Value, a.Low, a.High}, []float64{b.Value, b.Low, b.High})
}

func TestBadInputIsRefused(t *testing.T) {
	t.Parallel()
	yes, nan, inf := []bool{true, false, true}, math.NaN(), math.Inf(1)
	good := []float64{0.1, 0.2, 0.3}
	for name, f := range scoreMetrics() {
		refuse := func(what string, want error, class []bool, score, weight []float64) {
			t.Helper()
			if _, err := f(class, score, weight); !errors.Is(err, want) {
				t.Errorf("%s, %s: got %v, want %v", name, what, err, want)
			}
		}
		refuse("no rows", metric.ErrEmpty, nil, nil, nil)
		refuse("short score", metric.ErrLength, yes, good[:2], nil)
		refuse("short weight", metric.ErrLength, yes, good, good[:2])
		refuse("NaN weight", metric.ErrNonFinite, yes, good, []float64{1, nan, 1})
		refuse("negative weight", metric.ErrRange, yes, good, []float64{1, -1, 1})
		refuse("weight too small to square", metric.ErrRange, yes, good, []float64{1, 1e-200, 1})
		refuse("weight too large to square", metric.ErrRange, yes, good, []float64{1, 1e200, 1})
		refuse("weights of zero", metric.ErrEmpty, yes, good, []float64{0, 0, 0})
		switch name {
		case "roc_auc", "average_precision", "ks":
			refuse("one class", metric.ErrOneClass, []bool{true, true, true}, good, nil)
			refuse("one class with weight", metric.ErrOneClass, yes, good, []float64{1, 0, 1})
			refuse("NaN score", metric.ErrNonFinite, yes, []float64{1, nan, 2}, nil)
			refuse("infinite score", metric.ErrNonFinite, yes, []float64{1, inf, 2}, nil)
		case "log_loss", "brier", "ece":
			refuse("NaN probability", metric.ErrNonFinite, yes, []float64{0, nan, 1}, nil)
			refuse("probability above one", metric.ErrRange, yes, []float64{0, 1.5, 1}, nil)
		}
	}
	for name, f := range numberMetrics() {
		for what, c := range map[string]struct {
			want    error
			a, p, w []float64
		}{
			"no rows": {metric.ErrEmpty, nil, nil, nil}, "short": {metric.ErrLength, good, good[:1], nil},
			"NaN": {metric.ErrNonFinite, []float64{1, nan, 1}, good, nil}, "infinite": {metric.ErrNonFinite, good, []float64{inf, 1, 1}, nil},
			"negative weight": {metric.ErrRange, good, good, []float64{1, 1, -1}},
		} {
			if _, err := f(c.a, c.p, c.w); !errors.Is(err, c.want) {
				t.Errorf("%s, %s: got %v, want %v", name, what, err, c.want)
			}
		}
	}
}

func TestBadArgumentsAreRefused(t *testing.T) {
	t.Parallel()
	class, score, codes := []bool{true, false}, []float64{0.6, 0.2}, []int{0, 1}
	four := []float64{0.5, 0.5, 0.4, 0.6}
	nan := math.NaN()
	report := func(_ metric.Report, err error) error { return err }
	number := func(_ float64, err error) error { return err }
	interval := func(_ metric.Interval, err error) error { return err }
	_, codeErr := metric.NewConfusion([]int{0, 2}, codes, 2, nil)
	_, lengthErr := metric.NewConfusion(codes, codes[:1], 2, nil)
	_, classesErr := metric.NewConfusion(codes, codes, 1, nil)
	_, binsErr := metric.Calibration(class, score, nil, 0)
	_, predictedErr := metric.BinaryConfusion(class, class[:1], nil)
	for name, c := range map[string]struct{ got, want error }{
		"code":             {codeErr, metric.ErrRange},
		"lengths":          {lengthErr, metric.ErrLength},
		"predicted length": {predictedErr, metric.ErrLength},
		"classes":          {classesErr, metric.ErrRange},
		"bins":             {binsErr, metric.ErrRange},
		"beta":             {number(metric.FBeta(class, class, -1, nil)), metric.ErrRange},
		"NaN beta":         {number(metric.FBeta(class, class, nan, nil)), metric.ErrRange},
		"kappa":            {number(metric.Kappa(class[:1], class[:1], nil)), metric.ErrOneClass},
		"quantile":         {number(metric.PinballLoss(score, score, 1, nil)), metric.ErrRange},
		"power":            {number(metric.TweedieDeviance(score, score, 0.5, nil)), metric.ErrRange},
		"NaN power":        {number(metric.TweedieDeviance(score, score, nan, nil)), metric.ErrRange},
		"poisson":          {number(metric.PoissonDeviance(score, []float64{1, 0}, nil)), metric.ErrRange},
		"gamma":            {number(metric.GammaDeviance([]float64{0, 1}, score, nil)), metric.ErrRange},
		"rmsle":            {number(metric.RMSLE([]float64{-1, 1}, score, nil)), metric.ErrRange},
		"squared error":    {number(metric.MSE([]float64{1e200, 0}, score, nil)), metric.ErrNonFinite},
		"r2 of large":      {number(metric.R2([]float64{1e200, 0}, score, nil)), metric.ErrNonFinite},
		"mean of large":    {interval(metric.MeanInterval([]float64{1.7e308, 1.7e308}, nil, 0.9)), metric.ErrNonFinite},
		"report of large":  {report(metric.Regression([]float64{1e200, 0}, score, nil, metric.ReportOptions{})), metric.ErrNonFinite},
		"r2 of one row":    {number(metric.R2(score[:1], score[:1], nil)), metric.ErrEmpty},
		"ndcg k":           {number(metric.NDCG(score, score, -1)), metric.ErrRange},
		"ndcg of one":      {number(metric.NDCG(score[:1], score[:1], 0)), metric.ErrEmpty},
		"dcg relevance":    {number(metric.DCG([]float64{-1, 1}, score, 0)), metric.ErrRange},
		"shape":            {number(metric.MulticlassLogLoss(codes, four[:3], nil)), metric.ErrLength},
		"one column":       {number(metric.MulticlassBrier(codes, four[:2], nil)), metric.ErrLength},
		"multiclass code":  {number(metric.MulticlassLogLoss([]int{0, 2}, four, nil)), metric.ErrRange},
		"multiclass one":   {number(metric.MulticlassROCAUC([]int{1, 1}, four, nil, metric.Macro)), metric.ErrOneClass},
		"top 0":            {number(metric.TopK(codes, four, nil, 0)), metric.ErrRange},
		"level":            {interval(metric.DeLong(class, score, nil, 1)), metric.ErrRange},
		"mean level":       {interval(metric.MeanInterval(score, nil, 0)), metric.ErrRange},
		"wilson":           {interval(metric.Wilson(3, 2, 0.95)), metric.ErrRange},
		"wilson level":     {interval(metric.Wilson(1, 2, nan)), metric.ErrRange},
		"report threshold": {report(metric.Binary(class, score, nil, nan, metric.ReportOptions{})), metric.ErrNonFinite},
		"report one class": {report(metric.Binary([]bool{true, true}, score, nil, 0.5, metric.ReportOptions{})), metric.ErrOneClass},
		"report of one":    {report(metric.Regression(score[:1], score[:1], nil, metric.ReportOptions{})), metric.ErrEmpty},
		"report class":     {report(metric.Multiclass([]int{1, 1}, four, nil, metric.ReportOptions{})), metric.ErrOneClass},
	} {
		if !errors.Is(c.got, c.want) {
			t.Errorf("%s: got %v, want %v", name, c.got, c.want)
		}
	}
}

// By hand from the definitions.
func TestUndefinedRatiosAndConstantTargets(t *testing.T) {
	t.Parallel()
	v := value[float64](t)
	yes, no := []bool{true, true}, []bool{false, false}
	near(t, "precision of nothing", v(metric.Precision(yes, no, nil)), 0)
	near(t, "recall of nothing", v(metric.Recall(no, yes, nil)), 0)
	near(t, "f1 of nothing", v(metric.F1(no, no, nil)), 0)
	near(t, "mcc of one class", v(metric.MCC(yes, yes, nil)), 0)
	near(t, "mcc of one class with weights", v(metric.MCC(yes, yes, []float64{0.1, 0.2})), 0)
	near(t, "r2 of a constant, exact", v(metric.R2([]float64{3, 3}, []float64{3, 3}, nil)), 1)
	near(t, "r2 of a constant, not exact", v(metric.R2([]float64{3, 3}, []float64{3, 4}, nil)), 0)
	near(t, "ndcg of nothing relevant", v(metric.NDCG([]float64{0, 0}, []float64{1, 2}, 0)), 0)
	near(t, "log loss of certain and right", v(metric.LogLoss([]bool{true, false}, []float64{1, 0}, nil)), 0)
	near(t, "log loss of certain and wrong", v(metric.LogLoss([]bool{true}, []float64{0}, nil)), 52*math.Ln2)
	near(t, "power 0 is the squared error", v(metric.TweedieDeviance([]float64{1}, []float64{-2}, 0, nil)), 9)
	near(t, "a count of zero", v(metric.PoissonDeviance([]float64{0}, []float64{1.5}, nil)), 3)
	near(t, "one row's median", v(metric.MedianAE([]float64{1}, []float64{3}, nil)), 2)
}

// By hand from the definitions.
func TestConfusionCountsAndTwoClassesAsMulticlass(t *testing.T) {
	t.Parallel()
	v := value[float64](t)
	c := value[*metric.Confusion](t)(metric.NewConfusion([]int{0, 0, 1, 2}, []int{0, 1, 1, 1}, 3, []float64{1, 2, 0.5, 3}))
	if c.Classes() != 3 {
		t.Errorf("got %d classes", c.Classes())
	}
	allNear(t, "counts", []float64{c.Total(), c.Actual(0), c.Predicted(1), c.Predicted(2), c.At(2, 1)}, []float64{6.5, 3, 5.5, 0, 3})
	near(t, "accuracy", c.Accuracy(), 1.5/6.5)

	class, score, weight := sample(100)
	codes, both := make([]int, len(class)), make([]float64, 0, 2*len(class))
	for i, s := range score {
		if class[i] {
			codes[i] = 1
		}
		both = append(both, 1-s, s)
	}
	near(t, "brier", v(metric.MulticlassBrier(codes, both, weight)), v(metric.Brier(class, score, weight)))
	near(t, "log loss", v(metric.MulticlassLogLoss(codes, both, weight)), v(metric.LogLoss(class, score, weight)))
	near(t, "roc auc", v(metric.MulticlassROCAUC(codes, both, weight, metric.Macro)), v(metric.ROCAUC(class, score, weight)))
}

func TestCurvesOfNegativeScores(t *testing.T) {
	t.Parallel()
	class, score := []bool{true, false, true, false}, []float64{-1, -2, -3, 4}
	roc := value[metric.ROCCurve](t)(metric.ROC(class, score, nil))
	// 4 is false, -1 true, -2 false, -3 true: by hand.
	allNear(t, "threshold", roc.Threshold[1:], []float64{4, -1, -2, -3})
	allNear(t, "true positive rate", roc.TruePositiveRate, []float64{0, 0, 0.5, 0.5, 1})
	allNear(t, "false positive rate", roc.FalsePositiveRate, []float64{0, 0.5, 0.5, 1, 1})
	near(t, "ks", roc.KS(), 0.5)
}
