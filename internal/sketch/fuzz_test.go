package sketch_test

import (
	"bytes"
	"errors"
	"testing"

	"github.com/tidewheel/tidewheel/internal/alloc"
	"github.com/tidewheel/tidewheel/internal/sketch"
)

// fuzzForm checks that bytes are refused with ErrDecode or are the canonical form of a state that can be used and merged.
func fuzzForm(f *testing.F, name string, use func(t *testing.T, f form)) {
	for _, s := range samples(f) {
		for _, one := range s {
			b, _ := one.MarshalBinary()
			f.Add(b)
		}
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		s := blank(name)
		var err error
		if over := alloc.Bound(4<<20+100*len(data), func() { err = s.UnmarshalBinary(data) }); over != nil {
			t.Fatal(over)
		}
		if err != nil {
			if !errors.Is(err, sketch.ErrDecode) {
				t.Fatalf("error of another kind: %v", err)
			}
			return
		}
		again, err := s.MarshalBinary()
		if err != nil || !bytes.Equal(again, data) {
			t.Fatalf("read, then written otherwise (%v)", err)
		}
		use(t, s)
	})
}

func FuzzMoments(f *testing.F) {
	fuzzForm(f, "Moments", func(_ *testing.T, s form) {
		m := s.(*sketch.Moments)
		m.Add(1)
		m.Merge(m)
		m.Kurtosis()
	})
}

func FuzzQuantiles(f *testing.F) {
	fuzzForm(f, "Quantiles", func(t *testing.T, s form) {
		q := s.(*sketch.Quantiles)
		for i := range 2000 {
			q.Add(float64(i))
		}
		var o sketch.Quantiles
		o.AddSlice([]float64{1, 2})
		o.Merge(q)
		if _, ok := o.Quantile(0.5); !ok || o.Rank(1) > o.Count() {
			t.Fatal("no median")
		}
	})
}

func FuzzDistinct(f *testing.F) {
	fuzzForm(f, "Distinct", func(t *testing.T, s form) {
		d := s.(*sketch.Distinct)
		before := d.Estimate()
		d.AddString("one more")
		var o sketch.Distinct
		o.AddFloat64(1)
		o.Merge(d)
		if o.Estimate() < before && o.Exact() {
			t.Fatal("fewer after adding")
		}
	})
}

func FuzzTopK(f *testing.F) {
	fuzzForm(f, "TopK", func(t *testing.T, s form) {
		k := s.(*sketch.TopK)
		k.Add("one more")
		o, err := sketch.NewTopK(sketch.TopKOptions{Capacity: k.Capacity()})
		if err != nil {
			t.Fatal(err)
		}
		o.Add("other")
		_ = o.Merge(k)
		if len(k.Top(-1)) > k.Capacity() {
			t.Fatal("over capacity")
		}
	})
}

func FuzzTopNumbers(f *testing.F) {
	fuzzForm(f, "TopNumbers", func(t *testing.T, s form) {
		k := s.(*sketch.TopNumbers)
		k.AddSlice([]float64{1, 2.5})
		var o sketch.TopNumbers
		o.AddSlice([]float64{1, 7})
		o.Merge(k)
		if len(o.Top(-1)) > 1024 || o.ErrorBound() > o.Total() {
			t.Fatal("beyond its limits")
		}
	})
}
