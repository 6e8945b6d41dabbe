package stream

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"strconv"
	"strings"

	"github.com/apache/arrow/go/v17/arrow/memory"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/dataset/csv"
	"github.com/tidewheel/tidewheel/dataset/jsonl"
)

// Decoder turns records into rows. Decode returns a batch of Schema with a row for each record, in their order; the caller owns it. mem is for the batch. A
// *dataset.FormatError has the number of the record within records, from 1, as its Line. A Decoder that is used by one source need not be safe for concurrent use.
type Decoder interface {
	Schema() *dataset.Schema
	Decode(ctx context.Context, records [][]byte, mem memory.Allocator) (dataset.Batch, error)
}

// JSON returns the decoder of records that are JSON objects, read as package jsonl reads lines. o.Schema must be given; BatchRows and Allocator are the source's. A record
// may have line ends between its values, and a key may be absent from all of them.
func JSON(o jsonl.Options) (Decoder, error) {
	if o.Schema == nil {
		return nil, fmt.Errorf("stream: json: %w", &dataset.OptionError{Field: "jsonl.Options.Schema", Value: "none", Want: "a schema, since a feed cannot be read twice"})
	}
	if o.Records != "" {
		return nil, fmt.Errorf("stream: json: %w", &dataset.OptionError{Field: "jsonl.Options.Records", Value: strconv.Quote(o.Records), Want: "nothing, since a record is an object"})
	}
	if _, err := jsonl.NewSource(strings.NewReader(""), o); err != nil {
		return nil, fmt.Errorf("stream: json: %w", err)
	}
	return jsonDecoder{o}, nil
}

type jsonDecoder struct{ o jsonl.Options }

// Schema implements Decoder.
func (d jsonDecoder) Schema() *dataset.Schema { return d.o.Schema }

// Decode implements Decoder.
func (d jsonDecoder) Decode(ctx context.Context, records [][]byte, mem memory.Allocator) (dataset.Batch, error) {
	if len(records) > 0 {
		if err := d.first(ctx, records[0]); err != nil {
			return dataset.Batch{}, err
		}
	}
	var text bytes.Buffer
	for _, r := range records {
		from := text.Len()
		text.Write(r)
		// A line end between values becomes another space; one within a string is refused, as both are.
		for line := text.Bytes()[from:]; ; {
			i := bytes.IndexByte(line, '\n')
			if i < 0 {
				break
			}
			line[i] = '\r'
			line = line[i+1:]
		}
		text.WriteByte('\n')
	}
	o := d.o
	o.BatchRows, o.Allocator = len(records), mem
	src, err := jsonl.NewSource(bytes.NewReader(text.Bytes()), o)
	if err != nil {
		return dataset.Batch{}, err
	}
	return whole(src.Batches(ctx), len(records), "an object")
}

// first refuses a first record from which jsonl would take the text for one of arrays, or of objects over several lines.
func (d jsonDecoder) first(ctx context.Context, record []byte) error {
	record = bytes.TrimSpace(record)
	bad := &dataset.FormatError{Format: "jsonl", Line: 1, Want: "an object", Got: "another text"}
	switch {
	case len(record) == 0:
		return nil
	case record[0] == '{' && json.Valid(record):
		return nil
	case record[0] != '{':
		return bad
	}
	src, err := jsonl.NewSource(bytes.NewReader(bytes.ReplaceAll(record, []byte{'\n'}, []byte{'\r'})), d.o)
	if err != nil {
		return err
	}
	for _, err := range src.Batches(ctx) {
		if err != nil {
			return err
		}
	}
	return bad
}

