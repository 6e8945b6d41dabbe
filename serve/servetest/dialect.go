package servetest

import (
	"encoding/json"
	"fmt"
	"math"
	"net/http"
	"strconv"
	"strings"

	"github.com/tidewheel/tidewheel/validate"
	"github.com/tidewheel/tidewheel/validate/validatetest"
)

// Protocol says how rows are written and answers are read.
type Protocol uint8

// The protocols.
const (
	Rows    Protocol = iota // that of serve.Handler: an object for each row
	Tensors                 // the Open Inference Protocol, as package openinference has it: a tensor for each column
)

// result is what the model says of one row.
type result struct {
	class    bool
	positive float64 // probability of true
}

// answer is what came back for a request.
type answer struct {
	status           int
	head             http.Header
	text             string
	version          string
	results          []result
	said             string // findings and errors, each as: row 0, field "amount": below_min
	counted, flagged int    // rows that were accepted with something to say
}

// dialect is one protocol.
type dialect struct {
	path             string
	refused, noModel int    // statuses
	problem          string // type of an answer that is not 200
	write            func(many bool, rows ...[]validatetest.Cell) string
	read             func(*answer) error
	empty            string // a request without rows
	broken           []string
}

func dialectOf(p Protocol) dialect {
	if p == Tensors {
		return dialect{
			"/v2/models/" + ModelName + "/infer", http.StatusBadRequest, http.StatusNotFound, "application/json", writeTensors, readTensors,
			writeTensors(true),
			[]string{`{}`, `[]`, `{"inputs":{}}`, `{"inputs":[{"name":"amount","shape":[1],"datatype":"FP64","data":[1]}],"inputs":[]}`},
		}
	}
	return dialect{
		"/", http.StatusUnprocessableEntity, http.StatusServiceUnavailable, "application/problem+json", writeRows, readRows,
		`[]`,
		[]string{`[1]`, `{"amount":1,"amount":1}`, `{"x":1,"x":1}`},
	}
}

// word writes a cell, and a number that is not finite as Python's json does.
func word(c validatetest.Cell) string {
	switch c.Kind {
	case validatetest.Text:
		return strconv.Quote(c.Text)
	case validatetest.Bool:
		return strconv.FormatBool(c.Bool)
	case validatetest.Number:
		switch {
		case math.IsNaN(c.Number):
			return "NaN"
		case math.IsInf(c.Number, 0):
			return strings.TrimPrefix(strconv.FormatFloat(c.Number, 'f', -1, 64), "+") + "inity"
		default:
			return strconv.FormatFloat(c.Number, 'f', -1, 64)
		}
	default:
		return "null"
	}
}

func writeRows(many bool, rows ...[]validatetest.Cell) string {
	parts := make([]string, len(rows))
	for i, row := range rows {
		members := make([]string, len(row))
		for j, c := range row {
			members[j] = strconv.Quote(c.Column) + ":" + word(c)
		}
		parts[i] = "{" + strings.Join(members, ",") + "}"
	}
	if many {
		return "[" + strings.Join(parts, ",\n") + "]"
	}
	return parts[0]
}

// writeTensors writes rows that have the columns of the first; without rows, those of the schema.
func writeTensors(_ bool, rows ...[]validatetest.Cell) string {
	columns := validatetest.ValidPayment().Cells()
	if len(rows) > 0 {
		columns = rows[0]
	}
	inputs := make([]string, len(columns))
	for j, head := range columns {
		data := make([]string, len(rows))
		kind := validatetest.Null
		for i, row := range rows {
			data[i] = word(row[j])
			if row[j].Kind != validatetest.Null {
				kind = row[j].Kind
			}
		}
		if kind == validatetest.Null {
			kind = head.Kind
		}
		name := map[validatetest.Kind]string{validatetest.Null: "BYTES", validatetest.Text: "BYTES", validatetest.Bool: "BOOL", validatetest.Number: "FP64"}[kind]
		inputs[j] = fmt.Sprintf(`{"name":%q,"shape":[%d],"datatype":%q,"data":[%s]}`, head.Column, len(rows), name, strings.Join(data, ","))
	}
	return `{"inputs":[` + strings.Join(inputs, ",") + `]}`
}

// told is a finding or an error of the protocol Rows.
type told struct {
	Row      int    `json:"row"`
	Field    string `json:"field"`
	Rule     string `json:"rule"`
	Severity string `json:"severity"`
	Other    string `json:"other"`
}

func (f told) text(row int) string {
	return fmt.Sprintf("row %d, field %q: %s; row %d, field %q: %s; ", row, f.Field, f.Rule, row, f.Other, f.Rule)
}

func readRows(a *answer) error {
	type prediction struct {
		Prediction  *bool     `json:"prediction"`
		Probability []float64 `json:"probability"`
		Findings    []told    `json:"findings"`
	}
	var got struct {
		prediction
		Version     string       `json:"version"`
		Predictions []prediction `json:"predictions"`
		Errors      []told       `json:"errors"`
	}
	if err := json.Unmarshal([]byte(a.text), &got); err != nil {
		return err
	}
	a.version = got.Version
	for _, e := range got.Errors {
		a.said += e.text(e.Row)
	}
	if got.Prediction != nil {
		got.Predictions = append(got.Predictions, got.prediction)
	}
	for i, p := range got.Predictions {
		if p.Prediction == nil || len(p.Probability) != 2 {
			return fmt.Errorf("result %d: want a prediction and 2 probabilities", i)
		}
		a.results = append(a.results, result{*p.Prediction, p.Probability[1]})
		counted, flagged := false, false
		for _, f := range p.Findings {
			a.said += f.text(i)
			counted = counted || f.Severity == validate.Counted.String()
			flagged = flagged || f.Severity == validate.Flagged.String()
		}
		a.count(counted, flagged)
	}
	return nil
}

func (a *answer) count(counted, flagged bool) {
	if counted {
		a.counted++
	}
	if flagged {
		a.flagged++
	}
}

func readTensors(a *answer) error {
	var got struct {
		Version string `json:"model_version"`
		Outputs []struct {
			Name string          `json:"name"`
			Data json.RawMessage `json:"data"`
		} `json:"outputs"`
		Parameters struct {
			Findings string `json:"findings"`
			Counted  int    `json:"counted"`
			Flagged  int    `json:"flagged"`
		} `json:"parameters"`
		Error string `json:"error"`
	}
	if err := json.Unmarshal([]byte(a.text), &got); err != nil {
		return err
	}
	a.version, a.counted, a.flagged = got.Version, got.Parameters.Counted, got.Parameters.Flagged
	a.said = got.Error + strings.NewReplacer(": counted ", ": ", ": flagged ", ": ").Replace(got.Parameters.Findings)
	var classes []bool
	var positive []float64
	for _, o := range got.Outputs {
		var err error
		switch o.Name {
		case "prediction":
			err = json.Unmarshal(o.Data, &classes)
		case "probability":
			err = json.Unmarshal(o.Data, &positive)
		}
		if err != nil {
			return fmt.Errorf("output %q: %w", o.Name, err)
		}
	}
	if len(classes) != len(positive) {
		return fmt.Errorf("want a probability for each prediction, got %d and %d", len(positive), len(classes))
	}
	for i, c := range classes {
		a.results = append(a.results, result{c, positive[i]})
	}
	return nil
}
