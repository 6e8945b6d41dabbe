package tree

import "math/rand/v2"

// Streams of the seed, one for each use of random numbers.
const (
	streamBins = iota + 1
	streamRows
	streamColumns
	streamDither
	streamHoldout
	streamNodes
	streamDrop
	streamForest = 64 // and the number of the tree above
)

func newRandom(seed, stream uint64) *rand.Rand { return rand.New(rand.NewPCG(seed, stream)) }

// choose calls f for each of n rows in order, chosen for want of them: every subset of that size is equally likely.
func choose(n, want int, r *rand.Rand, f func(i int, chosen bool)) {
	for i := range n {
		chosen := r.Uint64N(uint64(n-i)) < uint64(want)
		if chosen {
			want--
		}
		f(i, chosen)
	}
}

// chunkRows is the number of rows a task takes: fixed, so that the work is cut the same way for any number of workers.
const chunkRows = 1 << 14

func chunks(n int) int { return (n + chunkRows - 1) / chunkRows }

// chunk returns the bounds of the i-th chunk of n rows.
func chunk(i, n int) (lo, hi int) { return i * chunkRows, min((i+1)*chunkRows, n) }
