package metric_test

import (
	"encoding/json"
	"errors"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/model/metric"
)

// coverage is the share of samples whose interval holds the truth.
func coverage(t *testing.T, samples int, truth float64, interval func(random *rand.Rand) (metric.Interval, error)) float64 {
	t.Helper()
	hits := 0
	for s := range samples {
		i, err := interval(rand.New(rand.NewPCG(5, uint64(s))))
		if err != nil {
			t.Fatal(err)
		}
		if i.Low <= truth && truth <= i.High {
			hits++
		}
	}
	return float64(hits) / float64(samples)
}

// Intervals of 95 % must hold the truth in 93 to 97 % of many samples from a known distribution. With 400 to 2,000
// samples the share itself is known to 2 to 1 % (two standard errors); the seeds are fixed.
func TestIntervalsOf95PercentHoldTheTruthIn93To97PercentOfSamples(t *testing.T) {
	t.Parallel()
	normal := func(random *rand.Rand, n int) []float64 {
		x := make([]float64, n)
		for i := range x {
			x[i] = random.NormFloat64()
		}
		return x
	}
	// Scores N(0, 1) and N(1.2, 1): the area is Φ(1.2/√2), by hand.
	area := 0.5 * math.Erfc(-1.2/2)
	scores := func(random *rand.Rand) ([]bool, []float64) {
		class, score := make([]bool, 360), normal(random, 360)
		for i := range class {
			if class[i] = i%3 == 0; class[i] {
				score[i] += 1.2
			}
		}
		return class, score
	}
	for name, c := range map[string]struct {
		samples  int
		truth    float64
		interval func(random *rand.Rand) (metric.Interval, error)
	}{
		"Wilson, 60 rows": {2000, 0.8, func(random *rand.Rand) (metric.Interval, error) {
			k := 0
			for range 60 {
				if random.Float64() < 0.8 {
					k++
				}
			}
			return metric.Wilson(float64(k), 60, 0.95)
		}},
		"Student, mean of |N|, 60 rows": {2000, math.Sqrt(2 / math.Pi), func(random *rand.Rand) (metric.Interval, error) {
			x := normal(random, 60)
			for i := range x {
				x[i] = math.Abs(x[i])
			}
			return metric.MeanInterval(x, nil, 0.95)
		}},
		"Student with weights, 150 rows": {2000, 0, func(random *rand.Rand) (metric.Interval, error) {
			x, w := normal(random, 150), make([]float64, 150)
			for i := range w {
				w[i] = 0.5 + random.Float64()
			}
			return metric.MeanInterval(x, w, 0.95)
		}},
		"DeLong, 360 rows": {1500, area, func(random *rand.Rand) (metric.Interval, error) {
			class, score := scores(random)
			return metric.DeLong(class, score, nil, 0.95)
		}},
		"DeLong with weights, 360 rows": {1500, area, func(random *rand.Rand) (metric.Interval, error) {
			class, score := scores(random)
			w := make([]float64, len(class))
			for i := range w {
				w[i] = 0.5 + random.Float64()
			}
			return metric.DeLong(class, score, w, 0.95)
		}},
		"bootstrap of the RMSE, 250 rows": {400, 1, func(random *rand.Rand) (metric.Interval, error) {
			x, zero := normal(random, 250), make([]float64, 250)
			return metric.Bootstrap(250, metric.BootstrapOptions{Resamples: 200, Workers: 1}, func(rows []int) (float64, error) {
				drawn := make([]float64, len(rows))
				for i, r := range rows {
					drawn[i] = x[r]
				}
				return metric.RMSE(drawn, zero, nil)
			})
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			share := coverage(t, c.samples, c.truth, c.interval)
			t.Logf("%s: %.4f", name, share)
			if share < 0.93 || share > 0.97 {
				t.Errorf("held the truth in %.2f %% of samples, want 93 to 97", 100*share)
			}
		})
	}
}

func TestBootstrapGivesTheSameBitsForAnyNumberOfWorkers(t *testing.T) {
	t.Parallel()
	class, score, weight := sample(200)
	var want metric.Report
	for i, workers := range []int{1, 2, 7} {
		got, err := metric.Binary(class, score, weight, 0.5, metric.ReportOptions{Resamples: 100, Seed: 3, Workers: workers})
		if err != nil {
			t.Fatal(err)
		}
		if i == 0 {
			want = got
			continue
		}
		for j, v := range got.Values {
			if v != want.Values[j] {
				t.Errorf("%d workers: got %v, want %v", workers, v, want.Values[j])
			}
		}
	}
	for _, v := range want.Values {
		if !(v.Low <= v.Value && v.Value <= v.High) && v.Name != "ece" { // the error of calibration grows with noise
			t.Errorf("%s: %v lies outside %v to %v", v.Name, v.Value, v.Low, v.High)
		}
	}
}

