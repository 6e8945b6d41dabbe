package repair

import (
	"errors"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Nearest writes the category that a text is a misspelling of. Texts are compared folded (Folded), in NFC and with single spaces. A text that is the same as one
// category then becomes it. Else it becomes the category that is the fewest edits away, when that is one category alone, at most Distance edits away and at
// most one edit for each four of its characters, so that no code of two letters is taken for another. An edit is a character too many, too few or wrong, or two
// neighbours that changed places. All other texts stay as they are, and so do those of more than 256 characters.
//
// Source: optimal string alignment, Boytsov (2011), "Indexing methods for approximate dictionary searching", section 2.1.
type Nearest struct {
	Column     string   // a text column
	Categories []string // one or more, at most 10,000
	Distance   int      // most edits, 1 to 8; 0 is 1
}

const (
	maxEdited     = 256    // characters of a text that is compared
	maxCategories = 10_000 // of a Nearest
	perEdit       = 4      // characters of a category for each edit
)

func (r Nearest) plan() (plan, error) {
	err := named("Nearest.Column", r.Column)
	if n := len(r.Categories); n == 0 || n > maxCategories {
		err = errors.Join(err, option("Nearest.Categories", strconv.Itoa(n), "1 to 10000"))
	}
	if r.Distance < 0 || r.Distance > 8 {
		err = errors.Join(err, option("Nearest.Distance", strconv.Itoa(r.Distance), "0 to 8"))
	}
	if r.Distance == 0 {
		r.Distance = 1
	}
	n := nearest{known: make(map[string]bool, len(r.Categories)), most: r.Distance}
	for _, c := range r.Categories {
		if !n.known[c] {
			n.known[c] = true
			n.categories = append(n.categories, category{text: c, form: []rune(n.form(c))})
		}
	}
	return texts("nearest", r.Column, n.of), err
}

type nearest struct {
	known      map[string]bool
	categories []category
	most       int
}

type category struct {
	text string
	form []rune // in which it is compared
}

// form returns the form in which texts are compared.
func (n *nearest) form(s string) string {
	return fold(nfc(strings.Join(strings.FieldsFunc(s, blank), " ")))
}

// of returns the category of a text, the text itself when there is none.
func (n *nearest) of(s string) string {
	if n.known[s] || len(s) > maxEdited*utf8.UTFMax {
		return s
	}
	x := []rune(n.form(s))
	if len(x) > maxEdited {
		return s
	}
	best, least, ties := s, n.most+1, 0
	for i := range n.categories {
		c := &n.categories[i]
		switch d := edits(x, c.form, min(n.most, len(c.form)/perEdit, least)); {
		case d < 0:
		case d < least:
			best, least, ties = c.text, d, 1
		case d == least:
			ties++
		}
	}
	if ties != 1 {
		return s
	}
	return best
}

// edits returns the number of edits between two texts, -1 when they are more than most.
func edits(a, b []rune, most int) int {
	if d := len(a) - len(b); d > most || -d > most {
		return -1
	}
	var rows [3][maxEdited + 1]int // of the table: the present one and the two before it
	before, last, row := rows[0][:len(a)+1], rows[1][:len(a)+1], rows[2][:len(a)+1]
	for i := range last {
		last[i] = i
	}
	lastLeast := 0
	for j := 1; j <= len(b); j++ {
		row[0] = j
		least := j
		for i := 1; i <= len(a); i++ {
			wrong := 1
			if a[i-1] == b[j-1] {
				wrong = 0
			}
			d := min(last[i]+1, row[i-1]+1, last[i-1]+wrong)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				d = min(d, before[i-2]+1)
			}
			row[i] = d
			least = min(least, d)
		}
		if least > most && lastLeast > most { // all ways lead through one of two rows
			return -1
		}
		before, last, row, lastLeast = last, row, before, least
	}
	if last[len(a)] > most {
		return -1
	}
	return last[len(a)]
}
