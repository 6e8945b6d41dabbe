package plan

import (
	"math"
	"math/bits"
	"slices"
)

// wordBits is the number of sets that one word of answers tells of.
const wordBits = 16

// answers are what the sets of one block say to the keys of one slot: a bit for each set, 1 where the key goes right. The words of a key lie together, so that a
// row reads a few of them for all the sets of a block, and become keys of the row beside those of its values.
type answers struct {
	at, to int32 // the place of the slot in the keys of a block of rows, and that of the first word
	words  int32 // for a key
	table  uint32
}

// setNode is a node with a set.
type setNode struct {
	at    int32 // in the nodes of the forest
	node  int32 // in those of the ensemble
	group int32
	slot  int32
}

// reserve makes sure that there will be room for the answers of one more set of a block.
func (p *packer) reserve(s setNode) bool {
	if p.counts[s.slot]%wordBits == 0 {
		if p.room -= 2 * (p.keys.groups[s.group].n + 2); p.room < 0 || p.keys.slots+p.blockWords+1 > maxSlots {
			return false
		}
		p.blockWords++
		p.words = max(p.words, p.blockWords)
	}
	p.counts[s.slot]++
	p.sets = append(p.sets, s)
	return true
}

// forget drops the sets from the n-th on.
func (p *packer) forget(n int) {
	for _, s := range p.sets[n:] {
		if p.counts[s.slot]--; p.counts[s.slot]%wordBits == 0 {
			p.blockWords--
		}
	}
	p.sets = p.sets[:n]
}

// closeSets makes the answers of the sets of a block.
func (p *packer) closeSets(b *block) {
	b.answers = int32(len(p.answers))
	to := int32(0)
	first := make([]int32, len(p.counts)) // by slot: its answers
	for slot, n := range p.counts {
		if n > 0 {
			first[slot] = int32(len(p.answers))
			p.answers = append(p.answers, answers{at: int32(slot) * lanes, to: to * lanes, words: (n + wordBits - 1) / wordBits, table: math.MaxUint32})
			to += (n + wordBits - 1) / wordBits
		}
	}
	for _, s := range p.sets {
		a := &p.answers[first[s.slot]]
		keys, words := p.keys.groups[s.group].n+2, int(a.words)
		if a.table == math.MaxUint32 {
			a.table = uint32(len(p.table))
			p.table = append(p.table, make([]uint16, keys*words)...)
		}
		p.counts[s.slot]--
		i := int(p.counts[s.slot])
		p.nodes[s.at] |= uint64(a.to) + uint64(i/wordBits)*lanes | uint64(shiftKey+i%wordBits)<<shiftBit
		for key, right := range p.rights(s, keys) {
			if right {
				p.table[int(a.table)+key*words+i/wordBits] |= 1 << (wordBits - 1 - i%wordBits)
			}
		}
	}
	p.sets, p.blockWords = p.sets[:0], 0
	b.answersEnd = int32(len(p.answers))
}

// rights returns for each key of a set's slot whether it goes right.
func (p *packer) rights(s setNode, keys int) []bool {
	p.buffer = append(p.buffer[:0], make([]bool, keys)...)
	right, group, t := p.buffer, &p.keys.groups[s.group], p.t
	for i := 1; i < keys; i++ {
		right[i] = true
	}
	if group.kind == members {
		for _, x := range t.numbers(s.node) {
			if at, found := slices.BinarySearch(group.sorted, sortable(x)); found {
				right[at+1] = false
			}
		}
		return right
	}
	at := t.Cat[s.node]
	for w, word := range t.Words[at+1 : at+1+int32(t.Words[at])] {
		for ; word != 0; word &= word - 1 {
			right[32*w+bits.TrailingZeros32(word)+1] = false
		}
	}
	return right
}

// finishSets puts the answers behind the keys of values, of which there are no more to come.
func (p *packer) finishSets() {
	for i := range p.answers {
		p.answers[i].to += int32(p.keys.stride())
	}
	for i, n := range p.nodes {
		if n&setBit != 0 {
			p.nodes[i] += uint64(p.keys.stride())
		}
	}
}

// answer writes the answers to the keys of one row: those of lane i of the keys.
func (f *forest) answer(b *block, keys []uint16, lane int) {
	for i := b.answers; i < b.answersEnd; i++ {
		a := &f.answers[i]
		key := int(keys[int(a.at)+lane])
		to := keys[int(a.to)+lane:]
		for j, word := range f.table[int(a.table)+key*int(a.words):][:a.words] {
			to[j*lanes] = word
		}
	}
}
