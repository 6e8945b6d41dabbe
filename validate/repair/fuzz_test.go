package repair_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/dataset/csv"
	"github.com/tidewheel/tidewheel/validate/repair"
)

// Whatever the texts, repairing twice is once, and what was done is undone.
func FuzzTexts(f *testing.F) {
	f.Add(" Ann", "31.12.2025", uint8(0xff))
	f.Add("J\u030c\u0323", "maried", uint8(0x7f))
	f.Add("\ufeff\u200b\u212a", "İI\u0307", uint8(0x2d))
	f.Add("e\u0301\xff", "\xed\xa0\x80", uint8(0x0d))
	f.Fuzz(func(t *testing.T, a, b string, which uint8) {
		all := []repair.Repair{
			repair.NFC{Column: "x"},
			repair.Trim{Column: "x", Inner: true},
			repair.Case{Column: "x", To: repair.Folded},
			repair.Case{Column: "x", To: repair.Upper},
			repair.Nearest{Column: "x", Categories: []string{"single", "married", a}, Distance: 3},
			repair.Dates{Column: "x", Layouts: []string{"02.01.2006", "2 January 2006"}},
			repair.Clip{Column: "x", Min: -3, Max: 1e9},
			repair.Map{Column: "x", Texts: map[string]string{b: "Ann "}},
		}
		var list []repair.Repair
		for i, r := range all {
			if which>>i&1 == 1 {
				list = append(list, r)
			}
		}
		src := column(t, field("x", dataset.Utf8), 2, a, b, a+b)
		out, ledger := repaired(t, src, repair.Options{}, list...)
		if _, second := repaired(t, out, repair.Options{}, list...); len(second.batches) > 0 {
			t.Errorf("a second time: %q", texts(t, second.source(t)))
		}
		back, err := repair.Undo(out, ledger.source(t), repair.UndoOptions{})
		must(t, err)
		if digest(t, back) != digest(t, src) {
			t.Errorf("undone: %q", texts(t, back))
		}
	})
}

// A ledger comes from a file: whatever it says is undone or refused.
func FuzzUndo(f *testing.F) {
	const header = "row,column,rule,old,new,hashed\n"
	f.Add(header + "0,x,clip,-3,1.5,false\n1,t,trim,\" a\",a,false\n")
	f.Add(header + "0,,dedupe,,,false\n1,x,impute,,1.5,true\n")
	f.Add(header + "9,x,clip,NaN,1.5,false\n-1,d,clip,9e99,1.5,false\n")
	f.Fuzz(func(t *testing.T, text string) {
		rows, err := csv.NewSource(strings.NewReader("x,t,d\n1.5,a,1.50\n,,\n1.5,a,2.25\n"), csv.Options{})
		must(t, err)
		out, err := dataset.Cache(t.Context(), rows)
		must(t, err)
		defer out.Close()
		schema, err := repair.LedgerSchema()
		must(t, err)
		ledger, err := csv.NewSource(strings.NewReader(text), csv.Options{Schema: schema})
		if err != nil {
			return
		}
		back, err := repair.Undo(out, ledger, repair.UndoOptions{})
		if err != nil {
			return
		}
		for b, err := range back.Batches(t.Context()) {
			if err != nil && !errors.Is(err, dataset.ErrSchema) && !errors.Is(err, dataset.ErrFormat) && !errors.Is(err, dataset.ErrLimit) {
				t.Errorf("got %v", err)
			}
			_ = b.NumRows()
		}
	})
}
