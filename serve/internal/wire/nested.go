package wire

// Members reads an object and calls member with each key; member must read the value. It leaves it to member to refuse a key that comes twice.
func (r *Reader) Members(member func(key string) error) error {
	if r.Peek() != Object {
		return r.Want("an object")
	}
	n := 0
	return r.items('}', func() error {
		if n++; r.limits.Members > 0 && n > r.limits.Members {
			return r.limit("members of an object", r.limits.Members)
		}
		key, err := r.Text()
		if err != nil {
			return err
		}
		r.space()
		if r.at >= len(r.s) || r.s[r.at] != ':' {
			return r.malformed("a colon behind a key", "none")
		}
		r.at++
		return member(key)
	})
}

// Twice returns the error of a key that comes twice in an object.
func (r *Reader) Twice() error { return r.malformed("each key once", "one twice") }

// Object is Members with every key checked to come once.
func (r *Reader) Object(member func(key string) error) error {
	seen := make(map[string]struct{})
	return r.Members(func(key string) error {
		if _, ok := seen[key]; ok {
			return r.Twice()
		}
		seen[key] = struct{}{}
		return member(key)
	})
}

// Items reads an array and calls item before each element; item must read it.
func (r *Reader) Items(item func() error) error {
	if r.Peek() != Array {
		return r.Want("an array")
	}
	return r.items(']', item)
}

// items reads what stands between an opening bracket, at the reader's place, and its closing one.
func (r *Reader) items(closing byte, item func() error) error {
	if r.depth++; r.limits.Depth > 0 && r.depth > r.limits.Depth {
		return r.limit("objects and arrays within each other", r.limits.Depth)
	}
	r.at++
	if r.space(); r.at < len(r.s) && r.s[r.at] == closing {
		r.at++
		r.depth--
		return nil
	}
	for {
		if err := item(); err != nil {
			return err
		}
		r.space()
		switch {
		case r.at < len(r.s) && r.s[r.at] == ',':
			r.at++
		case r.at < len(r.s) && r.s[r.at] == closing:
			r.at++
			r.depth--
			return nil
		default:
			return r.malformed("a comma or a closing bracket", r.Peek().String())
		}
	}
}

// Skip reads the next value and checks it as it would be checked if it were wanted.
func (r *Reader) Skip() error {
	var err error
	switch r.Peek() {
	case Null:
		err = r.Null()
	case Bool:
		_, err = r.Bool()
	case Number, NonFinite:
		_, err = r.Number()
	case Text:
		_, err = r.Text()
	case Object:
		err = r.Object(func(string) error { return r.Skip() })
	case Array:
		err = r.Items(r.Skip)
	default:
		err = r.Want("a value")
	}
	return err
}

// Raw reads the next value as Skip does and returns its text.
func (r *Reader) Raw() (string, error) {
	r.space()
	start := r.at
	err := r.Skip()
	return r.s[start:r.at], err
}
