package tree

import (
	"encoding/json"
	"fmt"
	"math"
	"os"
	"runtime"
	"testing"
)

const (
	seedTrain, seedTest, seedColumns = 100_000, 50_000, 30
	seedCategories                   = 20
)

// drawn is number k of a row, uniform in [0, 1): splitmix64 of the seed, the row and k, as testdata/gen/seeds.py has it.
func drawn(seed uint64, row, k int) float64 {
	x := (seed*0xD1342543DE82EF95 + uint64(row)*64 + uint64(k) + 1) * 0x9E3779B97F4A7C15
	x = (x ^ x>>30) * 0xBF58476D1CE4E5B9
	x = (x ^ x>>27) * 0x94D049BB133111EB
	return float64((x^x>>31)>>11) * 0x1p-53
}

// seedTable returns the rows of a seed, those for training first.
func seedTable(seed uint64) *table {
	n := seedTrain + seedTest
	t := &table{rows: n, columns: make([]column, seedColumns), labels: labels{classes: 2, class: make([]int32, n)}}
	for j := range t.columns {
		if j%5 == 4 {
			t.columns[j] = column{codes: make([]int32, n), categories: seedCategories}
		} else {
			t.columns[j].numeric = make([]float64, n)
		}
	}
	x := make([]float64, seedColumns)
	for i := range n {
		for j := range x {
			u := drawn(seed, i, j)
			if j%5 == 4 {
				x[j] = math.Floor(u * seedCategories)
				t.columns[j].codes[i] = int32(x[j])
				continue
			}
			if x[j] = 2*u - 1; j%3 == 2 {
				x[j] = math.Floor(x[j]*16) / 16
			}
			t.columns[j].numeric[i] = x[j]
			if j%4 == 3 && drawn(seed, i, 41+j%16) < 0.1 {
				t.columns[j].numeric[i] = math.NaN()
			}
		}
		if drawn(seed, i, 40)*(1+math.Exp(-logOdds(x))) < 1 {
			t.class[i] = 1
		}
	}
	return t
}

func logOdds(x []float64) float64 {
	z := x[0] + 0.5*x[1] - 0.75*x[2] + 2*(x[3]+0.5)*(x[5]+0.25) - 1.5*(x[6]-0.5)*x[7] + 0.05*(x[4]-10)
	if math.Mod(x[9], 3) == 0 {
		z += 0.5
	} else {
		z -= 0.25
	}
	if x[8] > 0 && x[10] > 0 {
		return z + 0.75
	}
	return z - 0.25
}

// TestSeedsAreAsAccurateAsLightGBM trains on ten drawn data sets of 100,000 rows, where TIDEWHEEL_PEERS is 1 (42 s of CPU). The mean area under the ROC curve must be
// within 0.001 of LightGBM's, for trees of 31 leaves and of 255.
func TestSeedsAreAsAccurateAsLightGBM(t *testing.T) {
	if os.Getenv("TIDEWHEEL_PEERS") != "1" {
		t.Skip("TIDEWHEEL_PEERS is not 1")
	}
	var doc struct {
		Positives []int
		AUC       map[int][]float64
	}
	text, err := os.ReadFile("testdata/seeds.json")
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, &doc); err != nil {
		t.Fatal(err)
	}
	train, test := make([]int, seedTrain), make([]int, seedTest)
	for i := range train {
		train[i] = i
	}
	for i := range test {
		test[i] = seedTrain + i
	}
	ours := make(map[int]float64)
	for seed, positives := range doc.Positives {
		all := seedTable(uint64(seed))
		got := 0
		for _, c := range all.class {
			got += int(c)
		}
		if got != positives {
			t.Fatalf("seed %d: %d positive rows, want %d: the draws differ", seed, got, positives)
		}
		tr, te := part(t, all, train), part(t, all, test)
		for _, leaves := range []int{31, 255} {
			p := defaults()
			p.objective, p.leaves, p.workers = logistic{}, leaves, runtime.GOMAXPROCS(0)
			e, err := boost(t.Context(), tr, nil, p)
			if err != nil {
				t.Fatal(err)
			}
			auc := areaUnderROC(te.class, 1, e.raw(te)[0])
			t.Logf("seed %d, %3d leaves: ours %.5f lightgbm %.5f, %+.5f", seed, leaves, auc, doc.AUC[leaves][seed], auc-doc.AUC[leaves][seed])
			ours[leaves] += auc / float64(len(doc.Positives))
		}
	}
	for _, leaves := range []int{31, 255} {
		theirs := 0.0
		for _, v := range doc.AUC[leaves] {
			theirs += v / float64(len(doc.AUC[leaves]))
		}
		name := fmt.Sprintf("%3d leaves: mean ours %.5f lightgbm %.5f, %+.5f", leaves, ours[leaves], theirs, ours[leaves]-theirs)
		t.Log(name)
		if math.Abs(ours[leaves]-theirs) > 0.001 {
			t.Errorf("%s: want within 0.001", name)
		}
	}
}
