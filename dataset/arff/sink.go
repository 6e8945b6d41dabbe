package arff

import (
	"context"
	"fmt"
	"io"
	"math"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/dataset/internal/sinkfile"
	"github.com/tidewheel/tidewheel/dataset/internal/textfile"
	"github.com/tidewheel/tidewheel/internal/cell"
)

// WriteOptions says how Create writes. The zero value is ready to use.
type WriteOptions struct {
	Relation string // name of the relation; empty is rows
	Weight   string // column of numbers that are written as weights behind the rows, not as an attribute; empty writes none
}

// Sink writes a file of ARFF.
type Sink struct {
	schema *dataset.Schema
	file   *sinkfile.File
	out    io.WriteCloser // to file, through the compression
	oneOf  []map[string]bool
	weight int // column, -1 without one
	line   []byte
	bad    string // what the last value should have been, empty when it was fine
}

// Create returns the sink that writes batches of schema s to path: the header and a dense line for each row, ended by \n. The file is written beside path and appears at
// Commit; it is compressed when its name ends in .gz or .zst. Integers are integer, floats and decimals numeric, bools {false,true}, a text column with OneOf nominal, one
// without string, dates date "yyyy-MM-dd", times date with milliseconds, in UTC with X behind. Floats are the shortest numbers that read back to the same bits; a null is ?,
// and so is NaN. Options.Schema reads every column back as what it was. It errors with dataset.ErrUnsupported for a column that text does not hold (binary, list, struct),
// and with dataset.ErrSchema for a schema without an attribute, a name that is not UTF-8 or has a NUL, and a weight that is no column of numbers. Write errors for a
// category outside OneOf, a time finer than a millisecond, a year of more than four digits, a null weight, and text that is not UTF-8 or has a NUL.
func Create(path string, s *dataset.Schema, o WriteOptions) (*Sink, error) {
	k := &Sink{schema: s, weight: -1}
	err := k.check(o)
	if err != nil {
		return nil, fmt.Errorf("arff: create %s: %w", path, err)
	}
	if k.file, err = sinkfile.Create(format, path, s); err != nil {
		return nil, err
	}
	if k.out, err = textfile.NewWriter(path, k.file); err == nil {
		k.header(o)
		err = k.flush()
	}
	if err != nil {
		_ = k.Close()
		return nil, fmt.Errorf("arff: create %s: %w", path, err)
	}
	return k, nil
}

// check refuses what cannot be written.
func (k *Sink) check(o WriteOptions) error {
	if err := cell.CheckTypes(k.schema, "ARFF"); err != nil {
		return err
	}
	attributes := k.schema.Len()
	if o.Weight != "" {
		if k.weight = k.schema.Index(o.Weight); k.weight < 0 || !isNumber(k.schema.Field(k.weight).Type.Class()) {
			return &dataset.SchemaError{Column: o.Weight, Want: "a column of numbers for the weights", Got: "none of the name, or another type"}
		}
		attributes--
	}
	if attributes == 0 {
		return &dataset.SchemaError{Want: "a column that is an attribute", Got: "none"}
	}
	texts := []string{o.Relation}
	for _, f := range k.schema.Fields() {
		texts = append(append(texts, f.Name), f.OneOf...)
	}
	for _, text := range texts {
		if !isText(text) {
			return &dataset.SchemaError{Want: wantText + " in names and categories", Got: "other bytes"}
		}
	}
	return nil
}

func isNumber(c dataset.Class) bool {
	return c == dataset.ClassInteger || c == dataset.ClassFloat || c == dataset.ClassDecimal
}

const wantText = "UTF-8 text without NUL"

func isText(v string) bool { return utf8.ValidString(v) && strings.IndexByte(v, 0) < 0 }

// The formats of dates.
const (
	dayFormat  = "yyyy-MM-dd"
	timeFormat = "yyyy-MM-dd'T'HH:mm:ss.SSS"
)

// header appends what stands before the rows.
func (k *Sink) header(o WriteOptions) {
	if o.Relation == "" {
		o.Relation = "rows"
	}
	k.line = append(k.line, "@relation "...)
	k.text(o.Relation)
	k.oneOf = make([]map[string]bool, k.schema.Len())
	for i, f := range k.schema.Fields() {
		if i == k.weight {
			continue
		}
		k.line = append(k.line, "\n@attribute "...)
		k.text(f.Name)
		k.line = append(k.line, ' ')
		if len(f.OneOf) > 0 {
			k.oneOf[i] = k.nominal(f.OneOf)
			continue
		}
		switch f.Type.Class() {
		case dataset.ClassBool:
			k.line = append(k.line, "{false,true}"...)
		case dataset.ClassInteger:
			k.line = append(k.line, "integer"...)
		case dataset.ClassFloat, dataset.ClassDecimal:
			k.line = append(k.line, "numeric"...)
		case dataset.ClassDate:
			k.line = append(k.line, `date "`+dayFormat+`"`...)
		case dataset.ClassTime:
			k.line = append(k.line, `date "`+timeFormat...)
			if f.Type != dataset.Timestamp {
				k.line = append(k.line, 'X')
			}
			k.line = append(k.line, '"')
		default:
			k.line = append(k.line, "string"...)
		}
	}
	k.line = append(k.line, "\n@data\n"...)
}

// nominal appends the values of an attribute and returns them.
func (k *Sink) nominal(values []string) map[string]bool {
	out := make(map[string]bool, len(values))
	for i, v := range values {
		before := byte(',')
		if i == 0 {
			before = '{'
		}
		k.line = append(k.line, before)
		k.text(v)
		out[v] = true
	}
	k.line = append(k.line, '}')
	return out
}

