package interchange

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/model"
)

const (
	mlflow         = "mlflow"
	maxMLmodel     = 1 << 20
	pythonFunction = "python_function"
	sklearn        = "sklearn"
)

// MLflowOptions says how MLflow reads a model directory. The zero value is ready to use.
type MLflowOptions struct {
	Schema   *dataset.Schema // the columns that the features are bound to by name; nil: those of the signature, or without one those of the model's file
	Target   string          // the name of the target, for the Problem; default "target"
	Classes  []string        // names of the classes in the order of the model's 0, 1, 2 …; default: these numbers, as int64
	Flavor   string          // "lightgbm", "xgboost", "onnx" or "sklearn", for a directory that has several of them
	MaxBytes int64           // a longer file of the model is dataset.ErrLimit; default 1 GiB
}

// MLflow reads the model in an MLflow model directory, as mlflow.lightgbm, mlflow.xgboost, mlflow.onnx and, with serialization_format="skops", mlflow.sklearn save it.
//
// It opens two files of dir: MLmodel and the file of the model that MLmodel names. A name that is absolute, leads out of dir or over a symbolic link is refused.
// dir is best that of an os.Root, whose FS cannot be left: root, err := os.OpenRoot(path), then root.FS().
//
// A flavor whose model is a pickle, as sklearn's is by default, and one that is Python code are a *model.UnsupportedError by name: a pickle is a program, and it is never
// loaded. A model of LightGBM's scikit-learn interface is a skops file there, and is read as Skops reads it. The rest of the directory, requirements and environments among it, is not looked at.
//
// Columns that the signature lists have its types: boolean, integer, long, float, double, string and datetime; one that is not required is nullable. Columns that the model
// does not read are dropped. A signature of tensors names no columns and is not used. An XGBoost file without names takes those of the signature in their order,
// and a model of XGBoost's scikit-learn interface scores up to its best iteration, as that does.
//
// Errors: *dataset.FormatError with the line of MLmodel, *model.UnsupportedError, dataset.ErrLimit, and those of LightGBM, XGBoost, ONNX and Skops. The scores are those of
// these functions. Equals mlflow 3.17.2.
func MLflow(dir fs.FS, o MLflowOptions) (*model.Planned, error) {
	p, err := readMLflow(dir, o)
	if err != nil {
		return nil, fmt.Errorf("interchange: read mlflow: %w", err)
	}
	return p, nil
}

func readMLflow(dir fs.FS, o MLflowOptions) (*model.Planned, error) {
	file, err := openMLflow(dir, "MLmodel")
	if err != nil {
		return nil, err
	}
	text, err := readAll(file, maxMLmodel, "interchange.MLflowOptions")
	if err = errors.Join(err, file.Close()); err != nil {
		return nil, err
	}
	root, err := parseYAML(text)
	if err != nil {
		return nil, err
	}
	flavor, err := flavorOf(root.get("flavors"), o.Flavor)
	if err != nil {
		return nil, err
	}
	entry := root.get("flavors", flavor)
	if err := supportedFlavor(flavor, entry); err != nil {
		return nil, err
	}
	if o.Schema == nil {
		if o.Schema, err = signatureSchema(root.get("signature", "inputs").scalar()); err != nil {
			return nil, err
		}
	}
	data := entry.get("data").scalar()
	if flavor == sklearn {
		data = entry.get("pickled_model").scalar()
	}
	if data == "" {
		return nil, &dataset.FormatError{Format: mlflow, Want: "the name of the model's file under flavor " + flavor, Got: "none"}
	}
	if file, err = openMLflow(dir, data); err != nil {
		return nil, err
	}
	p, err := o.read(flavor, entry, file)
	if err = errors.Join(err, file.Close()); err != nil {
		return nil, err
	}
	return p, nil
}

