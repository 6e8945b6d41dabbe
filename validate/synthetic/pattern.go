package synthetic

import (
	"errors"
	"regexp"
	"regexp/syntax"
	"unicode/utf8"
)

const (
	maxText  = 1 << 12 // bytes that a pattern may want at least
	enough   = 1 << 8  // bytes from which on repetitions come as seldom as a pattern allows
	maxWork  = 1 << 22 // what a match may cost: steps of the pattern's program times bytes
	maxTries = 50
)

// language draws texts that a pattern matches as a whole.
type language struct {
	tree   *syntax.Regexp
	whole  *regexp.Regexp
	ranges map[*syntax.Regexp][]rune // of the classes: pairs of what is drawn from
	repeat int
	size   int    // steps of the program that matches
	sample string // for a draw that no attempt succeeds in
}

func newLanguage(pattern string, repeat int) (*language, error) {
	tree, err := syntax.Parse(pattern, syntax.Perl)
	if err != nil {
		return nil, errors.New("one that is no RE2 expression")
	}
	short := least(tree)
	if short > maxText {
		return nil, errors.New("one that wants longer texts than are made")
	}
	program, err := syntax.Compile(tree.Simplify())
	if err != nil || len(program.Inst)*max(short, enough) > maxWork {
		return nil, errors.New("one that is too much work to match")
	}
	whole, err := regexp.Compile(`\A(?:` + pattern + `)\z`)
	if err != nil {
		return nil, errors.New("one that does not compile as a whole")
	}
	l := &language{tree: tree, whole: whole, ranges: make(map[*syntax.Regexp][]rune), repeat: repeat, size: len(program.Inst)}
	l.classes(tree)
	d := newDraw()
	text, ok := l.first(2*maxTries, func(i int) *draw { return d.at(0, int64(i)) })
	if !ok {
		return nil, errors.New("one for which no text was found")
	}
	l.sample = text
	return l, nil
}

func (l *language) matches(text string) bool { return l.whole.MatchString(text) }

// draw returns a text. Assertions within the pattern are met by trying again.
func (l *language) draw(d *draw) string {
	if text, ok := l.first(maxTries, func(int) *draw { return d }); ok {
		return text
	}
	return l.sample
}

// first returns the first text of some tries that matches. There are the fewer tries the more they cost.
func (l *language) first(tries int, of func(int) *draw) (string, bool) {
	for i, work := 0, 0; i < tries && work <= maxWork; i++ {
		text, ok := l.try(of(i))
		if ok {
			return text, true
		}
		work += l.size * (1 + len(text))
	}
	return "", false
}

func (l *language) try(d *draw) (string, bool) {
	w := walk{l: l, d: d}
	w.add(l.tree)
	text := string(w.out)
	return text, w.steps <= maxSteps && utf8.ValidString(text) && l.matches(text)
}

// classes notes what is drawn from each class: its printable ASCII, or all of it where there is none.
func (l *language) classes(re *syntax.Regexp) {
	if re.Op == syntax.OpCharClass {
		l.ranges[re] = printable(re.Rune)
	}
	for _, sub := range re.Sub {
		l.classes(sub)
	}
}

func printable(pairs []rune) []rune {
	if out := intersect(pairs, ' ', '~'); len(out) > 0 {
		return out
	}
	if out := append(intersect(pairs, 0xa0, 0xd7ff), intersect(pairs, 0xe000, utf8.MaxRune)...); len(out) > 0 {
		return out
	}
	return pairs // control characters
}

func intersect(pairs []rune, low, high rune) []rune {
	var out []rune
	for i := 0; i+1 < len(pairs); i += 2 {
		if a, b := max(pairs[i], low), min(pairs[i+1], high); a <= b {
			out = append(out, a, b)
		}
	}
	return out
}

// least bounds the bytes of what add adds when every repetition comes as seldom as it may.
func least(re *syntax.Regexp) int {
	n := 0
	switch re.Op {
	case syntax.OpLiteral:
		n = utf8.UTFMax * len(re.Rune)
	case syntax.OpCharClass, syntax.OpAnyChar, syntax.OpAnyCharNotNL:
		n = utf8.UTFMax
	case syntax.OpAlternate:
		for _, sub := range re.Sub {
			n = max(n, least(sub))
		}
	case syntax.OpStar, syntax.OpQuest:
	case syntax.OpRepeat:
		n = re.Min * least(re.Sub[0])
	default:
		for _, sub := range re.Sub {
			n += least(sub)
		}
	}
	return min(n, maxText+1)
}

// walk makes one text.
type walk struct {
	l     *language
	d     *draw
	out   []byte
	steps int // repetitions may be of nothing
}

// maxSteps is the number of parts of a text from which on its making is given up, and half of them that from which on repetitions come as seldom as a pattern allows.
const maxSteps = 1 << 14

// times appends low to high texts of re.
func (w *walk) times(re *syntax.Regexp, low, high int) {
	n := low
	if high > low {
		n += w.d.IntN(high - low + 1)
	}
	for i := range n {
		if w.steps > maxSteps || i >= low && (len(w.out) >= enough || w.steps > maxSteps/2) {
			return
		}
		w.add(re)
	}
}

// add appends a text of re.
func (w *walk) add(re *syntax.Regexp) {
	w.steps++
	switch re.Op {
	case syntax.OpLiteral:
		for _, r := range re.Rune {
			w.out = utf8.AppendRune(w.out, r)
		}
	case syntax.OpCharClass:
		w.out = utf8.AppendRune(w.out, pick(w.d, w.l.ranges[re]))
	case syntax.OpAnyChar, syntax.OpAnyCharNotNL:
		w.out = utf8.AppendRune(w.out, rune(' '+w.d.IntN('~'-' '+1)))
	case syntax.OpAlternate:
		w.add(re.Sub[w.d.IntN(len(re.Sub))])
	case syntax.OpStar:
		w.times(re.Sub[0], 0, w.l.repeat)
	case syntax.OpPlus:
		w.times(re.Sub[0], 1, 1+w.l.repeat)
	case syntax.OpQuest:
		w.times(re.Sub[0], 0, 1)
	case syntax.OpRepeat:
		high := re.Max
		if high < 0 || high-re.Min > w.l.repeat {
			high = re.Min + w.l.repeat
		}
		w.times(re.Sub[0], re.Min, high)
	default: // concatenations and captures; assertions and what matches nothing have no parts
		for _, sub := range re.Sub {
			w.add(sub)
		}
	}
}

// pick draws a rune of a class.
func pick(d *draw, pairs []rune) rune {
	if len(pairs) < 2 {
		return 0
	}
	n := 0
	for i := 0; i+1 < len(pairs); i += 2 {
		n += int(pairs[i+1]-pairs[i]) + 1
	}
	at := d.IntN(n)
	for i := 0; i+1 < len(pairs); i += 2 {
		width := int(pairs[i+1]-pairs[i]) + 1
		if at < width {
			return pairs[i] + rune(at)
		}
		at -= width
	}
	return pairs[0]
}
