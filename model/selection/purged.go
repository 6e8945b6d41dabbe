package selection

import (
	"context"
	"fmt"
	"strconv"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/model"
)

// Purged cuts the rows into K blocks of time and tests on each of them, training on the rows of the others, earlier and later, whose targets tell nothing about it:
// dataset.NewPurgedSplit says which. It is for targets that are made of what happens after a row, when TimeSeries leaves too little to train on. Lengths of time are in
// the number form of the Time column: days for dates, microseconds for timestamps.
//
// Source: López de Prado (2018), Advances in Financial Machine Learning, chapter 7, PurgedKFold.
type Purged struct {
	K       int     // 2 to 200; 0 is 5
	Time    string  // a numeric, date or timestamp column: when a row was observed; required
	Until   string  // the column of when its target was known; "" is Time + Horizon
	Horizon float64 // how long after Time the target of a row is known, 0 or more; 0 when Until is given
	Embargo float64 // how long after the test rows nothing trains, 0 or more
}

// Folds implements Splitter. It reads the columns of time once for each fold. Errors are those of dataset.NewPurgedSplit: among them dataset.ErrSchema for a
// block without rows to test on or to train on.
func (k Purged) Folds(ctx context.Context, src dataset.Source, _ model.Problem) ([]Fold, error) {
	folds := k.K
	if folds == 0 {
		folds = defaultFolds
	}
	if folds < 2 || folds > maxFolds {
		return nil, &model.OptionError{Field: "selection.Purged.K", Value: strconv.Itoa(folds), Want: fmt.Sprintf("2 to %d", maxFolds)}
	}
	out := make([]Fold, folds)
	for f := range folds {
		s, err := dataset.NewPurgedSplit(ctx, src, dataset.PurgedOptions{
			Time: k.Time, Until: k.Until, Horizon: k.Horizon, Embargo: k.Embargo, Blocks: folds, Block: f,
		})
		if err != nil {
			return nil, fmt.Errorf("selection: purged: fold %d: %w", f, err)
		}
		out[f] = fold(src, s.Assignment, []uint8{dataset.PartTrain}, dataset.PartTest)
	}
	return out, nil
}
