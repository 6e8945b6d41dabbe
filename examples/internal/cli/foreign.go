package cli

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/model"
	"github.com/tidewheel/tidewheel/model/interchange"
	"github.com/tidewheel/tidewheel/validate"
)

// ModelUsage says what OpenModel opens, for the flag -model.
const ModelUsage = "a .tide bundle, DIRECTORY/NAME@ALIAS of a registry, a file of LightGBM (.txt), XGBoost (.json, .ubj), ONNX (.onnx) or skops (.skops), or an MLflow model directory"

// foreign is a model of another tool as a serve.Artifact: its schema is what the file says, and there is no reference profile.
type foreign struct {
	path, digest string
	planned      *model.Planned
}

// Name implements serve.Artifact.
func (f foreign) Name() string {
	return ModelName(strings.TrimSuffix(filepath.Base(f.path), filepath.Ext(f.path)))
}

// Digest implements serve.Artifact.
func (f foreign) Digest() string { return f.digest }

// Schema implements serve.Artifact.
func (f foreign) Schema() *dataset.Schema { return f.planned.Signature().Input }

// Predictor implements serve.Artifact.
func (f foreign) Predictor() *model.Planned { return f.planned }

// Profile implements serve.Artifact.
func (f foreign) Profile() *validate.Profile { return nil }

// modelKind is what a file holds.
type modelKind uint8

const (
	bundleFile modelKind = iota
	lightGBMFile
	xgBoostFile
	onnxFile
	skopsFile
	mlflowDirectory
)

// kindOfModel looks at the name and the beginning of a file.
func kindOfModel(path string) (modelKind, error) {
	named := map[string]modelKind{".tide": bundleFile, ".txt": lightGBMFile, ".json": xgBoostFile, ".ubj": xgBoostFile, ".onnx": onnxFile, ".skops": skopsFile}
	byName, known := named[strings.ToLower(filepath.Ext(path))]
	refuse := func(got string) (modelKind, error) {
		return 0, fmt.Errorf("flag -model: want %s, got %s %q", ModelUsage, got, path)
	}
	start, err := beginning(path)
	switch {
	case errors.Is(err, errDirectory):
		if _, err := os.Stat(filepath.Join(path, "MLmodel")); err != nil {
			return refuse("without a file MLmodel the directory")
		}
		return mlflowDirectory, nil
	case err != nil && !known:
		return refuse("no such file")
	case err != nil:
		return 0, ReadError(path, err)
	}
	switch {
	case bytes.HasPrefix(start, []byte("TIDEWHL")):
		return bundleFile, nil
	case bytes.HasPrefix(start, []byte("tree\n")), bytes.HasPrefix(start, []byte("tree\r\n")):
		return lightGBMFile, nil
	case bytes.Contains(start, []byte(`"tidewheel.`)):
		return refuse("a schema or another text of this library in")
	case bytes.HasPrefix(bytes.TrimSpace(start), []byte("{")), bytes.HasPrefix(start, []byte("binf")):
		return xgBoostFile, nil
	case len(start) > 1 && start[0] == 8 && start[1] < 32: // the field of the version of the form
		return onnxFile, nil
	case !known && bytes.HasPrefix(start, []byte("PK\x03\x04")): // a zip archive
		return skopsFile, nil
	case bytes.HasPrefix(start, []byte("\x80")) && len(start) > 1 && start[1] <= 5:
		return refuse("a pickle, which runs code when it is opened, in")
	case known:
		return byName, nil // its reader says what is wrong
	default:
		return refuse("another file")
	}
}

var errDirectory = errors.New("a directory")

// beginning returns the first bytes of a file.
func beginning(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }()
	if info, err := f.Stat(); err == nil && info.IsDir() {
		return nil, errDirectory
	}
	start := make([]byte, 512)
	n, err := io.ReadFull(f, start)
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
		return nil, err
	}
	return start[:n], nil
}

// openForeign reads a file or a directory of another tool. Its digest is that of the file, or of the names and the files of the directory.
func openForeign(path string, kind modelKind) (foreign, error) {
	if kind == mlflowDirectory {
		return openMLflow(path)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return foreign{}, err
	}
	var m *model.Planned
	switch kind {
	case xgBoostFile:
		m, err = interchange.XGBoost(bytes.NewReader(text), interchange.XGBoostOptions{})
	case onnxFile:
		m, err = interchange.ONNX(bytes.NewReader(text), interchange.ONNXOptions{})
	case skopsFile:
		m, err = interchange.Skops(bytes.NewReader(text), int64(len(text)), interchange.SkopsOptions{})
	default:
		m, err = interchange.LightGBM(bytes.NewReader(text), interchange.LightGBMOptions{})
	}
	if err != nil {
		return foreign{}, err
	}
	return foreign{path, fmt.Sprintf("sha256:%x", sha256.Sum256(text)), m}, nil
}

func openMLflow(path string) (f foreign, err error) {
	root, err := os.OpenRoot(path)
	if err != nil {
		return f, err
	}
	defer func() { err = errors.Join(err, root.Close()) }()
	m, err := interchange.MLflow(root.FS(), interchange.MLflowOptions{})
	if err != nil {
		return f, err
	}
	sum := sha256.New()
	err = fs.WalkDir(root.FS(), ".", func(name string, e fs.DirEntry, err error) error {
		if err != nil || !e.Type().IsRegular() {
			return err
		}
		text, err := fs.ReadFile(root.FS(), name)
		_, _ = fmt.Fprintf(sum, "%d %s %d ", len(name), name, len(text))
		_, _ = sum.Write(text)
		return err
	})
	if err != nil {
		return f, err
	}
	return foreign{path, fmt.Sprintf("sha256:%x", sum.Sum(nil)), m}, nil
}
