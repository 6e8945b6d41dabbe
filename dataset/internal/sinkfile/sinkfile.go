// Package sinkfile is what the sinks of all file formats have in common: how a batch is taken, and how a file is committed, given up and named in errors.
package sinkfile

import (
	"context"
	"fmt"
	"io/fs"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/internal/atomicfile"
)

// File is a file in writing, which appears whole at Commit. Not safe for concurrent use.
type File struct {
	format, path string
	schema       *dataset.Schema
	file         *atomicfile.File
	ended        bool
}

// Create starts the file of a format that takes batches of schema s.
func Create(format, path string, s *dataset.Schema) (*File, error) {
	file, err := atomicfile.Create(path)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", format, err)
	}
	return &File{format: format, path: path, schema: s, file: file}, nil
}

// Write implements io.Writer for the format's bytes.
func (f *File) Write(p []byte) (int, error) { return f.file.Write(p) }

// Take is the Write of a dataset.Sink: it checks the batch and calls write. An error ends the file, since a part of the batch may be in it.
func (f *File) Take(ctx context.Context, b dataset.Batch, write func(context.Context, dataset.Batch) error) error {
	err := ctx.Err()
	switch {
	case f.ended:
		err = fs.ErrClosed
	case err == nil && !b.Schema().Equal(f.schema):
		err = &dataset.SchemaError{Want: "batches of the sink's schema", Got: "another schema"}
	}
	if err == nil {
		err = write(ctx, b)
	}
	if err != nil {
		_ = f.Close()
		return fmt.Errorf("%s: write %s: %w", f.format, f.path, err)
	}
	return nil
}

// Commit is that of a dataset.Sink: finish writes what the format has behind the rows.
func (f *File) Commit(ctx context.Context, finish func() error) error {
	err := ctx.Err()
	if f.ended {
		err = fs.ErrClosed
	}
	if err == nil {
		err = finish()
	}
	if err == nil {
		err = f.file.Commit()
	}
	if err != nil {
		_ = f.Close()
		return fmt.Errorf("%s: commit %s: %w", f.format, f.path, err)
	}
	f.ended = true
	return nil
}

// Close is that of a dataset.Sink.
func (f *File) Close() error {
	f.ended = true
	return f.file.Abort()
}
