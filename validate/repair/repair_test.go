package repair_test

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/apache/arrow/go/v17/arrow/memory"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/dataset/csv"
	"github.com/tidewheel/tidewheel/internal/cell"
	"github.com/tidewheel/tidewheel/validate"
	"github.com/tidewheel/tidewheel/validate/repair"
)

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func field(name string, typ dataset.Type) dataset.Field {
	return dataset.Field{Name: name, Type: typ, Nullable: true}
}

// column returns a source of one column of the texts; "null" is null. It is cut into batches of some rows.
func column(t *testing.T, f dataset.Field, rows int, texts ...string) *dataset.Batches {
	t.Helper()
	s, err := dataset.NewSchema(f)
	must(t, err)
	var batches []dataset.Batch
	for part := range slices.Chunk(texts, rows) {
		rb := array.NewRecordBuilder(memory.DefaultAllocator, s.Arrow())
		appendText := cell.Appender(rb.Field(0))
		for _, text := range part {
			switch builder := rb.Field(0).(type) {
			case *array.Float64Builder:
				if text == "NaN" {
					builder.Append(math.NaN())
					continue
				}
			default:
			}
			if text == "null" {
				rb.Field(0).AppendNull()
			} else if !appendText([]byte(text)) {
				t.Fatalf("%q is no %s", text, f.Type)
			}
		}
		b, err := cell.NewBatch(rb, s, len(part))
		must(t, err)
		rb.Release()
		batches = append(batches, b)
	}
	src, err := dataset.NewBatches(s, batches...)
	must(t, err)
	for _, b := range batches {
		b.Release()
	}
	return src
}

// texts returns the cells of a source, row by row, as text, those of a row joined by "|".
func texts(t *testing.T, src dataset.Source) []string {
	t.Helper()
	var out []string
	for b, err := range src.Batches(t.Context()) {
		must(t, err)
		for i := range b.NumRows() {
			var line []string
			for j := range b.Schema().Len() {
				line = append(line, text(t, b, j, i))
			}
			out = append(out, strings.Join(line, "|"))
		}
	}
	return out
}

func text(t *testing.T, b dataset.Batch, j, i int) string {
	t.Helper()
	a := b.Column(j)
	if a.IsNull(i) {
		return "null"
	}
	if texts, err := dataset.NewTexts(a); err == nil {
		if texts.IsNull(i) {
			return "null"
		}
		return texts.Value(i)
	}
	if of := cell.Printer(a); of != nil {
		text, _ := of(nil, i)
		return string(text)
	}
	x, err := dataset.Float64At(a, i)
	must(t, err)
	bits := 64
	if _, ok := a.(*array.Float32); ok {
		bits = 32
	}
	return string(cell.AppendFloat(nil, x, bits))
}

// memorySink keeps what it gets.
type memorySink struct {
	batches   []dataset.Batch
	committed bool
	fail      int // the write that fails, from 1
}

var errDisk = errors.New("disk full")

func (k *memorySink) Write(_ context.Context, b dataset.Batch) error {
	if k.fail > 0 && len(k.batches)+1 == k.fail {
		return errDisk
	}
	b.Retain()
	k.batches = append(k.batches, b)
	return nil
}

func (k *memorySink) Commit(context.Context) error { k.committed = true; return nil }

func (k *memorySink) Close() error {
	for _, b := range k.batches {
		b.Release()
	}
	k.batches = nil
	return nil
}

// discard is a sink that keeps nothing.
type discard struct{}

func (discard) Write(context.Context, dataset.Batch) error { return nil }

func (discard) Commit(context.Context) error { return nil }

func (discard) Close() error { return nil }

func (k *memorySink) source(t *testing.T) *dataset.Batches {
	t.Helper()
	s, err := repair.LedgerSchema()
	must(t, err)
	src, err := dataset.NewBatches(s, k.batches...)
	must(t, err)
	return src
}

// repaired applies repairs and returns the repaired rows, kept, and the ledger.
func repaired(t *testing.T, src dataset.Source, o repair.Options, repairs ...repair.Repair) (*dataset.Batches, *memorySink) {
	t.Helper()
	r, err := repair.New(repairs, o)
	must(t, err)
	ledger := new(memorySink)
	out, err := r.Apply(src, ledger)
	must(t, err)
	kept, err := dataset.Cache(t.Context(), out)
	must(t, err)
	if !ledger.committed {
		t.Error("the ledger is not committed")
	}
	if n := out.Summary().Cells + out.Summary().Rows - out.Summary().RowsOut; n != int64(len(texts(t, ledger.source(t)))) {
		t.Errorf("a ledger of %d rows, want %d", len(texts(t, ledger.source(t))), n)
	}
	return kept, ledger
}

