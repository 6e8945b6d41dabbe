package interchange

import (
	"math"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/model"
)

// noAnswer is the text of a class that is missing; in front of every other text stands a quotation mark or a digit.
const noAnswer = "null"

// scores is one output of a batch and what was expected: numbers, or classes as texts.
type scores struct {
	output            string
	index             int
	want, got         []float64
	wantText, gotText []string
}

// newScores takes an output out of the answers and the expected column out of the rows.
func newScores(e Expected, m *model.Planned, rows, answers dataset.Batch) (scores, error) {
	s := scores{output: e.Output, index: e.Index}
	field, ok := rows.Schema().Lookup(e.Column)
	if !ok {
		return s, &dataset.SchemaError{Column: e.Column, Want: "a column with expected scores", Got: "no such column"}
	}
	want, err := rows.ByName(e.Column)
	if err != nil {
		return s, err
	}
	got, err := answers.ByName(e.Output)
	if err != nil {
		return s, err
	}
	if e.Output == model.PredictionColumn && len(m.Problem().Classes) > 0 {
		answer := m.Signature().Output.Field(0)
		if s.wantText, err = classTexts(want, field, answer); err != nil {
			return s, err
		}
		s.gotText, err = classTexts(got, answer, answer)
		return s, err
	}
	if !field.Type.IsNumeric() {
		return s, &dataset.SchemaError{Column: e.Column, Want: "a numeric column", Got: "type " + string(field.Type)}
	}
	s.want = make([]float64, want.Len())
	if err := dataset.Float64s(want, s.want); err != nil {
		return s, err
	}
	s.got, err = outputAt(got, e)
	return s, err
}

// outputAt returns the numbers of an output.
func outputAt(c arrow.Array, e Expected) ([]float64, error) {
	out := make([]float64, c.Len())
	list, ok := c.(*array.FixedSizeList)
	if !ok {
		return out, dataset.Float64s(c, out)
	}
	values, ok := list.ListValues().(*array.Float64)
	if !ok {
		return nil, &dataset.SchemaError{Column: e.Output, Want: "float64", Got: "type " + list.DataType().String()}
	}
	k := values.Len() / max(1, c.Len())
	for i := range out {
		out[i] = values.Value(i*k + e.Index)
	}
	return out, nil
}

// classTexts returns the classes of a column in the form that names them. A numeric column may stand for a class of any numeric type.
func classTexts(c arrow.Array, f, answer dataset.Field) ([]string, error) {
	out := make([]string, c.Len())
	if f.Type.IsText() != answer.Type.IsText() || (!f.Type.IsText() && !f.Type.IsNumeric()) {
		return nil, &dataset.SchemaError{Column: f.Name, Want: "classes of type " + string(answer.Type), Got: "type " + string(f.Type)}
	}
	if f.Type.IsText() {
		texts, err := dataset.NewTexts(c)
		if err != nil {
			return nil, err
		}
		for i := range out {
			if out[i] = `"` + texts.Value(i) + `"`; texts.IsNull(i) {
				out[i] = noAnswer
			}
		}
		return out, nil
	}
	numbers := make([]float64, len(out))
	if err := dataset.Float64s(c, numbers); err != nil {
		return nil, err
	}
	for i, v := range numbers {
		if out[i] = model.ClassText(answer.Type, v); math.IsNaN(v) {
			out[i] = noAnswer
		}
	}
	return out, nil
}
