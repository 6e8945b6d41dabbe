package tree

import (
	"context"
	"slices"
)

// Constants of bundling.
const (
	bundleColumns = 16   // below so many columns there is none
	bundleSample  = 4096 // rows that say which columns may be bundled
	bundleShare   = 0.8  // of them that have the usual bin, at least
	bundleTries   = 16   // bundles that a column is tried in
)

// layout is where the histograms find the bins of columns. Columns that have their usual bin in all but few rows, and never two of them another, share a byte: what
// Ke et al. (2017, "LightGBM") call exclusive feature bundling, without conflicts, so that every sum is the same as without it.
type layout struct {
	words  words
	copies copies
	places []place
	sizes  []int // values of each byte
}

// place is the byte of a column. A shared byte holds 0 for the usual bins of all its columns, and the other bins of each one behind those of the one before.
type place struct {
	slot  int
	first int // value of the first bin but the usual one; 0 where the byte is the column's own
	usual int
	bins  int
}

// bin returns the bin of the column for a value of its byte.
func (p *place) bin(value uint8) uint8 {
	if p.first == 0 {
		return value
	}
	k := int(value) - p.first
	switch {
	case k < 0 || k >= p.bins-1:
		return uint8(p.usual)
	case k >= p.usual:
		k++
	}
	return uint8(k)
}

// value is the inverse of bin, but for the usual one.
func (p *place) value(bin int) uint64 {
	if bin > p.usual {
		bin--
	}
	return uint64(p.first + bin)
}

// bundle is columns that share a byte.
type bundle struct {
	columns []int
	values  int // of the byte
	rows    int // that are not 0
	taken   []uint64
}

// rare is the rows in which a column has not its usual bin.
type rare struct {
	usual int
	rows  []int32
}

// newLayout bundles the columns of w where that saves a word a row.
func newLayout(ctx context.Context, c *crew, w words, binners []*binner) (layout, error) {
	rares, err := findRare(ctx, c, w, binners)
	if err != nil {
		return layout{}, err
	}
	var bundles []*bundle
	for f := range rares {
		if rares[f].rows != nil {
			bundles = join(bundles, f, &rares[f], binners[f].bins(), len(w[0]))
		}
	}
	bundles = slices.DeleteFunc(bundles, func(b *bundle) bool { return len(b.columns) == 1 })
	slots := len(binners)
	for _, b := range bundles {
		slots -= len(b.columns) - 1
	}
	if (slots+7)/8 == (len(binners)+7)/8 {
		bundles = nil
	}
	return arrange(ctx, c, w, binners, placed{rares, bundles})
}

// findRare returns the rare rows of the columns that may be bundled.
func findRare(ctx context.Context, c *crew, w words, binners []*binner) ([]rare, error) {
	out := make([]rare, len(binners))
	if len(binners) < bundleColumns {
		return out, nil
	}
	return out, c.do(ctx, 0, len(binners), func(f, _ int) {
		word, shift := w[f>>3], 8*(f&7)
		var counts [256]int
		step := (len(word) + bundleSample - 1) / bundleSample
		n := 0
		for i := 0; i < len(word); i += step {
			counts[uint8(word[i]>>shift)]++
			n++
		}
		usual := 0
		for b, k := range counts {
			if k > counts[usual] {
				usual = b
			}
		}
		if float64(counts[usual]) < bundleShare*float64(n) || binners[f].bins() < 2 {
			return
		}
		rows := make([]int32, 0, len(word)/8)
		for i, v := range word {
			if int(uint8(v>>shift)) != usual {
				rows = append(rows, int32(i))
			}
		}
		out[f] = rare{usual, rows}
	})
}

// join adds column f to the first of the last bundles that it fits, or makes one for it.
func join(bundles []*bundle, f int, r *rare, bins, n int) []*bundle {
	for _, b := range slices.Backward(bundles[max(0, len(bundles)-bundleTries):]) {
		if b.values+bins-1 <= 256 && b.rows+len(r.rows) <= n && !b.meets(r.rows) {
			b.add(f, r.rows, bins)
			return bundles
		}
	}
	b := &bundle{values: 1, taken: make([]uint64, (n+63)/64)}
	b.add(f, r.rows, bins)
	return append(bundles, b)
}

func (b *bundle) meets(rows []int32) bool {
	for _, r := range rows {
		if b.taken[r>>6]>>(r&63)&1 != 0 {
			return true
		}
	}
	return false
}

func (b *bundle) add(f int, rows []int32, bins int) {
	b.columns = append(b.columns, f)
	b.values += bins - 1
	b.rows += len(rows)
	for _, r := range rows {
		b.taken[r>>6] |= 1 << (r & 63)
	}
}

// placed is what becomes of columns.
type placed struct {
	rares   []rare
	bundles []*bundle
}

// arrange writes the bytes: those of columns alone in their order, and behind them those of the bundles. Without bundles they are what they were.
func arrange(ctx context.Context, c *crew, w words, binners []*binner, to placed) (layout, error) {
	l := layout{words: w, places: make([]place, len(binners))}
	shared := make([]bool, len(binners))
	for _, b := range to.bundles {
		for _, f := range b.columns {
			shared[f] = true
		}
	}
	var alone []int
	for f, b := range binners {
		if !shared[f] {
			l.places[f] = place{slot: len(alone), bins: b.bins()}
			l.sizes = append(l.sizes, b.bins())
			alone = append(alone, f)
		}
	}
	if to.bundles == nil {
		return l, l.copy(ctx, c)
	}
	for _, b := range to.bundles {
		first := 1
		for _, f := range b.columns {
			l.places[f] = place{slot: len(l.sizes), first: first, usual: to.rares[f].usual, bins: binners[f].bins()}
			first += binners[f].bins() - 1
		}
		l.sizes = append(l.sizes, b.values)
	}
	l.words = newWords(len(l.sizes), len(w[0]))
	err := c.do(ctx, 0, len(l.words), func(g, _ int) {
		for slot := 8 * g; slot < min(8*g+8, len(l.sizes)); slot++ {
			shift := 8 * (slot & 7)
			if slot < len(alone) {
				from, by := w[alone[slot]>>3], 8*(alone[slot]&7)
				for i, v := range from {
					l.words[g][i] |= v >> by & 0xff << shift
				}
				continue
			}
			for _, f := range to.bundles[slot-len(alone)].columns {
				for _, r := range to.rares[f].rows {
					l.words[g][r] |= l.places[f].value(int(w.at(f, r))) << shift
				}
			}
		}
	})
	if err != nil {
		return l, err
	}
	return l, l.copy(ctx, c)
}
