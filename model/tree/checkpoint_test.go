package tree_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/tidewheel/tidewheel/model"
	"github.com/tidewheel/tidewheel/model/tree"
	"github.com/tidewheel/tidewheel/registry"
)

// memory is a tree.CheckpointStore that counts.
type memory struct {
	state []byte
	saved int
	fail  error
}

func (m *memory) Load(context.Context) ([]byte, error) { return m.state, m.fail }

func (m *memory) Save(_ context.Context, state []byte) error {
	m.state = slices.Clone(state)
	m.saved++
	return m.fail
}

func digest(t *testing.T, m *tree.Model) string {
	t.Helper()
	b, err := registry.Seal(registry.Contents{Name: "model", Model: m.Planned})
	if err != nil {
		t.Fatal(err)
	}
	return b.Digest()
}

// killed is a context that ends at its k-th question for an end: somewhere within a round.
type killed struct {
	context.Context //nolint:containedctx // it is a context
	left            *int
}

func (k killed) Err() error {
	if *k.left--; *k.left < 0 {
		return context.Canceled
	}
	return k.Context.Err()
}

func TestTrainingsKilledAnywhereEndInTheSameBundle(t *testing.T) {
	tr := training(t, trips(300, 60), "class")
	tr.Problem.Weight = "weight"
	tr.Validation = source(t, trips(100, 61))
	r := rand.New(rand.NewPCG(62, 0))
	for name, o := range map[string]tree.BoostingOptions{
		"plain":          {Trees: 12},
		"early stopping": {Trees: 400, LearningRate: 0.8, EarlyStopping: 6},
		"sampled":        {Trees: 12, RowFraction: 0.5, FeatureFraction: 0.6, NodeFeatureFraction: 0.6, Seed: 4},
		"goss":           {Trees: 12, LearningRate: 0.3, GOSS: &tree.GOSSOptions{}},
		"dart":           {Trees: 12, Dart: &tree.DartOptions{DropRate: 0.3, Rounds: 0.9}},
		"continued":      {Trees: 8, Continue: fit(t, tree.BoostingOptions{Trees: 4}, tr)},
	} {
		o.Workers = 1
		questions := 1 << 40
		whole, err := boosting(t, o).FitModel(killed{t.Context(), &questions}, tr)
		if err != nil {
			t.Fatal(err)
		}
		want, asked := digest(t, whole), 1<<40-questions
		kills := 6
		if name == "plain" {
			kills = 20
		}
		for kill := range kills {
			store := &memory{}
			o.Checkpoint = tree.CheckpointOptions{Store: store, Every: 1 + r.IntN(4)}
			left := r.IntN(asked)
			_, err := boosting(t, o).FitModel(killed{t.Context(), &left}, tr)
			if err != nil && !errors.Is(err, context.Canceled) {
				t.Fatal(err)
			}
			o.Checkpoint.Every = 3
			m, err := boosting(t, o).FitModel(t.Context(), tr)
			if err != nil {
				t.Fatalf("%s, kill %d: %v", name, kill, err)
			}
			if got := digest(t, m); got != want {
				t.Errorf("%s, kill %d: taken up again, the bundle is %s, want %s", name, kill, got, want)
			}
			if !slices.Equal(m.Gain, whole.Gain) || !slices.Equal(m.Report.Validation, whole.Report.Validation) || m.Report.Rounds != whole.Report.Rounds {
				t.Errorf("%s, kill %d: another report than without a kill", name, kill)
			}
		}
		o.Checkpoint = tree.CheckpointOptions{}
	}
}

