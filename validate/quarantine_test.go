package validate_test

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"testing"

	"github.com/apache/arrow/go/v17/arrow/memory"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/validate"
	"github.com/tidewheel/tidewheel/validate/validatetest"
)

// keeper is a sink in memory that fails at a chosen write.
type keeper struct {
	batches   []dataset.Batch
	rows      int
	committed bool
	failAt    int // the write that fails, from 1; 0 is none
	writes    int
}

var errDisk = errors.New("disk full")

func (k *keeper) Write(_ context.Context, b dataset.Batch) error {
	if k.writes++; k.writes == k.failAt {
		return errDisk
	}
	b.Retain()
	k.batches = append(k.batches, b)
	k.rows += b.NumRows()
	return nil
}

func (k *keeper) Commit(context.Context) error {
	k.committed = true
	return nil
}

func (k *keeper) Close() error {
	for _, b := range k.batches {
		b.Release()
	}
	k.batches = nil
	return nil
}

func TestQuarantineSplitsRows(t *testing.T) {
	mem := memory.NewCheckedAllocator(memory.DefaultAllocator)
	defer mem.AssertSize(t, 0)
	v := paymentValidator(t)
	for _, f := range validatetest.Faults() {
		b, err := f.Batch(mem, 50)
		must(t, err)
		first, rest := b.Slice(0, 2), b.Slice(2, 50) // the spoilt row is not in the first batch
		src, err := dataset.NewBatches(b.Schema(), first, rest)
		must(t, err)
		first.Release()
		rest.Release()
		var good, bad keeper
		r, err := v.Quarantine(t.Context(), src, &good, &bad)
		must(t, err)
		whole, err := v.Check(t.Context(), src)
		must(t, err)
		a, _ := json.Marshal(r)
		c, _ := json.Marshal(whole)
		if string(a) != string(c) {
			t.Errorf("%s: other reports: %s and %s", f.Name, a, c)
		}
		if int64(bad.rows) != r.RowsBad || good.rows+bad.rows != 50 || !good.committed || !bad.committed {
			t.Errorf("%s: %d good, %d bad", f.Name, good.rows, bad.rows)
		}
		if r.RowsBad == 1 {
			checkQuarantined(t, f, bad.batches[0])
		}
		for _, g := range good.batches {
			if !g.Schema().Equal(v.Schema()) {
				t.Errorf("%s: good rows are under another schema", f.Name)
			}
		}
		must(t, good.Close())
		must(t, bad.Close())
		must(t, src.Close())
		b.Release()
	}
}

func checkQuarantined(t *testing.T, f validatetest.Fault, b dataset.Batch) {
	t.Helper()
	want, err := validate.QuarantineSchema(b.Schema())
	if err == nil || want != nil {
		t.Error("a second quarantine of quarantined rows has its columns twice")
	}
	row := dataset.NewRow(b.Schema())
	must(t, b.ReadRow(0, row))
	at, reasons := b.Schema().Index(validate.QuarantineRow), b.Schema().Index(validate.QuarantineReasons)
	if row.Values[at].Number != validatetest.SpoiltRow || row.Values[reasons].Text != f.Column+": "+string(f.Rule) {
		t.Errorf("%s: %+v", f.Name, row.Values)
	}
	cell := row.Values[b.Schema().Index(f.Column)]
	i := slices.IndexFunc(f.Cells, func(c validatetest.Cell) bool { return c.Column == f.Column })
	if c := f.Cells[i]; cell.Valid != (c.Kind != validatetest.Null) || cell.Text != c.Text {
		t.Errorf("%s: the bad cell is not as it came: %+v", f.Name, cell)
	}
}

func TestQuarantineCommitsNothingOnAnError(t *testing.T) {
	v := paymentValidator(t)
	b, err := validatetest.Faults()[2].Batch(nil, 10)
	must(t, err)
	src, err := dataset.NewBatches(b.Schema(), b)
	must(t, err)
	for _, sinks := range [][2]*keeper{{{failAt: 1}, {}}, {{}, {failAt: 1}}} {
		if _, err := v.Quarantine(t.Context(), src, sinks[0], sinks[1]); !errors.Is(err, errDisk) {
			t.Errorf("%v", err)
		}
		if sinks[0].committed || sinks[1].committed {
			t.Error("committed after an error")
		}
	}
	r, err := v.Quarantine(t.Context(), src, nil, nil)
	must(t, err)
	if r.RowsBad != 1 {
		t.Errorf("%+v", r)
	}
}
