package tree

import (
	"fmt"
	"strconv"

	"github.com/tidewheel/tidewheel/model"
)

// Growth is the order in which the leaves of a tree are split.
type Growth uint8

// The orders.
const (
	// LeafWise splits the leaf whose split takes most off the loss, wherever it is, as LightGBM does.
	LeafWise Growth = iota
	// DepthWise splits the leaves of one depth before those below, the best split of a depth first, as XGBoost does by default.
	DepthWise
)

// String returns the name of the order: "leaf_wise" or "depth_wise".
func (g Growth) String() string {
	switch g {
	case LeafWise:
		return "leaf_wise"
	case DepthWise:
		return "depth_wise"
	default:
		return "unknown"
	}
}

// sampleNode draws the columns that the split of a leaf is searched in, of those that can be split there.
func (t *grower) sampleNode(l *leaf) {
	if t.nodeFraction == 1 {
		return
	}
	all := 0
	for _, use := range t.use {
		if use {
			all++
		}
	}
	var open []int
	for f, can := range l.splittable {
		if can {
			open = append(open, f)
		}
	}
	want := max(int(float64(all)*t.nodeFraction+0.5), min(all, 2))
	if want >= len(open) {
		l.drawn = nil
		return
	}
	l.drawn = make([]bool, len(l.splittable))
	choose(len(open), want, newRandom(t.nodeSeed, l.key), func(i int, chosen bool) { l.drawn[open[i]] = chosen })
}

// open reports whether the split of a leaf is searched in a column.
func (l *leaf) open(column int) bool {
	return l.splittable[column] && (l.drawn == nil || l.drawn[column])
}

// MarshalText writes the name of String.
func (g Growth) MarshalText() ([]byte, error) { return []byte(g.String()), nil }

// UnmarshalText reads a name of String. It errors with a *model.OptionError for any other text.
func (g *Growth) UnmarshalText(text []byte) error {
	for _, v := range []Growth{LeafWise, DepthWise} {
		if v.String() == string(text) {
			*g = v
			return nil
		}
	}
	return fmt.Errorf("tree: growth: %w", &model.OptionError{Field: "tree.Growth", Value: strconv.Quote(string(text)), Want: "leaf_wise or depth_wise"})
}
