package sketch

import (
	"fmt"
	"slices"
)

// MaxEdges is the largest number of edges that a Histogram takes.
const MaxEdges = 4096

// Histogram counts numbers between fixed, ascending edges. Bin i holds edges[i] ≤ x < edges[i+1], and the last bin holds the last edge too, as
// numpy.histogram does; smaller and larger values, infinities among them, are counted as below and above, and NaN apart.
// Adding finds the bin by binary search and allocates nothing. Only NewHistogram and UnmarshalBinary make a usable one.
type Histogram struct {
	edges        []float64
	counts       []uint64
	below, above uint64
	nan          uint64
}

// NewHistogram returns an empty histogram with len(edges)-1 bins. It copies edges, which must be 2 to MaxEdges finite, strictly ascending
// numbers; otherwise the error is ErrOption.
func NewHistogram(edges []float64) (*Histogram, error) {
	if len(edges) < 2 || len(edges) > MaxEdges {
		return nil, fmt.Errorf("%w: histogram: want 2 to %d edges, got %d", ErrOption, MaxEdges, len(edges))
	}
	e := slices.Clone(edges)
	for i := range e {
		e[i] += 0 // -0 becomes +0
		if !isFinite(e[i]) || i > 0 && !(e[i] > e[i-1]) {
			return nil, fmt.Errorf("%w: histogram: want finite, strictly ascending edges, got otherwise at edge %d", ErrOption, i)
		}
	}
	return &Histogram{edges: e, counts: make([]uint64, len(e)-1)}, nil
}

// Add takes one value.
func (h *Histogram) Add(x float64) { h.AddN(x, 1) }

// AddN takes a value that occurs n times.
func (h *Histogram) AddN(x float64, n uint64) {
	last := len(h.edges) - 1
	switch {
	case x != x:
		h.nan += n
		return
	case x < h.edges[0]:
		h.below += n
		return
	case x >= h.edges[last]:
		if x > h.edges[last] {
			h.above += n
		} else {
			h.counts[last-1] += n
		}
		return
	}
	lo := 0
	for width := last; width > 1; { // edges[lo] ≤ x < edges[lo+width]
		half := width / 2
		right := 0 // set without a branch, which would be mispredicted half of the time
		if x >= h.edges[lo+half] {
			right = 1
		}
		lo += half * right
		width -= half
	}
	h.counts[lo] += n
}

// AddSlice is Add of each value.
func (h *Histogram) AddSlice(values []float64) {
	for _, x := range values {
		h.AddN(x, 1)
	}
}

// Merge adds the counts of o, which must have the same edges; otherwise the error is ErrMismatch and h is not changed.
func (h *Histogram) Merge(o *Histogram) error {
	if !slices.Equal(h.edges, o.edges) {
		return fmt.Errorf("%w: histogram edges", ErrMismatch)
	}
	for i, c := range o.counts {
		h.counts[i] += c
	}
	h.below += o.below
	h.above += o.above
	h.nan += o.nan
	return nil
}

// Reset sets all counts to zero and keeps the edges.
func (h *Histogram) Reset() {
	clear(h.counts)
	h.below, h.above, h.nan = 0, 0, 0
}

// Edges returns a copy of the edges.
func (h *Histogram) Edges() []float64 { return slices.Clone(h.edges) }

// Bins returns the number of bins.
func (h *Histogram) Bins() int { return len(h.counts) }

// Counts appends the counts of the bins to dst and returns it.
func (h *Histogram) Counts(dst []uint64) []uint64 { return append(dst, h.counts...) }

// OpenCounts appends the counts of the bins to dst with the outer bins open: the mass below is in the first and the mass above in the last.
// It is the form in which the population stability index against edges from a reference counts.
func (h *Histogram) OpenCounts(dst []uint64) []uint64 {
	from := len(dst)
	dst = append(dst, h.counts...)
	dst[from] += h.below
	dst[len(dst)-1] += h.above
	return dst
}

// Below returns the number of values under the first edge.
func (h *Histogram) Below() uint64 { return h.below }

// Above returns the number of values over the last edge.
func (h *Histogram) Above() uint64 { return h.above }

// NaN returns the number of NaN values.
func (h *Histogram) NaN() uint64 { return h.nan }

// Total returns the number of values, those outside included and NaN not.
func (h *Histogram) Total() uint64 {
	total := h.below + h.above
	for _, c := range h.counts {
		total += c
	}
	return total
}

// MarshalBinary returns the canonical form, 16 bytes an edge; the error is always nil.
func (h *Histogram) MarshalBinary() ([]byte, error) { return h.AppendBinary(nil) }

// AppendBinary appends the canonical form to dst; the error is always nil.
func (h *Histogram) AppendBinary(dst []byte) ([]byte, error) {
	dst = append(dst, kindHistogram, formVersion)
	dst = appendUint16(dst, uint16(len(h.edges)))
	for _, e := range h.edges {
		dst = appendFloat(dst, e)
	}
	for _, c := range h.counts {
		dst = appendUint64(dst, c)
	}
	dst = appendUint64(dst, h.below)
	dst = appendUint64(dst, h.above)
	return appendUint64(dst, h.nan), nil
}

// UnmarshalBinary replaces h with the state in data, or leaves h as it is and returns an error that is ErrDecode.
func (h *Histogram) UnmarshalBinary(data []byte) error {
	r := newReader("histogram", kindHistogram, data)
	n := int(r.uint16())
	if n < 2 || n > MaxEdges {
		r.fail("number of edges out of range")
	}
	if r.err == nil && len(r.data) < 16*n {
		r.fail("too short")
	}
	if r.err != nil {
		return r.err
	}
	v := Histogram{edges: make([]float64, n), counts: make([]uint64, n-1)}
	for i := range v.edges {
		e := r.float()
		if !isFinite(e) || isNegativeZero(e) || i > 0 && !(e > v.edges[i-1]) {
			r.fail("edges are not finite and ascending")
		}
		v.edges[i] = e
	}
	for i := range v.counts {
		v.counts[i] = r.uint64()
	}
	v.below, v.above, v.nan = r.uint64(), r.uint64(), r.uint64()
	if err := r.end(); err != nil {
		return err
	}
	*h = v
	return nil
}
