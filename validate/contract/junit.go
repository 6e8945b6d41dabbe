package contract

import (
	"encoding/xml"
	"fmt"
	"strings"

	"github.com/tidewheel/tidewheel/validate"
)

// JUnitOptions says how a report is named. The zero value is ready to use.
type JUnitOptions struct {
	Suite string // the name of the suite, as of the checked file; empty is "validate"
}

type junitSuites struct {
	XMLName  xml.Name   `xml:"testsuites"`
	Tests    int        `xml:"tests,attr"`
	Failures int        `xml:"failures,attr"`
	Suite    junitSuite `xml:"testsuite"`
}

type junitSuite struct {
	Name     string      `xml:"name,attr"`
	Tests    int         `xml:"tests,attr"`
	Failures int         `xml:"failures,attr"`
	Errors   int         `xml:"errors,attr"`
	Skipped  int         `xml:"skipped,attr"`
	Cases    []junitCase `xml:"testcase"`
}

type junitCase struct {
	Name    string        `xml:"name,attr"`
	Class   string        `xml:"classname,attr"`
	Failure *junitFailure `xml:"failure,omitempty"`
	Output  string        `xml:"system-out,omitempty"`
}

type junitFailure struct {
	Message string `xml:"message,attr"`
	Type    string `xml:"type,attr"`
	Text    string `xml:",chardata"`
}

// JUnit returns a report as the JUnit XML that CI servers show: one test case for each finding, which fails when it refuses rows, has its facts as output when it flags or counts them; and
// one, rows, which always stands first and fails when any row is refused. Like the report it has names, rules, counts and row addresses, and no values of rows. For JSON, marshal
// the report itself. Equal reports give equal bytes.
func JUnit(r *validate.Report, o JUnitOptions) []byte {
	if o.Suite == "" {
		o.Suite = "validate"
	}
	first := junitCase{Name: "rows", Class: o.Suite, Output: fmt.Sprintf("%d rows, %d refused, %d flagged", r.Rows, r.RowsBad, r.RowsFlagged)}
	if !r.OK {
		first.Failure = &junitFailure{Message: first.Output, Type: "refused"}
		first.Output = ""
	}
	s := junitSuite{Name: o.Suite, Cases: []junitCase{first}}
	for _, f := range r.Findings {
		s.Cases = append(s.Cases, findingCase(o.Suite, f))
	}
	s.Tests = len(s.Cases)
	for _, c := range s.Cases {
		if c.Failure != nil {
			s.Failures++
		}
	}
	text, err := xml.MarshalIndent(junitSuites{Tests: s.Tests, Failures: s.Failures, Suite: s}, "", "  ")
	if err != nil {
		return nil // the types above always encode
	}
	return append([]byte(xml.Header), append(text, '\n')...)
}

func findingCase(suite string, f validate.Finding) junitCase {
	name := string(f.Rule)
	if f.Column != "" {
		name = f.Column + ": " + name
	}
	message := fmt.Sprintf("%s in %d rows (%.3g %%): want %s, got %s", f.Severity, f.Count, 100*f.Share, f.Want, f.Got)
	c := junitCase{Name: name, Class: suite}
	if f.Severity != validate.Refused {
		c.Output = message
		return c
	}
	c.Failure = &junitFailure{Message: message, Type: string(f.Rule)}
	if len(f.FirstRows) > 0 {
		c.Failure.Text = "first rows, from 0: " + strings.Trim(fmt.Sprint(f.FirstRows), "[]")
	}
	return c
}