// openMLflow opens a regular file below dir.
func openMLflow(dir fs.FS, name string) (fs.File, error) {
	if !fs.ValidPath(name) || name == "." || strings.ContainsAny(name, `\:`) {
		return nil, &dataset.FormatError{Format: mlflow, Want: "a path of a file inside the directory", Got: "another"}
	}
	for at := name; at != "."; at = path.Dir(at) {
		info, err := fs.Lstat(dir, at)
		if err != nil {
			return nil, err
		}
		if regular := info.Mode().IsRegular(); info.Mode()&fs.ModeSymlink != 0 || (at == name) != regular {
			return nil, &dataset.FormatError{Format: mlflow, Want: "a regular file without symbolic links on the way", Got: info.Mode().Type().String()}
		}
	}
	return dir.Open(name)
}

// flavorOf returns the flavor to read.
func flavorOf(flavors *yamlNode, asked string) (string, error) {
	if flavors == nil || len(flavors.keys) == 0 {
		return "", &dataset.FormatError{Format: mlflow, Want: "flavors in MLmodel", Got: "none"}
	}
	known := []string{lightGBM, xgBoost, onnxFormat, sklearn}
	var found, others []string
	for _, key := range flavors.keys {
		switch {
		case slices.Contains(known, key) && (key != sklearn || isSkops(flavors.get(key))):
			found = append(found, key)
		case key != pythonFunction:
			others = append(others, key)
		}
	}
	switch {
	case asked != "" && !slices.Contains(known, asked):
		return "", &model.OptionError{Field: "interchange.MLflowOptions.Flavor", Value: strconv.Quote(asked), Want: strings.Join(known, ", ")}
	case asked != "" && !slices.Contains(found, asked):
		return "", &model.UnsupportedError{Format: mlflow, Feature: "flavor " + asked + ": the directory has none of that name"}
	case asked != "":
		return asked, nil
	case len(found) == 1:
		return found[0], nil
	case len(found) > 1:
		return "", &model.OptionError{Field: "interchange.MLflowOptions.Flavor", Value: `""`, Want: "one of " + strings.Join(found, ", ")}
	}
	name := pythonFunction
	if len(others) > 0 {
		name = others[0]
	}
	return "", &model.UnsupportedError{Format: mlflow, Feature: fmt.Sprintf("flavor %s: its model is Python code or a pickle, which is code; save it as ONNX", strconv.Quote(shorten(name)))}
}

// isSkops reports whether a flavor sklearn holds a skops file, not a pickle.
func isSkops(entry *yamlNode) bool {
	return entry.get("serialization_format").scalar() == skopsFormat && path.Ext(entry.get("pickled_model").scalar()) == ".skops"
}

// supportedFlavor refuses the forms of a flavor whose file none of our readers knows.
func supportedFlavor(flavor string, entry *yamlNode) error {
	data, form := entry.get("data").scalar(), entry.get("serialization_format").scalar()
	unsupported := func(what string) error {
		return &model.UnsupportedError{Format: mlflow, Feature: fmt.Sprintf("flavor %s: %s", flavor, what)}
	}
	switch ext := path.Ext(data); ext {
	case ".pkl", ".pickle", ".joblib":
		return unsupported("a pickle, which is code; save the booster itself or ONNX")
	case ".skops":
		if flavor == lightGBM && form == skopsFormat && strings.HasPrefix(entry.get("model_class").scalar(), "lightgbm.sklearn.") {
			return nil
		}
		if flavor != sklearn {
			return unsupported("the skops form; save the booster itself or ONNX")
		}
	}
	if class := entry.get("model_class").scalar(); class != "" && !strings.HasPrefix(class, flavor+".") {
		return unsupported("model class " + strconv.Quote(shorten(class)))
	}
	if form != "" && form != "skops" && form != "cloudpickle" && form != "pickle" { // what they say of files that are no booster's own
		return unsupported("serialization format " + strconv.Quote(shorten(form)))
	}
	return nil
}

