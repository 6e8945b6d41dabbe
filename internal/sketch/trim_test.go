package sketch_test

import (
	"strconv"
	"testing"

	"github.com/tidewheel/tidewheel/internal/sketch"
)

// What a trimmed form leaves out is within the bound that it states, what is frequent stays, and trimming twice is trimming once.
func TestTrimmedFormsKeepWhatIsFrequent(t *testing.T) {
	t.Parallel()
	const n = 200_000
	var v sketch.TopNumbers
	k := newTopK(t, 256)
	truth := map[int]uint64{}
	for i := range n {
		x := i // as a rule never again
		if i%4 == 0 {
			x = i % 100
		}
		truth[x]++
		v.AddSlice([]float64{float64(x)})
		k.Add(strconv.Itoa(x))
	}
	var w sketch.TopNumbers
	l := newTopK(t, 2)
	form, texts := v.AppendTrimmed(nil), k.AppendTrimmed(nil)
	must(t, w.UnmarshalBinary(form))
	must(t, l.UnmarshalBinary(texts))
	if string(w.AppendTrimmed(nil)) != string(form) || string(l.AppendTrimmed(nil)) != string(texts) {
		t.Error("trimmed again it differs")
	}
	if w.Len() != 25 || w.ErrorBound() > 2*n/1025+n>>14 || w.ErrorBound() < v.ErrorBound() || w.Total() != n {
		t.Errorf("%d numbers, bound %d after %d, total %d", w.Len(), w.ErrorBound(), v.ErrorBound(), w.Total())
	}
	if l.Len() != 25 || l.ErrorBound() > 2*n/257+n>>14 || l.ErrorBound() < k.ErrorBound() || l.Total() != n {
		t.Errorf("%d texts, bound %d after %d, total %d", l.Len(), l.ErrorBound(), k.ErrorBound(), l.Total())
	}
	for _, c := range w.Top(-1) {
		if want := truth[int(c.Value)]; c.Count > want || want > c.Count+w.ErrorBound() {
			t.Errorf("%v: %d of %d, bound %d", c.Value, c.Count, want, w.ErrorBound())
		}
	}
	if exact := newTopK(t, 8); string(exact.AppendTrimmed(nil)) != string(first(exact.MarshalBinary())) {
		t.Error("an exact table is trimmed")
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func first(b []byte, _ error) []byte { return b }
