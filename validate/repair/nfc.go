package repair

import (
	"slices"
	"unicode/utf8"
)

// NFC writes texts in Unicode's normalization form C, in which a letter and its accents are one character where there is such a one, so that texts that look
// the same are the same bytes. Tables are those of Unicode 14.0; a text that is not UTF-8 stays.
//
// Source: Unicode Standard Annex 15, and chapter 3.12 of the standard for Hangul; equals unicodedata.normalize of Python 3.11.
type NFC struct {
	Column string // a text column
}

func (r NFC) plan() (plan, error) {
	return texts("nfc", r.Column, newNormalizer().nfc), named("NFC.Column", r.Column)
}

// normalizer has the tables of form C. It is immutable.
type normalizer struct {
	apart    map[rune][2]rune // what a character becomes; the second is 0 where it is one
	together map[[2]rune]rune
	classes  []class
}

// class is a range of characters of one combining class.
type class struct {
	first, last rune
	class       uint8
}

func newNormalizer() *normalizer {
	n := &normalizer{apart: make(map[rune][2]rune), together: make(map[[2]rune]rune)}
	for e := range slices.Chunk([]rune(composed), 3) {
		n.apart[e[0]] = [2]rune{e[1], e[2]}
		n.together[[2]rune{e[1], e[2]}] = e[0]
	}
	for e := range slices.Chunk([]rune(decomposed), 3) {
		n.apart[e[0]] = [2]rune{e[1], e[2]}
	}
	for e := range slices.Chunk([]rune(classes), 3) {
		n.classes = append(n.classes, class{e[0], e[1], uint8(e[2])})
	}
	return n
}

// firstMark is the first character that form C may change or join to another.
const firstMark = 0x300

// The parts of Hangul, which are put together by arithmetic.
const (
	hangulBase, leadBase, vowelBase, tailBase = 0xac00, 0x1100, 0x1161, 0x11a7
	leads, vowels, tails                      = 19, 21, 28
)

// nfc returns a text in form C.
func (n *normalizer) nfc(s string) string {
	plain := true
	for _, r := range s {
		if r >= firstMark {
			plain = false
			break
		}
	}
	if plain || !utf8.ValidString(s) {
		return s
	}
	return string(n.compose(n.decompose(s)))
}

// decompose returns the characters of a text taken apart, with marks in their order.
func (n *normalizer) decompose(s string) []rune {
	out := make([]rune, 0, len(s))
	for _, r := range s {
		out = n.split(out, r)
	}
	for i := 0; i < len(out); i++ {
		from := i
		for i < len(out) && n.class(out[i]) != 0 {
			i++
		}
		if i-from > 1 {
			slices.SortStableFunc(out[from:i], func(a, b rune) int { return int(n.class(a)) - int(n.class(b)) })
		}
	}
	return out
}

// split appends what a character becomes.
func (n *normalizer) split(out []rune, r rune) []rune {
	if i := r - hangulBase; i >= 0 && i < leads*vowels*tails {
		out = append(out, leadBase+i/(vowels*tails), vowelBase+i%(vowels*tails)/tails)
		if tail := i % tails; tail > 0 {
			out = append(out, tailBase+tail)
		}
		return out
	}
	parts, ok := n.apart[r]
	if !ok {
		return append(out, r)
	}
	if out = n.split(out, parts[0]); parts[1] != 0 {
		out = append(out, parts[1])
	}
	return out
}

// compose puts characters together where they stand, and returns them.
func (n *normalizer) compose(text []rune) []rune {
	out := text[:0]
	starter, last := -1, uint8(0) // the last character of class 0, and the class of the one before
	for _, r := range text {
		k := n.class(r)
		if starter >= 0 && (last < k || last == 0 && starter == len(out)-1) {
			if whole, ok := n.join(out[starter], r); ok {
				out[starter] = whole
				continue
			}
		}
		if k == 0 {
			starter = len(out)
		}
		last = k
		out = append(out, r)
	}
	return out
}

// join returns the character that two become.
func (n *normalizer) join(a, b rune) (rune, bool) {
	if l, v := a-leadBase, b-vowelBase; l >= 0 && l < leads && v >= 0 && v < vowels {
		return hangulBase + (l*vowels+v)*tails, true
	}
	if i, t := a-hangulBase, b-tailBase; i >= 0 && i < leads*vowels*tails && i%tails == 0 && t > 0 && t < tails {
		return a + t, true
	}
	whole, ok := n.together[[2]rune{a, b}]
	return whole, ok
}

// class returns the combining class of a character.
func (n *normalizer) class(r rune) uint8 {
	if r < firstMark {
		return 0
	}
	i, ok := slices.BinarySearchFunc(n.classes, r, func(c class, r rune) int {
		switch {
		case c.last < r:
			return -1
		case c.first > r:
			return 1
		default:
			return 0
		}
	})
	if !ok {
		return 0
	}
	return n.classes[i].class
}
