package repair

// NormalForm returns a text in form C.
func NormalForm(s string) string { return nfc(s) }
