package synthetic

import (
	"fmt"
	"math"
	"slices"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/validate"
)

// cell is one value: null, a number or a text. The number of a decimal counts its column's units.
type cell struct {
	null   bool
	asText bool // the cell is text, whatever its column is
	number float64
	text   string
}

// column draws the cells of a field.
type column struct {
	field  dataset.Field
	class  dataset.Class
	stream uint64
	nulls  float64 // share

	// Of a numeric column: the limits of what is drawn, in units.
	low, high float64
	whole     bool
	decimal   decimalForm
	quantiles []float64 // in number form, increasing; nil is evenly

	choices   []cell    // what is listed
	weights   []float64 // increasing, the last one is the share of all that is listed
	words     [2]int    // fewest and most letters of a word
	language  *language
	maxRepeat int

	unique    bool
	places    shuffled // of whole numbers without repeats, above low
	addresses []uint32 // of the draws of other values without repeats; nil where places are used
}

func newColumn(f dataset.Field, o *Options) (*column, error) {
	c := &column{field: f, class: f.Type.Class(), stream: streamOf(o.Seed, f.Name), words: [2]int{4, 10}, maxRepeat: o.MaxRepeat}
	var p *validate.ColumnProfile
	if o.Profile != nil {
		if got, ok := o.Profile.Column(f.Name); ok {
			if got.Type.Class() != c.class {
				return nil, &dataset.SchemaError{Column: f.Name, Want: "a profile of type " + string(f.Type), Got: "one of type " + string(got.Type)}
			}
			p = &got
		}
	}
	c.nulls = o.nulls(f, p)
	var err error
	switch {
	case f.Type.IsNumeric():
		err = c.numbers(p)
	case c.class == dataset.ClassText:
		err = c.texts(p)
	}
	return c, err
}

// nulls returns the share of nulls in a column.
func (o *Options) nulls(f dataset.Field, p *validate.ColumnProfile) float64 {
	switch {
	case !f.Nullable || o.NoNulls:
		return 0
	case p != nil && p.Rows > 0:
		return float64(p.Nulls) / float64(p.Rows)
	case o.NullShare == 0:
		return 0.05
	default:
		return o.NullShare
	}
}

func (c *column) nested() bool { return c.class > dataset.ClassJSON }

// at returns the cell of a row.
func (c *column) at(d *draw, row int64) cell {
	if c.isNull(d, row) {
		return cell{null: true}
	}
	return c.value(d, row)
}

func (c *column) isNull(d *draw, row int64) bool {
	return c.nulls > 0 && d.at(c.stream, row).Float64() < c.nulls
}

// value returns what stands in a row if it is not null.
func (c *column) value(d *draw, row int64) cell {
	switch {
	case !c.unique:
		d.at(c.stream, row).Float64()
		return c.any(d)
	case c.addresses != nil:
		return c.draw(d, int64(c.addresses[row]))
	default:
		return cell{number: c.low + float64(c.places.to(uint64(row)))}
	}
}

// draw returns value number i of the column, whatever the row.
func (c *column) draw(d *draw, i int64) cell {
	d.at(^c.stream, i)
	return c.any(d)
}

// any draws a value.
func (c *column) any(d *draw) cell {
	if len(c.choices) > 0 {
		if i, _ := slices.BinarySearch(c.weights, d.Float64()); i < len(c.choices) {
			return c.choices[i]
		}
	}
	switch {
	case c.class == dataset.ClassText && c.language != nil:
		return cell{text: c.language.draw(d)}
	case c.class == dataset.ClassText:
		return cell{text: word(d, c.words[0]+d.IntN(c.words[1]-c.words[0]+1))}
	case c.class == dataset.ClassJSON:
		return cell{text: fmt.Sprintf(`{"%s":%d}`, word(d, 4), d.IntN(1000))}
	default:
		return cell{number: c.number(d)}
	}
}

// number draws from low to high.
func (c *column) number(d *draw) float64 {
	var x float64
	switch {
	case c.quantiles != nil:
		at := d.Float64() * float64(len(c.quantiles)-1)
		i := min(int(at), len(c.quantiles)-2)
		share := at - float64(i)
		x = float64(c.quantiles[i]*(1-share)) + float64(c.quantiles[i+1]*share)
		x = c.decimal.units(x)
	case c.whole && c.high-c.low < 1<<53:
		return c.low + float64(d.Uint64N(uint64(c.high-c.low)+1))
	default:
		u := d.Float64()
		x = float64(c.low*(1-u)) + float64(c.high*u)
	}
	if c.whole {
		x = math.RoundToEven(x)
	}
	if c.field.Type == dataset.Float32 {
		x = float64(float32(x))
	}
	return min(max(x, c.low), c.high)
}

