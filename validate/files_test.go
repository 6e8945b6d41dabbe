package validate_test

import (
	"path/filepath"
	"testing"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/dataset/csv"
	"github.com/tidewheel/tidewheel/dataset/parquet"
	"github.com/tidewheel/tidewheel/validate"
	"github.com/tidewheel/tidewheel/validate/validatetest"
)

// fileFormat writes a batch to a file and opens it as any program would, under the types that the file gives.
type fileFormat struct {
	ext    string
	create func(path string, s *dataset.Schema) (dataset.Sink, error)
	open   func(path string) (dataset.Source, error)
	// instead of the table's finding, where the format writes the fault so that it cannot be told from something else
	instead map[string]validate.Rule
}

func fileFormats() []fileFormat {
	return []fileFormat{
		{
			ext: ".csv",
			create: func(path string, s *dataset.Schema) (dataset.Sink, error) {
				return csv.Create(path, s, csv.WriteOptions{})
			},
			open: func(path string) (dataset.Source, error) { return csv.Open(path, csv.Options{}) },
			instead: map[string]validate.Rule{
				"NaN":            validate.RuleNull, // a null token of CSV
				"number as text": "",                // a number is a text there
			},
		},
		{
			ext: ".parquet",
			create: func(path string, s *dataset.Schema) (dataset.Sink, error) {
				return parquet.Create(path, s, parquet.WriteOptions{})
			},
			open: func(path string) (dataset.Source, error) { return parquet.Open(path, parquet.Options{}) },
		},
	}
}

// Every fault of the table through a file and its reader: refused, flagged or counted as stated, 0 silent.
func TestFaultsThroughFiles(t *testing.T) {
	v := paymentValidator(t)
	for _, format := range fileFormats() {
		for _, f := range validatetest.Faults() {
			t.Run(format.ext[1:]+"/"+f.Name, func(t *testing.T) {
				b, err := f.Batch(nil, 50)
				must(t, err)
				defer b.Release()
				src := throughFile(t, format, b)
				r, err := v.Check(t.Context(), src)
				must(t, err)
				if rule, ok := format.instead[f.Name]; ok {
					if rule == "" {
						if !r.OK {
							t.Errorf("%+v", r.Findings)
						}
						return
					}
					f.Rule = rule
				}
				checkFault(t, f, r, 50)
			})
		}
	}
}

func throughFile(t *testing.T, format fileFormat, b dataset.Batch) dataset.Source {
	t.Helper()
	path := filepath.Join(t.TempDir(), "rows"+format.ext)
	sink, err := format.create(path, b.Schema())
	must(t, err)
	defer sink.Close()
	must(t, sink.Write(t.Context(), b))
	must(t, sink.Commit(t.Context()))
	src, err := format.open(path)
	must(t, err)
	return src
}
