// Package convert is the program that turns any source of rows into any file of rows, with or without databases linked in.
package convert

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"slices"
	"time"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/dataset/relation"
	"github.com/tidewheel/tidewheel/examples/internal/cli"
	"github.com/tidewheel/tidewheel/examples/internal/lab"
)

// Query opens the rows of a query of a database.
type Query func(ctx context.Context, dsn, query string) (dataset.Source, error)

// App returns the program. query is nil where no driver of a database is linked.
func App(query Query) cli.App {
	return cli.App{
		Name:    "convert",
		Summary: "turns rows of any source into a file of any format, with only some columns and rows where asked",
		Example: "convert -in january.csv,february.csv -out winter.parquet -columns carrier,distance -where 'distance > 500 and carrier != UA'",
		Setup: func(p *cli.Program) func(context.Context) error {
			c := &converting{Program: p, query: query}
			p.StringVar(&c.in, "in", "", "`files` of rows, with commas between, or patterns such as 'day-*.csv', in quotes: "+lab.Formats)
			p.StringVar(&c.out, "out", "", "`file` to write: "+lab.Formats)
			p.StringVar(&c.columns, "columns", "", "`columns` to write, in this order, with commas between; without it all of them")
			p.StringVar(&c.where, "where", "", "`condition` of the rows to write: "+grammar)
			p.StringVar(&c.dedupe, "dedupe", "", "`columns` of which only the first row of each combination is kept, with commas between; all for whole rows")
			p.IntVar(&c.sample, "sample", 0, "`number` of rows to draw at random, in their order, after -where and -dedupe; 0 is all; -seed draws others")
			p.StringVar(&c.nested.Records, "records", "", "`place` of the rows in a document of JSON, as keys with points between: data.items")
			p.BoolVar(&c.nested.Flatten, "flatten", false, "make columns of the members of JSON's objects and Parquet's groups, user.name, and lists of JSON's arrays")
			p.StringVar(&c.dsn, "sql", "", "`name` of a database in place of -in; "+sqlHelp(query))
			p.StringVar(&c.statement, "query", "", "`query` whose rows are read, with -sql")
			return c.run
		},
	}
}

type converting struct {
	*cli.Program
	query                                   Query
	in, out, columns, where, dsn, statement string
	dedupe                                  string
	sample                                  int
	nested                                  lab.Nested
	files                                   []string // of in
	rowsIn                                  int64
}

// result is what -json prints.
type result struct {
	RowsIn  int64   `json:"rows_in"`
	RowsOut int64   `json:"rows_out"`
	Seconds float64 `json:"seconds"`
}

func (c *converting) run(ctx context.Context) error {
	began := time.Now()
	condition, err := c.check()
	if err != nil {
		return err
	}
	c.Stage("opening")
	src, err := c.open(ctx)
	if err != nil {
		return err
	}
	if src, err = c.narrow(ctx, src, condition); err != nil {
		return err
	}
	sink, err := lab.CreateData(c.out, src.Schema())
	if err != nil {
		return fmt.Errorf("flag -out: %w", err)
	}
	c.Stage("writing")
	rows, err := dataset.Copy(ctx, sink, src)
	if err := errors.Join(err, sink.Close()); err != nil {
		return err
	}
	r := result{RowsIn: c.rowsIn, RowsOut: rows, Seconds: time.Since(began).Seconds()}
	return c.Print(r, func(w io.Writer) {
		cli.Printf(w, "%d rows read, %d written to %s in %.2f s\n", r.RowsIn, r.RowsOut, c.out, r.Seconds)
	})
}

// check looks at the flags before anything is read.
func (c *converting) check() (condition, error) {
	if (c.dsn == "") != (c.statement == "") {
		return nil, errors.New("flags -sql, -query: want both or none, got one")
	}
	if c.dsn != "" && c.in != "" {
		return nil, errors.New("flags -in, -sql: want one of them, got both")
	}
	if c.dsn != "" && c.query == nil {
		return nil, fmt.Errorf("flag -sql: want %s, got this program, which links no driver", twin)
	}
	if c.dsn == "" {
		if err := c.Require("in"); err != nil {
			return nil, err
		}
	}
	if err := c.Require("out"); err != nil {
		return nil, err
	}
	if c.sample < 0 {
		return nil, fmt.Errorf("flag -sample: want 0 or more, got %d", c.sample)
	}
	if c.dsn == "" {
		var err error
		if c.files, err = lab.Expand("in", cli.List(c.in)); err != nil {
			return nil, err
		}
		if len(c.files) == 0 {
			return nil, fmt.Errorf("flag -in: want files of rows, got %q", c.in)
		}
	}
	if err := lab.CheckCreate("out", c.out, c.files...); err != nil {
		return nil, err
	}
	if c.where == "" {
		return nil, nil
	}
	return parseWhere(c.where)
}