// form returns the number form of a number in units.
func (c *column) form(units float64) float64 { return c.decimal.form(units) }

// word returns a word of n letters, which no reader takes for a null, a number or a bool.
func word(d *draw, n int) string {
	const consonants, vowels = "bdfgklmprstvz", "aeiou"
	out := make([]byte, n)
	for i := range out {
		if i%2 == 0 {
			out[i] = consonants[d.IntN(len(consonants))]
		} else {
			out[i] = vowels[d.IntN(len(vowels))]
		}
	}
	return string(out)
}

// texts chooses between categories, what the profile lists, a pattern and words.
func (c *column) texts(p *validate.ColumnProfile) error {
	f := c.field
	if f.Pattern != "" {
		l, err := newLanguage(f.Pattern, c.maxRepeat)
		if err != nil {
			return &dataset.SchemaError{Column: f.Name, Want: "a pattern that texts can be made of", Got: err.Error()}
		}
		c.language = l
	}
	counts := make(map[string]float64)
	if p != nil {
		for _, v := range p.Top {
			counts[v.Value.Text] = float64(v.Count)
		}
		if p.Text != nil {
			c.words = [2]int{int(min(max(p.Text.MinLength, 1), 64)), int(min(max(p.Text.MaxLength, 1), 64))}
		}
	}
	keeps := func(text string) bool { return c.language == nil || c.language.matches(text) }
	if len(f.OneOf) > 0 {
		for _, text := range f.OneOf {
			if keeps(text) {
				c.choose(cell{text: text}, counts[text])
			}
		}
		if len(c.choices) == 0 {
			return &dataset.SchemaError{Column: f.Name, Want: "a category that the pattern matches", Got: fmt.Sprintf("%d others", len(f.OneOf))}
		}
		c.share(0)
		return nil
	}
	if p == nil {
		return nil
	}
	for _, v := range p.Top {
		if keeps(v.Value.Text) {
			c.choose(cell{text: v.Value.Text}, float64(v.Count))
		}
	}
	c.share(float64(p.Other))
	return nil
}

// choose adds a listed value with a weight.
func (c *column) choose(x cell, weight float64) {
	c.choices = append(c.choices, x)
	c.weights = append(c.weights, weight)
}

// share turns the weights into cumulated shares beside that of all other values. Without any weight all are equal.
func (c *column) share(other float64) {
	sum := other
	for _, w := range c.weights {
		sum += w
	}
	if sum == 0 {
		for i := range c.weights {
			c.weights[i] = 1
		}
		sum = float64(len(c.weights))
	}
	total := 0.0
	for i, w := range c.weights {
		total += w
		c.weights[i] = total / sum
	}
	if other == 0 && len(c.weights) > 0 {
		c.weights[len(c.weights)-1] = 1
	}
}

// withoutRepeats readies n values that all differ.
func (c *column) withoutRepeats(n int64) error {
	c.unique = true
	few := func(got string) error {
		return &dataset.SchemaError{Column: c.field.Name, Want: fmt.Sprintf("%d different values", n), Got: got}
	}
	if c.whole && c.class != dataset.ClassDecimal {
		c.widen(float64(2 * n))
		width := c.high - c.low + 1
		if width < float64(n) {
			return few(fmt.Sprintf("room for %v", width))
		}
		if width <= 1<<53 && math.Abs(c.low) <= 1<<53 && math.Abs(c.high) <= 1<<53 {
			c.places = newShuffled(uint64(width), c.stream)
			return nil
		}
	}
	d, seen := newDraw(), make(map[any]struct{}, n)
	c.addresses = make([]uint32, 0, n)
	for i := int64(0); int64(len(c.addresses)) < n; i++ {
		if i > 40*n+1000 || i > math.MaxUint32 {
			return few(fmt.Sprintf("%d of as many draws as were made", len(c.addresses)))
		}
		key := c.key(d, i)
		if _, again := seen[key]; !again {
			seen[key] = struct{}{}
			c.addresses = append(c.addresses, uint32(i))
		}
	}
	return nil
}

// widen gives whole numbers room where the field has no bound.
func (c *column) widen(width float64) {
	least, most := typeRange(c.field.Type)
	if c.field.Max == nil && c.high-c.low < width {
		c.high = min(most, c.low+width)
	}
	if c.field.Min == nil && c.high-c.low < width {
		c.low = max(least, c.high-width)
	}
}

// key returns what tells draw i from others.
func (c *column) key(d *draw, i int64) any {
	if c.class == dataset.ClassBinary {
		d.at(^c.stream, i)
		return string(someBytes(d))
	}
	x := c.draw(d, i)
	if c.class == dataset.ClassText {
		return x.text
	}
	return x.number
}