// cells is a table of what each repair makes of cells.
var cells = []struct {
	name    string
	typ     dataset.Type
	repairs []repair.Repair
	in, out []string
	rule    string // of all changes
}{
	{"trim", dataset.Utf8, []repair.Repair{repair.Trim{Column: "x"}}, []string{" a b ", "a", "null", "", "\ufeffé\u200b", "a\u00a0"}, []string{"a b", "a", "null", "", "é", "a"}, "trim"},
	{"trim within", dataset.Dictionary, []repair.Repair{repair.Trim{Column: "x", Inner: true}}, []string{" a \t b ", "a b", "null"}, []string{"a b", "a b", "null"}, "trim"},
	{"lower", dataset.LargeUtf8, []repair.Repair{repair.Case{Column: "x"}}, []string{"Ab", "ÉÇ", "null"}, []string{"ab", "éç", "null"}, "lower"},
	{"upper", dataset.Utf8, []repair.Repair{repair.Case{Column: "x", To: repair.Upper}}, []string{"Ab", "é", "ß"}, []string{"AB", "É", "ß"}, "upper"},
	{"fold", dataset.Utf8, []repair.Repair{repair.Case{Column: "x", To: repair.Folded}}, []string{"\u212a", "ΣΑΣ", "ς", "Straße"}, []string{"k", "σασ", "σ", "straße"}, "fold"},
	// unicodedata.normalize("NFC", …) of Python 3
	{"nfc", dataset.Utf8, []repair.Repair{repair.NFC{Column: "x"}}, []string{"e\u0301", "\u212b", "a\u0323\u0302", "\u1100\u1161\u11a8", "é"}, []string{"\u00e9", "\u00c5", "\u1ead", "\uac01", "é"}, "nfc"},
	{"map", dataset.Dictionary, []repair.Repair{repair.Map{Column: "x", Texts: map[string]string{"Deutschland": "DE", "BRD": "DE", "DE": "DE"}}}, []string{"BRD", "DE", "FR", "null", "Deutschland"}, []string{"DE", "DE", "FR", "null", "DE"}, "map"},
	{
		"nearest", dataset.Utf8,
		[]repair.Repair{repair.Nearest{Column: "x", Categories: []string{"single", "married", "US", "us", "divorced", "DE"}}},
		[]string{"Single ", "maried", "marrried", "marride", "DX", "Us", "bachelor", "divorcde", "de", "null", "married"},
		[]string{"single", "married", "married", "married", "DX", "Us", "bachelor", "divorced", "DE", "null", "married"},
		"nearest",
	},
	{"nearest of two", dataset.Utf8, []repair.Repair{repair.Nearest{Column: "x", Categories: []string{"left", "lift"}, Distance: 2}}, []string{"loft", "leftt"}, []string{"loft", "left"}, "nearest"},
	{
		"dates", dataset.Utf8,
		[]repair.Repair{repair.Dates{Column: "x", Layouts: []string{"02/01/2006", "01/02/2006", "Jan 2, 2006", "2006-01-02 15:04"}}},
		[]string{"31/12/2025", "12/31/2025", "01/02/2026", "02/02/2026", "Mar 4, 2026", "2026-03-04", "31/02/2026", "soon", "null", "2026-03-04 00:00", "2026-03-04 09:00"},
		[]string{"2025-12-31", "2025-12-31", "01/02/2026", "2026-02-02", "2026-03-04", "2026-03-04", "31/02/2026", "soon", "null", "2026-03-04", "2026-03-04 09:00"},
		"dates",
	},
	{"times", dataset.Utf8, []repair.Repair{repair.Dates{Column: "x", As: dataset.Timestamp, Layouts: []string{"02.01.2006 15:04:05"}}}, []string{"31.12.2025 23:59:59.25", "2025-12-31T23:59"}, []string{"2025-12-31T23:59:59.25", "2025-12-31T23:59"}, "dates"},
	{"instants", dataset.Utf8, []repair.Repair{repair.Dates{Column: "x", As: dataset.TimeUTC, Layouts: []string{"02.01.2006 15:04 -0700"}}}, []string{"01.01.2026 00:30 +0100", "2025-12-31"}, []string{"2025-12-31T23:30:00Z", "2025-12-31"}, "dates"},
	{"clip", dataset.Float64, []repair.Repair{repair.Clip{Column: "x", Min: 0, Max: 10}}, []string{"-3.5", "11", "5.5", "null", "inf", "NaN", "-0.0"}, []string{"0.0", "10.0", "5.5", "null", "inf", "NaN", "-0.0"}, "clip"},
	{"clip integers", dataset.Int8, []repair.Repair{repair.Clip{Column: "x", Min: -0.5, Max: 9.5}}, []string{"-3", "11", "5", "null"}, []string{"0", "9", "5", "null"}, "clip"},
	{"clip large integers", dataset.Int64, []repair.Repair{repair.Clip{Column: "x", Min: 0, Max: math.Inf(1)}}, []string{"9223372036854775807", "-9223372036854775807"}, []string{"9223372036854775807", "0"}, "clip"},
	{"clip float32", dataset.Float32, []repair.Repair{repair.Clip{Column: "x", Min: 0, Max: 0.1}}, []string{"0.5", "0.1"}, []string{"0.099999994", "0.099999994"}, "clip"},
	{"clip decimals", dataset.Decimal128(5, 2), []repair.Repair{repair.Clip{Column: "x", Min: 0.125, Max: 9.999}}, []string{"0.01", "123.45", "5.00"}, []string{"0.13", "9.99", "5.00"}, "clip"},
	{"clip dates", dataset.Date32, []repair.Repair{repair.Clip{Column: "x", Min: 0, Max: 364.5}}, []string{"1969-12-31", "1971-06-01", "1970-03-01"}, []string{"1970-01-01", "1970-12-31", "1970-03-01"}, "clip"},
	{"clip times", dataset.TimeUTC, []repair.Repair{repair.Clip{Column: "x", Min: 0, Max: 1e6}}, []string{"1969-12-31T00:00:00Z", "1971-06-01T00:00:00Z"}, []string{"1970-01-01T00:00:00Z", "1970-01-01T00:00:01Z"}, "clip"},
	{"clip texts", dataset.Utf8, []repair.Repair{repair.Clip{Column: "x", Min: 0, Max: 10}}, []string{"-3.5", "11", " 5 ", "ten", "null", "NaN"}, []string{"0", "10", " 5 ", "ten", "null", "NaN"}, "clip"},
	{"rescale", dataset.Float64, []repair.Repair{repair.Rescale{Column: "x", Factors: []float64{0.01, 100}, Min: 1, Max: 50}}, []string{"4210", "0.07", "49", "60", "null", "5001", "1e9"}, []string{"42.1", "7.000000000000001", "49.0", "60.0", "null", "5001.0", "1000000000.0"}, "rescale"},
	{"rescale integers", dataset.Int32, []repair.Repair{repair.Rescale{Column: "x", Factors: []float64{0.01, 0.001}, Min: 1, Max: 50}}, []string{"4200", "4250", "2000", "50000"}, []string{"42", "4250", "2000", "50"}, "rescale"},
	{"impute numbers", dataset.Int32, []repair.Repair{repair.Impute{Column: "x", Value: dataset.NumberValue(2.5)}}, []string{"null", "7"}, []string{"2", "7"}, "impute"},
	{"impute NaN", dataset.Float64, []repair.Repair{repair.Impute{Column: "x", Value: dataset.NumberValue(2.5)}}, []string{"NaN", "null", "inf"}, []string{"2.5", "2.5", "inf"}, "impute"},
	{"impute texts", dataset.Dictionary, []repair.Repair{repair.Impute{Column: "x", Value: dataset.TextValue("")}}, []string{"null", "a"}, []string{"", "a"}, "impute"},
	{"impute bools", dataset.Bool, []repair.Repair{repair.Impute{Column: "x", Value: dataset.NumberValue(1)}}, []string{"null", "false"}, []string{"true", "false"}, "impute"},
	{"several", dataset.Utf8, []repair.Repair{repair.Map{Column: "x", Texts: map[string]string{"de": "DE"}}, repair.Trim{Column: "x"}, repair.Impute{Column: "x", Value: dataset.TextValue(" de")}}, []string{"null"}, []string{"DE"}, "impute+trim+map"},
	{"contradicting", dataset.Utf8, []repair.Repair{repair.Case{Column: "x"}, repair.Case{Column: "x", To: repair.Upper}}, []string{"a", "A", "1"}, []string{"a", "A", "1"}, ""},
	{"none", dataset.Binary, nil, nil, nil, ""},
}

