package files

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strconv"

	"github.com/apache/arrow/go/v17/arrow/memory"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/dataset/relation"
)

// Options says how files become one source. The zero value is ready to use.
type Options struct {
	NameColumn string           // a text column with the name of the row's file, below the folder where the pattern starts, with slashes; "" is none
	Partitions []dataset.Field  // columns whose values are in the names of folders, as year=2026; the zero Type is dataset.Dictionary
	ByName     bool             // take the columns of all files, found by name, with nulls where a file has no such column
	TrustFirst bool             // take the schema of the first file and open the others only when their rows come; not with ByName
	MaxFiles   int              // most files; 0 is 10,000
	Allocator  memory.Allocator // for the columns of names and partitions; nil is Go's
}

func (o Options) check() (Options, error) {
	var errs []error
	bad := func(field, value, want string) {
		errs = append(errs, &dataset.OptionError{Field: "files.Options." + field, Value: value, Want: want})
	}
	if o.MaxFiles < 0 {
		bad("MaxFiles", strconv.Itoa(o.MaxFiles), "0 or more")
	} else if o.MaxFiles == 0 {
		o.MaxFiles = 10_000
	}
	if o.TrustFirst && o.ByName {
		bad("TrustFirst", "true beside ByName", "one of the two")
	}
	fields := make([]dataset.Field, len(o.Partitions))
	for i, f := range o.Partitions {
		if f.Type == "" {
			f.Type = dataset.Dictionary
		}
		if class := f.Type.Class(); class == dataset.ClassBinary || class == dataset.ClassList || class == dataset.ClassStruct {
			bad("Partitions", "type "+string(f.Type), "types that text holds")
		}
		fields[i] = f
	}
	o.Partitions = fields
	if o.Allocator == nil {
		o.Allocator = memory.DefaultAllocator
	}
	return o, errors.Join(errs...)
}

// Source is the rows of several files, one file behind the other.
type Source struct {
	dataset.Source
	names []string
}

// Glob returns the rows of all files whose names match a pattern. The pattern has the syntax of path.Match for each part between slashes; a part ** is any number of folders, and at
// the end any file below. open is called with the path of one file and returns a source of it, which is closed when it has a Close method.
//
// Each file is opened once here for its schema, one after the other (the first only, with Options.TrustFirst), and again when its rows come; one file is open at a time. Columns and predicates of
// a scan are passed on to each file, and a file whose partition does not hold a predicate is not opened at all. The source can be ranged as often, and as concurrently, as open can be called.
//
// It errors with fs.ErrNotExist when no file matches, with path.ErrBadPattern, with dataset.ErrLimit beyond MaxFiles, with ErrSchema and the name of the file for columns that are not those of the first,
// and for a partition that is not in its name or no value of its type, with *dataset.OptionError for bad options, and with what open returns. A link that leads out of the folder where the
// pattern starts is an error; nobody else may write there meanwhile.
func Glob(pattern string, open func(path string) (dataset.Source, error), o Options) (*Source, error) {
	dir, p, err := splitPattern(pattern)
	if err != nil {
		return nil, fmt.Errorf("files: glob: %w", err)
	}
	s, err := newSource(dir, p, open, o)
	if err != nil {
		return nil, fmt.Errorf("files: glob %q: %w", pattern, err)
	}
	return s, nil
}

// Dir returns the rows of all files in a folder and the folders below it. It is Glob with the pattern ** in that folder.
func Dir(dir string, open func(path string) (dataset.Source, error), o Options) (*Source, error) {
	s, err := newSource(dir, pattern{"**"}, open, o)
	if err != nil {
		return nil, fmt.Errorf("files: folder %q: %w", dir, err)
	}
	return s, nil
}

func newSource(dir string, p pattern, open func(path string) (dataset.Source, error), o Options) (*Source, error) {
	o, err := o.check()
	if err != nil {
		return nil, err
	}
	names, err := list(dir, p, o.MaxFiles)
	if err != nil {
		return nil, err
	}
	sources := make([]dataset.Source, len(names))
	var first *file
	for i, name := range names {
		f := &file{path: filepath.Join(dir, filepath.FromSlash(name)), open: open, o: o}
		if first != nil && o.TrustFirst {
			f.own = first.own
		}
		if err := f.describe(name); err != nil {
			return nil, fmt.Errorf("%s: %w", f.path, err)
		}
		if first == nil {
			first = f
		} else if !o.ByName {
			if err := agrees(first.own, f.own); err != nil {
				return nil, fmt.Errorf("%s: %w", f.path, err)
			}
		}
		sources[i] = f
	}
	all, err := relation.Concat(relation.ConcatOptions{ByName: o.ByName, Allocator: o.Allocator}, sources...)
	if err != nil {
		return nil, fmt.Errorf("files, the first of which is source 0: %w", err)
	}
	return &Source{Source: all, names: names}, nil
}

// Names returns the names of the files in order, below the folder where the pattern starts, with slashes.
func (s *Source) Names() []string { return append([]string{}, s.names...) }

// Scan implements dataset.Scanner: columns and predicates are passed on to each file, and files whose partitions do not hold a predicate are not opened.
func (s *Source) Scan(ctx context.Context, o dataset.ScanOptions) (dataset.Source, error) {
	return dataset.Scan(ctx, s.Source, o)
}

// agrees checks that a file has the columns of the first one.
func agrees(first, s *dataset.Schema) error {
	if s.Len() != first.Len() {
		return &dataset.SchemaError{Want: fmt.Sprintf("%d columns, as in the files before", first.Len()), Got: strconv.Itoa(s.Len())}
	}
	for i, want := range first.Fields() {
		got := s.Field(i)
		switch {
		case got.Name != want.Name:
			return &dataset.SchemaError{Column: want.Name, Want: fmt.Sprintf("it at position %d, as in the files before", i), Got: fmt.Sprintf("column %q", got.Name)}
		case got.Type != want.Type && !(got.Type.IsText() && want.Type.IsText()):
			return &dataset.SchemaError{Column: want.Name, Want: "type " + string(want.Type) + ", as in the files before", Got: "type " + string(got.Type)}
		case got.Role != want.Role:
			return &dataset.SchemaError{Column: want.Name, Want: fmt.Sprintf("role %q, as in the files before", want.Role), Got: fmt.Sprintf("role %q", got.Role)}
		}
	}
	return nil
}
