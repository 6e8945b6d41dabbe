package interchange

import (
	"fmt"
	"io"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/model"
	"github.com/tidewheel/tidewheel/model/interchange/internal/onnx"
)

// ONNXOptions says how ONNX reads a file. The zero value is ready to use.
type ONNXOptions struct {
	Schema   *dataset.Schema // the columns that the inputs are bound to by name; nil: a column for each, see ONNX
	Features []string        // the names of the columns of all inputs in their order; default: see ONNX
	Target   string          // the name of the target, for the Problem; default "target"
	Classes  []string        // names of the classes in their order in the file; default: the file's own labels
	MaxBytes int64           // a longer file is dataset.ErrLimit; default 1 GiB
}

// ONNX reads a model in the ONNX form, as skl2onnx and onnxmltools write it.
//
// It supports graphs of ai.onnx 7 to 26 and ai.onnx.ml 1 to 5 in which a row's answer depends on that row alone and every shape but the number of rows is fixed; the
// table of operators is in docs/interchange.md. Any other operator, version, data type and graph is a *model.UnsupportedError that names the node.
//
// An input of one column is a column of its name. The columns of a wider input have the names of Features, else those of the metadata feature_names, a JSON list,
// else, of a single input, those of Schema's features, else the input's name and a number, X_0, X_1 …. Without a Schema floats are nullable float64 columns, whose nulls
// are NaN to the model and which are rounded to float32 where the model asks for float; integers, bools and strings have columns of their own type. A
// row in which one of these is missing has no answer.
//
// Of a classifier the prediction is the file's label, in the order that the file has its classes in; probability is what the file's other output says, and raw
// the scores that it was made of, where there is one link between them. Where the other output does not hold probabilities (a support vector machine's or a ridge's
// scores, distances to the centres of clusters, the scores of an isolation forest), the class has probability 1 and these are raw. A float output of one column is a
// regression. Other outputs are refused.
//
// Errors: *dataset.FormatError for a malformed file, dataset.ErrLimit, *dataset.SchemaError for a column that Schema lacks or that has another type there,
// *model.OptionError. Memory is bounded by a multiple of the file's length. Equals onnxruntime 1.31.1: labels, and numbers to 1e-6 of the larger of 1 and their size; most
// have its bits, but its exp, tanh and logarithm are others.
func ONNX(r io.Reader, o ONNXOptions) (*model.Planned, error) {
	p, err := readONNX(r, o)
	if err != nil {
		return nil, fmt.Errorf("interchange: read onnx: %w", err)
	}
	return p, nil
}

func readONNX(r io.Reader, o ONNXOptions) (*model.Planned, error) {
	data, err := readAll(r, o.MaxBytes, "interchange.ONNXOptions")
	if err != nil {
		return nil, err
	}
	if o.Target == "" {
		o.Target = "target"
	}
	return onnx.Read(data, onnx.Options{Schema: o.Schema, Features: o.Features, Target: o.Target, Classes: o.Classes})
}