func TestRepairsOfCells(t *testing.T) {
	for _, c := range cells {
		for _, rows := range []int{1, 3, 100} {
			src := column(t, field("x", c.typ), rows, c.in...)
			out, ledger := repaired(t, src, repair.Options{}, c.repairs...)
			if got := texts(t, out); !slices.Equal(got, c.out) {
				t.Errorf("%s: got %q, want %q", c.name, got, c.out)
			}
			var want []string
			for i, in := range texts(t, src) {
				if in != c.out[i] {
					want = append(want, fmt.Sprintf("%d|x|%s|%s|%s|false", i, c.rule, in, c.out[i]))
				}
			}
			if got := texts(t, ledger.source(t)); !slices.Equal(got, want) {
				t.Errorf("%s: ledger %q, want %q", c.name, got, want)
			}
			again, second := repaired(t, out, repair.Options{}, c.repairs...)
			if got := texts(t, again); !slices.Equal(got, c.out) || len(second.batches) > 0 {
				t.Errorf("%s, twice: got %q", c.name, got)
			}
			back, err := repair.Undo(out, ledger.source(t), repair.UndoOptions{})
			must(t, err)
			if got, want := texts(t, back), texts(t, src); !slices.Equal(got, want) {
				t.Errorf("%s, undone: got %q, want %q", c.name, got, want)
			}
		}
	}
}

