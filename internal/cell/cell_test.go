package cell_test

import (
	"math"
	"strconv"
	"testing"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/apache/arrow/go/v17/arrow/memory"

	"github.com/tidewheel/tidewheel/internal/cell"
)

// TestFloatsPrintAsPythonDoes has the results of repr(float) of CPython 3.11.
func TestFloatsPrintAsPythonDoes(t *testing.T) {
	for want, v := range map[string]float64{
		"0.0": 0, "-0.0": math.Copysign(0, -1), "3.0": 3, "0.1": 0.1, "1e-05": 1e-5, "0.0001": 1e-4, "1e+16": 1e16, "1234567890123456.0": 1234567890123456,
		"5e-324": 5e-324, "1.7976931348623157e+308": math.MaxFloat64, "inf": math.Inf(1), "-inf": math.Inf(-1),
	} {
		if got := string(cell.AppendFloat(nil, v, 64)); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
	if got := string(cell.AppendFloat(nil, float64(float32(0.1)), 32)); got != "0.1" {
		t.Errorf("float32: got %s", got)
	}
}

func TestTimes(t *testing.T) {
	for text, want := range map[string]struct {
		micros int64
		zoned  bool
	}{
		"1970-01-01":                     {0, false},
		"1969-12-31 23:59:59.999999":     {-1, false},
		"1970-01-01T00:00:00.1Z":         {100_000, true},
		"1970-01-01T00:00:00.100000000Z": {100_000, true},
		"1970-01-01 01:00:00+01":         {0, true},
		"1970-01-01 01:30:00 +0130":      {0, true},
		"1969-12-31T20:00:00-04:00":      {0, true},
		"9999-12-31T23:59:59.999999":     {253402300799999999, false},
		"0000-01-01":                     {-62167219200000000, false},
		"0000-01-01T00:01:00+00:01":      {-62167219200000000, true},
		"9999-12-31T23:58:59-00:01":      {253402300799000000, true},
	} {
		if got, zoned, ok := cell.Time([]byte(text)); !ok || got != want.micros || zoned != want.zoned {
			t.Errorf("%s: got %d, %v, %v", text, got, zoned, ok)
		}
	}
	for _, text := range []string{
		"", "1970", "1970-1-1", "1970-13-01", "1970-02-30", "1970-01-01T", "1970-01-01T24:00", "1970-01-01T00:60", "1970-01-01T00:00:60", "1970-01-01T00:00:00.",
		"1970-01-01T00:00:00.0000001", "1970-01-01T00:00:00+", "1970-01-01T00:00:00+1", "1970-01-01T00:00:00+25:00", "1970-01-01T00:00:00+01:", "1970-01-01T00:00:00+01:00x",
		"1970-01-01x", "19a0-01-01", "1970-01-01T00:00:00ZZ", "0000-01-01T00:00:00+00:01", "9999-12-31T23:59:59-00:01",
	} {
		if got, _, ok := cell.Time([]byte(text)); ok {
			t.Errorf("%q: got %d", text, got)
		}
	}
}

func TestPrintedValuesReadBack(t *testing.T) {
	mem := memory.NewCheckedAllocator(memory.NewGoAllocator())
	defer mem.AssertSize(t, 0)
	for _, c := range []struct {
		typ  arrow.DataType
		text []string
	}{
		{arrow.FixedWidthTypes.Boolean, []string{"true", "false"}},
		{arrow.PrimitiveTypes.Int8, []string{"-128", "127"}},
		{arrow.PrimitiveTypes.Int64, []string{strconv.FormatInt(math.MinInt64, 10), strconv.FormatInt(math.MaxInt64, 10)}},
		{arrow.PrimitiveTypes.Uint16, []string{"0", "65535"}},
		{arrow.PrimitiveTypes.Uint64, []string{"18446744073709551615"}},
		{arrow.FixedWidthTypes.Date32, []string{"0000-01-01", "9999-12-31"}},
		{&arrow.TimestampType{Unit: arrow.Microsecond}, []string{"1969-12-31T23:59:59.999999", "2024-02-29T00:00:00"}},
		{&arrow.TimestampType{Unit: arrow.Microsecond, TimeZone: "Europe/Paris"}, []string{"2024-02-29T12:00:00.5Z"}},
		{&arrow.Decimal128Type{Precision: 38, Scale: 2}, []string{"-123456789012345678901234567890123456.78", "0.01"}},
	} {
		b := array.NewBuilder(mem, c.typ)
		add := cell.Appender(b)
		for _, text := range c.text {
			if !add([]byte(text)) {
				t.Errorf("%s: %s is refused", c.typ, text)
			}
		}
		column := b.NewArray()
		printed := cell.Printer(column)
		for i, want := range c.text {
			if got, ok := printed(nil, i); !ok || string(got) != want {
				t.Errorf("%s: got %s, want %s", c.typ, got, want)
			}
		}
		column.Release()
		b.Release()
	}
	list := array.NewBuilder(mem, arrow.ListOf(arrow.PrimitiveTypes.Int8))
	defer list.Release()
	if cell.Appender(list) != nil {
		t.Error("a list is text")
	}
}
