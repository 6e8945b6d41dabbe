package tree

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/internal/atomicfile"
)

// ErrCheckpoint says that a checkpoint is not one, or that it is of a training with other options, columns or rows.
var ErrCheckpoint = errors.New("checkpoint does not fit")

// CheckpointOptions say where and how often a training keeps what it has grown, so that one that was killed is taken up where it was: a Fit with the same options
// on the same rows reads the checkpoint, goes on, and gives the bits of a training that nothing has ended. Trees and Workers may differ: more trees are
// grown on a training that had ended. Another checkpoint than that of the training at hand is refused with ErrCheckpoint. The zero value keeps nothing.
//
// A checkpoint is data only: JSON of the trees, of at most 1 GiB, with digests of the options and of the binned rows, and with Dart the raw scores of all rows. Of
// Custom and Metric it knows the types only. It stays where it is after the training: the host removes it.
type CheckpointOptions struct {
	Path  string          // a file, written beside and renamed, so that it is there whole or not at all; empty for none
	Store CheckpointStore // a place of the host's own instead of Path; nil for none
	Every int             // rounds between two checkpoints, at least 1; default 10. The last round has one, too
}

// CheckpointStore keeps the checkpoint of one training.
type CheckpointStore interface {
	// Load returns what was saved last, nil for nothing.
	Load(ctx context.Context) ([]byte, error)
	// Save puts state in the place of what was saved before. When it fails or is killed, Load must return the one or the other.
	Save(ctx context.Context, state []byte) error
}

// maxCheckpoint bounds the bytes of a checkpoint.
const maxCheckpoint = 1 << 30

// store returns where the checkpoints are, nil for nowhere.
func (o *CheckpointOptions) store() CheckpointStore {
	switch {
	case o.Store != nil:
		return o.Store
	case o.Path != "":
		return checkpointFile(o.Path)
	default:
		return nil
	}
}

// checkpointFile is the path of a file that holds a checkpoint.
type checkpointFile string

// Load implements CheckpointStore.
func (p checkpointFile) Load(context.Context) ([]byte, error) {
	f, err := os.Open(string(p))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, maxCheckpoint+1))
	if err == nil && len(text) == 0 {
		return nil, fmt.Errorf("%w: an empty file", ErrCheckpoint)
	}
	return text, err
}

// Save implements CheckpointStore.
func (p checkpointFile) Save(_ context.Context, state []byte) error {
	f, err := atomicfile.Create(string(p))
	if err != nil {
		return err
	}
	if _, err := f.Write(state); err != nil {
		return errors.Join(err, f.Abort())
	}
	return f.Commit()
}

// saver writes the checkpoints of a run.
type saver struct {
	store         CheckpointStore
	every         int
	options, data string // digests
	saved         int    // rounds of the last one
	over          bool   // the last one is of a training that has ended by itself
}

// save writes a checkpoint when it is time, or now where there is something new.
func (t *trainer) save(ctx context.Context, now bool) error {
	s := t.saver
	if s == nil || (t.done == s.saved && t.over == s.over) || (!now && t.done%s.every != 0) {
		return nil
	}
	text, err := t.checkpoint().encode()
	if err == nil && len(text) > maxCheckpoint {
		err = fmt.Errorf("%w: %d bytes, want at most %d", dataset.ErrLimit, len(text), maxCheckpoint)
	}
	if err == nil {
		err = s.store.Save(ctx, text)
	}
	if err != nil {
		return fmt.Errorf("save checkpoint: %w", err)
	}
	s.saved, s.over = t.done, t.over
	return nil
}

// takeUp goes to where the last checkpoint was, if there is one.
func (t *trainer) takeUp(ctx context.Context) error {
	if t.saver == nil {
		return nil
	}
	text, err := t.saver.store.Load(ctx)
	if err == nil && text != nil {
		err = t.restoreFrom(ctx, text)
	}
	if err != nil {
		return fmt.Errorf("load checkpoint: %w", err)
	}
	return nil
}

func (t *trainer) restoreFrom(ctx context.Context, text []byte) error {
	c, err := decodeCheckpoint(text)
	if err != nil {
		return err
	}
	k := len(t.score)
	switch {
	case c.Options != t.saver.options:
		return fmt.Errorf("%w: it is of other options or columns", ErrCheckpoint)
	case c.Data != t.saver.data:
		return fmt.Errorf("%w: it is of other rows", ErrCheckpoint)
	case c.Rounds > t.trees:
		return fmt.Errorf("%w: it has %d rounds, want at most %d", ErrCheckpoint, c.Rounds, t.trees)
	}
	trees, err := c.grown(t.ensemble.binners)
	if err != nil {
		return err
	}
	if len(trees) != c.Rounds*k || (len(c.Losses) != 0 && len(c.Losses) != c.Rounds) || c.Best < 0 || c.Best > c.Rounds {
		return fmt.Errorf("%w: want %d trees and a loss for each round", ErrCheckpoint, c.Rounds*k)
	}
	t.ensemble.trees, t.ensemble.losses = trees, c.Losses
	t.done, t.saver.saved, t.best = c.Rounds, c.Rounds, c.Best
	t.over, t.saver.over = c.Over, c.Over
	if t.best > 0 {
		t.bestLoss = c.BestLoss[0]
	}
	t.grown += uint64(len(trees))
	if t.dart != nil {
		return t.restoreDart(c)
	}
	for i, g := range trees { // the same additions in the same order as in the rounds
		if err := t.add(ctx, t.score[i%k], t.words, g, g.values); err != nil {
			return err
		}
		if t.valid == nil {
			continue
		}
		if err := t.add(ctx, t.validScore[i%k], t.validWords, g, g.values); err != nil {
			return err
		}
	}
	return nil
}

// restoreDart takes the scores from the checkpoint: trees that changed on the way do not add up to the same bits.
func (t *trainer) restoreDart(c *checkpoint) error {
	copies := func(to [][]float64, from []float64) bool {
		for _, s := range to {
			if len(from) < len(s) {
				return false
			}
			from = from[copy(s, from):]
		}
		return len(from) == 0
	}
	if len(c.Weights) != c.Rounds || len(c.Sum) != 1 || !copies(t.score, c.Score) || !copies(t.validScore, c.Valid) {
		return fmt.Errorf("%w: want the scores of all rows and the weights of all rounds", ErrCheckpoint)
	}
	t.dart.weight, t.dart.sum = c.Weights, c.Sum[0]
	return nil
}
