package tree

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"slices"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/internal/plan"
)

// checkpointVersion is the version of the form; a reader refuses any other.
const checkpointVersion = 1

// checkpoint is the form of a training between two rounds. Arrays over nodes and leaves go through all trees. A child c >= 0 is a node of the same tree, a child c < 0 is
// its leaf ^c.
type checkpoint struct {
	Version  int         `json:"tidewheel.checkpoint"`
	Options  string      `json:"options"` // digest
	Data     string      `json:"data"`    // digest
	Rounds   int         `json:"rounds"`
	Over     bool        `json:"over,omitempty"` // the training has ended by itself
	Losses   plan.Floats `json:"losses"`         // per round; none without a validation
	Best     int         `json:"best"`           // round, 0 for none
	BestLoss plan.Floats `json:"best_loss"`      // one, negative where higher is better
	Nodes    plan.Ints   `json:"nodes"`          // per tree: their number
	Leaves   plan.Ints   `json:"leaves"`         // per tree: their number
	Column   plan.Ints   `json:"column"`         // per node
	Bin      plan.Ints   `json:"bin"`            // per node: the last bin on the left of a number
	Default  plan.Bytes  `json:"default"`        // per node: 1 where missing numbers go left
	Left     plan.Ints   `json:"left"`           // per node: child
	Right    plan.Ints   `json:"right"`          // per node: child
	Set      plan.Words  `json:"set"`            // per node: 8 words of bits, the bins on the left
	Gain     plan.Floats `json:"gain"`           // per node
	Value    plan.Floats `json:"value"`          // per leaf
	Count    plan.Ints   `json:"count"`          // per leaf: rows
	Weights  plan.Floats `json:"weights,omitempty"`
	Sum      plan.Floats `json:"sum,omitempty"`
	Score    plan.Floats `json:"score,omitempty"` // per output and row
	Valid    plan.Floats `json:"valid,omitempty"`
}

// checkpoint returns the state of the training.
func (t *trainer) checkpoint() *checkpoint {
	c := &checkpoint{
		Version: checkpointVersion, Options: t.saver.options, Data: t.saver.data, Rounds: t.done, Over: t.over,
		Losses: t.ensemble.losses, Best: t.best, BestLoss: plan.Floats{t.bestLoss},
	}
	for _, g := range t.ensemble.trees {
		c.Nodes, c.Leaves = append(c.Nodes, int32(len(g.nodes))), append(c.Leaves, int32(len(g.values)))
		for i := range g.nodes {
			n := &g.nodes[i]
			c.Column, c.Bin = append(c.Column, int32(n.column)), append(c.Bin, int32(n.bin))
			c.Left, c.Right = append(c.Left, n.children[0]), append(c.Right, n.children[1])
			c.Gain = append(c.Gain, n.gain)
			var side byte
			if n.defaultLeft {
				side = 1
			}
			c.Default = append(c.Default, side)
			for _, w := range n.left {
				c.Set = append(c.Set, uint32(w), uint32(w>>32))
			}
		}
		c.Value = append(c.Value, g.values...)
		for _, n := range g.counts {
			c.Count = append(c.Count, int32(n))
		}
	}
	if d := t.dart; d != nil {
		c.Weights, c.Sum = d.weight, plan.Floats{d.sum}
		c.Score, c.Valid = slices.Concat(t.score...), slices.Concat(t.validScore...)
	}
	return c
}

func (c *checkpoint) encode() ([]byte, error) { return json.Marshal(c) }

// decodeCheckpoint reads the JSON form and checks that its arrays fit each other. What it allocates is bounded by the length of text. Every error Is ErrCheckpoint or
// dataset.ErrLimit.
func decodeCheckpoint(text []byte) (*checkpoint, error) {
	if len(text) > maxCheckpoint {
		return nil, fmt.Errorf("%w: %d bytes, want at most %d", dataset.ErrLimit, len(text), maxCheckpoint)
	}
	dec := json.NewDecoder(bytes.NewReader(text))
	dec.DisallowUnknownFields()
	var c checkpoint
	if err := dec.Decode(&c); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrCheckpoint, err)
	}
	if _, err := dec.Token(); err != io.EOF {
		return nil, fmt.Errorf("%w: more behind it", ErrCheckpoint)
	}
	if c.Version != checkpointVersion {
		return nil, fmt.Errorf("%w: version %d, want %d", ErrCheckpoint, c.Version, checkpointVersion)
	}
	nodes, leaves := 0, 0
	for i, n := range c.Nodes {
		if n < 0 || i >= len(c.Leaves) || c.Leaves[i] != n+1 {
			return nil, fmt.Errorf("%w: want one leaf more than nodes in each tree", ErrCheckpoint)
		}
		nodes += int(n)
		leaves += int(n) + 1
	}
	perNode := len(c.Column) == nodes && len(c.Bin) == nodes && len(c.Default) == nodes && len(c.Left) == nodes && len(c.Right) == nodes && len(c.Gain) == nodes
	if !perNode || len(c.Set) != 8*nodes || len(c.Nodes) != len(c.Leaves) || len(c.Value) != leaves || len(c.Count) != leaves || len(c.BestLoss) != 1 || c.Rounds < 0 {
		return nil, fmt.Errorf("%w: arrays of lengths that do not fit", ErrCheckpoint)
	}
	return &c, nil
}

// grown returns the trees, over columns with these bins.
func (c *checkpoint) grown(binners []*binner) ([]*grown, error) {
	out := make([]*grown, len(c.Nodes))
	at, leaf := 0, 0
	for t, count := range c.Nodes {
		n := int(count)
		g := &grown{nodes: make([]node, n), values: slices.Clone(c.Value[leaf : leaf+n+1]), counts: make([]int, n+1)}
		for i := range g.counts {
			g.counts[i] = int(c.Count[leaf+i])
		}
		for i := range g.nodes {
			if err := c.node(&g.nodes[i], at+i, i, n, binners); err != nil {
				return nil, err
			}
		}
		out[t] = g
		at, leaf = at+n, leaf+n+1
	}
	return out, nil
}

// node sets a node from the place at of the arrays. It is the i-th of a tree of n: its children come behind it.
func (c *checkpoint) node(to *node, at, i, n int, binners []*binner) error {
	column, bin := int(c.Column[at]), int(c.Bin[at])
	if column < 0 || column >= len(binners) || bin < 0 || bin >= binners[column].bins() {
		return fmt.Errorf("%w: a node with another column or bin than there are", ErrCheckpoint)
	}
	to.column, to.bin, to.gain, to.defaultLeft = column, bin, c.Gain[at], c.Default[at] != 0
	for w := range to.left {
		to.left[w] = uint64(c.Set[8*at+2*w]) | uint64(c.Set[8*at+2*w+1])<<32
	}
	if binners[column].categorical() {
		for _, b := range members(to.left) {
			if b == 0 || b >= binners[column].bins() {
				return fmt.Errorf("%w: a node with a category that has no bin", ErrCheckpoint)
			}
		}
	}
	for s, child := range [2]int32{c.Left[at], c.Right[at]} {
		if (child >= 0 && (int(child) <= i || int(child) >= n)) || (child < 0 && int(^child) > n) {
			return fmt.Errorf("%w: a node with a child that is not behind it", ErrCheckpoint)
		}
		to.children[s] = child
	}
	return nil
}
