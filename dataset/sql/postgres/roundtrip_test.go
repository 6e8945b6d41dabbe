package postgres

import (
	"math/big"
	"math/rand/v2"
	"testing"

	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/apache/arrow/go/v17/arrow/memory"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/internal/cell"
)

// What is encoded decodes to the same, also where there is no server to try it with. That the server understands it is shown by the tests that have one.
func TestWhatIsEncodedDecodes(t *testing.T) {
	for _, c := range []struct {
		typ    dataset.Type
		via    served
		values []string
	}{
		{dataset.Bool, served{form: formBool}, []string{"true", "false"}},
		{dataset.Int8, served{form: formInt2}, []string{"-128", "127"}},
		{dataset.Uint16, served{form: formInt4}, []string{"65535"}},
		{dataset.Int64, served{form: formInt8}, []string{"-9223372036854775808"}},
		{dataset.Int64, served{form: formNumeric}, []string{"-9223372036854775808", "10000", "0"}},
		{dataset.Float32, served{form: formFloat4}, []string{"0.1"}},
		{dataset.Float32, served{form: formFloat8}, []string{"0.1"}},
		{dataset.Float64, served{form: formFloat8}, []string{"-1e-300"}},
		{dataset.Utf8, served{form: formText}, []string{"", "é"}},
		{dataset.LargeUtf8, served{form: formJSONB}, []string{"{}"}},
		{dataset.Utf8, served{form: formUUID}, []string{"a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"}},
		{dataset.Binary, served{form: formBytea}, []string{"AP8="}},
		{dataset.Date32, served{form: formDate}, []string{"0001-01-01", "9999-12-31"}},
		{dataset.Timestamp, served{form: formTimestamp}, []string{"1969-12-31T23:59:59.999999"}},
		{dataset.TimeUTC, served{form: formTimestampTZ}, []string{"9999-12-31T23:59:59.999999Z"}},
		{dataset.List(dataset.Int32), served{form: formArray, elem: formInt4}, []string{"[1,null,-3]", "[]"}},
		{dataset.FixedSizeList(dataset.Utf8, 2), served{form: formArray, elem: formText}, []string{`["x",null]`}},
	} {
		mem := memory.NewCheckedAllocator(memory.NewGoAllocator())
		dt, err := c.typ.Arrow()
		if err != nil {
			t.Fatal(err)
		}
		in, out := array.NewBuilder(mem, dt), array.NewBuilder(mem, dt)
		for _, v := range c.values {
			if err := in.AppendValueFromString(v); err != nil {
				t.Fatal(err)
			}
		}
		from := in.NewArray()
		take, put := newTake(from, c.via), newPut(out, c.via.form, c.via.elem, true)
		for i := range from.Len() {
			encoded, bad := take(nil, i)
			if bad == "" {
				bad = put(encoded)
			}
			if bad != "" {
				t.Errorf("%s %s: %s", c.typ, c.values[i], bad)
			}
			for cut := range encoded { // what is cut off is no value, but for texts and bytes
				if text := c.via.form == formText || c.via.form == formBytea || c.via.form == formJSONB; !text && put(encoded[:cut]) == "" {
					t.Errorf("%s %s: %d of %d bytes are read", c.typ, c.values[i], cut, len(encoded))
				}
			}
		}
		to := out.NewArray()
		for i := range from.Len() {
			if got := to.ValueStr(i); from.ValueStr(i) != got && to.Len() == from.Len() {
				t.Errorf("%s %s: got %s", c.typ, c.values[i], got)
			}
		}
		from.Release()
		to.Release()
		in.Release()
		out.Release()
		mem.AssertSize(t, 0)
	}
}

func TestDecimalsOfAnySizeDecode(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	for range 20_000 {
		digits := 1 + r.IntN(38)
		scale := r.IntN(digits + 1)
		n := new(big.Int)
		for range digits {
			n.Mul(n, big.NewInt(10)).Add(n, big.NewInt(int64(r.IntN(10)*r.IntN(2))))
		}
		if r.IntN(2) == 0 {
			n.Neg(n)
		}
		dt, err := dataset.Decimal128(digits, scale).Arrow()
		if err != nil {
			t.Fatal(err)
		}
		want := cell.AppendDecimal(nil, cell.DecimalOf(n), int32(scale))
		b := array.NewBuilder(memory.DefaultAllocator, dt)
		decimals, ok := b.(*array.Decimal128Builder)
		if !ok {
			t.Fatal(b.Type())
		}
		if bad := putDecimal(formNumeric, decimals)(appendNumeric(nil, want, scale)); bad != "" {
			t.Errorf("%s of %d digits: %s", want, digits, bad)
			continue
		}
		a := decimals.NewDecimal128Array()
		if got := string(cell.AppendDecimal(nil, a.Value(0), int32(scale))); got != string(want) {
			t.Errorf("got %s, want %s", got, want)
		}
		a.Release()
		b.Release()
	}
}
