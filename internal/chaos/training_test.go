package chaos_test

import (
	"context"
	"math/rand/v2"
	"path/filepath"
	"testing"
	"time"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/model"
	"github.com/tidewheel/tidewheel/model/tree"
	"github.com/tidewheel/tidewheel/registry"
)

// sample is a row to learn from.
type sample struct {
	A, B, C float64
	Y       float64 `ml:"name=y,role=target"`
}

// boostedDigest trains and returns the digest of the bundle. Where dir is not empty a checkpoint is kept there after each round.
func boostedDigest(ctx context.Context, dir string, onRound func(context.Context, tree.Round) error) (string, error) {
	r := rand.New(rand.NewPCG(5, 0))
	rows := make([]sample, 3000)
	for i := range rows {
		s := sample{A: r.NormFloat64(), B: r.NormFloat64(), C: r.Float64()}
		s.Y = s.A*s.B + s.C + r.NormFloat64()/4
		rows[i] = s
	}
	src, err := dataset.FromStructs(rows, dataset.StructsOptions{})
	if err != nil {
		return "", err
	}
	o := tree.BoostingOptions{Trees: 150, RowFraction: 0.7, Seed: 1, OnRound: onRound}
	if dir != "" {
		o.Checkpoint = tree.CheckpointOptions{Path: filepath.Join(dir, "training.json"), Every: 1}
	}
	e, err := tree.NewBoosting(o)
	if err != nil {
		return "", err
	}
	m, err := e.FitModel(ctx, model.Training{Problem: model.Problem{Task: model.Regression, Target: "y"}, Rows: src})
	if err != nil {
		return "", err
	}
	b, err := registry.Seal(registry.Contents{Name: "y", Model: m.Planned})
	if err != nil {
		return "", err
	}
	return b.Digest(), nil
}

// train trains until it is killed or done, and then says the digest.
func (w *writer) train(ctx context.Context) error {
	w.say("ready")
	digest, err := boostedDigest(ctx, w.dir, func(_ context.Context, r tree.Round) error {
		w.say("round %d", r.Number)
		return nil
	})
	if err != nil {
		return err
	}
	w.say("%s", digest)
	return nil
}

func TestATrainingThatIsKilledEndsInTheSameBundle(t *testing.T) {
	want, err := boostedDigest(t.Context(), "", nil)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	rng := rand.New(rand.NewPCG(2, 0))
	rounds := 0
	for range 20 {
		p := start(t, "train", dir, 0, 0)
		time.Sleep(time.Duration(rng.Int64N(int64(maxDelay))))
		if err := p.cmd.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		for _, line := range p.rest(t) {
			if line == want {
				continue // done before the kill; what comes after reads the last checkpoint
			}
			rounds++
		}
	}
	got, err := boostedDigest(t.Context(), dir, nil)
	if err != nil {
		t.Fatal(err)
	}
	if got != want {
		t.Errorf("after 20 kills and %d rounds the bundle is %s, want %s", rounds, got, want)
	}
	t.Logf("%d rounds before kills", rounds)
}
