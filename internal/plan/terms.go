package plan

import (
	"math"
	"unicode"
	"unicode/utf8"

	"github.com/tidewheel/tidewheel/internal/num"
)

// Limits of the operation terms.
const (
	MaxTerms     = 1 << 16 // numbers that a text becomes
	MaxTermWords = 8
)

// Terms says how OpTerms counts the terms of a text: a number for each of Values or, without them, for each of Count places that their hash names, multiplied by
// Scale where that is given. A word is a run of two or more letters, digits and underscores, as scikit-learn's token_pattern has it; a term is Least to Most words
// that follow each other, with one space between. A null has none.
type Terms struct {
	Least     int32 `json:"least"`
	Most      int32 `json:"most"`
	Lower     bool  `json:"lower,omitempty"`     // letters are made small first
	Signed    bool  `json:"signed,omitempty"`    // without Values: the sign of the hash is that of the count
	Binary    bool  `json:"binary,omitempty"`    // 1 for every count; not signed
	Sublinear bool  `json:"sublinear,omitempty"` // 1 + log of the count; not signed
	Norm      int32 `json:"norm,omitempty"`      // the numbers of a row are divided by the sum of their sizes (1) or by the root of that of their squares (2)
}

// termsWidth returns the number of registers of OpTerms. It is called before check, so it trusts nothing.
func (o *Op) termsWidth() int {
	if n := len(o.Values); n > 0 {
		return n
	}
	return max(0, int(o.Count))
}

// termsFit says whether o is an OpTerms whose parameters fit its n inputs.
func (o *Op) termsFit(n int) bool {
	t, width := o.Terms, o.termsWidth()
	return o.Kind == OpTerms && o.Math == nil && n == 1 && t != nil && t.Least > 0 && t.Least <= t.Most && t.Most <= MaxTermWords && t.Norm >= 0 && t.Norm <= 2 && width > 0 && width <= MaxTerms &&
		!(t.Signed && (t.Binary || t.Sublinear || len(o.Values) > 0)) && (len(o.Scale) == 0 || len(o.Scale) == width) &&
		distinct(o.Values) && (o.Count == 0 || len(o.Values) == 0)
}

// TermBuffer is the words of a text that Read found. It is used for one text after the other.
type TermBuffer struct {
	text  []byte
	words []int // start and end of each in text
}

// Read finds the words of a text. Small letters are those of Python's str.lower, but for a Σ that ends a word, which is known by the word alone.
func (b *TermBuffer) Read(t *Terms, text string) {
	b.text, b.words = b.text[:0], b.words[:0]
	start, letters, sigma := 0, 0, false
	for i := 0; i <= len(text); {
		r, n := ' ', 1 // ends the last word
		if i < len(text) {
			r, n = utf8.DecodeRuneInString(text[i:])
		}
		i += n
		is := rune(0)
		if t.Lower {
			is, r = r, unicode.ToLower(r)
		}
		if r == '_' || unicode.IsLetter(r) || unicode.IsNumber(r) {
			b.text, letters, sigma = utf8.AppendRune(b.text, r), letters+1, is == 'Σ'
			if is != 'İ' { // which becomes i and a dot above, which is part of no word
				continue
			}
		}
		if letters > 1 {
			if sigma {
				b.text[len(b.text)-1]-- // σ becomes ς
			}
			b.words = append(b.words, start, len(b.text))
			b.text = append(b.text, ' ')
		}
		if letters < 2 {
			b.text = b.text[:start]
		}
		start, letters = len(b.text), 0
	}
}

// Each calls visit with each term, those of fewer words first, in the order of the text. A term is valid during the call.
func (b *TermBuffer) Each(t *Terms, visit func(term []byte)) {
	for n := 2 * int(t.Least); n <= 2*int(t.Most); n += 2 {
		for i := 0; i+n <= len(b.words); i += 2 {
			visit(b.text[b.words[i]:b.words[i+n-1]])
		}
	}
}

// Murmur3 returns the 32-bit MurmurHash3 of b with a seed of 0, as scikit-learn's FeatureHasher uses it.
func Murmur3(b []byte) int32 {
	const c1, c2 = 0xcc9e2d51, 0x1b873593
	mix := func(k uint32) uint32 {
		k *= c1
		return (k<<15 | k>>17) * c2
	}
	h, n := uint32(0), uint32(len(b))
	for ; len(b) >= 4; b = b[4:] {
		h ^= mix(uint32(b[0]) | uint32(b[1])<<8 | uint32(b[2])<<16 | uint32(b[3])<<24)
		h = (h<<13|h>>19)*5 + 0xe6546b64
	}
	k := uint32(0)
	for i, c := range b {
		k |= uint32(c) << (8 * i)
	}
	h ^= mix(k) // of 0 it is 0
	h ^= n
	h = (h ^ h>>16) * 0x85ebca6b
	h = (h ^ h>>13) * 0xc2b2ae35
	return int32(h ^ h>>16)
}

// terms is the kernel of OpTerms.
type terms struct {
	registers
	t     *Terms
	codes map[string]float64 // of Values
	width int
	scale []float64
}

// termsScratch is the memory that terms need.
type termsScratch struct {
	words  TermBuffer
	counts []float64 // by place, 0 between rows
	found  []int     // places with a count, one that was 0 meanwhile several times
}

func (k *terms) run(f *frame, n int) {
	s := &f.terms
	if len(s.counts) < k.width {
		s.counts = make([]float64, k.width)
	}
	for j := range k.width {
		clear(f.regs[k.out+j][:n])
	}
	for i := range n {
		text, ok := f.texts[k.in[0]].at(i)
		if !ok {
			continue
		}
		s.words.Read(k.t, text)
		s.found = s.found[:0]
		s.words.Each(k.t, func(term []byte) {
			if place, count := k.place(term); count != 0 {
				if s.counts[place] == 0 {
					s.found = append(s.found, place)
				}
				s.counts[place] += count
			}
		})
		k.finish(f, i)
	}
}

// at returns the text of row i of the frame.
func (t *textInput) at(i int) (string, bool) {
	i += t.start
	switch {
	case t.column == nil:
		return t.values[i].Text, t.values[i].Valid
	case t.column.IsNull(i):
		return "", false
	default:
		return t.column.Value(i), true
	}
}

// place returns where a term is counted, and by how much, 0 for nowhere.
func (k *terms) place(term []byte) (int, float64) {
	if len(k.codes) > 0 {
		if code, ok := k.codes[string(term)]; ok {
			return int(code), 1
		}
		return 0, 0
	}
	h, count := int64(Murmur3(term)), 1.0
	if h < 0 {
		h = -h
		if k.t.Signed {
			count = -1
		}
	}
	return int(h % int64(k.width)), count
}

// finish turns the counts of a row into its numbers.
func (k *terms) finish(f *frame, row int) {
	s, size, kept := &f.terms, 0.0, 0
	for _, p := range s.found {
		x := s.counts[p]
		s.counts[p] = 0
		if x == 0 {
			continue
		}
		if k.t.Binary {
			x = 1
		}
		if k.t.Sublinear {
			x = 1 + num.Log(x)
		}
		if len(k.scale) > 0 {
			x = float64(x * k.scale[p])
		}
		f.regs[k.out+p][row] = x
		s.found[kept] = p
		kept++
		if k.t.Norm == 2 {
			x = float64(x * x)
		}
		size += math.Abs(x)
	}
	if k.t.Norm == 2 {
		size = math.Sqrt(size)
	}
	if k.t.Norm == 0 || size == 0 {
		return
	}
	for _, p := range s.found[:kept] {
		f.regs[k.out+p][row] /= size
	}
}
