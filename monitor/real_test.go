package monitor_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/dataset/csv"
	"github.com/tidewheel/tidewheel/monitor"
	"github.com/tidewheel/tidewheel/validate"
)

// The census income set comes divided at random: its second part is unchanged against the sealed profile of the first, and so sends no alert, until it is changed.
func TestCensusIncome(t *testing.T) {
	dir := os.Getenv("TIDEWHEEL_DATA")
	if dir == "" {
		t.Skip("TIDEWHEEL_DATA is not set")
	}
	train, err := csv.Open(filepath.Join(dir, "adult-train.csv"), csv.Options{})
	if err != nil {
		t.Fatal(err)
	}
	made, err := validate.ProfileOf(t.Context(), train, validate.ProfileOptions{})
	if err != nil {
		t.Fatal(err)
	}
	text, err := made.MarshalJSON()
	if err != nil {
		t.Fatal(err)
	}
	p, err := validate.ParseProfile(text)
	if err != nil {
		t.Fatal(err)
	}
	for _, size := range []int{100, 500, 2000} {
		for column, change := range map[string]func(v *dataset.Value){
			"":               nil,
			"hours_per_week": func(v *dataset.Value) { v.Number += 6 },
			"age":            func(v *dataset.Value) { v.Number -= 8 },
			"marital_status": func(v *dataset.Value) { v.Text = "Never-married" },
			"native_country": func(v *dataset.Value) { *v = dataset.Value{} },
			"education_num":  func(v *dataset.Value) { v.Number /= 2 },
		} {
			m := newMonitor(t, p, monitor.Options{WindowRows: size})
			src, err := csv.Open(filepath.Join(dir, "adult-test.csv"), csv.Options{Schema: p.Schema()})
			if err != nil {
				t.Fatal(err)
			}
			row := dataset.NewRow(p.Schema())
			j := p.Schema().Index(column)
			for b, err := range src.Batches(t.Context()) {
				if err != nil {
					t.Fatal(err)
				}
				for i := range b.NumRows() {
					if err := b.ReadRow(i, row); err != nil {
						t.Fatal(err)
					}
					if change != nil {
						change(&row.Values[j])
					}
					m.Observe(row, none)
				}
			}
			alerts := m.Alerts()
			switch {
			case change == nil && len(alerts) > 0:
				t.Errorf("windows of %d rows: unchanged rows send %+v", size, alerts)
			case change != nil && (len(alerts) == 0 || alerts[0].Columns[0].Column != column || alerts[0].Window > 3):
				t.Errorf("windows of %d rows: %s: %+v", size, column, alerts)
			}
		}
	}
}
