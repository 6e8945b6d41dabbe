package openinference

import (
	"slices"
	"strconv"
	"strings"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/model"
	"github.com/tidewheel/tidewheel/serve"
	"github.com/tidewheel/tidewheel/serve/internal/wire"
)

// platform is what the metadata says about who runs the model.
const platform = "tidewheel_tide"

// view is what requests need to know of a model. It is immutable.
type view struct {
	model   *serve.Model
	fields  []dataset.Field
	numeric bool // every column is a number
	classes int
	target  dataset.Type
}

func newView(m *serve.Model) *view {
	v := &view{model: m, fields: m.Fields(), classes: len(m.Classes()), target: m.Output().Field(0).Type}
	v.numeric = !slices.ContainsFunc(v.fields, func(f dataset.Field) bool { return !isNumber(f.Type) })
	return v
}

func isNumber(t dataset.Type) bool {
	c := t.Class()
	return c >= dataset.ClassBool && c <= dataset.ClassDecimal
}

// datatypeOf returns the protocol's name of a type: everything but bools and numbers is BYTES.
func datatypeOf(t dataset.Type) string {
	switch t.Class() {
	case dataset.ClassBool:
		return "BOOL"
	case dataset.ClassInteger:
		return strings.ToUpper(string(t))
	case dataset.ClassFloat:
		return "FP" + strings.TrimPrefix(string(t), "float")
	case dataset.ClassDecimal:
		return "FP64"
	default:
		return "BYTES"
	}
}

// outputs returns the names of the outputs, in the order in which they are given.
func (v *view) outputs() []string {
	if v.classes > 0 {
		return []string{model.PredictionColumn, model.ProbabilityColumn}
	}
	return []string{model.PredictionColumn}
}

// datatype returns the protocol's type of an output.
func (v *view) datatype(output string) string {
	if output == model.PredictionColumn {
		return datatypeOf(v.target)
	}
	return "FP64"
}

// appendTensor appends the head of an output tensor, without the closing brace; n is -1 where any number of rows may come.
func (v *view) appendTensor(b []byte, output string, n int) []byte {
	b = wire.AppendText(append(b, `{"name":`...), output)
	b = wire.AppendText(append(b, `,"datatype":`...), v.datatype(output))
	b = strconv.AppendInt(append(b, `,"shape":[`...), int64(n), 10)
	if output == model.ProbabilityColumn && v.classes > 2 {
		b = strconv.AppendInt(append(b, ','), int64(v.classes), 10)
	}
	return append(b, ']')
}

// metadata answers GET /v2/models/M.
func (v *view) metadata() []byte {
	b := wire.AppendText([]byte(`{"name":`), v.model.Name())
	b = wire.AppendText(append(b, `,"versions":[`...), v.model.Digest())
	b = wire.AppendText(append(b, `],"platform":`...), platform)
	b = append(b, `,"inputs":[`...)
	for i, f := range v.fields {
		if i > 0 {
			b = append(b, ',')
		}
		b = wire.AppendText(append(b, `{"name":`...), f.Name)
		b = wire.AppendText(append(b, `,"datatype":`...), datatypeOf(f.Type))
		b = append(b, `,"shape":[-1]}`...)
	}
	b = append(b, `],"outputs":[`...)
	for i, name := range v.outputs() {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(v.appendTensor(b, name, -1), '}')
	}
	return append(b, `]}`...)
}
