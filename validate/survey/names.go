package survey

import (
	"strings"
	"unicode"
)

// words returns the words of a column's name in lower case: they end at signs, at digits and where a capital follows a small letter.
func words(name string) []string {
	var out []string
	var word strings.Builder
	flush := func() {
		if word.Len() > 0 {
			out = append(out, word.String())
			word.Reset()
		}
	}
	small := false
	for _, r := range name {
		if !unicode.IsLetter(r) || small && unicode.IsUpper(r) {
			flush()
		}
		if unicode.IsLetter(r) {
			word.WriteRune(unicode.ToLower(r))
		}
		small = unicode.IsLower(r)
	}
	flush()
	return out
}

// personalName returns what a column of such a name holds of a person, "" for nothing.
func personalName(name string) string {
	list := words(name)
	joined := " " + strings.Join(list, " ") + " "
	for _, kind := range []struct {
		what  string
		words []string // words, one behind the other
	}{
		{"an e-mail address", []string{"email", "e mail", "mail address", "emailaddress"}},
		{"a telephone number", []string{"phone", "telephone", "mobile", "phonenumber", "phone number", "msisdn", "tel", "fax"}},
		{"an IBAN", []string{"iban", "account holder"}},
		{"a card number", []string{"card number", "cardnumber", "creditcard", "credit card number", "pan"}},
		{"an IP address", []string{"ip", "ip address", "ipaddress", "ip addr", "client ip"}},
		{"a number of a person", []string{"ssn", "social security", "passport", "national id", "tax id", "driver license", "drivers license", "nin", "nino"}},
		{"a date of birth", []string{"birthdate", "birth date", "dateofbirth", "date of birth", "dob", "birthday"}},
		{"a postal address", []string{"street", "street address", "home address", "postal address", "address line"}},
		{"a name", []string{"first name", "firstname", "last name", "lastname", "surname", "full name", "fullname", "given name", "family name", "forename", "maiden name", "customer name"}},
	} {
		for _, w := range kind.words {
			if strings.Contains(joined, " "+w+" ") {
				return kind.what
			}
		}
	}
	if len(list) == 1 && list[0] == "name" {
		return "a name"
	}
	return ""
}

// isKeyName reports whether a column is called as keys are.
func isKeyName(name string) bool {
	for _, w := range words(name) {
		switch w {
		case "id", "key", "uuid", "guid", "identifier", "number", "no", "nr", "code", "serial":
			return true
		}
	}
	return false
}
