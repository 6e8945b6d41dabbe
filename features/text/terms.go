package text

import (
	"strconv"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/internal/plan"
)

// Terms says what is counted in a text. The zero value is single words in small letters.
type Terms struct {
	MinWords int  // least words of a term, 1 to 8; 0 is 1
	MaxWords int  // most words of a term, MinWords to 8; 0 is MinWords
	KeepCase bool // letters stay as they are
}

// Norm is what the numbers of a row are divided by, unless that is 0.
type Norm uint8

// The norms.
const (
	NormL2   Norm = iota // the root of the sum of their squares; the zero value
	NormL1               // the sum of their sizes
	NormNone             // 1
)

// op returns the parameters of the operation.
func (t Terms) op(n Norm) *plan.Terms {
	least := max(1, t.MinWords)
	return &plan.Terms{Least: int32(least), Most: int32(max(least, t.MaxWords)), Lower: !t.KeepCase, Norm: map[Norm]int32{NormL2: 2, NormL1: 1}[n]}
}

// checker collects the bad options of a struct.
type checker struct {
	options string
	errs    []error
}

func (c *checker) want(ok bool, field, value, want string) {
	if !ok {
		c.errs = append(c.errs, &dataset.OptionError{Field: c.options + "." + field, Value: value, Want: want})
	}
}

func (c *checker) terms(t Terms) {
	c.want(t.MinWords >= 0 && t.MinWords <= plan.MaxTermWords, "Terms.MinWords", strconv.Itoa(t.MinWords), "0 to 8")
	c.want(t.MaxWords == 0 || t.MaxWords >= max(1, t.MinWords) && t.MaxWords <= plan.MaxTermWords, "Terms.MaxWords", strconv.Itoa(t.MaxWords), "0, or MinWords to 8")
}

func (c *checker) norm(n Norm) {
	c.want(n <= NormNone, "Norm", strconv.Itoa(int(n)), "NormL2, NormL1 or NormNone")
}

// columns checks a number of columns.
func (c *checker) columns(field string, n int) {
	c.want(n >= 0 && n <= plan.MaxTerms, field, strconv.Itoa(n), "0 to 65536")
}
