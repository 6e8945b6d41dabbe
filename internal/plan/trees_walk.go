package plan

import "math/bits"

// next returns the node behind node n at a, where n has no set.
func next(n, a uint64, key uint16) uint64 {
	_, right := bits.Sub64(n, uint64(key)<<shiftKey, 0) // what is below the key of the node is no matter
	a, _ = bits.Add64(a, uint64(uint32(n)>>shiftNext), right)
	return a
}

// nextSet is next where n may have a set, whose bit it shifts to the top of a word.
func nextSet(n, a uint64, key uint16) uint64 {
	_, right := bits.Sub64(n, uint64(key)<<(n>>shiftBit&63), 0)
	a, _ = bits.Add64(a, uint64(uint32(n)>>shiftNext), right)
	return a
}

// start is where the walks of one row begin: the first nodes of some blocks.
type start [rowLanes]uint32

// leafLog is where the walks of one row write the leaves down, for each lane those of the trees of its block, in their order.
type leafLog [rowLanes * laneLeaves]uint32

// The walks below are written out lane by lane, as the compiler would keep arrays in memory. all has a distance of 0 when every lane is at the end of its block.

// walkRows adds the trees of a block without sets to the sums of 8 rows.
func walkRows[F float32 | float64](nodes []uint64, values []F, keys []uint16, sums *[lanes]F) {
	values = values[:len(nodes)]
	var a0, a1, a2, a3, a4, a5, a6, a7 uint64
	s0, s1, s2, s3, s4, s5, s6, s7 := sums[0], sums[1], sums[2], sums[3], sums[4], sums[5], sums[6], sums[7]
	for {
		n := nodes[a0]
		all := n
		s0 += values[a0]
		a0 = next(n, a0, keys[n&0xffff])
		n = nodes[a1]
		all |= n
		s1 += values[a1]
		a1 = next(n, a1, keys[n&0xffff+1])
		n = nodes[a2]
		all |= n
		s2 += values[a2]
		a2 = next(n, a2, keys[n&0xffff+2])
		n = nodes[a3]
		all |= n
		s3 += values[a3]
		a3 = next(n, a3, keys[n&0xffff+3])
		n = nodes[a4]
		all |= n
		s4 += values[a4]
		a4 = next(n, a4, keys[n&0xffff+4])
		n = nodes[a5]
		all |= n
		s5 += values[a5]
		a5 = next(n, a5, keys[n&0xffff+5])
		n = nodes[a6]
		all |= n
		s6 += values[a6]
		a6 = next(n, a6, keys[n&0xffff+6])
		n = nodes[a7]
		all |= n
		s7 += values[a7]
		a7 = next(n, a7, keys[n&0xffff+7])
		if uint32(all)>>shiftNext == 0 {
			break
		}
	}
	sums[0], sums[1], sums[2], sums[3], sums[4], sums[5], sums[6], sums[7] = s0, s1, s2, s3, s4, s5, s6, s7
}

// walkRowsSets is walkRows for a block with sets.
func walkRowsSets[F float32 | float64](nodes []uint64, values []F, keys []uint16, sums *[lanes]F) {
	values = values[:len(nodes)]
	var a0, a1, a2, a3, a4, a5, a6, a7 uint64
	s0, s1, s2, s3, s4, s5, s6, s7 := sums[0], sums[1], sums[2], sums[3], sums[4], sums[5], sums[6], sums[7]
	for {
		n := nodes[a0]
		all := n
		s0 += values[a0]
		a0 = nextSet(n, a0, keys[n&0xffff])
		n = nodes[a1]
		all |= n
		s1 += values[a1]
		a1 = nextSet(n, a1, keys[n&0xffff+1])
		n = nodes[a2]
		all |= n
		s2 += values[a2]
		a2 = nextSet(n, a2, keys[n&0xffff+2])
		n = nodes[a3]
		all |= n
		s3 += values[a3]
		a3 = nextSet(n, a3, keys[n&0xffff+3])
		n = nodes[a4]
		all |= n
		s4 += values[a4]
		a4 = nextSet(n, a4, keys[n&0xffff+4])
		n = nodes[a5]
		all |= n
		s5 += values[a5]
		a5 = nextSet(n, a5, keys[n&0xffff+5])
		n = nodes[a6]
		all |= n
		s6 += values[a6]
		a6 = nextSet(n, a6, keys[n&0xffff+6])
		n = nodes[a7]
		all |= n
		s7 += values[a7]
		a7 = nextSet(n, a7, keys[n&0xffff+7])
		if uint32(all)>>shiftNext == 0 {
			break
		}
	}
	sums[0], sums[1], sums[2], sums[3], sums[4], sums[5], sums[6], sums[7] = s0, s1, s2, s3, s4, s5, s6, s7
}

