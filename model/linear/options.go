package linear

import (
	"errors"
	"math"
	"strconv"

	"github.com/tidewheel/tidewheel/model"
)

// Penalty is what a fit adds for large coefficients. It is closed: L2 and NoPenalty. nil is the default of the options it stands in.
type Penalty interface {
	// strength is the factor a of a/2 times the sum of squared coefficients.
	strength() float64
}

// L2 is the penalty L2/2 · Σ coefficient², added to the sum over rows of weight times half the squared error (Regression) or log loss (Logistic), intercepts
// left out. It is the alpha of scikit-learn's Ridge and 1/C of its LogisticRegression. It must be finite and at least 0.
type L2 float64

func (a L2) strength() float64 { return float64(a) }

// NoPenalty leaves the coefficients free.
const NoPenalty = L2(0)

// RegressionOptions are the hyperparameters of Regression. The zero value is ordinary least squares.
type RegressionOptions struct {
	Penalty     Penalty // default NoPenalty
	NoIntercept bool    // the sum has no constant
	Workers     int     // goroutines of a pass over the rows; 0 is GOMAXPROCS, 1 starts none (a factorisation of over 100 features may start some)
}

// LogisticOptions are the hyperparameters of Logistic. The zero value is a good default.
type LogisticOptions struct {
	Penalty       Penalty // default L2(1)
	NoIntercept   bool    // the margins have no constant
	Tolerance     float64 // the fit ends when no element of the scaled gradient is larger; below 1, default 1e-8, which leaves less than 1e-6 of a coefficient open
	MaxIterations int     // at most; default 1000
	Workers       int     // goroutines; 0 is GOMAXPROCS, 1 starts none
}

// checker gathers the errors of an options struct.
type checker struct {
	name string
	errs []error
}

func (c *checker) want(ok bool, field, value, want string) {
	if !ok {
		c.errs = append(c.errs, &model.OptionError{Field: "linear." + c.name + "." + field, Value: value, Want: want})
	}
}

func (c *checker) penalty(p Penalty) {
	if p != nil {
		a := p.strength()
		c.want(a >= 0 && !math.IsInf(a, 1), "Penalty", formatFloat(a), "a finite strength of at least 0")
	}
}

func (c *checker) workers(n int) { c.want(n >= 0, "Workers", strconv.Itoa(n), "0 or more") }

func (c *checker) err() error { return errors.Join(c.errs...) }

func formatFloat(v float64) string { return strconv.FormatFloat(v, 'g', -1, 64) }
