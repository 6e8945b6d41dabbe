package skew

import "github.com/tidewheel/tidewheel/internal/stat"

// Bucket and Side are a histogram of a test: the definition is tested on buckets that no profile has.
type (
	Bucket = [3]float64
	Side   struct {
		Buckets       []Bucket
		NaN, Infinite float64
	}
)

// DivergenceOf is the Jensen–Shannon divergence of histograms that are cut at the edges of both.
func DivergenceOf(a, b Side) (float64, error) {
	var both [2]histogram
	for i, s := range []Side{a, b} {
		both[i] = histogram{infinite: s.Infinite, nan: s.NaN}
		for _, k := range s.Buckets {
			both[i].buckets = append(both[i].buckets, bucket{k[0], k[1], k[2]})
		}
	}
	return stat.JensenShannonDivergence(align(both[0], both[1]))
}