// CSV returns the decoder of records of delimited text, read as package csv reads them. columns are the names of a record's cells in order; nil is o.Schema's. o.Schema
// must be given; NoHeader, BatchRows and Allocator are the source's. Lines with a Quote gives records whose cells hold line ends.
func CSV(columns []string, o csv.Options) (Decoder, error) {
	bad := func(field, value, want string) error {
		return fmt.Errorf("stream: csv: %w", &dataset.OptionError{Field: "csv.Options." + field, Value: value, Want: want})
	}
	switch {
	case o.Schema == nil:
		return nil, bad("Schema", "none", "a schema, since a feed cannot be read twice")
	case o.Comment != 0 || o.Ragged == csv.RaggedSkip:
		return nil, bad("Comment and Ragged", "records that are left out", "a row for each record")
	}
	o.Workers, o.NoHeader = 1, columns == nil
	d := csvDecoder{o: o}
	if columns != nil {
		delimiter, quote := o.Delimiter, o.Quote
		if delimiter == 0 {
			delimiter = ','
		}
		if quote == 0 {
			quote = '"'
		}
		for i, name := range columns {
			if i > 0 {
				d.header = append(d.header, delimiter)
			}
			d.header = append(d.header, quote)
			d.header = append(d.header, strings.ReplaceAll(name, string(quote), string([]byte{quote, quote}))...)
			d.header = append(d.header, quote)
		}
		d.header = append(d.header, '\n')
	}
	if _, err := csv.NewSource(bytes.NewReader(d.header), o); err != nil {
		return nil, fmt.Errorf("stream: csv: %w", err)
	}
	return d, nil
}

type csvDecoder struct {
	o      csv.Options
	header []byte
}

// Schema implements Decoder.
func (d csvDecoder) Schema() *dataset.Schema { return d.o.Schema }

// Decode implements Decoder.
func (d csvDecoder) Decode(ctx context.Context, records [][]byte, mem memory.Allocator) (dataset.Batch, error) {
	text := bytes.NewBuffer(bytes.Clone(d.header))
	for _, r := range records {
		text.Write(r)
		text.WriteByte('\n')
	}
	o := d.o
	o.BatchRows, o.Allocator = len(records), mem
	src, err := csv.NewSource(bytes.NewReader(text.Bytes()), o)
	if err != nil {
		return dataset.Batch{}, d.relocate(err, records)
	}
	b, err := whole(src.Batches(ctx), len(records), "a record")
	return b, d.relocate(err, records)
}

// relocate makes the line of an error the number of a record.
func (d csvDecoder) relocate(err error, records [][]byte) error {
	var at *dataset.FormatError
	if !errors.As(err, &at) || at.Line == 0 {
		return err
	}
	line := at.Line
	if d.header != nil {
		line -= int64(bytes.Count(d.header, []byte{'\n'}))
	}
	for i, r := range records {
		if line -= int64(1 + bytes.Count(r, []byte{'\n'})); line <= 0 {
			moved := *at
			moved.Line = int64(i + 1)
			return &moved
		}
	}
	return err
}

// whole returns the only batch of n rows.
func whole(batches iter.Seq2[dataset.Batch, error], n int, record string) (dataset.Batch, error) {
	got := 0
	for b, err := range batches {
		if err != nil {
			return dataset.Batch{}, err
		}
		if got = b.NumRows(); got == n {
			b.Retain()
			return b, nil
		}
		break
	}
	return dataset.Batch{}, &dataset.FormatError{Format: "stream", Want: fmt.Sprintf("%s in each of %d records", record, n), Got: fmt.Sprintf("%d rows", got)}
}

// Structs returns the decoder of records by a function of the caller, which turns each into a struct under dataset.SchemaOf[T].
func Structs[T any](decode func(record []byte) (T, error)) (Decoder, error) {
	s, err := dataset.SchemaOf[T]()
	if err != nil {
		return nil, fmt.Errorf("stream: structs: %w", err)
	}
	return structDecoder[T]{schema: s, decode: decode}, nil
}

type structDecoder[T any] struct {
	schema *dataset.Schema
	decode func([]byte) (T, error)
}

// Schema implements Decoder.
func (d structDecoder[T]) Schema() *dataset.Schema { return d.schema }

// Decode implements Decoder.
func (d structDecoder[T]) Decode(ctx context.Context, records [][]byte, mem memory.Allocator) (dataset.Batch, error) {
	rows := make([]T, len(records))
	for i, r := range records {
		var err error
		if rows[i], err = d.decode(r); err != nil {
			return dataset.Batch{}, fmt.Errorf("record %d of the batch: %w", i+1, err)
		}
	}
	return structBatch(ctx, rows, mem)
}

// structBatch returns rows as a batch.
func structBatch[T any](ctx context.Context, rows []T, mem memory.Allocator) (dataset.Batch, error) {
	src, err := dataset.FromStructs(rows, dataset.StructsOptions{BatchRows: len(rows), Allocator: mem})
	if err != nil {
		return dataset.Batch{}, err
	}
	return whole(src.Batches(ctx), len(rows), "a struct")
}
