package validatetest_test

import (
	"encoding/json"
	"encoding/xml"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/validate"
	"github.com/tidewheel/tidewheel/validate/check"
	"github.com/tidewheel/tidewheel/validate/validatetest"
)

// recorder is a test that notes what fails it.
type recorder struct {
	testing.TB
	name          string
	failed, fatal []string
}

func (r *recorder) Helper()      {}
func (r *recorder) Name() string { return r.name }
func (r *recorder) Errorf(form string, a ...any) {
	r.failed = append(r.failed, fmt.Sprintf(form, a...))
}
func (r *recorder) Fatal(a ...any) { r.fatal = append(r.fatal, fmt.Sprint(a...)) }

func payments(t *testing.T, spoil func([]validatetest.Payment)) (dataset.Source, *dataset.Schema) {
	t.Helper()
	rows := validatetest.Payments(1, 200)
	if spoil != nil {
		spoil(rows)
	}
	src, err := dataset.FromStructs(rows, dataset.StructsOptions{})
	if err != nil {
		t.Fatal(err)
	}
	return src, src.Schema()
}

func TestGoodDataPasses(t *testing.T) {
	src, s := payments(t, nil)
	r := validatetest.CheckData(t, src, s, validatetest.DataOptions{Checks: []check.Check{check.RowCount{Min: 200, Max: 200}}})
	if !r.OK || r.Rows != 200 {
		t.Errorf("%+v", r)
	}
}

func TestBadDataFailsWithTheReport(t *testing.T) {
	src, s := payments(t, func(rows []validatetest.Payment) {
		rows[7].Age, rows[9].Country, rows[11].Country, rows[12].Amount = 130, "secret", "secret", 20_000
	})
	dir := t.TempDir()
	to := &recorder{TB: t, name: "TestFeed/march"}
	r := validatetest.CheckData(to, src, s, validatetest.DataOptions{Dir: dir, Checks: []check.Check{check.Compare{Left: "amount", Operator: dataset.LessEqual, Right: "credit_limit"}}})
	if len(to.fatal) > 0 || len(to.failed) != 1 || r.OK || r.RowsBad != 4 {
		t.Fatalf("%q, %q, %+v", to.failed, to.fatal, r)
	}
	for _, want := range []string{
		"4 of 200 rows refused, 0 flagged\n", "refused age: above_max in 1 rows (0.5 %): want at most 100, got a larger value; first rows 7",
		"refused country: one_of in 2 rows (1 %): want one of 4 categories, got another text; first rows 9 11", "refused amount and credit_limit: compare in 1 rows (0.5 %)",
	} {
		if !strings.Contains(to.failed[0], want) {
			t.Errorf("want %q in\n%s", want, to.failed[0])
		}
	}
	if strings.Contains(to.failed[0], "secret") || strings.Contains(to.failed[0], "tenure") {
		t.Errorf("values, or what is merely counted, in\n%s", to.failed[0])
	}
	var back validate.Report
	text, err := os.ReadFile(filepath.Join(dir, "TestFeed_march.json"))
	if err == nil {
		err = json.Unmarshal(text, &back)
	}
	if err != nil || back.RowsBad != r.RowsBad || len(back.Findings) != len(r.Findings) {
		t.Errorf("%+v, %v", back, err)
	}
	var junit struct {
		Tests    int `xml:"tests,attr"`
		Failures int `xml:"failures,attr"`
	}
	text, err = os.ReadFile(filepath.Join(dir, "TestFeed_march.xml"))
	if err == nil {
		err = xml.Unmarshal(text, &junit)
	}
	if err != nil || junit.Failures != 4 || junit.Tests < 4 {
		t.Errorf("%+v, %v", junit, err)
	}
}

func TestFlagsFailWhenAsked(t *testing.T) {
	reference, s := payments(t, nil)
	p, err := validate.ProfileOf(t.Context(), reference, validate.ProfileOptions{})
	if err != nil {
		t.Fatal(err)
	}
	src, _ := payments(t, func(rows []validatetest.Payment) { rows[3].Amount *= 1e6 })
	to := &recorder{TB: t}
	validatetest.CheckData(to, src, s, validatetest.DataOptions{Reference: p})
	if len(to.failed)+len(to.fatal) > 0 {
		t.Errorf("a flag fails: %q", to.failed)
	}
	validatetest.CheckData(to, src, s, validatetest.DataOptions{Reference: p, Flags: true})
	if len(to.failed) != 1 || !strings.Contains(to.failed[0], "flagged amount: unit_scale") {
		t.Errorf("a flag does not fail: %q", to.failed)
	}
}

func TestWhatCannotBeCheckedStops(t *testing.T) {
	src, s := payments(t, nil)
	to := &recorder{TB: t}
	for _, o := range []validatetest.DataOptions{
		{Workers: -1}, {Checks: []check.Check{nil}}, {Dir: filepath.Join(t.TempDir(), "absent")},
	} {
		if r := validatetest.CheckData(to, src, s, o); r != nil {
			t.Errorf("%+v: %+v", o, r)
		}
	}
	if len(to.fatal) != 3 || len(to.failed) > 0 {
		t.Errorf("%q, %q", to.fatal, to.failed)
	}
}
