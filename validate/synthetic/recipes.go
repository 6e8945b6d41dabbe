package synthetic

import (
	"math"
	"strings"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/validate"
)

// recipes returns the faults that single cells of column i can have.
func (c *column) recipes(i int) []recipe {
	var out []recipe
	add := func(f Fault, rule validate.Rule, needs carry, spoil func(d *draw, was cell) cell) {
		out = append(out, recipe{
			fault: f, column: i, other: -1, rule: rule, severity: validate.Refused, needs: needs,
			unread: f == Unreadable || f == Fraction || f == Overflow, spoil: spoil,
		})
	}
	if !c.field.Nullable {
		add(Null, validate.RuleNull, own, func(*draw, cell) cell { return cell{null: true} })
	}
	if c.class == dataset.ClassFloat {
		add(NotANumber, validate.RuleNonFinite, own, always(math.NaN()))
		add(PositiveInfinity, validate.RuleNonFinite, own, always(math.Inf(1)))
		add(NegativeInfinity, validate.RuleNonFinite, own, always(math.Inf(-1)))
	}
	if c.field.Type.IsNumeric() {
		if spoil := c.beyond(c.field.Min, -1); spoil != nil {
			add(TooSmall, validate.RuleBelowMin, own, spoil)
		}
		if spoil := c.beyond(c.field.Max, 1); spoil != nil {
			add(TooLarge, validate.RuleAboveMax, own, spoil)
		}
		add(Unreadable, validate.RuleType, text, oneOf("forty", "no value", "12 apples", "--3", "(7)", "x"))
	}
	c.textRecipes(add)
	c.fractions(add)
	c.overflows(add)
	return out
}

type adder func(f Fault, rule validate.Rule, needs carry, spoil func(d *draw, was cell) cell)

func always(x float64) func(*draw, cell) cell {
	return func(*draw, cell) cell { return cell{number: x} }
}

func oneOf(texts ...string) func(*draw, cell) cell {
	return func(d *draw, _ cell) cell { return cell{asText: true, text: texts[d.IntN(len(texts))]} }
}

// beyond returns what makes numbers outside a bound, nil where the type has none there.
func (c *column) beyond(bound *float64, side float64) func(*draw, cell) cell {
	if bound == nil || c.class == dataset.ClassBool {
		return nil
	}
	least, most := typeRange(c.field.Type)
	end := c.decimal.units(*bound)
	switch c.class {
	case dataset.ClassDecimal:
		least, most = -c.decimal.room, c.decimal.room
		end += 2 * side // what the product may have lost
	case dataset.ClassFloat:
		reach := max(math.Abs(end), 1)
		if reach > math.Sqrt(most) {
			return nil
		}
		return func(d *draw, _ cell) cell {
			x := end + float64(side*reach*(0.01+d.Float64()))
			if c.field.Type == dataset.Float32 {
				x = float64(float32(x))
			}
			return cell{number: x}
		}
	default: // whole numbers
	}
	first, room := math.Ceil(end)-1, math.Ceil(end)-least
	if side > 0 {
		first, room = math.Floor(end)+1, most-math.Floor(end)
	}
	if math.Abs(first) > exact/2 || room < 1 {
		return nil
	}
	return func(d *draw, _ cell) cell {
		return cell{number: min(max(first+float64(side*float64(d.IntN(100))), least), most)}
	}
}

