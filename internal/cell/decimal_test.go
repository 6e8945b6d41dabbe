package cell_test

import (
	"math/big"
	"strings"
	"testing"

	"github.com/tidewheel/tidewheel/internal/cell"
)

// Numbers by their digits, on 32-bit targets too; there Arrow's own conversions keep the lowest 32 or 64 bits.
func TestDecimalsKeepAllDigits(t *testing.T) {
	for _, digits := range []string{"0", "7", "-7", "4294967295", "-4294967296", "18446744073709551616", "99999999999999999999999999999999999999", "-99999999999999999999999999999999999999"} {
		n, _ := new(big.Int).SetString(digits, 10)
		d := cell.DecimalOf(n)
		if got := string(cell.AppendDecimal(nil, d, 0)); got != digits {
			t.Errorf("%s: got %s", digits, got)
		}
		sign, size := "", digits
		if strings.HasPrefix(digits, "-") {
			sign, size = "-", digits[1:]
		}
		padded := strings.Repeat("0", max(0, 5-len(size))) + size
		if got, want := string(cell.AppendDecimal([]byte("x"), d, 4)), "x"+sign+padded[:len(padded)-4]+"."+padded[len(padded)-4:]; got != want {
			t.Errorf("%s with 4 digits: want %s, got %s", digits, want, got)
		}
		want := digits + "00"
		if digits == "0" {
			want = "0"
		}
		if got := string(cell.AppendDecimal(nil, d, -2)); got != want {
			t.Errorf("%s with -2 digits: want %s, got %s", digits, want, got)
		}
	}
}

// Short numbers are read another way than long ones: both have all digits, on both sides of the border.
func TestDecimalsOfAnyLengthRead(t *testing.T) {
	for _, text := range []string{"0", "-0.05", "+7", "1.50", "999999999999999999", "-999999999999999999", "1000000000000000000", "9999999999999999.99", "99999999999999999.99", "0001.10", ".5", "5."} {
		want, ok := new(big.Rat).SetString(strings.TrimSuffix(text, "."))
		if !ok {
			t.Fatal(text)
		}
		for _, scale := range []int32{2, 17, 18, 19} {
			got, ok := cell.Decimal([]byte(text), 38, scale)
			back, parsed := new(big.Rat).SetString(string(cell.AppendDecimal(nil, got, scale)))
			if !ok || !parsed || back.Cmp(want) != 0 {
				t.Errorf("%s with %d digits behind the point: got %s, %v", text, scale, back, ok)
			}
		}
	}
	for _, text := range []string{"", ".", "-", "1.005", "1e3", "12345.00", "1 ", "--1"} {
		if _, ok := cell.Decimal([]byte(text), 6, 2); ok {
			t.Errorf("%q is read", text)
		}
	}
}