func TestBootstrapRedrawsWhatHasNoValueAndPassesErrorsOn(t *testing.T) {
	t.Parallel()
	class, score := []bool{true, false, false, false}, []float64{0.9, 0.1, 0.95, 0.3}
	auc := func(rows []int) (float64, error) {
		c, s := make([]bool, len(rows)), make([]float64, len(rows))
		for i, r := range rows {
			c[i], s[i] = class[r], score[r]
		}
		return metric.ROCAUC(c, s, nil)
	}
	if _, err := metric.Bootstrap(4, metric.BootstrapOptions{}, auc); err != nil {
		t.Errorf("redraws: %v", err)
	}
	never := func([]int) func([]int) (float64, error) {
		calls := 0
		return func([]int) (float64, error) {
			if calls++; calls == 1 {
				return 0, nil
			}
			return 0, metric.ErrOneClass
		}
	}
	if _, err := metric.Bootstrap(4, metric.BootstrapOptions{Workers: 1}, never(nil)); !errors.Is(err, metric.ErrOneClass) {
		t.Errorf("no draw with a value: got %v", err)
	}
	broken := errors.New("broken")
	if _, err := metric.Bootstrap(4, metric.BootstrapOptions{}, func([]int) (float64, error) { return 0, broken }); !errors.Is(err, broken) {
		t.Errorf("an error of the metric: got %v", err)
	}
	for field, o := range map[string]metric.BootstrapOptions{"Resamples": {Resamples: 5}, "Level": {Level: 1.5}, "Workers": {Workers: -1}} {
		var option *dataset.OptionError
		if _, err := metric.Bootstrap(4, o, auc); !errors.As(err, &option) || option.Field != "metric.BootstrapOptions."+field {
			t.Errorf("%s: got %v, want an OptionError", field, err)
		}
		_, err := metric.Regression([]float64{1, 2}, []float64{1, 3}, nil, metric.ReportOptions{Level: o.Level, Resamples: o.Resamples, Workers: o.Workers})
		if !errors.As(err, &option) || option.Field != "metric.ReportOptions."+field {
			t.Errorf("%s of a report: got %v, want an OptionError", field, err)
		}
	}
	if _, err := metric.Bootstrap(0, metric.BootstrapOptions{}, auc); !errors.Is(err, metric.ErrEmpty) {
		t.Errorf("no rows: got %v, want ErrEmpty", err)
	}
}

func TestIntervalsAtTheEdge(t *testing.T) {
	t.Parallel()
	v := value[metric.Interval](t)
	one := v(metric.MeanInterval([]float64{3}, nil, 0.95))
	if one.Value != 3 || one.Low == one.Low || one.High == one.High {
		t.Errorf("mean of one row: got %v, want 3 with NaN bounds", one)
	}
	few := v(metric.DeLong([]bool{true, false, false}, []float64{3, 1, 2}, nil, 0.95))
	if few.Value != 1 || few.Low == few.Low {
		t.Errorf("area with one true row: got %v, want 1 with NaN bounds", few)
	}
	perfect := v(metric.DeLong([]bool{true, true, false, false}, []float64{3, 4, 1, 2}, nil, 0.95))
	if perfect.Low != 1 || perfect.High != 1 {
		t.Errorf("perfect separation: got %v", perfect)
	}
}

func TestIntervalsSurviveJSON(t *testing.T) {
	t.Parallel()
	in := metric.Report{Rows: 2, Level: 0.95, Values: []metric.Named{
		{Name: "mae", Interval: metric.Interval{Value: 0.1, Low: math.NaN(), High: math.Inf(1)}},
		{Name: "r2", Interval: metric.Interval{Value: 0.5, Low: 0.25, High: 0.75}},
	}}
	b, err := json.Marshal(in)
	if err != nil {
		t.Fatal(err)
	}
	want := `{"rows":2,"level":0.95,"values":[{"name":"mae","value":0.1,"low":null,"high":null},{"name":"r2","value":0.5,"low":0.25,"high":0.75}]}`
	if string(b) != want {
		t.Errorf("got %s, want %s", b, want)
	}
	var out metric.Report
	if err := json.Unmarshal(b, &out); err != nil {
		t.Fatal(err)
	}
	mae, _ := out.Get("mae")
	r2, _ := out.Get("r2")
	if out.Rows != 2 || mae.Value != 0.1 || mae.Low == mae.Low || r2 != in.Values[1].Interval {
		t.Errorf("read back %+v", out)
	}
	var broken metric.Interval
	if err := json.Unmarshal([]byte(`{"value":"x"}`), &broken); err == nil {
		t.Error("text for a number was accepted")
	}
}
