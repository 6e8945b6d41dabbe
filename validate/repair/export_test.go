package repair

// What TestNormalFormC looks at: the tables, and the form of a text.
const (
	Composed   = composed
	Decomposed = decomposed
	Classes    = classes
)

// NormalForm returns the function that returns a text in form C.
func NormalForm() func(string) string { return newNormalizer().nfc }
