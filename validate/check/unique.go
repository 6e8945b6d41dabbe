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

// words calls f with a number of 64 bits for each row that has a value, equal for equal values alone and ascending with them. It returns false for a column whose
// values have none, and for several columns.
func (v *view) words(f func(i int, key uint64)) (bool, error) {
	if len(v.columns) != 1 {
		return false, nil
	}
	const sign = 1 << 63
	switch c := v.column(0).(type) {
	case *array.Int64:
		for i, x := range c.Int64Values() {
			if c.IsValid(i) {
				f(i, uint64(x)^sign)
			}
		}
	case *array.Timestamp:
		for i, x := range c.TimestampValues() {
			if c.IsValid(i) {
				f(i, uint64(x)^sign)
			}
		}
	case *array.Uint64:
		for i, x := range c.Uint64Values() {
			if c.IsValid(i) {
				f(i, x)
			}
		}
	default:
		if typ := v.field(0).Type; !typ.IsNumeric() || typ.Class() == dataset.ClassDecimal {
			return false, nil
		}
		x, err := v.numbers(0)
		for i, n := range x {
			if n == n {
				f(i, math.Float64bits(n+0)) // no -0
			}
		}
		return true, err
	}
	return true, nil
}

// unique is what is known of the keys of some rows. Keys that ascend from row to row, as numbers that are given out do, are only held; others go into a table when
// the chunks are merged.
type unique struct {
	seed    seed
	pending []keyed
	unlike  bool // the keys of pending do not all ascend, or others are in a table already
	last    uint64

	numbers words
	texts   texts
	first   []int64 // of each text, its first row, or the complement when it was found already
}

// keyed is the keys of a chunk with their rows.
type keyed struct {
	numbers []uint64
	texts   packed
	hashes  []uint64 // of texts
	rows    []int64
}

func (u *unique) observe(v *view) error {
	k := keyed{rows: make([]int64, 0, v.batch.NumRows())}
	add := func(i int, key uint64) {
		u.unlike = u.unlike || len(k.rows) > 0 && key <= u.last
		u.last = key
		k.numbers, k.rows = append(k.numbers, key), append(k.rows, v.row(i))
	}
	k.numbers = make([]uint64, 0, v.batch.NumRows())
	ok, err := v.words(add)
	if err != nil {
		return err
	}
	if !ok {
		u.unlike = true
		err = v.keys(func(i int, key []byte) {
			k.texts.add(key)
			k.hashes, k.rows = append(k.hashes, maphash.Bytes(u.seed.text, key)), append(k.rows, v.row(i))
		})
	}
	u.pending = append(u.pending, k)
	return err
}

func (u *unique) merge(next part, offset int64, bad *rowset) {
	n := as[*unique](next)
	for _, k := range n.pending {
		for i := range k.rows {
			k.rows[i] += offset
		}
		if len(k.numbers) > 0 && len(u.pending) > 0 {
			u.unlike = u.unlike || k.numbers[0] <= u.last
		}
	}
	u.pending = append(u.pending, n.pending...)
	u.last, u.unlike = max(u.last, n.last), u.unlike || n.unlike
	if u.unlike {
		u.settle(bad)
	}
}

// settle puts what is pending into the tables.
func (u *unique) settle(bad *rowset) {
	for _, k := range u.pending {
		u.numbers.grow(u.numbers.n + len(k.numbers))
		for i, key := range k.numbers {
			u.numbers.add(key, k.rows[i], bad)
		}
		for i, hash := range k.hashes {
			number, again := u.texts.add(hash, k.texts.at(i))
			if !again {
				u.first = append(u.first, k.rows[i])
				continue
			}
			bad.add(k.rows[i])
			if first := u.first[number]; first >= 0 {
				bad.add(first)
				u.first[number] = ^first
			}
		}
	}
	u.pending = nil
}

func (u *unique) finish(bad *rowset) bool {
	if u.unlike {
		u.settle(bad)
	}
	return false
}

// distinct is the keys of some rows.
type distinct struct {
	seed     seed
	numbers  words
	texts    texts
	tagged   bool // all keys are texts that say what they are, for comparison with another column's
	min, max float64
}

func newDistinct(s seed, low, high float64) *distinct {
	return &distinct{seed: s, numbers: words{seed: s.number}, min: low, max: high}
}

func (d *distinct) observe(v *view) error {
	if !d.tagged {
		if ok, err := v.words(func(_ int, key uint64) { d.numbers.add(key, 0, nil) }); ok || err != nil {
			return err
		}
	}
	return v.keys(func(_ int, key []byte) { d.texts.add(maphash.Bytes(d.seed.text, key), key) })
}

func (d *distinct) merge(next part, _ int64, _ *rowset) {
	n := as[*distinct](next)
	for _, s := range n.numbers.slots {
		if s.row != 0 {
			d.numbers.add(s.key, 0, nil)
		}
	}
	for i := range n.texts.all.len() {
		key := n.texts.all.at(i)
		d.texts.add(maphash.Bytes(d.seed.text, key), key)
	}
}

func (d *distinct) finish(*rowset) bool {
	return outside(float64(d.numbers.n+d.texts.all.len()), d.min, d.max)
}