// flush writes what was appended.
func (k *Sink) flush() error {
	_, err := k.out.Write(k.line)
	k.line = k.line[:0]
	return err
}

// Write implements dataset.Sink.
func (k *Sink) Write(ctx context.Context, b dataset.Batch) error { return k.file.Take(ctx, b, k.write) }

func (k *Sink) write(ctx context.Context, b dataset.Batch) error {
	write := make([]func(i int), k.schema.Len())
	for j := range write {
		var err error
		if write[j], err = k.writer(b.Column(j), j); err != nil {
			return fmt.Errorf("column %q: %w", k.schema.Field(j).Name, err)
		}
	}
	for i := range b.NumRows() {
		if i%4096 == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
		for j, w := range write {
			if j != k.weight {
				w(i)
				k.line = append(k.line, ',')
			}
			if k.bad != "" {
				return k.refused(j)
			}
		}
		if k.weight >= 0 {
			k.line = append(k.line, '{')
			if write[k.weight](i); k.line[len(k.line)-1] == '?' {
				k.bad = "a weight in every row"
			}
			if k.bad != "" {
				return k.refused(k.weight)
			}
			k.line = append(k.line, '}', '\n')
		} else {
			k.line[len(k.line)-1] = '\n'
		}
		if err := k.flush(); err != nil {
			return err
		}
	}
	return nil
}

func (k *Sink) refused(column int) error {
	return &dataset.SchemaError{Column: k.schema.Field(column).Name, Want: k.bad, Got: "another value"}
}

// Commit implements dataset.Sink.
func (k *Sink) Commit(ctx context.Context) error { return k.file.Commit(ctx, k.out.Close) }

// Close implements dataset.Sink.
func (k *Sink) Close() error { return k.file.Close() }

// writer returns the function that appends value i of column j.
func (k *Sink) writer(a arrow.Array, j int) (func(i int), error) {
	var value func(i int)
	isNull := a.IsNull
	switch a := a.(type) {
	case *array.Float64:
		value = func(i int) { k.float(a.Value(i), 64) }
	case *array.Float32:
		value = func(i int) { k.float(float64(a.Value(i)), 32) }
	case *array.Timestamp:
		value = k.times(a)
	case *array.String, *array.LargeString, *array.Dictionary:
		texts, err := dataset.NewTexts(a)
		if err != nil {
			return nil, err
		}
		isNull = texts.IsNull
		value = func(i int) { k.category(texts.Value(i), k.oneOf[j]) }
	default:
		printed := cell.Printer(a)
		if printed == nil {
			return nil, fmt.Errorf("arrow type %s: %w", a.DataType(), dataset.ErrUnsupported)
		}
		value = func(i int) {
			var ok bool
			if k.line, ok = printed(k.line, i); !ok {
				k.bad = wantYear
			}
		}
	}
	return func(i int) {
		if isNull(i) {
			k.line = append(k.line, '?')
		} else {
			value(i)
		}
	}, nil
}

const wantYear = "a year of four digits"

// float appends a number as Java and Python read it.
func (k *Sink) float(v float64, bits int) {
	switch {
	case math.IsNaN(v):
		k.line = append(k.line, '?')
	case math.IsInf(v, 1):
		k.line = append(k.line, "Infinity"...)
	case math.IsInf(v, -1):
		k.line = append(k.line, "-Infinity"...)
	default:
		k.line = cell.AppendFloat(k.line, v, bits)
	}
}

// times returns the function that appends time i in the format of the header.
func (k *Sink) times(a *array.Timestamp) func(i int) {
	layout := "2006-01-02T15:04:05.000"
	if a.DataType().(*arrow.TimestampType).TimeZone != "" {
		layout += "Z"
	}
	return func(i int) {
		t := time.UnixMicro(int64(a.Value(i))).UTC()
		switch {
		case int64(a.Value(i))%1000 != 0:
			k.bad = "a time of whole milliseconds, which is all that the format's dates hold"
		case t.Year() < 0 || t.Year() > 9999:
			k.bad = wantYear
		default:
			k.line = t.AppendFormat(k.line, layout)
		}
	}
}

// category appends a text, one of the values where there are some.
func (k *Sink) category(v string, oneOf map[string]bool) {
	switch {
	case oneOf != nil && !oneOf[v]:
		k.bad = "one of the schema's categories, which the header declares"
	case !isText(v):
		k.bad = wantText
	default:
		k.text(v)
	}
}

// text appends a name or a text, in quotes unless it is one plain word.
func (k *Sink) text(v string) {
	if isPlain(v) {
		k.line = append(k.line, v...)
		return
	}
	k.line = append(k.line, '\'')
	for i := range len(v) {
		switch c := v[i]; c {
		case '\n':
			k.line = append(k.line, '\\', 'n')
		case '\r':
			k.line = append(k.line, '\\', 'r')
		case '\t':
			k.line = append(k.line, '\\', 't')
		case '\'', '\\':
			k.line = append(k.line, '\\', c)
		default:
			k.line = append(k.line, c)
		}
	}
	k.line = append(k.line, '\'')
}

// isPlain reports whether v is a word of letters, digits, points, signs and underscores, of ASCII alone.
func isPlain(v string) bool {
	for i := range len(v) {
		switch c := v[i]; {
		case c|0x20 >= 'a' && c|0x20 <= 'z', c >= '0' && c <= '9', c == '.', c == '_', c == '-', c == '+':
		default:
			return false
		}
	}
	return v != ""
}
