package tree

import "context"

// copies are the bytes of a layout in two other orders, since a pass over few of many rows waits for memory: of a cache line it should use all that it can.
type copies struct {
	columns [][]uint8 // the bytes of one column side by side, by slot: what rows are divided by
	rows    []uint64  // the words of one row side by side: what a leaf of few rows is counted from
}

// copiedRows is up to how many rows there are copies. They take two bytes a row and column, a fifth of what training holds; above, memory is what is short.
const copiedRows = 4_000_000

// copy makes the copies.
func (l *layout) copy(ctx context.Context, c *crew) error {
	if len(l.words) == 0 || len(l.words[0]) > copiedRows {
		return nil
	}
	n, stride := len(l.words[0]), len(l.words)
	l.copies = copies{columns: make([][]uint8, len(l.sizes)), rows: make([]uint64, n*stride)}
	err := c.do(ctx, 0, len(l.sizes), func(slot, _ int) {
		column, shift := make([]uint8, n), 8*(slot&7)
		for i, w := range l.words[slot>>3] {
			column[i] = uint8(w >> shift)
		}
		l.copies.columns[slot] = column
	})
	if err != nil {
		return err
	}
	return c.do(ctx, 0, chunks(n), func(k, _ int) {
		lo, hi := chunk(k, n)
		for g, word := range l.words {
			for i := lo; i < hi; i++ {
				l.copies.rows[i*stride+g] = word[i]
			}
		}
	})
}

// A leaf is counted from rows when it has less than one in sparse of those between its first and its last one, and then so many rows at a time: their words,
// and the sums of a group, stay in the nearer caches meanwhile.
const (
	sparse = 7
	lot    = 2048
)

// sparsely reports whether rows are better counted from the copy by rows.
func (c *copies) sparsely(rows []int32) bool {
	return c.rows != nil && int(rows[len(rows)-1]-rows[0]) > sparse*len(rows)
}

// gather writes the words of at most lot rows to the parts of buffer, one of lot words for each group.
func (c *copies) gather(buffer []uint64, rows []int32) {
	stride := len(buffer) / lot
	if stride == 4 { // as below, twice as fast
		b0, b1, b2, b3 := (*[lot]uint64)(buffer), (*[lot]uint64)(buffer[lot:]), (*[lot]uint64)(buffer[2*lot:]), (*[lot]uint64)(buffer[3*lot:])
		for i, r := range rows {
			w := c.rows[4*int(r):][:4]
			i &= lot - 1
			b0[i], b1[i], b2[i], b3[i] = w[0], w[1], w[2], w[3]
		}
		return
	}
	for i, r := range rows {
		for g, w := range c.rows[stride*int(r):][:stride] {
			buffer[g*lot+i] = w
		}
	}
}