func TestATextColumnIsReadAsItsSchemaSays(t *testing.T) {
	s, err := dataset.NewSchema(field("x", dataset.Date32))
	must(t, err)
	src := column(t, field("x", dataset.Utf8), 10, "1969-12-01", "1970-01-05", "soon", "null")
	out, _ := repaired(t, src, repair.Options{Schema: s}, repair.Clip{Column: "x", Min: 0, Max: 10}, repair.Impute{Column: "x", Value: dataset.NumberValue(2)})
	if got := texts(t, out); !slices.Equal(got, []string{"1970-01-01", "1970-01-05", "soon", "1970-01-03"}) {
		t.Errorf("got %q", got)
	}
}

func TestMendKeepsWhatKeepsTheRulesAndWhatCannotBe(t *testing.T) {
	f := dataset.Field{Name: "x", Type: dataset.Utf8, Pattern: "[A-Z]{2}"}
	mend := repair.Mend{Field: f, Steps: []repair.Repair{repair.Trim{Column: "x"}, repair.Case{Column: "x", To: repair.Upper}}}
	src := column(t, field("x", dataset.Utf8), 10, "AB", " AB", "ab ", "ab1", " Abc", "null")
	out, ledger := repaired(t, src, repair.Options{}, mend)
	if got := texts(t, out); !slices.Equal(got, []string{"AB", "AB", "AB", "ab1", " Abc", "null"}) {
		t.Errorf("got %q", got)
	}
	if got := texts(t, ledger.source(t)); !slices.Equal(got, []string{"1|x|trim| AB|AB|false", "2|x|trim+upper|ab |AB|false"}) {
		t.Errorf("ledger: got %q", got)
	}
	low := 0.0
	number := dataset.Field{Name: "x", Type: dataset.Int32, Min: &low}
	src = column(t, field("x", dataset.Utf8), 10, "-4", "7", "many", "2.5")
	out, _ = repaired(t, src, repair.Options{}, repair.Mend{Field: number, Steps: []repair.Repair{repair.Clip{Column: "x", Min: 0, Max: 5}}})
	if got := texts(t, out); !slices.Equal(got, []string{"0", "7", "many", "2.5"}) {
		t.Errorf("numbers as texts: got %q", got)
	}
}

