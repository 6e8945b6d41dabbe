package csv

import (
	"strconv"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/internal/cell"
)

// guess is what the cells of a column allow so far.
type guess struct {
	notBool, notInt, notFloat, notDate, notNaive, notZoned bool

	huge     bool // an integer that int64 does not hold
	fraction bool // a number that is no integer
	values   bool // some cell is not null
	nulls    bool // some cell is null if the column is not text
	bareNull bool // some cell is null even if the column is text
}

func (g *guess) isText() bool {
	return g.notBool && g.notInt && g.notFloat && g.notDate && g.notNaive && g.notZoned
}

// observe narrows the guess by a cell.
func (g *guess) observe(c token, nulls *nullSet) {
	if !c.quoted && nulls.has(c.data) {
		g.nulls, g.bareNull = true, true
		return
	}
	b := cell.Trim(c.data)
	if nulls.has(b) {
		g.nulls = true
		return
	}
	g.values = true
	if g.isText() {
		return
	}
	if !g.notInt || !g.notFloat {
		g.observeNumber(b)
	}
	if !g.notBool {
		_, ok := cell.Bool(b)
		g.notBool = !ok
	}
	if !g.notDate {
		_, ok := cell.Date(b)
		g.notDate = !ok
	}
	if !g.notNaive || !g.notZoned {
		_, zoned, ok := cell.Time(b)
		g.notNaive = g.notNaive || !ok || zoned
		g.notZoned = g.notZoned || !ok || !zoned
	}
}

func (g *guess) observeNumber(b []byte) {
	if !cell.IsInteger(b) {
		_, ok := cell.Float(b)
		g.notInt, g.fraction = true, true
		g.notFloat = g.notFloat || !ok
		return
	}
	if len(b) < 19 {
		return
	}
	if _, err := strconv.ParseInt(cell.Text(b), 10, 64); err != nil {
		g.huge, g.notInt = true, true
		_, ok := cell.Float(b)
		g.notFloat = g.notFloat || !ok
	}
}

// field returns the field of the column.
func (g *guess) field(name string, fixed dataset.Type) dataset.Field {
	t := dataset.Utf8
	switch {
	case fixed != "":
		t = fixed
	case !g.values:
	case !g.notBool:
		t = dataset.Bool
	case !g.notInt:
		t = dataset.Int64
	case !g.notFloat && (g.fraction || !g.huge):
		t = dataset.Float64
	case !g.notDate:
		t = dataset.Date32
	case !g.notNaive:
		t = dataset.Timestamp
	case !g.notZoned:
		t = dataset.TimeUTC
	}
	nullable := g.nulls
	if t.IsText() || t == dataset.JSON {
		nullable = g.bareNull
	}
	return dataset.Field{Name: name, Type: t, Nullable: nullable}
}

// infer reads every record behind the header and returns the schema.
func infer(t *tokenizer, header []string, o Options) (*dataset.Schema, error) {
	nulls := newNullSet(o.NullTokens)
	guesses := make([]guess, len(header))
	for {
		cells, line, err := t.next()
		if isEOF(err) {
			break
		}
		if err != nil {
			return nil, err
		}
		if len(cells) != len(header) {
			return nil, ragged(line, len(header), len(cells))
		}
		for i, c := range cells {
			guesses[i].observe(c, nulls)
		}
	}
	fields := make([]dataset.Field, len(header))
	for i, name := range header {
		fields[i] = guesses[i].field(name, o.Types[name])
	}
	return dataset.NewSchema(fields...)
}
