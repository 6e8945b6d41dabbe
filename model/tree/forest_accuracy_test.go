package tree

import (
	"encoding/json"
	"math"
	"os"
	"slices"
	"testing"
)

// TestForestAccuracyIsThatOfScikitLearn trains on the folds that scikit-learn was measured on (testdata/forest_accuracy.json: scikit-learn 1.9.1, 100 trees, categories as ordinal codes,
// medians for missing numbers). The tolerances are 0.008 of AUC and 3 % of RMSE a set and kind, and on average not worse by more than a fifth of that: forests of 100 trees
// differ by up to 0.004 of AUC between seeds on the small sets.
func TestForestAccuracyIsThatOfScikitLearn(t *testing.T) {
	dir := os.Getenv("TIDEWHEEL_DATA")
	if dir == "" {
		t.Skip("TIDEWHEEL_DATA is not set")
	}
	var doc struct{ Sets map[string]goldenSet }
	var figures struct {
		Sets map[string]map[string][]float64
	}
	readJSON(t, "testdata/accuracy.json", &doc)
	readJSON(t, "testdata/forest_accuracy.json", &figures)
	names := make([]string, 0, len(figures.Sets))
	for name := range figures.Sets {
		names = append(names, name)
	}
	slices.Sort(names)
	var worse, n float64
	for _, name := range names {
		s := doc.Sets[name]
		full := loadGolden(t, dir, &s)
		for _, kind := range []string{"rf100", "et100"} {
			var ours, theirs float64
			folds := 5
			if full.rows > 2000 {
				folds = 1 // enough rows to tell
			}
			for k := range folds {
				ours += forestFigure(t, full, &s, byte('0'+k), kind == "et100") / float64(folds)
				theirs += figures.Sets[name][kind][k] / float64(folds)
			}
			d := (theirs - ours) / 0.008
			if s.Measure == "rmse" {
				d = (ours/theirs - 1) / 0.03
			}
			t.Logf("%-12s %s %-8s ours %.6g scikit-learn %.6g, %+.2f of the tolerance", name, kind, s.Measure, ours, theirs, d)
			if d > 1 {
				t.Errorf("%s: %s %.6g, want within the tolerance of %.6g", name, s.Measure, ours, theirs)
			}
			worse += d
			n++
		}
	}
	if worse/n > 0.2 {
		t.Errorf("worse than scikit-learn by %.2f of the tolerance on average, want at most 0.2", worse/n)
	}
}

func readJSON(t *testing.T, name string, to any) {
	t.Helper()
	text, err := os.ReadFile(name)
	if err == nil {
		err = json.Unmarshal(text, to)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// forestFigure trains without a fold and returns the measure of the fold.
func forestFigure(t *testing.T, full *table, s *goldenSet, k byte, extra bool) float64 {
	t.Helper()
	var train, test []int
	for i := range full.rows {
		if s.Fold[i] == k {
			test = append(test, i)
		} else {
			train = append(train, i)
		}
	}
	tr, te := part(t, full, train), part(t, full, test)
	e := &forestEstimator{options: ForestOptions{Seed: 1}.withDefaults(Bootstrap), extra: extra}
	if extra {
		e.options.Sampling = Subsample
	}
	p := e.parameters(tr)
	d, err := newForestData(t.Context(), tr, p)
	if err != nil {
		t.Fatal(err)
	}
	trees, err := growForest(t.Context(), d, p)
	if err != nil {
		t.Fatal(err)
	}
	score := forestScores(t, d, trees, te)
	switch {
	case s.Measure == "rmse":
		var sum float64
		for i, y := range te.value {
			sum += (score[0][i] - y) * (score[0][i] - y)
		}
		return math.Sqrt(sum / float64(te.rows))
	case full.classes == 2:
		return areaUnderROC(te.class, 1, score[0])
	}
	var mean float64
	for c := range full.classes {
		mean += areaUnderROC(te.class, int32(c), score[c]) / float64(full.classes)
	}
	return mean
}

// forestScores scores a table by the plan of the trees.
func forestScores(t *testing.T, d *forestData, trees []*forestTree, te *table) [][]float64 {
	t.Helper()
	codes := make([][]int32, len(te.columns))
	for j, c := range te.columns {
		codes[j] = make([]int32, c.categories)
		for i := range codes[j] {
			codes[j][i] = int32(i)
		}
	}
	out, err := d.emit(trees, codes)
	if err != nil {
		t.Fatal(err)
	}
	scores := make([][]float64, out.Outputs)
	for o := range scores {
		scores[o] = make([]float64, te.rows)
	}
	row := make([]float64, len(te.columns))
	for i := range te.rows {
		for j, c := range te.columns {
			if c.numeric != nil {
				row[j] = c.numeric[i]
			} else if row[j] = float64(c.codes[i]); row[j] < 0 {
				row[j] = math.NaN()
			}
		}
		for _, at := range out.Roots {
			for at >= 0 {
				if out.GoesLeft(at, row[out.Feature[at]]) {
					at = out.Left[at]
				} else {
					at = out.Right[at]
				}
			}
			for o := range scores {
				scores[o][i] += out.Leaf[int(^at)*out.Outputs+o] / float64(len(out.Roots))
			}
		}
	}
	return scores
}
