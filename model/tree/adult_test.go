package tree_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/tidewheel/tidewheel/dataset/csv"
	"github.com/tidewheel/tidewheel/model"
	"github.com/tidewheel/tidewheel/model/metric"
	"github.com/tidewheel/tidewheel/model/tree"
)

// TestAdultThroughTheWholePath trains on the file's own split, text columns as they are, and scores with the plan.
func TestAdultThroughTheWholePath(t *testing.T) {
	dir := os.Getenv("TIDEWHEEL_DATA")
	if dir == "" {
		t.Skip("TIDEWHEEL_DATA is not set")
	}
	train, err := csv.Open(filepath.Join(dir, "adult-train.csv"), csv.Options{})
	if err != nil {
		t.Fatal(err)
	}
	test, err := csv.Open(filepath.Join(dir, "adult-test.csv"), csv.Options{})
	if err != nil {
		t.Fatal(err)
	}
	p, err := model.NewProblem(t.Context(), train, "income", model.ProblemOptions{Positive: ">50K"})
	if err != nil {
		t.Fatal(err)
	}
	m, err := boosting(t, tree.BoostingOptions{}).Fit(t.Context(), model.Training{Problem: p, Rows: train})
	if err != nil {
		t.Fatal(err)
	}
	_, probability, _ := predict(t, m, test)
	var class []bool
	for b, err := range test.Batches(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		column, err := b.ByName("income")
		if err != nil {
			t.Fatal(err)
		}
		for i := range column.Len() {
			class = append(class, column.ValueStr(i) == ">50K")
		}
	}
	score := make([]float64, len(class))
	for i := range score {
		score[i] = probability[2*i+1]
	}
	auc, err := metric.ROCAUC(class, score, nil)
	if err != nil {
		t.Fatal(err)
	}
	if auc < 0.925 { // LightGBM 4.7.0 reaches 0.92742 here with its defaults
		t.Errorf("ROC AUC %v, want at least 0.925", auc)
	}
	t.Logf("ROC AUC %.5f", auc)
}
