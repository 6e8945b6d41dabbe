package survey

import (
	"net/netip"
	"strings"
)

// add counts a text that n rows have.
func (l *Looks) add(text string, n int64) {
	if len(text) < 6 || len(text) > 320 { // nothing that is looked for is shorter than a.b@c.de or 1.1.1.1, or longer than an address
		return
	}
	if strings.IndexByte(text, '@') >= 0 {
		if isEmail(text) {
			l.Email += n
		}
		return
	}
	if c := text[0]; len(text) > 48 || !isDigit(c) && !isUpper(c) && c != '+' && c != '(' && strings.IndexByte(text, ':') < 0 {
		return
	}
	switch {
	case isIP(text):
		l.IP += n
	case isIBAN(text):
		l.IBAN += n
	case isNational(text):
		l.National += n
	case isCard(text):
		l.Card += n
	case isPhone(text):
		l.Phone += n
	}
}

func isEmail(text string) bool {
	name, domain, _ := strings.Cut(text, "@")
	if name == "" || len(name) > 64 || strings.Trim(name, ".") != name {
		return false
	}
	for i := range len(name) {
		if c := name[i]; c <= ' ' || strings.IndexByte("\"(),:;<>[\\]", c) >= 0 {
			return false
		}
	}
	labels := strings.Split(domain, ".")
	for _, label := range labels {
		if label == "" || len(label) > 63 || strings.Trim(label, "-") != label {
			return false
		}
		for i := range len(label) {
			if c := label[i]; !isDigit(c) && !isLower(c|0x20) && c != '-' && c < 0x80 {
				return false
			}
		}
	}
	last := labels[len(labels)-1]
	return len(labels) > 1 && len(last) > 1 && !isDigit(last[0])
}

func isIP(text string) bool {
	if strings.Count(text, ".") != 3 && strings.Count(text, ":") < 2 {
		return false
	}
	// A time of day has two colons too, and is no address.
	_, err := netip.ParseAddr(text)
	return err == nil
}

// compact returns a text without the separators that people write between groups, and whether there were only digits.
func compact(text, separators string) (out string, digits bool) {
	var b strings.Builder
	digits = true
	for i := range len(text) {
		if strings.IndexByte(separators, text[i]) < 0 {
			b.WriteByte(text[i])
			digits = digits && isDigit(text[i])
		}
	}
	return b.String(), digits
}

// isIBAN checks the form and the check digits of ISO 13616: with the first four characters behind the others and letters as 10 to 35, the number is 1 modulo 97.
func isIBAN(text string) bool {
	s, _ := compact(text, " ")
	if len(s) < 15 || len(s) > 34 || !isUpper(s[0]) || !isUpper(s[1]) || !isDigit(s[2]) || !isDigit(s[3]) {
		return false
	}
	rest := 0
	for _, c := range []byte(s[4:] + s[:4]) {
		switch {
		case isDigit(c):
			rest = (rest*10 + int(c-'0')) % 97
		case isUpper(c):
			rest = (rest*100 + int(c-'A') + 10) % 97
		default:
			return false
		}
	}
	return rest == 1
}

// isCard checks Luhn's sum (ISO/IEC 7812): every second digit from the right doubled, less 9 beyond 9, the sum a multiple of 10.
func isCard(text string) bool {
	s, digits := compact(text, " -")
	if !digits || len(s) < 13 || len(s) > 19 || s[0] < '2' || s[0] > '6' || strings.Trim(s, s[:1]) == "" {
		return false
	}
	sum := 0
	for i := range len(s) {
		d := int(s[len(s)-1-i] - '0')
		if i%2 == 1 {
			if d *= 2; d > 9 {
				d -= 9
			}
		}
		sum += d
	}
	return sum%10 == 0
}

// isPhone wants 7 to 15 digits in a form that only telephone numbers have.
func isPhone(text string) bool {
	s, digits := compact(strings.TrimPrefix(text, "+"), " -./()")
	if !digits || len(s) < 7 || len(s) > 15 {
		return false
	}
	groups := len(s) < len(strings.TrimPrefix(text, "+"))
	switch {
	case text[0] == '+', strings.HasPrefix(text, "00") && len(s) > 9:
		return true
	case text[0] == '(':
		return strings.IndexByte(text, ')') > 1
	case text[0] == '0':
		return groups && len(s) > 8 && s[1] != '0' && strings.Count(text, ".") != 1 // a number with a fraction is none
	default:
		return len(text) == 12 && text[3] == text[7] && strings.IndexByte("-. ", text[3]) >= 0 && len(s) == 10 && s[0] > '1'
	}
}