// open opens what is read. Its rows are counted as they are read.
func (c *converting) open(ctx context.Context) (dataset.Source, error) {
	if c.dsn != "" {
		src, err := c.query(ctx, c.dsn, c.statement)
		if err != nil {
			return nil, fmt.Errorf("flag -sql: %w", err)
		}
		return c.count("", src), nil
	}
	sources, err := lab.OpenMany(c.files, c.nested)
	if err != nil {
		return nil, err
	}
	for i, path := range c.files {
		sources[i] = c.count(path, sources[i])
	}
	all, err := relation.Concat(relation.ConcatOptions{}, sources...)
	if err != nil {
		return nil, fmt.Errorf("flag -in: %q: %w", c.in, err)
	}
	return all, nil
}

// narrow returns the rows and columns of src that are asked for.
func (c *converting) narrow(ctx context.Context, src dataset.Source, where condition) (dataset.Source, error) {
	wanted, err := c.named(src, "columns", c.columns)
	if err != nil {
		return nil, err
	}
	keys, err := c.named(src, "dedupe", byKeys(c.dedupe))
	if err != nil {
		return nil, err
	}
	if wanted == nil {
		wanted = src.Schema().Names()
	}
	if err := where.bind(src.Schema()); err != nil {
		return nil, err
	}
	read := slices.Clone(wanted)
	for _, name := range append(where.columns(), keys...) {
		if !slices.Contains(read, name) {
			read = append(read, name)
		}
	}
	if src, err = where.scan(ctx, src, read); err != nil {
		return nil, err
	}
	if c.dedupe != "" {
		if keys == nil {
			keys = wanted
		}
		if src, err = relation.Dedupe(src, relation.DedupeOptions{By: keys}); err != nil {
			return nil, err
		}
	}
	if src, err = dataset.Select(ctx, src, wanted...); err != nil || c.sample == 0 {
		return src, err
	}
	return relation.Sample(src, relation.SampleOptions{Rows: c.sample, Seed: c.Seed})
}

// byKeys returns the keys of -dedupe, none for whole rows.
func byKeys(value string) string {
	if value == "all" {
		return ""
	}
	return value
}

// named returns the columns of src that a flag names, nil for an empty value.
func (c *converting) named(src dataset.Source, flag, value string) ([]string, error) {
	if value == "" {
		return nil, nil
	}
	names := cli.List(value)
	for i, name := range names {
		if src.Schema().Index(name) < 0 || slices.Index(names, name) < i {
			return nil, fmt.Errorf("flag -%s: want columns of the data, each once, got %q", flag, name)
		}
	}
	if len(names) == 0 {
		return nil, fmt.Errorf("flag -%s: want columns of the data, got %q", flag, value)
	}
	return names, nil
}

// count returns src, which reads the file at path, with its rows counted: those that it has where it knows that, since it may skip some, else those that are read.
func (c *converting) count(path string, src dataset.Source) dataset.Source {
	if known, ok := src.(interface{ NumRows() int64 }); ok {
		c.rowsIn += known.NumRows()
		return c.Watch(path, src)
	}
	return c.Watch(path, counted{src, &c.rowsIn})
}

// counted is a source whose rows are counted as they are read, before a filter.
type counted struct {
	dataset.Source
	rows *int64
}

// Scan implements dataset.Scanner.
func (c counted) Scan(ctx context.Context, o dataset.ScanOptions) (dataset.Source, error) {
	narrow, err := dataset.Scan(ctx, c.Source, dataset.ScanOptions{Columns: o.Reads()})
	if err != nil {
		return nil, err
	}
	return dataset.ScanBatches(counted{narrow, c.rows}, o)
}

// Batches implements dataset.Source.
func (c counted) Batches(ctx context.Context) iter.Seq2[dataset.Batch, error] {
	return func(yield func(dataset.Batch, error) bool) {
		for b, err := range c.Source.Batches(ctx) {
			*c.rows += int64(b.NumRows())
			if !yield(b, err) {
				return
			}
		}
	}
}

// twin is where the program with databases is.
const twin = "the program of examples/convert/databases, which links PostgreSQL and SQLite"

func sqlHelp(query Query) string {
	if query == nil {
		return twin + ", has it"
	}
	return "postgres://… or a file of SQLite"
}
