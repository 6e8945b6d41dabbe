package tree

// randomCut cuts a column at a place drawn between the least and the largest value of the node. Missing numbers go to a side drawn, too.
func (g *forestGrower) randomCut(t *twig, c *cut) {
	f := c.column
	c.column = -1
	a := &g.axes[f]
	rows, pays, column := g.rows[t.lo:t.hi], g.pays[t.lo:t.hi], g.values[f]
	values := g.buffer[:len(rows)]
	low, high, missing := 255, -1, 0
	for i, r := range rows {
		v := int(column[r])
		values[i] = uint8(v)
		if v == a.missing {
			missing++
			continue
		}
		low, high = min(low, v), max(high, v)
	}
	if high < 0 || (low == high && missing == 0) {
		return
	}
	made := cut{column: f, at: uint8(low)}
	if low < high {
		made.at = g.randomPlace(a, low, high)
		if missing > 0 && g.random.IntN(2) == 0 {
			made.rotation = uint8(256 - a.missing)
		}
	}
	count := 0
	if g.mean {
		for i, v := range values {
			if goesLeft(v, made.at, made.rotation) {
				made.left += pays[i]
				count++
			}
		}
	} else {
		var left half
		right := g.node
		for i, v := range values {
			if goesLeft(v, made.at, made.rotation) {
				g.move(&left, &right, pays[i])
				count++
			}
		}
		for _, v := range pays {
			g.leftward[uint32(v)] = 0
		}
		made.score = g.sideScore(left) + g.sideScore(right)
		made.left = left.weight
	}
	if count < g.minLeaf || len(rows)-count < g.minLeaf {
		return
	}
	if g.mean {
		mask, right := int64(1)<<g.shift-1, t.total-made.left
		made.score = pairScore(float64(made.left>>g.shift), float64(made.left&mask), float64(right>>g.shift), float64(right&mask))
	}
	*c = made
	switch {
	case missing > 0:
	case g.mean:
		g.defaultSide(t, c, a.missing)
	default:
		g.defaultHalf(c, a.missing)
	}
}

// randomPlace draws between the numbers of two values, or between their ranks where there are no numbers.
func (g *forestGrower) randomPlace(a *axis, low, high int) uint8 {
	if a.binner.categorical() {
		return uint8(low + g.random.IntN(high-low))
	}
	bounds := a.binner.bounds
	from, to := a.low, a.top
	if low > 0 {
		from = bounds[low-1]
	}
	if high < a.steps-1 {
		to = bounds[high]
	}
	u := g.random.Float64()
	return a.nearest(from*(1-u)+to*u, low, high-1)
}
