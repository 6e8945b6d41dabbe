package check

// UniqueOf is Unique that holds fewer keys before it looks at them.
type UniqueOf struct {
	Unique
	Held int
}

func (c UniqueOf) plan() (plan, error) {
	p, err := c.Unique.plan()
	seed := newSeed()
	p.start = func() part { return &unique{seed: seed, most: c.Held} }
	return p, err
}
