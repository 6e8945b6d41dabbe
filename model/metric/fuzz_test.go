package metric_test

import (
	"bytes"
	"encoding/json"
	"testing"

	"github.com/tidewheel/tidewheel/internal/alloc"
	"github.com/tidewheel/tidewheel/model/metric"
)

// The report of an evaluation is a part of a bundle: its JSON is refused or has one form.
func FuzzReport(f *testing.F) {
	f.Add([]byte(`{"rows":100,"level":0.95,"values":[{"name":"roc_auc","value":0.9,"low":0.85,"high":null}]}`))
	f.Add([]byte(`{"values":[{"name":"x"},{"value":null},{"low":-0}]}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		var r metric.Report
		var err error
		if over := alloc.Bound(1<<20+1000*len(text), func() { err = json.Unmarshal(text, &r) }); over != nil {
			t.Fatal(over)
		}
		if err != nil {
			return
		}
		once, err := json.Marshal(r)
		if err != nil {
			t.Fatal(err)
		}
		var again metric.Report
		if err := json.Unmarshal(once, &again); err != nil {
			t.Fatal(err)
		}
		if twice, err := json.Marshal(again); err != nil || !bytes.Equal(once, twice) {
			t.Fatalf("got %s after %s (%v)", twice, once, err)
		}
	})
}
