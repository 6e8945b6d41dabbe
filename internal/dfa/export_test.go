package dfa

// States returns how many states m has, 0 for a plain text and -1 for an expression that is left to package regexp.
func States(m *Matcher) int {
	if m.slow != nil {
		return -1
	}
	return len(m.ascii)
}
