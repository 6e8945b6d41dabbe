package validate

import (
	"fmt"
	"math/big"
	"strings"

	"github.com/apache/arrow/go/v17/arrow/decimal128"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/internal/cell"
)

// parseDecimal reads plain digits exactly: [+-]digits[.digits]. Digits beyond the scale must be zeros.
func parseDecimal(text string, t dataset.Type) (decimal128.Num, Verdict) {
	var precision, scale int
	if _, err := fmt.Sscanf(string(t), "decimal128(%d,%d)", &precision, &scale); err != nil {
		return decimal128.Num{}, refuse(RuleType)
	}
	sign := ""
	if strings.HasPrefix(text, "-") {
		sign = "-"
	}
	front, back, _ := strings.Cut(strings.TrimLeft(text, "+-"), ".")
	if front+back == "" || strings.Trim(front+back, "0123456789") != "" || len(text) > 100 {
		return decimal128.Num{}, refuse(RuleType)
	}
	back = strings.TrimRight(back, "0")
	if len(back) > scale {
		return decimal128.Num{}, refuse(RuleFraction)
	}
	digits := strings.TrimLeft(front+back+strings.Repeat("0", scale-len(back)), "0")
	if len(digits) > precision {
		return decimal128.Num{}, refuse(RuleOverflow)
	}
	n, ok := new(big.Int).SetString(sign+"0"+digits, 10)
	if !ok {
		return decimal128.Num{}, refuse(RuleType)
	}
	return cell.DecimalOf(n), Verdict{}
}