// textRecipes adds the faults of categories and patterns.
func (c *column) textRecipes(add adder) {
	if c.class != dataset.ClassText {
		return
	}
	listed := make(map[string]bool)
	for _, v := range c.field.OneOf {
		listed[v] = true
	}
	d := newDraw().at(c.stream, -1)
	if rule := map[dataset.Unseen]validate.Rule{
		dataset.UnseenReject: validate.RuleOneOf, dataset.UnseenMissing: validate.RuleUnseenAsMissing, dataset.UnseenOther: validate.RuleUnseenAsOther,
	}[c.field.Unseen]; len(listed) > 0 {
		fits := func(s string) bool { return s != "" && !listed[s] && (c.language == nil || c.language.matches(s)) }
		var unseen []string
		for range 50 {
			s := word(d, 8)
			if c.language != nil {
				s = c.language.draw(d)
			}
			if fits(s) {
				unseen = append(unseen, s)
			}
		}
		if len(unseen) > 0 {
			add(UnseenCategory, rule, own, oneOf(unseen...))
		}
		if texts := misspelt(c.choices, fits); len(texts) > 0 {
			add(MisspeltCategory, rule, own, oneOf(texts...))
		}
	}
	if c.language != nil {
		fits := func(s string) bool { return s != "" && !c.language.matches(s) }
		var texts []string
		for range 10 {
			s := c.any(d).text
			for _, s := range []string{s + "!", "?" + s, s + s, strings.ToUpper(s), strings.ToLower(s), word(d, 5), "#"} {
				if fits(s) {
					texts = append(texts, s)
				}
			}
		}
		if len(texts) > 0 {
			add(OffPattern, validate.RulePattern, own, oneOf(texts...))
		}
	}
}

// misspelt returns categories with two letters swapped, one left out, one twice, or in other case.
func misspelt(categories []cell, fits func(string) bool) []string {
	var out []string
	for _, v := range categories[:min(len(categories), 100)] {
		r := []rune(v.text)
		for i := range r[:min(len(r), 100)] {
			for _, s := range []string{
				string(r[:i]) + string(r[i+1:]), string(r[:i+1]) + string(r[i:]), string(r[:i]) + swappedCase(r[i]) + string(r[i+1:]), swapped(r, i),
			} {
				if fits(s) && strings.TrimSpace(s) == s {
					out = append(out, s)
				}
			}
		}
	}
	return out
}

func swapped(r []rune, i int) string {
	if i+1 >= len(r) {
		return string(r)
	}
	return string(r[:i]) + string(r[i+1]) + string(r[i]) + string(r[i+2:])
}

func swappedCase(r rune) string {
	if s := strings.ToUpper(string(r)); s != string(r) {
		return s
	}
	return strings.ToLower(string(r))
}

// fractions adds the fault of too many digits behind the point.
func (c *column) fractions(add adder) {
	switch {
	case c.class == dataset.ClassInteger && c.low > -exact/4 && c.high < exact/4:
		add(Fraction, validate.RuleFraction, float, func(_ *draw, was cell) cell { return cell{number: was.number + 0.5} })
	case c.class == dataset.ClassDecimal:
		add(Fraction, validate.RuleFraction, text, func(_ *draw, was cell) cell {
			return cell{asText: true, text: c.decimal.text(was.number) + "5"}
		})
	}
}

// overflows adds the fault of numbers that the type does not hold.
func (c *column) overflows(add adder) {
	rule := validate.RuleOverflow
	switch t := c.field.Type; {
	case t == dataset.Int64:
		add(Overflow, rule, text, oneOf("9223372036854775808", "-9223372036854775809", "100000000000000000000"))
	case t == dataset.Uint64:
		add(Overflow, rule, text, oneOf("18446744073709551616", "-1", "100000000000000000000"))
	case c.class == dataset.ClassInteger:
		least, most := typeRange(t)
		add(Overflow, rule, wide, func(d *draw, _ cell) cell {
			beyond := float64(1 + d.IntN(1000))
			if d.IntN(2) == 0 {
				return cell{number: least - beyond}
			}
			return cell{number: most + beyond}
		})
	case t == dataset.Float32:
		add(Overflow, rule, wide, func(d *draw, _ cell) cell { return cell{number: 1e39 * float64(1-2*d.IntN(2))} })
	case t == dataset.Float64:
		add(Overflow, rule, text, oneOf("1e400", "-1e400"))
	case c.class == dataset.ClassDecimal:
		add(Overflow, rule, text, oneOf("1"+strings.Repeat("0", c.decimal.front)))
	}
}
