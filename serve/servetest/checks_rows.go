package servetest

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/tidewheel/tidewheel/validate"
	"github.com/tidewheel/tidewheel/validate/validatetest"
)

func oneRow(s *stand) error {
	for i := range 8 {
		a, err := s.score(s.dialect.write(false, s.cells(i)))
		if err != nil {
			return err
		}
		if err := same(a.results, s.want[0][i:i+1]); err != nil {
			return fmt.Errorf("row %d: %w", i, err)
		}
		if a.version != s.models[0].Digest() {
			return fmt.Errorf("want version %q, got %q", s.models[0].Digest(), a.version)
		}
	}
	return nil
}

// all returns the shared rows as one request.
func (s *stand) all() string {
	rows := make([][]validatetest.Cell, len(s.rows))
	for i := range rows {
		rows[i] = s.cells(i)
	}
	return s.dialect.write(true, rows...)
}

func manyRows(s *stand) error {
	a, err := s.score(s.all())
	if err != nil {
		return err
	}
	return same(a.results, s.want[0])
}

func anyOrder(s *stand) error {
	row := s.cells(3)
	for range row {
		row = append(row[1:], row[0])
		a, err := s.score(s.dialect.write(false, row))
		if err != nil {
			return err
		}
		if err := same(a.results, s.want[0][3:4]); err != nil {
			return err
		}
	}
	return nil
}

func noRows(s *stand) error {
	a, err := s.score(s.dialect.empty)
	if err != nil {
		return err
	}
	return same(a.results, nil)
}

func sixteenFaults(s *stand) error {
	valid := s.dialect.write(false, validatetest.ValidPayment().Cells())
	a, err := s.score(valid)
	if err != nil {
		return fmt.Errorf("the valid row: %w", err)
	}
	if a.said != "" || a.counted+a.flagged != 0 {
		return fmt.Errorf("the valid row: want nothing said, got %s", a.said)
	}
	var errs []error
	for _, f := range validatetest.Faults() {
		if err := s.fault(f); err != nil {
			errs = append(errs, fmt.Errorf("%s: %w", f.Name, err))
		}
	}
	return errors.Join(errs...)
}

// fault wants what the table says about one spoilt row.
func (s *stand) fault(f validatetest.Fault) error {
	body := s.dialect.write(false, f.Cells)
	var a answer
	var err error
	if f.Severity == validate.Refused {
		a, err = s.refuse("a row to be refused", body, s.dialect.refused)
	} else {
		a, err = s.score(body)
	}
	if err != nil {
		return err
	}
	rule := string(f.Rule)
	if !strings.Contains(a.said, rule) || f.Column != "" && !a.says(0, f.Column, rule) && !a.says(0, f.Other, rule) {
		return fmt.Errorf("want rule %s for column %q, got: %.300s", rule, f.Column, a.said)
	}
	if f.Severity == validate.Counted && a.counted != 1 || f.Severity == validate.Flagged && a.flagged != 1 {
		return fmt.Errorf("want the row %s, got %d counted and %d flagged", f.Severity, a.counted, a.flagged)
	}
	return nil
}

// spoilt returns the request of the valid row with another text for its amount.
func (s *stand) spoilt(amount string) string {
	return strings.Replace(s.dialect.write(false, validatetest.ValidPayment().Cells()), "42.5", amount, 1)
}

func nonFinite(s *stand) error {
	for _, word := range []string{`NaN`, `"NaN"`, `Infinity`, `-Infinity`, `"Infinity"`, `"-inf"`, `1e999`, `-1e999`} {
		if _, err := s.refuse(word, s.spoilt(word), s.dialect.refused); err != nil {
			return err
		}
	}
	return nil
}

func arrayForNumber(s *stand) error {
	for _, v := range []string{`[[42.5,1]]`, `{}`, `{"a":1}`} {
		if _, err := s.refuse(v, s.spoilt(v), s.dialect.refused, http.StatusBadRequest); err != nil {
			return err
		}
	}
	return nil
}

func allOrNone(s *stand) error {
	rows := make([][]validatetest.Cell, 5)
	for i := range rows {
		rows[i] = s.cells(i)
	}
	i := slices.IndexFunc(rows[3], func(c validatetest.Cell) bool { return c.Column == "amount" })
	rows[3][i].Number = -1
	a, err := s.refuse("4 good rows and one below the least", s.dialect.write(true, rows...), s.dialect.refused)
	if err != nil {
		return err
	}
	if len(a.results) > 0 || !a.says(3, "amount", string(validate.RuleBelowMin)) {
		return fmt.Errorf("want row 3 named and no results, got %d results: %.300s", len(a.results), a.said)
	}
	return nil
}

// noValues spoils a row with values that can be found again.
func noValues(s *stand) error {
	valid := s.dialect.write(false, validatetest.ValidPayment().Cells())
	for _, body := range []string{
		strings.Replace(valid, `"DE"`, `"secret-771"`, 1),
		s.spoilt(`-771771`),
		s.spoilt(`"secret-771"`),
		s.spoilt(`secret-771`),
		strings.Replace(valid, `41`, `771771`, 1),
		valid[:len(valid)-1] + `,"x":"secret-771`,
	} {
		a, err := s.refuse("a row to be refused", body, s.dialect.refused, http.StatusBadRequest)
		if err != nil {
			return err
		}
		if strings.Contains(a.text, "771") {
			return fmt.Errorf("want no value of the row in the answer, got: %.300s", a.text)
		}
	}
	return nil
}
