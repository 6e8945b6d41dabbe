package repair

import (
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// NFC writes texts in Unicode's normalization form C, in which a letter and its accents are one character where there is such a one, so that texts that look
// the same are the same bytes. A text that is not UTF-8 stays. More than 30 marks in a row are parted by a combining grapheme joiner, as in Stream-Safe Text.
//
// Source: Unicode Standard Annex 15, by golang.org/x/text/unicode/norm.
type NFC struct {
	Column string // a text column
}

func (r NFC) plan() (plan, error) {
	return texts("nfc", r.Column, nfc), named("NFC.Column", r.Column)
}

// nfc returns a text in form C.
func nfc(s string) string {
	if !utf8.ValidString(s) {
		return s
	}
	return norm.NFC.String(s)
}