// walkBlocks walks one row through some blocks without sets.
func walkBlocks(nodes []uint64, keys []uint16, from *start, leaves *leafLog) {
	a0, a1, a2, a3, a4, a5 := uint64(from[0]), uint64(from[1]), uint64(from[2]), uint64(from[3]), uint64(from[4]), uint64(from[5])
	for {
		n := nodes[a0]
		all := n
		leaves[n>>shiftTree&(laneLeaves-1)] = uint32(a0)
		a0 = next(n, a0, keys[n&0xffff])
		n = nodes[a1]
		all |= n
		leaves[1*laneLeaves+n>>shiftTree&(laneLeaves-1)] = uint32(a1)
		a1 = next(n, a1, keys[n&0xffff])
		n = nodes[a2]
		all |= n
		leaves[2*laneLeaves+n>>shiftTree&(laneLeaves-1)] = uint32(a2)
		a2 = next(n, a2, keys[n&0xffff])
		n = nodes[a3]
		all |= n
		leaves[3*laneLeaves+n>>shiftTree&(laneLeaves-1)] = uint32(a3)
		a3 = next(n, a3, keys[n&0xffff])
		n = nodes[a4]
		all |= n
		leaves[4*laneLeaves+n>>shiftTree&(laneLeaves-1)] = uint32(a4)
		a4 = next(n, a4, keys[n&0xffff])
		n = nodes[a5]
		all |= n
		leaves[5*laneLeaves+n>>shiftTree&(laneLeaves-1)] = uint32(a5)
		a5 = next(n, a5, keys[n&0xffff])
		if uint32(all)>>shiftNext == 0 {
			break
		}
	}
}

// walkBlocksSets is walkBlocks for blocks of which some have sets; each lane has keys of its own.
func walkBlocksSets(nodes []uint64, keys []uint16, from *start, leaves *leafLog) {
	a0, a1, a2, a3, a4, a5 := uint64(from[0]), uint64(from[1]), uint64(from[2]), uint64(from[3]), uint64(from[4]), uint64(from[5])
	for {
		n := nodes[a0]
		all := n
		leaves[n>>shiftTree&(laneLeaves-1)] = uint32(a0)
		a0 = nextSet(n, a0, keys[n&0xffff])
		n = nodes[a1]
		all |= n
		leaves[1*laneLeaves+n>>shiftTree&(laneLeaves-1)] = uint32(a1)
		a1 = nextSet(n, a1, keys[n&0xffff+1])
		n = nodes[a2]
		all |= n
		leaves[2*laneLeaves+n>>shiftTree&(laneLeaves-1)] = uint32(a2)
		a2 = nextSet(n, a2, keys[n&0xffff+2])
		n = nodes[a3]
		all |= n
		leaves[3*laneLeaves+n>>shiftTree&(laneLeaves-1)] = uint32(a3)
		a3 = nextSet(n, a3, keys[n&0xffff+3])
		n = nodes[a4]
		all |= n
		leaves[4*laneLeaves+n>>shiftTree&(laneLeaves-1)] = uint32(a4)
		a4 = nextSet(n, a4, keys[n&0xffff+4])
		n = nodes[a5]
		all |= n
		leaves[5*laneLeaves+n>>shiftTree&(laneLeaves-1)] = uint32(a5)
		a5 = nextSet(n, a5, keys[n&0xffff+5])
		if uint32(all)>>shiftNext == 0 {
			break
		}
	}
}