func TestConvertGoesByTheUnit(t *testing.T) {
	low, high := 0.0, 50_000.0
	f := dataset.Field{Name: "x", Type: dataset.Float64, Nullable: true, Unit: "cent", Min: &low, Max: &high}
	src := column(t, f, 2, "1999", "null", "0", "inf", "35")
	convert := repair.Convert{Column: "x", From: "cent", To: "EUR", Factor: 0.01}
	out, ledger := repaired(t, src, repair.Options{}, convert, repair.Clip{Column: "x", Min: 1, Max: 15})
	if got := texts(t, out); !slices.Equal(got, []string{"15.0", "null", "1.0", "inf", "1.0"}) {
		t.Errorf("got %q", got)
	}
	if got := texts(t, ledger.source(t)); got[0] != "0|x|convert+clip|1999.0|15.0|false" {
		t.Errorf("ledger: got %q", got)
	}
	if got := out.Schema().Field(0); got.Unit != "EUR" || *got.Max != 500 || *src.Schema().Field(0).Max != 50_000 {
		t.Errorf("got unit %q and maximum %v", got.Unit, *got.Max)
	}
	if again, l := repaired(t, out, repair.Options{}, convert); !slices.Equal(texts(t, again), texts(t, out)) || len(l.batches) > 0 {
		t.Error("converted twice")
	}
	back, err := repair.Undo(out, ledger.source(t), repair.UndoOptions{Schema: src.Schema()})
	must(t, err)
	if got := texts(t, back); !slices.Equal(got, texts(t, src)) || !back.Schema().Equal(src.Schema()) {
		t.Errorf("undone: got %q", got)
	}
	f.Unit = ""
	r, err := repair.New([]repair.Repair{convert}, repair.Options{})
	must(t, err)
	if _, err := r.Apply(column(t, f, 2, "5"), nil); !errors.Is(err, dataset.ErrSchema) {
		t.Errorf("a column without a unit: got %v", err)
	}
	r, err = repair.New([]repair.Repair{repair.Convert{Column: "x", From: "k", To: "1", Factor: 1000}}, repair.Options{})
	must(t, err)
	large, err := r.Apply(column(t, dataset.Field{Name: "x", Type: dataset.Int16, Unit: "k"}, 2, "30", "40"), nil)
	must(t, err)
	if _, err := dataset.Cache(t.Context(), large); !errors.Is(err, dataset.ErrSchema) {
		t.Errorf("a number that does not fit: got %v", err)
	}
}

func TestProfilesGiveValues(t *testing.T) {
	csvText := "n,c,p\n1,a,z\n2,b,z\n4,b,z\n8,,z\n10,b,z\n,b,z\n"
	src, err := csv.NewSource(strings.NewReader(csvText), csv.Options{})
	must(t, err)
	private, err := src.Schema().With(dataset.Field{Name: "p", Type: dataset.Utf8, Personal: true})
	must(t, err)
	p, err := validate.ProfileOf(t.Context(), dataset.Map(src, private, func(_ context.Context, b dataset.Batch) (dataset.Batch, error) { return b.As(private) }), validate.ProfileOptions{})
	must(t, err)
	for _, c := range []struct {
		column string
		s      repair.Statistic
		want   dataset.Value
	}{{"n", repair.Mean, dataset.NumberValue(5)}, {"n", repair.Median, dataset.NumberValue(4)}, {"c", repair.Mode, dataset.TextValue("b")}} {
		if got, err := repair.ImputeFrom(p, c.column, c.s); err != nil || got.Value != c.want {
			t.Errorf("%s: got %v, %v", c.column, got.Value, err)
		}
	}
	for _, c := range []struct {
		column string
		s      repair.Statistic
	}{{"p", repair.Mode}, {"c", repair.Mean}, {"absent", repair.Median}} {
		if _, err := repair.ImputeFrom(p, c.column, c.s); !errors.Is(err, dataset.ErrSchema) {
			t.Errorf("%s: got %v", c.column, err)
		}
	}
	clip, err := repair.ClipQuantiles(p, "n", 0, 0.8)
	must(t, err)
	if clip.Min != 1 || clip.Max != 8 {
		t.Errorf("got %+v", clip)
	}
	var option *dataset.OptionError
	if _, err := repair.ClipQuantiles(p, "n", 0.8, 0.2); !errors.As(err, &option) {
		t.Errorf("quantiles in the wrong order: got %v", err)
	}
	if _, err := repair.ClipQuantiles(p, "p", 0, 1); !errors.Is(err, dataset.ErrSchema) {
		t.Errorf("a personal column: got %v", err)
	}
}

