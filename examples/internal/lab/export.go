package lab

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"path/filepath"

	"github.com/tidewheel/tidewheel/model"
	"github.com/tidewheel/tidewheel/model/interchange"
)

// exporter returns what writes the format of a file's name, nil for an empty name.
func exporter(path string) (func(io.Writer, *model.Planned) error, error) {
	switch ext := filepath.Ext(path); {
	case path == "":
		return nil, nil //nolint:nilnil // nothing is to be written, and that is right
	case ext == ".txt":
		return interchange.WriteLightGBM, nil
	case ext == ".onnx":
		return interchange.WriteONNX, nil
	default:
		return nil, fmt.Errorf("flag -export: want a name that ends in .txt or .onnx, got %q", path)
	}
}

// CheckExport refuses a name whose format is not known.
func CheckExport(path string) error {
	_, err := exporter(path)
	return err
}

// Export returns a model in the format of a file's name; nothing for an empty name.
func Export(path string, p model.Predictor) ([]byte, error) {
	write, err := exporter(path)
	if write == nil {
		return nil, err
	}
	m, ok := p.(*model.Planned)
	if !ok {
		return nil, errors.New("flag -export: want a model with a plan, got another")
	}
	var text bytes.Buffer
	if err := write(&text, m); err != nil {
		return nil, err
	}
	return text.Bytes(), nil
}