func TestACheckpointFileIsTakenUpAndMayBeGrownFrom(t *testing.T) {
	path := filepath.Join(t.TempDir(), "training.json")
	tr := training(t, trips(800, 63), "fare")
	o := tree.BoostingOptions{Trees: 12, Workers: 2, Checkpoint: tree.CheckpointOptions{Path: path}}
	stop := o
	stop.OnRound = func(_ context.Context, r tree.Round) error {
		if r.Number == 7 {
			return tree.ErrStop
		}
		return nil
	}
	if m := fit(t, stop, tr); m.Report.Rounds != 7 {
		t.Fatalf("%d rounds, want the 7 before the stop", m.Report.Rounds)
	}
	first := 0
	again := o
	again.Workers = 1
	again.OnRound = func(_ context.Context, r tree.Round) error {
		if first == 0 {
			first = r.Number
		}
		return nil
	}
	m := fit(t, again, tr)
	if first != 8 {
		t.Errorf("the first round is %d, want 8", first)
	}
	if got, want := digest(t, m), digest(t, fit(t, tree.BoostingOptions{Trees: 12}, tr)); got != want {
		t.Errorf("bundle %s, want %s of one training", got, want)
	}
	o.Trees = 20
	if got, want := digest(t, fit(t, o, tr)), digest(t, fit(t, tree.BoostingOptions{Trees: 20}, tr)); got != want {
		t.Errorf("bundle %s, want %s of one training of more trees", got, want)
	}
	left, err := os.ReadDir(filepath.Dir(path))
	if err != nil || len(left) != 1 {
		t.Errorf("%d files, error %v, want the checkpoint alone", len(left), err)
	}
}

func TestCheckpointsOfOtherTrainingsAreRefused(t *testing.T) {
	rows := trips(400, 64)
	tr := training(t, rows, "fare")
	store := &memory{}
	o := tree.BoostingOptions{Trees: 6, Checkpoint: tree.CheckpointOptions{Store: store, Every: 2}}
	fit(t, o, tr)
	if store.saved != 3 {
		t.Errorf("%d checkpoints, want one each 2 of 6 rounds", store.saved)
	}
	good := store.state
	other := slices.Clone(rows)
	other[17].Fare++
	changed := o
	changed.L2 = 1
	fewer := o
	fewer.Trees = 5
	weighted := tr
	weighted.Problem.Weight = "weight"
	narrow := tr
	narrow.Problem.Features = features[1:]
	cases := []struct {
		name    string
		options tree.BoostingOptions
		tr      model.Training
		state   []byte
		want    string
	}{
		{"other options", changed, tr, good, "other options or columns"},
		{"fewer trees", fewer, tr, good, "6 rounds"},
		{"another target", o, training(t, other, "fare"), good, "other rows"},
		{"fewer rows", o, training(t, rows[:399], "fare"), good, "other rows"},
		{"weights", o, weighted, good, "other options or columns"},
		{"fewer columns", o, narrow, good, "other options or columns"},
		{"half of it", o, tr, good[:len(good)/2], "checkpoint does not fit"},
		{"more behind", o, tr, append(slices.Clone(good), '1'), "more behind"},
		{"another version", o, tr, bytes.Replace(good, []byte(`"tidewheel.checkpoint":1`), []byte(`"tidewheel.checkpoint":2`), 1), "version 2"},
		{"another key", o, tr, bytes.Replace(good, []byte(`"rounds"`), []byte(`"bounds"`), 1), "checkpoint does not fit"},
		{"another count", o, tr, bytes.Replace(good, []byte(`"rounds":6`), []byte(`"rounds":5`), 1), "want 5 trees"},
		{"no trees", o, tr, []byte("{}"), "version 0"},
	}
	for _, c := range cases {
		store.state = c.state
		_, err := boosting(t, c.options).Fit(t.Context(), c.tr)
		if !errors.Is(err, tree.ErrCheckpoint) || !bytes.Contains([]byte(fmt.Sprint(err)), []byte(c.want)) {
			t.Errorf("%s: error %v, want ErrCheckpoint with %q", c.name, err, c.want)
		}
	}
	store.fail = errors.New("no such bucket")
	if _, err := boosting(t, o).Fit(t.Context(), tr); !errors.Is(err, store.fail) {
		t.Errorf("error %v, want the store's", err)
	}
	empty := filepath.Join(t.TempDir(), "empty")
	if err := os.WriteFile(empty, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	o.Checkpoint = tree.CheckpointOptions{Path: empty}
	if _, err := boosting(t, o).Fit(t.Context(), tr); !errors.Is(err, tree.ErrCheckpoint) {
		t.Errorf("an empty file: error %v, want ErrCheckpoint", err)
	}
}
