package serve_test

import (
	"testing"

	"github.com/tidewheel/tidewheel/monitor"
	"github.com/tidewheel/tidewheel/registry"
	"github.com/tidewheel/tidewheel/serve"
	"github.com/tidewheel/tidewheel/serve/internal/fixture"
)

var (
	_ serve.Artifact = (*registry.Bundle)(nil)
	_ serve.Observer = (*monitor.Monitor)(nil)
)

func TestScoreIntoAllocatesNothingUnderAMonitorWhoseWindowsRoll(t *testing.T) {
	if raceEnabled {
		return // the race detector drops what is pooled at random
	}
	a, rows := artifact(t, fixture.Options{}), orders(100, 23)
	watch, err := monitor.New(a.Profile(), monitor.Options{WindowRows: 100})
	if err != nil {
		t.Fatal(err)
	}
	s, err := serve.New[order](a, serve.Options{Observers: []serve.Observer{watch}})
	if err != nil {
		t.Fatal(err)
	}
	unseen := "fax"
	rows[0].Tenure, rows[0].Channel = nil, &unseen
	var p serve.Prediction
	ctx, i := t.Context(), 0
	score := func() {
		if err := s.ScoreInto(ctx, &rows[i%len(rows)], &p); err != nil {
			t.Error(err)
		}
		i++
	}
	windows := func() { // AllocsPerRun rounds down, so a run is many rows
		for range 1000 {
			score()
		}
	}
	for range 5 { // every window that is kept has been used once
		windows()
	}
	if n := testing.AllocsPerRun(5, windows); n != 0 {
		t.Errorf("%v allocations in 10 windows, want 0", n)
	}
	if n := len(watch.Windows()); n == 0 {
		t.Error("no window rolled")
	}
}

func TestBundleServesTheBitsOfTheModelThatWasSealed(t *testing.T) {
	a, rows := artifact(t, fixture.Options{}), orders(300, 13)
	sealed, err := registry.Seal(registry.Contents{Name: "levels", Model: a.Predictor(), Schema: a.Schema(), Profile: a.Profile()})
	if err != nil {
		t.Fatal(err)
	}
	bytes, err := sealed.Encode()
	if err != nil {
		t.Fatal(err)
	}
	bundle, err := registry.Decode(bytes)
	if err != nil {
		t.Fatal(err)
	}
	s, err := serve.New[order](bundle, serve.Options{})
	if err != nil {
		t.Fatal(err)
	}
	_, probability, raw := expected(t, a, rows)
	for i, row := range rows {
		p, err := s.Score(t.Context(), row)
		if err != nil || p.Version != bundle.Digest() || !sameBits(p.Probability, probability[3*i:3*i+3]) || !sameBits(p.Raw, raw[3*i:3*i+3]) {
			t.Fatalf("row %d: %v, or other bits than the model that was sealed", i, err)
		}
	}
}
