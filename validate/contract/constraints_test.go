package contract_test

import (
	"encoding/xml"
	"errors"
	"strings"
	"testing"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/validate"
	"github.com/tidewheel/tidewheel/validate/contract"
)

func TestGoldenConstraints(t *testing.T) {
	text, lost := contract.Constraints(payments(t))
	golden(t, "payments.constraints.json", text)
	var rules []string
	for _, l := range lost {
		rules = append(rules, l.Column+" "+l.Rule)
	}
	const want = "amount description, amount unit, age min, age max, age personal, member type, member role, code pattern, day type, day min, note one_of, note unseen, count type, count max"
	if got := strings.Join(rules, ", "); got != want {
		t.Errorf("lost %s", got)
	}
}

// The document has the shape that the manual of SageMaker gives for constraints.json ("Schema for Constraints").
func TestParseConstraintsOfAMonitor(t *testing.T) {
	s, lost, err := contract.ParseConstraints([]byte(`{
		"version": 0.0,
		"features": [
			{"name": "amount", "inferred_type": "Fractional", "completeness": 1.0, "num_constraints": {"is_non_negative": true}},
			{"name": "calls", "inferred_type": "Integral", "completeness": 0.98, "num_constraints": {"is_non_negative": false}},
			{"name": "state", "inferred_type": "String", "completeness": 1.0, "string_constraints": {"domains": ["NY", "CA"]}},
			{"name": "flag", "inferred_type": "Unknown", "completeness": 0, "monitoringConfigOverrides": {}}
		],
		"monitoring_config": {"evaluate_constraints": "Enabled", "datatype_check_threshold": 1.0}
	}`))
	must(t, err)
	const want = `{"tidewheel.schema":1,"fields":[{"name":"amount","type":"float64","min":0},{"name":"calls","type":"int64","nullable":true},` +
		`{"name":"state","type":"utf8","one_of":["NY","CA"]},{"name":"flag","type":"json","nullable":true}]}`
	if got := string(canonical(t, s)); got != want {
		t.Error(got)
	}
	var rules []string
	for _, l := range lost {
		rules = append(rules, l.Column+" "+l.Rule)
	}
	if got := strings.Join(rules, ", "); got != " monitoring_config, calls completeness, flag inferred_type, flag monitoringConfigOverrides" {
		t.Errorf("lost %s", got)
	}
	for _, text := range []string{"", "{}", `{"features":[{}]}`, `{"features":1}`} {
		if s, lost, err := contract.ParseConstraints([]byte(text)); !errors.Is(err, dataset.ErrFormat) || s != nil || lost != nil {
			t.Errorf("%s: %v", text, err)
		}
	}
}

func TestJUnitCountsWhatIsRefused(t *testing.T) {
	r := &validate.Report{Rows: 9, RowsBad: 2, RowsFlagged: 1, Findings: []validate.Finding{
		{Rule: validate.RuleNull, Column: `a<"&` + "\x01", Severity: validate.Refused, Count: 2, Share: 2.0 / 9, FirstRows: []int64{3, 5}, Want: "a value", Got: "null"},
		{Rule: validate.RuleReorderedColumns, Severity: validate.Counted, Count: 9, Share: 1, FirstRows: []int64{}, Want: "the schema's order", Got: "another order"},
	}}
	var got struct {
		Tests    int `xml:"tests,attr"`
		Failures int `xml:"failures,attr"`
		Suite    struct {
			Name  string `xml:"name,attr"`
			Tests int    `xml:"tests,attr"`
			Cases []struct {
				Name    string `xml:"name,attr"`
				Failure *struct {
					Text string `xml:",chardata"`
				} `xml:"failure"`
			} `xml:"testcase"`
		} `xml:"testsuite"`
	}
	must(t, xml.Unmarshal(contract.JUnit(r, contract.JUnitOptions{Suite: "feed.csv"}), &got))
	cases := got.Suite.Cases
	if got.Tests != 3 || got.Failures != 2 || got.Suite.Name != "feed.csv" || got.Suite.Tests != 3 || len(cases) != 3 {
		t.Fatalf("%+v", got)
	}
	if cases[0].Failure == nil || cases[1].Name != "a<\"&\uFFFD: null" || cases[1].Failure.Text != "first rows, from 0: 3 5" || cases[2].Failure != nil {
		t.Errorf("%+v", cases)
	}
	clean := string(contract.JUnit(&validate.Report{OK: true, Rows: 1}, contract.JUnitOptions{}))
	if !strings.Contains(clean, `<testsuite name="validate" tests="1" failures="0" errors="0" skipped="0">`) {
		t.Error(clean)
	}
}
