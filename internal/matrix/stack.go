package matrix

// stack gathers a column whose length is not known yet: parts of at least minPart values, joined once.
type stack[T any] struct {
	parts [][]T
	n     int
}

const minPart = 8192

// push returns the room for the next n values.
func (s *stack[T]) push(n int) []T {
	s.n += n
	last := len(s.parts) - 1
	if last < 0 || cap(s.parts[last])-len(s.parts[last]) < n {
		s.parts = append(s.parts, make([]T, 0, max(n, minPart)))
		last++
	}
	at := len(s.parts[last])
	s.parts[last] = s.parts[last][:at+n]
	return s.parts[last][at:]
}

// join returns all values and forgets them.
func (s *stack[T]) join() []T {
	parts := s.parts
	s.parts = nil
	if len(parts) == 1 {
		return parts[0]
	}
	out := make([]T, 0, s.n)
	for _, p := range parts {
		out = append(out, p...)
	}
	return out
}
