package relation

import "slices"

// sortByKey puts the rows of one key behind those of another.
func (w *window) sortByKey() {
	w.from = make([]int32, max(w.keys.len(), 1)+1)
	code := func(i int) int32 {
		if w.codes == nil {
			return 0
		}
		return w.codes[i]
	}
	total := int32(0)
	for i := range w.times {
		if c := code(i); c >= 0 {
			w.from[c+1]++
			total++
		}
	}
	for c := 1; c < len(w.from); c++ {
		w.from[c] += w.from[c-1]
	}
	w.ends = slices.Clone(w.from[1:])
	w.order = make([]int32, total)
	place := slices.Clone(w.from)
	for i := range w.times {
		if c := code(i); c >= 0 {
			w.order[place[c]] = int32(i)
			place[c]++
		}
	}
}

// lookAhead finds the partners of left rows in the right rows of their keys, all of which are held.
func (w *window) lookAhead(codes []int32) {
	starts := w.from
	none := int32(len(w.times))
	for i, t := range w.left {
		w.partner[i] = none
		code := int32(0)
		if codes != nil {
			code = codes[i]
		}
		if code < 0 {
			continue
		}
		at, end := starts[code], w.ends[code]
		for at < end && w.times[w.order[at]] < t { // what is before the row's time
			at++
		}
		starts[code] = at
		begin := int32(0)
		if code > 0 {
			begin = w.ends[code-1]
		}
		w.partner[i] = w.nearest(t, begin, at, end)
	}
}

// nearest returns the partner at time t among the rows of one key, from begin to end in order, the first of which that is not before t is at.
func (w *window) nearest(t int64, begin, at, end int32) int32 {
	none := int32(len(w.times))
	before, after := at-1, at
	for after < end && w.times[w.order[after]] == t { // the rows of the time itself
		if !w.o.Strict {
			if w.o.Direction == Forward {
				break
			}
			before = after
		}
		after++
	}
	best := none
	if before >= begin && w.o.Direction == Nearest {
		best = w.order[before]
	}
	if after < end && (best == none || w.closer(t, w.order[after], best)) {
		best = w.order[after]
	}
	if best != none && w.within != nil && !w.within(w.times[best], t) {
		return none
	}
	return best
}

// closer reports whether row a is closer to t than row b, which is not after t.
func (w *window) closer(t int64, a, b int32) bool {
	if w.floats {
		return floatOf(w.times[a])-floatOf(t) < floatOf(t)-floatOf(w.times[b])
	}
	return uint64(w.times[a])-uint64(t) < uint64(t)-uint64(w.times[b])
}
