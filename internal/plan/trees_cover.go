package plan

import "math"

// checkCover verifies that there is no cover, or one for every node and leaf.
func (t *Trees) checkCover() error {
	if want := len(t.Feature) + t.leaves(); len(t.Cover) != 0 && len(t.Cover) != want {
		return invalid("trees: %d covers, want one for each of %d nodes and leaves", len(t.Cover), want)
	}
	for _, c := range t.Cover {
		if !(c >= 0) || math.IsInf(c, 1) {
			return invalid("trees: want covers that are finite and at least 0")
		}
	}
	return nil
}