// read reads the file of a flavor.
func (o MLflowOptions) read(flavor string, entry *yamlNode, file io.Reader) (*model.Planned, error) {
	switch {
	case flavor == sklearn || path.Ext(entry.get("data").scalar()) == ".skops":
		text, err := readAll(file, o.MaxBytes, "interchange.MLflowOptions")
		if err != nil {
			return nil, err
		}
		return readSkops(bytes.NewReader(text), int64(len(text)), SkopsOptions{Schema: o.Schema, Target: o.Target, Classes: o.Classes, MaxBytes: o.MaxBytes})
	case flavor == lightGBM:
		return readLightGBM(file, LightGBMOptions{Schema: o.Schema, Target: o.Target, Classes: o.Classes, MaxBytes: o.MaxBytes})
	case flavor == onnxFormat:
		return readONNX(file, ONNXOptions{Schema: o.Schema, Target: o.Target, Classes: o.Classes, MaxBytes: o.MaxBytes})
	}
	text, err := readAll(file, o.MaxBytes, "interchange.MLflowOptions")
	if err != nil {
		return nil, err
	}
	x := XGBoostOptions{Schema: o.Schema, Target: o.Target, Classes: o.Classes, MaxBytes: o.MaxBytes}
	if strings.HasSuffix(entry.get("model_class").scalar(), "Classifier") && bytes.Contains(text, []byte("binary:logitraw")) { // of which its predict takes another threshold
		return nil, &model.UnsupportedError{Format: mlflow, Feature: "flavor xgboost: objective binary:logitraw of a classifier"}
	}
	if strings.HasPrefix(entry.get("model_class").scalar(), "xgboost.sklearn.") {
		x.Iterations = BestIteration
	}
	p, err := readXGBoost(bytes.NewReader(text), x)
	if x.Iterations == BestIteration && errors.Is(err, dataset.ErrFormat) {
		x.Iterations = 0 // for a file without a best iteration; a damaged one errors again
		p, err = readXGBoost(bytes.NewReader(text), x)
	}
	if o.Schema != nil && errors.Is(err, dataset.ErrSchema) {
		x.Features = o.Schema.Names() // for a file without names
		if q, again := readXGBoost(bytes.NewReader(text), x); again == nil {
			return q, nil
		}
	}
	return p, err
}

// signatureSchema returns the columns of a signature's inputs, nil for a signature without names.
func signatureSchema(text string) (*dataset.Schema, error) {
	if text == "" {
		return nil, nil
	}
	var columns []struct {
		Type     json.RawMessage `json:"type"`
		Name     string          `json:"name"`
		Required *bool           `json:"required"`
		Optional bool            `json:"optional"` // the word of MLflow before 2.8
	}
	if err := json.Unmarshal([]byte(text), &columns); err != nil || len(columns) > maxFeatures {
		return nil, &dataset.FormatError{Format: mlflow, Want: fmt.Sprintf("signature: a list of at most %d inputs in JSON", maxFeatures), Got: "another text"}
	}
	fields := make([]dataset.Field, 0, len(columns))
	for i, c := range columns {
		var name string
		if err := json.Unmarshal(c.Type, &name); err != nil {
			return nil, &dataset.FormatError{Format: mlflow, Want: fmt.Sprintf("signature: the type of input %d", i), Got: "none"}
		}
		if name == "tensor" || c.Name == "" {
			return nil, nil
		}
		t, ok := map[string]dataset.Type{
			"boolean": dataset.Bool, "integer": dataset.Int32, "long": dataset.Int64, "float": dataset.Float32, "double": dataset.Float64, "string": dataset.Utf8, "datetime": dataset.Timestamp,
		}[name]
		if !ok {
			return nil, &model.UnsupportedError{Format: mlflow, Feature: fmt.Sprintf("signature: type %s of input %s", strconv.Quote(shorten(name)), strconv.Quote(shorten(c.Name)))}
		}
		fields = append(fields, dataset.Field{Name: c.Name, Type: t, Nullable: c.Optional || (c.Required != nil && !*c.Required)})
	}
	if len(fields) == 0 {
		return nil, nil
	}
	s, err := dataset.NewSchema(fields...)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", &dataset.FormatError{Format: mlflow, Want: "signature: names of columns, each once", Got: "others"}, err)
	}
	return s, nil
}
