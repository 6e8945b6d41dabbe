package synthetic

import (
	"hash/fnv"
	"math/bits"
	"math/rand/v2"
)

// draw is a generator that is set anew for each cell, so that a cell follows from its address alone. It is used by one goroutine.
type draw struct {
	pcg *rand.PCG
	*rand.Rand
}

func newDraw() *draw {
	pcg := rand.NewPCG(0, 0)
	return &draw{pcg, rand.New(pcg)}
}

// at sets the generator to the draws of number i of a stream.
func (d *draw) at(stream uint64, i int64) *draw {
	d.pcg.Seed(stream, mix(uint64(i)))
	return d
}

// mix spreads the bits of x: the finalizer of splitmix64 (Steele, Lea and Flood 2014).
func mix(x uint64) uint64 {
	x += 0x9e3779b97f4a7c15
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}

// streamOf returns the stream of a name.
func streamOf(seed uint64, name string) uint64 {
	h := fnv.New64a()
	_, _ = h.Write([]byte(name)) // a hash never fails
	return mix(h.Sum64() ^ mix(seed))
}

// shuffled is a permutation of 0 … n-1: i becomes a·i + b modulo n.
type shuffled struct{ n, a, back, b uint64 }

func newShuffled(n, seed uint64) shuffled {
	s := shuffled{n: max(n, 1), b: mix(seed) % max(n, 1)}
	s.a = (uint64(float64(s.n)*0.6180339887498949) | 1) % s.n // near the golden section neighbours go far apart
	for ; ; s.a = (s.a + 1) % s.n {
		if back, ok := inverse(s.a, s.n); ok {
			s.back = back
			return s
		}
	}
}

// inverse returns the x with a·x = 1 modulo n, false where there is none.
func inverse(a, n uint64) (uint64, bool) {
	if n == 1 {
		return 0, true
	}
	r, next := n, a
	var x, y int64 = 0, 1 // |y| stays below n
	for next != 0 {
		q := r / next
		r, next = next, r-q*next
		x, y = y, x-int64(q)*y
	}
	if r != 1 {
		return 0, false
	}
	if x < 0 {
		x += int64(n)
	}
	return uint64(x), true
}

func (s shuffled) to(i uint64) uint64 { return (mulMod(s.a, i, s.n) + s.b) % s.n }

// from returns the i of which to makes k.
func (s shuffled) from(k uint64) uint64 { return mulMod(s.back, (k+s.n-s.b)%s.n, s.n) }

func mulMod(a, b, n uint64) uint64 {
	high, low := bits.Mul64(a, b)
	return bits.Rem64(high, low, n)
}
