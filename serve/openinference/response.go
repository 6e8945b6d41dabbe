package openinference

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/model"
	"github.com/tidewheel/tidewheel/serve"
	"github.com/tidewheel/tidewheel/serve/internal/wire"
	"github.com/tidewheel/tidewheel/validate"
)

// respond returns the JSON of the results and the binary data behind it.
func (v *view) respond(q *request, rows []serve.Input, out []serve.Prediction) (text, data []byte) {
	b := make([]byte, 0, 512+(32+24*v.classes)*len(out))
	b = wire.AppendText(append(b, `{"model_name":`...), v.model.Name())
	b = wire.AppendText(append(b, `,"model_version":`...), v.model.Digest())
	if q.id != nil {
		b = wire.AppendText(append(b, `,"id":`...), *q.id)
	}
	b = v.appendParameters(b, rows, out)
	b = append(b, `,"outputs":[`...)
	for i, o := range q.outputs {
		if i > 0 {
			b = append(b, ',')
		}
		b = v.appendTensor(b, o.name, len(out))
		if (o.binary == nil && q.binary) || (o.binary != nil && *o.binary) {
			start := len(data)
			for r := range out {
				data = v.appendBinary(data, o.name, &out[r])
			}
			b = strconv.AppendInt(append(b, `,"parameters":{"binary_data_size":`...), int64(len(data)-start), 10)
			b = append(b, `}}`...)
			continue
		}
		b = append(b, `,"data":[`...)
		for r := range out {
			if r > 0 {
				b = append(b, ',')
			}
			b = v.appendResult(b, o.name, &out[r])
		}
		b = append(b, `]}`...)
	}
	return append(b, `]}`...), data
}

// appendResult appends one row of an output.
func (v *view) appendResult(b []byte, output string, p *serve.Prediction) []byte {
	switch {
	case output == model.ProbabilityColumn && v.classes == 2:
		return wire.AppendNumber(b, p.Probability[1])
	case output == model.ProbabilityColumn:
		for j, x := range p.Probability {
			if j > 0 {
				b = append(b, ',')
			}
			b = wire.AppendNumber(b, x)
		}
		return b
	case v.target.IsText():
		return wire.AppendText(b, p.Value.Text)
	case v.target.Class() == dataset.ClassBool:
		return strconv.AppendBool(b, p.Value.Number != 0)
	default:
		return wire.AppendNumber(b, p.Value.Number)
	}
}

// maxNamed bounds the findings that a response lists.
const maxNamed = 16

// appendParameters appends what was found in the rows, if anything: flags before counts, so that the list does not hide them.
func (v *view) appendParameters(b []byte, rows []serve.Input, out []serve.Prediction) []byte {
	var flagged, counted int
	for i := range out {
		switch worst(out[i].Findings) {
		case validate.Flagged:
			flagged++
		case validate.Counted:
			counted++
		default: // clean; a refused row is not scored
		}
	}
	if flagged+counted == 0 {
		return b
	}
	var list []string
	for _, severity := range []validate.Severity{validate.Flagged, validate.Counted} {
		for i := 0; i < len(out) && len(list) <= maxNamed; i++ {
			for _, f := range out[i].Findings {
				if f.Severity == severity {
					list = append(list, v.describe(i, f, rows[i].Extra))
				}
			}
		}
	}
	if len(list) > maxNamed {
		list = append(list[:maxNamed], "and more")
	}
	b = strconv.AppendInt(append(b, `,"parameters":{"flagged":`...), int64(flagged), 10)
	b = strconv.AppendInt(append(b, `,"counted":`...), int64(counted), 10)
	b = wire.AppendText(append(b, `,"findings":`...), strings.Join(list, "; "))
	return append(b, '}')
}

func worst(findings []validate.RowFinding) validate.Severity {
	s := validate.Clean
	for _, f := range findings {
		s = max(s, f.Severity)
	}
	return s
}

// describe returns a finding in words.
func (v *view) describe(row int, f validate.RowFinding, extra string) string {
	d := v.model.Describe(row, f)
	if f.Rule == validate.RuleExtraColumn {
		d.Field = extra
	}
	if d.Field == "" {
		return fmt.Sprintf("row %d: %s %s", row, f.Severity, f.Rule)
	}
	return fmt.Sprintf("row %d, field %q: %s %s", row, d.Field, f.Severity, f.Rule)
}
