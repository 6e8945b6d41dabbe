package lab

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/dataset/arff"
	"github.com/tidewheel/tidewheel/dataset/csv"
	"github.com/tidewheel/tidewheel/dataset/ipc"
	"github.com/tidewheel/tidewheel/dataset/jsonl"
	"github.com/tidewheel/tidewheel/dataset/libsvm"
	"github.com/tidewheel/tidewheel/dataset/parquet"
	"github.com/tidewheel/tidewheel/examples/internal/cli"
)

// Formats are the names that a file of rows may have, for the help of a flag.
const Formats = ".csv, .tsv, .jsonl, .json, .libsvm, .arff (also .gz or .zst behind them), .parquet, .arrow or .arrows"

// OpenData opens a file of rows by the extension of its name, and one whose extension says nothing by its content. schema, when not nil, says the columns and their types,
// found by name, where the format does not.
func OpenData(path string, schema *dataset.Schema) (dataset.Source, error) {
	src, err := openData(path, options{schema: schema})
	if err != nil {
		return nil, cli.ReadError(path, err)
	}
	return src, nil
}

// OpenRows opens a file of rows as they stand in it, for a model or a schema that checks them: in delimited text the columns of s that are text are read as text,
// whatever they look like; all other types are those of the file. A column that the file lacks is for the check to name.
func OpenRows(path string, s *dataset.Schema) (dataset.Source, error) {
	src, err := OpenData(path, nil)
	if err != nil {
		return nil, err
	}
	if _, delimited := src.(*csv.Source); !delimited {
		return src, nil
	}
	types := make(map[string]dataset.Type)
	for _, f := range src.Schema().Fields() {
		if g, ok := s.Lookup(f.Name); ok && g.Type.IsText() && !f.Type.IsText() {
			types[f.Name] = dataset.Utf8
		}
	}
	if len(types) == 0 {
		return src, nil
	}
	again, err := openData(path, options{types: types})
	if err != nil {
		return nil, cli.ReadError(path, err)
	}
	return again, nil
}

// Nested says what becomes of nested values.
type Nested struct {
	Records string // where the records are in a document of JSON, as keys with points between
	Flatten bool   // columns of their own for the members of objects of JSON and groups of Parquet
}

// options say how a file is opened where its format leaves that open.
type options struct {
	Nested
	schema *dataset.Schema
	types  map[string]dataset.Type // of some columns of delimited text
}

func openData(path string, o options) (dataset.Source, error) {
	info, err := os.Stat(path)
	switch {
	case err != nil:
		return nil, err
	case info.IsDir():
		return nil, fmt.Errorf("%s: want a file, got a directory", path)
	}
	f, err := formatOf(path)
	if err != nil {
		return nil, err
	}
	if f.wholeFile() && isCompressed(path) {
		return nil, fmt.Errorf("want a file of %s without a compression around it, since it has its own, got one in %q", f, filepath.Ext(path))
	}
	if o.Records != "" && f != jsonText {
		return nil, fmt.Errorf("flag -records: want files of JSON, got %q of %s", path, f)
	}
	switch f {
	case parquetFile:
		return parquet.Open(path, parquet.Options{Flatten: o.Flatten})
	case arrowFile:
		return ipc.Open(path, ipc.Options{})
	case jsonText:
		j := jsonl.Options{Schema: o.schema, Records: o.Records}
		if o.Flatten {
			j.Nested = jsonl.NestedColumns
		}
		return jsonl.Open(path, j)
	case libsvmText:
		return libsvm.Open(path, libsvm.Options{Schema: o.schema})
	case arffText:
		return arff.Open(path, arff.Options{Schema: o.schema})
	default:
		return openText(path, o)
	}
}

// openText opens delimited text. Where the delimiter that the name says stands in no line, but another does, it is read by that.
func openText(path string, o options) (dataset.Source, error) {
	c := csv.Options{Schema: o.schema, Types: o.types, NullTokens: nullTokens(), KeepBytes: -1}
	src, err := csv.Open(path, c)
	if err == nil || !errors.Is(err, dataset.ErrFormat) {
		return src, err
	}
	d, undetected := csv.Detect(path)
	if undetected != nil || d.Delimiter == ',' || d.Delimiter == '\t' && filepath.Ext(path) == ".tsv" {
		return nil, err
	}
	c = d.Options(c)
	c.NullTokens = append(c.NullTokens, nullTokens()...)
	return csv.Open(path, c)
}

// nullTokens are the texts that the programs read as null in delimited text: those of the csv package, and "?", which many public data sets use.
func nullTokens() []string { return append(csv.DefaultNullTokens(), "?") }

// CreateData makes a file of rows by the extension of its name; it is there once it is committed.
func CreateData(path string, schema *dataset.Schema) (dataset.Sink, error) {
	f, known := byName(path)
	switch {
	case !known || f.wholeFile() && isCompressed(path):
		return nil, fmt.Errorf("%s: want a name that ends in %s, got %q", path, Formats, filepath.Ext(path))
	case f == parquetFile:
		return parquet.Create(path, schema, parquet.WriteOptions{})
	case f == arrowFile:
		return ipc.Create(path, schema, ipc.WriteOptions{Compression: ipc.Zstd})
	case f == jsonText:
		return jsonl.Create(path, schema, jsonl.WriteOptions{Array: isDocument(path)})
	case f == libsvmText:
		return libsvm.Create(path, schema, libsvm.WriteOptions{})
	case f == arffText:
		return arff.Create(path, schema, arff.WriteOptions{})
	default:
		return csv.Create(path, schema, csv.WriteOptions{})
	}
}

// CheckCreate is cli.CheckOutput for a file of rows: it also refuses a name that says no format.
func CheckCreate(name, path string, read ...string) error {
	if f, known := byName(path); path != "" && (!known || f.wholeFile() && isCompressed(path)) {
		return fmt.Errorf("flag -%s: want a name that ends in %s, got %q", name, Formats, path)
	}
	return cli.CheckOutput(name, path, read...)
}
