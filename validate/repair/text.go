package repair

import (
	"errors"
	"maps"
	"slices"
	"strconv"
	"strings"
	"unicode"
)

// Trim takes away white space (Unicode's, zero width spaces and byte order marks) around texts.
type Trim struct {
	Column string // a text column
	Inner  bool   // runs of white space within become one space
}

func (r Trim) plan() (plan, error) {
	return texts("trim", r.Column, func(s string) string {
		s = strings.TrimFunc(s, blank)
		if r.Inner && strings.ContainsFunc(s, unicode.IsSpace) {
			s = strings.Join(strings.Fields(s), " ")
		}
		return s
	}), named("Trim.Column", r.Column)
}

func blank(r rune) bool { return unicode.IsSpace(r) || r == '\u200b' || r == '\ufeff' }

// Letters is a form of letters.
type Letters uint8

// The forms of letters.
const (
	Lower  Letters = iota // lower case
	Upper                 // upper case
	Folded                // the lower case letter that stands for all forms of a letter (Unicode's simple folding): the Kelvin sign is k, a final sigma σ
)

// Case writes the letters of texts in one form, rune by rune, as unicode.ToLower and unicode.ToUpper do.
type Case struct {
	Column string // a text column
	To     Letters
}

func (r Case) plan() (plan, error) {
	err := named("Case.Column", r.Column)
	switch r.To {
	case Lower:
		return texts("lower", r.Column, strings.ToLower), err
	case Upper:
		return texts("upper", r.Column, strings.ToUpper), err
	case Folded:
		return texts("fold", r.Column, fold), err
	default:
		return plan{}, errors.Join(err, option("Case.To", strconv.Itoa(int(r.To)), "a known form"))
	}
}

// fold returns the folded form of a text.
func fold(s string) string {
	return strings.Map(func(r rune) rune {
		least := r
		for next := unicode.SimpleFold(r); next != r; next = unicode.SimpleFold(next) {
			least = min(least, next)
		}
		return unicode.ToLower(least)
	}, s)
}

// Map writes other texts for given ones.
type Map struct {
	Column string            // a text column
	Texts  map[string]string // what stands for a text; one that stands for another must not have another one itself
}

func (r Map) plan() (plan, error) {
	err := named("Map.Column", r.Column)
	if len(r.Texts) == 0 {
		err = errors.Join(err, option("Map.Texts", "none", "one or more"))
	}
	known := maps.Clone(r.Texts)
	for _, from := range slices.Sorted(maps.Keys(known)) {
		if next, ok := known[known[from]]; ok && next != known[from] {
			err = errors.Join(err, option("Map.Texts", "a text that stands for another and has another one itself", "texts that stay as they are"))
			break
		}
	}
	return texts("map", r.Column, func(s string) string {
		if to, ok := known[s]; ok {
			return to
		}
		return s
	}), err
}
