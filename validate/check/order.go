package check

// Increasing wants numbers that do not fall from row to row; what is missing is passed over. The row that is found is the later one.
type Increasing struct {
	Column   string // a numeric, date or time column
	Strictly bool   // equal neighbours are found too
}

func (c Increasing) plan() (plan, error) {
	return plan{
		rule: "increasing", needs: needs(number, c.Column), want: "no smaller number than before", got: "a smaller one, or strictly the same",
		start: func() part { return &ordered{sign: 1, strictly: c.Strictly} },
	}, named("Increasing.Column", c.Column)
}

// Decreasing wants numbers that do not rise from row to row; what is missing is passed over. The row that is found is the later one.
type Decreasing struct {
	Column   string // a numeric, date or time column
	Strictly bool   // equal neighbours are found too
}

func (c Decreasing) plan() (plan, error) {
	return plan{
		rule: "decreasing", needs: needs(number, c.Column), want: "no larger number than before", got: "a larger one, or strictly the same",
		start: func() part { return &ordered{sign: -1, strictly: c.Strictly} },
	}, named("Decreasing.Column", c.Column)
}

// ordered is what joins two runs of rows: the first and the last number, and the row of the first.
type ordered struct {
	sign        float64
	strictly    bool
	any         bool
	first, last float64
	row         int64
}

func (o *ordered) broken(x, next float64) bool {
	return o.sign*next < o.sign*x || o.strictly && next == x
}

func (o *ordered) observe(v *view) error {
	x, err := v.numbers(0)
	for i, n := range x {
		switch {
		case n != n:
			continue
		case !o.any:
			o.any, o.first, o.row = true, n, v.row(i)
		case o.broken(o.last, n):
			v.bad(i)
		}
		o.last = n
	}
	return err
}

func (o *ordered) merge(next part, offset int64, bad *rowset) {
	n := as[*ordered](next)
	switch {
	case !n.any:
		return
	case !o.any:
		o.any, o.first, o.row = true, n.first, offset+n.row
	case o.broken(o.last, n.first):
		bad.add(offset + n.row)
	}
	o.last = n.last
}

func (*ordered) finish(*rowset) bool { return false }