func TestBadOptionsAreRefusedTogether(t *testing.T) {
	for _, r := range []repair.Repair{
		nil,
		repair.Trim{},
		repair.NFC{},
		repair.Case{Column: "x", To: 9},
		repair.Map{Column: "x"},
		repair.Map{Column: "x", Texts: map[string]string{"a": "b", "b": "c"}},
		repair.Nearest{Column: "x"},
		repair.Nearest{Column: "x", Categories: []string{"a"}, Distance: 9},
		repair.Dates{Column: "x"},
		repair.Dates{Column: "x", Layouts: []string{"02/01/06"}},
		repair.Dates{Column: "x", Layouts: []string{"2006-01"}},
		repair.Dates{Column: "x", Layouts: []string{"02/01/2006 15:04"}, As: dataset.TimeUTC},
		repair.Dates{Column: "x", Layouts: []string{"02/01/2006"}, As: dataset.Int32},
		repair.Clip{Column: "x", Min: 2, Max: 1},
		repair.Clip{Column: "x", Min: math.NaN()},
		repair.Rescale{Column: "x", Max: 1},
		repair.Rescale{Column: "x", Max: 1, Factors: []float64{1}},
		repair.Rescale{Column: "x", Min: 1, Factors: []float64{2}},
		repair.Convert{Column: "x", From: "a", To: "a", Factor: 2},
		repair.Convert{Column: "x", From: "a", To: "b"},
		repair.Impute{Column: "x"},
		repair.Impute{Column: "x", Value: dataset.NumberValue(math.NaN())},
		repair.Smooth{Column: "x", Window: 4},
		repair.Dedupe{By: []string{}},
		repair.Mend{Field: field("x", dataset.Utf8)},
		repair.Mend{Field: field("x", dataset.Utf8), Steps: []repair.Repair{nil}},
		repair.Mend{Field: field("x", dataset.Utf8), Steps: []repair.Repair{repair.Trim{Column: "y"}}},
		repair.Mend{Field: field("x", dataset.Utf8), Steps: []repair.Repair{repair.Smooth{Column: "x"}}},
	} {
		var option *dataset.OptionError
		if _, err := repair.New([]repair.Repair{r}, repair.Options{}); !errors.As(err, &option) || !strings.HasPrefix(err.Error(), "repair: new: ") {
			t.Errorf("%#v: got %v", r, err)
		}
	}
	smooth, convert := repair.Smooth{Column: "x"}, repair.Convert{Column: "x", From: "a", To: "b", Factor: 2}
	for _, list := range [][]repair.Repair{
		{smooth, smooth},
		{convert, convert},
		{repair.Dedupe{}, repair.Dedupe{}},
		{smooth, repair.Dedupe{}},
		{smooth, repair.Dedupe{By: []string{"y", "x"}}},
	} {
		if _, err := repair.New(list, repair.Options{}); err == nil {
			t.Errorf("%#v: want an error", list)
		}
	}
	_, err := repair.New([]repair.Repair{repair.Trim{}, repair.NFC{}}, repair.Options{Key: []byte("short"), MaxKeys: -1})
	for _, want := range []string{"Trim.Column", "NFC.Column", "Options.Key", "Options.MaxKeys"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("want %s in %v", want, err)
		}
	}
}

func TestColumnsThatDoNotFitAreRefusedBeforeARowIsRead(t *testing.T) {
	src := column(t, field("x", dataset.Int8), 10, "1")
	for _, r := range []repair.Repair{
		repair.Trim{Column: "absent"},
		repair.Trim{Column: "x"},
		repair.Clip{Column: "x", Min: 0.2, Max: 0.8},
		repair.Impute{Column: "x", Value: dataset.NumberValue(500)},
		repair.Convert{Column: "x", From: "a", To: "b", Factor: 0.5},
		repair.Dedupe{By: []string{"absent"}},
		repair.Mend{Field: field("x", dataset.Utf8), Steps: []repair.Repair{repair.Trim{Column: "x"}}},
	} {
		repairer, err := repair.New([]repair.Repair{r}, repair.Options{})
		must(t, err)
		if _, err := repairer.Apply(src, nil); !errors.Is(err, dataset.ErrSchema) {
			t.Errorf("%#v: got %v", r, err)
		}
	}
	for _, r := range []repair.Repair{repair.Smooth{Column: "x"}, repair.Rescale{Column: "x", Factors: []float64{2}, Max: 1}, repair.Impute{Column: "x", Value: dataset.NumberValue(0.5)}} {
		repairer, err := repair.New([]repair.Repair{r}, repair.Options{})
		must(t, err)
		if _, err := repairer.Apply(column(t, field("x", dataset.Bool), 10, "true"), nil); !errors.Is(err, dataset.ErrSchema) {
			t.Errorf("%#v: got %v", r, err)
		}
	}
}
