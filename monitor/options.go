package monitor

import (
	"errors"
	"math"
	"strconv"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/validate"
)

// Bounds and defaults of the options.
const (
	defaultWindow = 2000
	minWindow     = 50
	maxWindow     = 1 << 30
	defaultKeep   = 24
	maxKeep       = 10_000
	defaultAlpha  = 0.05
	defaultPSI    = 0.1
	defaultScore  = 0.05
	defaultRise   = 0.01
)

// Options says how a Monitor watches. The zero value is ready to use.
type Options struct {
	Model, Version string            // labels of alerts and metrics; default: empty
	WindowRows     int               // rows of a window, 50 to 2^30; 0 is 2,000
	Keep           int               // windows kept for Windows, 1 to 10,000; 0 is 24
	Scores         *validate.Profile // the model's answers on reference rows, as ScoreProfile makes it; nil: answers are not watched
	Columns        []string          // features whose distribution is watched; nil is all that the reference has
	PSI            float64           // least PSI above its null level that counts as drift of a feature, above 0; 0 is 0.1
	ScorePSI       float64           // the same for the prediction and the probability; 0 is 0.05
	Rise           float64           // least rise of a share (missing, unseen, out of range) that counts, in (0, 1]; 0 is 0.01
	// Alpha bounds the chance that a window without change has any signal over its threshold, before the rule of two windows out of three, in (0, 0.5];
	// 0 is 0.05. It decides for small windows, PSI for large ones.
	Alpha float64
}

// resolve fills in the defaults and checks every field.
func (o Options) resolve(reference *validate.Profile) (Options, error) {
	var errs []error
	bad := func(field, value, want string) {
		errs = append(errs, &dataset.OptionError{Field: "monitor.Options." + field, Value: value, Want: want})
	}
	whole := func(field string, v *int, def, low, high int) {
		if *v == 0 {
			*v = def
		}
		if *v < low || *v > high {
			bad(field, strconv.Itoa(*v), strconv.Itoa(low)+" to "+strconv.Itoa(high))
		}
	}
	number := func(field string, v *float64, def, high float64) {
		if *v == 0 {
			*v = def
		}
		if !(*v > 0 && *v <= high) {
			bad(field, strconv.FormatFloat(*v, 'g', -1, 64), "a number above 0, at most "+strconv.FormatFloat(high, 'g', -1, 64))
		}
	}
	whole("WindowRows", &o.WindowRows, defaultWindow, minWindow, maxWindow)
	whole("Keep", &o.Keep, defaultKeep, 1, maxKeep)
	number("PSI", &o.PSI, defaultPSI, math.MaxFloat64)
	number("ScorePSI", &o.ScorePSI, defaultScore, math.MaxFloat64)
	number("Rise", &o.Rise, defaultRise, 1)
	number("Alpha", &o.Alpha, defaultAlpha, 0.5)
	if reference == nil {
		errs = append(errs, &dataset.OptionError{Field: "reference", Value: "nil", Want: "a profile"})
	} else {
		for _, name := range o.Columns {
			if c, ok := reference.Column(name); !ok || !isWatched(reference, c) {
				bad("Columns", strconv.Quote(name), "a feature of the reference that is not personal and has values")
			}
		}
	}
	if o.Scores != nil && o.Scores.Schema().Index(PredictionColumn) < 0 && o.Scores.Schema().Index(ProbabilityColumn) < 0 {
		bad("Scores", "a profile with other columns", "a column prediction or probability")
	}
	return o, errors.Join(errs...)
}

// isWatched reports whether the distribution of a column can be watched.
func isWatched(p *validate.Profile, c validate.ColumnProfile) bool {
	f, _ := p.Schema().Lookup(c.Name)
	return c.Bins != nil && !c.Personal && f.Role == dataset.Feature
}