// isNational checks numbers of persons by their form and check characters.
func isNational(text string) bool {
	switch len(text) {
	case 9:
		return isSpanish(text) || isBritish(text)
	case 11:
		return isAmerican(text) || isPolish(text) || isGerman(text)
	case 15:
		return isFrench(text)
	case 16:
		return isItalian(text)
	case 13: // with spaces in pairs: QQ 12 34 56 C
		s, _ := compact(text, " ")
		return len(s) == 9 && isBritish(s)
	}
	return false
}

// fits compares a text with a form of A and 9; other characters stand for themselves.
func fits(text, form string) bool {
	if len(text) != len(form) {
		return false
	}
	for i := range len(form) {
		switch c := text[i]; form[i] {
		case 'A':
			if !isUpper(c) {
				return false
			}
		case '9':
			if !isDigit(c) {
				return false
			}
		default:
			if c != form[i] {
				return false
			}
		}
	}
	return true
}

// isAmerican is a social security number: no area 000, 666 or from 900 on, no group 00, no serial 0000.
func isAmerican(s string) bool {
	return fits(s, "999-99-9999") && s[:3] != "000" && s[:3] != "666" && s[0] != '9' && s[4:6] != "00" && s[7:] != "0000"
}

// isBritish is a national insurance number.
func isBritish(s string) bool {
	return fits(s, "AA999999A") && s[8] <= 'D' && strings.IndexByte("DFIQUV", s[0]) < 0 && strings.IndexByte("DFIQUVO", s[1]) < 0
}

// isSpanish is a DNI or a NIE: the letter is that of the number modulo 23.
func isSpanish(s string) bool {
	if i := strings.IndexByte("XYZ", s[0]); i >= 0 {
		s = string(rune('0'+i)) + s[1:]
	}
	if !fits(s, "99999999A") {
		return false
	}
	n := 0
	for _, c := range []byte(s[:8]) {
		n = n*10 + int(c-'0')
	}
	return "TRWAGMYFPDXBNJZSQVHLCKE"[n%23] == s[8]
}

// isPolish is a PESEL: digits weighted by 1, 3, 7 and 9 in turn add up to a multiple of 10, and the month, with its century, is one.
func isPolish(s string) bool {
	if !fits(s, "99999999999") {
		return false
	}
	sum := 0
	for i, w := range []int{1, 3, 7, 9, 1, 3, 7, 9, 1, 3, 1} {
		sum += w * int(s[i]-'0')
	}
	month, day := (int(s[2]-'0')*10+int(s[3]-'0'))%20, int(s[4]-'0')*10+int(s[5]-'0')
	return sum%10 == 0 && month >= 1 && month <= 12 && day >= 1 && day <= 31
}

// isGerman is a tax number: ISO 7064 modulo 11, 10, not 0 in front, and among its first ten digits just one that comes twice or three times.
func isGerman(s string) bool {
	if !fits(s, "99999999999") || s[0] == '0' {
		return false
	}
	var times [10]int
	product := 10
	for _, c := range []byte(s[:10]) {
		times[c-'0']++
		sum := (int(c-'0') + product) % 10
		if sum == 0 {
			sum = 10
		}
		product = sum * 2 % 11
	}
	repeated := 0
	for _, n := range times {
		if n > 3 {
			return false
		}
		if n > 1 {
			repeated++
		}
	}
	return repeated == 1 && (11-product)%10 == int(s[10]-'0')
}

// isFrench is a number of the NIR: the last two digits are 97 less the rest of the others modulo 97; it begins with 1 or 2 and has a month.
func isFrench(s string) bool {
	if !fits(s, "999999999999999") || s[0] != '1' && s[0] != '2' {
		return false
	}
	n := 0
	for _, c := range []byte(s[:13]) {
		n = (n*10 + int(c-'0')) % 97
	}
	key := int(s[13]-'0')*10 + int(s[14]-'0')
	return 97-n == key && s[3:5] >= "01" && s[3:5] <= "12"
}

// isItalian is a codice fiscale: characters in odd places count by a table, those in even places by their order, modulo 26.
func isItalian(s string) bool {
	if !fits(s, "AAAAAA99A99A999A") {
		return false
	}
	odd := [26]int{1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16, 10, 22, 25, 24, 23}
	sum := 0
	for i, c := range []byte(s[:15]) {
		order := int(c - 'A')
		if isDigit(c) {
			order = int(c - '0')
		}
		if i%2 == 0 {
			order = odd[order]
		}
		sum += order
	}
	return sum%26 == int(s[15]-'A')
}
