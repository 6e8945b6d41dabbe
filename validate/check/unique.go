package check

import (
	"hash/maphash"
	"math"

	"github.com/apache/arrow/go/v17/arrow/array"

	"github.com/tidewheel/tidewheel/dataset"
)

// seed makes the places of keys in tables unknown outside. No result depends on it.
type seed struct {
	text   maphash.Seed
	number uint64
}

func newSeed() seed {
	s := maphash.MakeSeed()
	return seed{s, maphash.Bytes(s, nil)}
}

// words appends a number of 64 bits for each row that has a value, equal for equal values alone and ascending with them. It returns false for a column whose values
// have none, and for several columns.
func (v *view) words(dst []word) ([]word, bool, error) {
	if len(v.columns) != 1 {
		return dst, false, nil
	}
	const sign = 1 << 63
	switch c := v.column(0).(type) {
	case *array.Int64:
		gaps := c.NullN() > 0
		for i, x := range c.Int64Values() {
			if !gaps || c.IsValid(i) {
				dst = append(dst, word{uint64(x) ^ sign, v.row(i)})
			}
		}
	case *array.Timestamp:
		gaps := c.NullN() > 0
		for i, x := range c.TimestampValues() {
			if !gaps || c.IsValid(i) {
				dst = append(dst, word{uint64(x) ^ sign, v.row(i)})
			}
		}
	case *array.Uint64:
		gaps := c.NullN() > 0
		for i, x := range c.Uint64Values() {
			if !gaps || c.IsValid(i) {
				dst = append(dst, word{x, v.row(i)})
			}
		}
	default:
		if typ := v.field(0).Type; !typ.IsNumeric() || typ.Class() == dataset.ClassDecimal {
			return dst, false, nil
		}
		x, err := v.numbers(0)
		for i, n := range x {
			if n == n {
				dst = append(dst, word{math.Float64bits(n + 0), v.row(i)}) // no -0
			}
		}
		return dst, true, err
	}
	return dst, true, nil
}

// unique is what is known of the keys of some rows.
type unique struct {
	seed seed

	// Numbers are only held until all are there, or too many: those that ascend from row to row, as numbers that are given out do, need not be compared.
	numbers [][]word
	held    int // in numbers
	most    int // of held
	unlike  bool
	last    uint64

	// Other keys are held likewise, and go into a table when they are too many.
	pending []keyed
	texts   texts
	first   []int64 // of each key of the table, its first row, or the complement when it was found already
}

// maxHeld is how many keys are held before those that came again are left out.
const maxHeld = 1 << 22

// keyed is the keys of a chunk that are no numbers, with their hashes and rows.
type keyed struct {
	texts packed
	words []word
}

func (u *unique) observe(v *view) error {
	numbers, ok, err := v.words(make([]word, 0, v.batch.NumRows()))
	if err != nil {
		return err
	}
	if ok {
		u.hold(numbers)
		for i := 1; i < len(numbers) && !u.unlike; i++ {
			u.unlike = numbers[i].key <= numbers[i-1].key
		}
		return nil
	}
	k := keyed{packed{ends: make([]int, 0, v.batch.NumRows())}, numbers}
	err = v.keys(func(i int, key []byte) {
		k.texts.add(key)
		k.words = append(k.words, word{maphash.Bytes(u.seed.text, key), v.row(i)})
	})
	u.pending, u.held = append(u.pending, k), len(k.words)
	return err
}

// hold adds numbers of the rows that come next.
func (u *unique) hold(w []word) {
	if len(w) == 0 {
		return
	}
	u.unlike = u.unlike || u.held > 0 && w[0].key <= u.last
	u.numbers, u.held, u.last = append(u.numbers, w), u.held+len(w), w[len(w)-1].key
}

func (u *unique) merge(next part, offset int64, bad *rowset) {
	n := as[*unique](next)
	for _, w := range n.numbers {
		for i := range w {
			if w[i].row += offset; w[i].row < offset {
				w[i].row -= 2 * offset // of a complement
			}
		}
		u.hold(w)
	}
	u.unlike = u.unlike || n.unlike
	if u.unlike && u.held > u.most {
		u.compare(bad)
		u.most = max(u.most, 2*u.held)
	}
	for _, k := range n.pending {
		for i := range k.words {
			k.words[i].row += offset
		}
		u.pending, u.held = append(u.pending, k), u.held+len(k.words)
	}
	if len(u.pending) > 0 && u.held > u.most {
		u.settle(bad)
	}
}

// compare marks rows that share a number.
func (u *unique) compare(bad *rowset) {
	one := same(u.numbers, u.seed.number, bad)
	u.numbers, u.held = [][]word{one}, len(one)
}

// settle puts the keys that are pending into the table.
func (u *unique) settle(bad *rowset) {
	for _, k := range u.pending {
		for i, w := range k.words {
			number, again := u.texts.add(w.key, k.texts.at(i))
			if !again {
				u.first = append(u.first, w.row)
				continue
			}
			bad.add(w.row)
			if first := u.first[number]; first >= 0 {
				bad.add(first)
				u.first[number] = ^first
			}
		}
	}
	u.pending = nil
}

// compareTexts marks rows that share a key, when all of them are pending: those that share a hash are compared.
func (u *unique) compareTexts(bad *rowset) {
	all := make([][]word, len(u.pending))
	for i, k := range u.pending {
		all[i] = k.words
	}
	var alike rowset
	same(all, u.seed.number, &alike)
	first := make(map[string]int64)
	for _, k := range u.pending {
		for i, w := range k.words {
			if !alike.has(w.row) {
				continue
			}
			if row, again := first[string(k.texts.at(i))]; again {
				bad.add(row)
				bad.add(w.row)
			} else {
				first[string(k.texts.at(i))] = w.row
			}
		}
	}
}

func (u *unique) finish(bad *rowset) bool {
	switch {
	case u.unlike:
		u.compare(bad)
	case len(u.first) > 0:
		u.settle(bad)
	case len(u.pending) > 0:
		u.compareTexts(bad)
	}
	return false
}

// distinct is the keys of some rows.
type distinct struct {
	seed     seed
	numbers  words
	texts    texts
	n        int64 // rows that have a key
	share    bool  // the bounds are of the share of distinct ones
	tagged   bool  // all keys are texts that say what they are, for comparison with another column's
	min, max float64
}

func newDistinct(s seed, low, high float64) *distinct {
	return &distinct{seed: s, numbers: words{seed: s.number}, min: low, max: high}
}

func (d *distinct) observe(v *view) error {
	if !d.tagged {
		numbers, ok, err := v.words(make([]word, 0, v.batch.NumRows()))
		for _, w := range numbers {
			d.numbers.add(w.key)
		}
		d.n += int64(len(numbers))
		if ok || err != nil {
			return err
		}
	}
	return v.keys(func(_ int, key []byte) {
		d.texts.add(maphash.Bytes(d.seed.text, key), key)
		d.n++
	})
}

func (d *distinct) merge(next part, _ int64, _ *rowset) {
	n := as[*distinct](next)
	d.n += n.n
	n.numbers.all(d.numbers.add)
	for i := range n.texts.all.len() {
		key := n.texts.all.at(i)
		d.texts.add(maphash.Bytes(d.seed.text, key), key)
	}
}

func (d *distinct) finish(*rowset) bool {
	x := float64(d.numbers.len() + d.texts.all.len())
	if d.share {
		x /= float64(d.n)
		return d.n > 0 && outside(x, d.min, d.max)
	}
	return outside(x, d.min, d.max)
}
