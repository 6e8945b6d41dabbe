package survey_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"math"
	"strings"
	"testing"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/internal/alloc"
	"github.com/tidewheel/tidewheel/validate/survey"
)

// small is a table of as few columns as have all that a form can have.
func small(t testing.TB, n int) *dataset.Batches {
	t.Helper()
	x, id, s := make([]float64, n), make([]int64, n), make([]string, n)
	for i := range n {
		x[i], id[i], s[i] = float64(i*i%101)/4, int64(i), strings.Repeat("a", i%5)+"-7"
		if i%9 == 4 {
			x[i], s[i] = math.NaN(), "\x00"
		}
	}
	return tableOf(t, number("x", x...), whole("id", id...), text("s", s...))
}

func formOf(t testing.TB, src dataset.Source, o survey.Options) []byte {
	t.Helper()
	first, err := survey.New(src.Schema(), o)
	must(t, err)
	f, err := dataset.Run(t.Context(), src, first.Fresh, dataset.RunOptions{Workers: 1})
	must(t, err)
	form, err := f.MarshalBinary()
	must(t, err)
	return form
}

func TestSurveyorReadsNothingElse(t *testing.T) {
	form := formOf(t, small(t, 300), survey.Options{})
	for name, bad := range map[string][]byte{
		"nothing":          nil,
		"another version":  bytes.Replace(form, []byte("surveyor\x01"), []byte("surveyor\x02"), 1),
		"a byte more":      append(bytes.Clone(form), 0),
		"cut":              form[:len(form)-1],
		"cut in the front": form[:40],
		"another schema":   bytes.Replace(form, []byte(`"type"`), []byte(`"tpye"`), 1),
		"another type":     bytes.Replace(form, []byte(`"name":"x","type":"float64"`), []byte(`"name":"x","type":"float32"`), 1),
	} {
		f := start(t, small(t, 1).Schema())
		if err := f.UnmarshalBinary(bad); (err == nil) != (name == "another type") || err != nil && !errors.Is(err, dataset.ErrFormat) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for cut := range 200 {
		if err := new(survey.Surveyor).UnmarshalBinary(form[:cut*len(form)/200]); !errors.Is(err, dataset.ErrFormat) {
			t.Errorf("cut at %d: %v", cut*len(form)/200, err)
		}
	}
	// Every byte that is changed is refused or read as another form, which is canonical too.
	for at := 30; at < len(form); at += 131 {
		bad := bytes.Clone(form)
		bad[at] ^= 1 << (at % 8)
		readForm(t, bad)
	}
}

// readForm checks that bytes are refused or are the canonical form of what can be merged and sealed.
func readForm(t *testing.T, form []byte) {
	t.Helper()
	var f survey.Surveyor
	var err error
	if over := alloc.Bound(4<<20+1000*len(form), func() { err = f.UnmarshalBinary(form) }); over != nil {
		t.Fatal(over)
	}
	if err != nil {
		if !errors.Is(err, dataset.ErrFormat) {
			t.Fatal(err)
		}
		return
	}
	again, err := f.MarshalBinary()
	must(t, err)
	if !bytes.Equal(form, again) {
		t.Fatal("written again it differs")
	}
	sealed, err := json.Marshal(f.Survey())
	must(t, err)
	if _, err := survey.Parse(sealed); err != nil {
		t.Fatalf("%v: %s", err, sealed)
	}
	g := f.Fresh()
	must(t, g.Merge(&f))
	g.Survey()
}

func FuzzSurveyor(f *testing.F) {
	for _, n := range []int{1, 40, 600} {
		f.Add(formOf(f, small(f, n), survey.Options{SampleRows: 64, Target: "s"}))
	}
	f.Fuzz(readForm)
}

// What Parse reads is written as it was read.
func FuzzParse(f *testing.F) {
	for _, n := range []int{1, 200} {
		sealed, err := json.Marshal(surveyOf(f, small(f, n), survey.Options{Target: "x"}))
		must(f, err)
		f.Add(sealed)
	}
	f.Fuzz(func(t *testing.T, sealed []byte) {
		var s *survey.Survey
		var err error
		if over := alloc.Bound(1<<20+1000*len(sealed), func() { s, err = survey.Parse(sealed) }); over != nil {
			t.Fatal(over)
		}
		if err != nil {
			if !errors.Is(err, dataset.ErrFormat) {
				t.Fatal(err)
			}
			return
		}
		once, err := json.Marshal(s)
		must(t, err)
		again, err := survey.Parse(once)
		must(t, err)
		twice, err := json.Marshal(again)
		must(t, err)
		if !bytes.Equal(once, twice) {
			t.Fatal("written again it differs")
		}
	})
}

func TestParseRefuses(t *testing.T) {
	sealed, err := json.Marshal(surveyOf(t, small(t, 200), survey.Options{Target: "x"}))
	must(t, err)
	good := string(sealed)
	if _, err := survey.Parse(sealed); err != nil {
		t.Fatal(err)
	}
	for name, bad := range map[string]string{
		"empty":            "",
		"another version":  strings.Replace(good, `"tidewheel.survey":1`, `"tidewheel.survey":2`, 1),
		"an unknown key":   strings.Replace(good, `"rows":200`, `"rows":200,"more":1`, 1),
		"more behind":      good + "{}",
		"too few rows":     strings.Replace(good, `"rows":200`, `"rows":20`, 1),
		"duplicates":       strings.Replace(good, `"duplicates":{"rows":0`, `"duplicates":{"rows":900`, 1),
		"votes":            strings.Replace(good, `"votes":{"integer":36`, `"votes":{"integer":37`, 1),
		"looks":            strings.Replace(good, `"email":0`, `"email":900`, 1),
		"falls":            strings.Replace(good, `"rises":`, `"rises":9`, 1),
		"a personal value": strings.Replace(good, `"type":"utf8"`, `"type":"utf8","personal":true`, 1),
		"no coefficient":   strings.Replace(good, `"values":[[1`, `"values":[[7`, 1),
		"no square":        strings.Replace(good, `"spearman":{"columns":["x",`, `"spearman":{"columns":["x","y",`, 1),
		"information":      strings.Replace(good, `"share":0`, `"share":7`, 1),
		"missing rows":     strings.Replace(good, `"missing":[{"columns":[],"rows":1`, `"missing":[{"columns":[],"rows":9991`, 1),
	} {
		if bad == good {
			t.Errorf("%s: the case changes nothing: %s", name, good)
		}
		if _, err := survey.Parse([]byte(bad)); !errors.Is(err, dataset.ErrFormat) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := survey.Parse(make([]byte, 65<<20)); !errors.Is(err, dataset.ErrLimit) {
		t.Errorf("65 MiB: %v", err)
	}
}
