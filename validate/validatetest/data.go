package validatetest

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/validate"
	"github.com/tidewheel/tidewheel/validate/check"
	"github.com/tidewheel/tidewheel/validate/contract"
)

// DataOptions says what CheckData wants of rows beyond their schema. The zero value wants nothing more.
type DataOptions struct {
	Reference *validate.Profile // what the columns looked like before: it guards against changed units and swapped columns; nil is no guard
	Checks    []check.Check     // of rows, keys and the whole table
	Flags     bool              // what is flagged fails too
	Dir       string            // an existing folder for two files of the report, NAME.xml (JUnit) and NAME.json, NAME being that of the test; empty writes none
	Workers   int               // goroutines that check; 0 is GOMAXPROCS, 1 starts none
}

// CheckData is a test of data: it fails t, and goes on, with a report in words when a row of src breaks a rule of s, or a check. The report has rules, columns, counts and addresses, never values. What is merely
// counted fails nothing. The report is that of the schema, or with Checks of both, by Checker.RunWith, for which src has to be rewindable. What
// cannot be read at all, options that do not fit and files that cannot be written stop t.
//
//	func TestFeed(t *testing.T) {
//		validatetest.CheckData(t, feed, schema, validatetest.DataOptions{Checks: []check.Check{check.Unique{Columns: []string{"id"}}}})
//	}
func CheckData(t testing.TB, src dataset.Source, s *dataset.Schema, o DataOptions) *validate.Report {
	t.Helper()
	r, err := reportOf(t, src, s, o)
	if err == nil && o.Dir != "" {
		err = writeReport(o.Dir, t.Name(), r)
	}
	if err != nil {
		t.Fatal(fmt.Errorf("validatetest: check data: %w", err))
		return nil // where t goes on all the same
	}
	if !r.OK || o.Flags && r.RowsFlagged > 0 {
		t.Errorf("%s", inWords(r))
	}
	return r
}

func reportOf(t testing.TB, src dataset.Source, s *dataset.Schema, o DataOptions) (*validate.Report, error) {
	t.Helper()
	v, err := validate.New(s, validate.ValidatorOptions{Reference: o.Reference, Workers: o.Workers})
	if err != nil {
		return nil, err
	}
	if len(o.Checks) == 0 {
		return v.Check(t.Context(), src)
	}
	c, err := check.New(o.Checks, check.Options{Workers: o.Workers})
	if err != nil {
		return nil, err
	}
	return c.RunWith(t.Context(), v, src)
}

// inWords returns a report as a table for people.
func inWords(r *validate.Report) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%d of %d rows refused, %d flagged", r.RowsBad, r.Rows, r.RowsFlagged)
	for _, f := range r.Findings {
		if f.Severity == validate.Counted {
			continue
		}
		where := f.Column
		if f.Other != "" {
			where += " and " + f.Other
		}
		fmt.Fprintf(&b, "\n  %s %s: %s in %d rows (%.3g %%): want %s, got %s", f.Severity, where, f.Rule, f.Count, 100*f.Share, f.Want, f.Got)
		if len(f.FirstRows) > 0 {
			fmt.Fprintf(&b, "; first rows %s", strings.Trim(fmt.Sprint(f.FirstRows), "[]"))
		}
	}
	return b.String()
}

// writeReport writes a report for CI.
func writeReport(dir, name string, r *validate.Report) error {
	text, err := json.MarshalIndent(r, "", "  ")
	if err != nil {
		return err
	}
	file := strings.Map(func(c rune) rune {
		if strings.ContainsRune(`/\:*?"<>|`, c) {
			return '_'
		}
		return c
	}, name)
	if err := os.WriteFile(filepath.Join(dir, file+".json"), append(text, '\n'), 0o600); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(dir, file+".xml"), contract.JUnit(r, contract.JUnitOptions{Suite: name}), 0o600)
}
