package sql

import (
	"errors"
	"strconv"
	"strings"

	"github.com/tidewheel/tidewheel/dataset"
)

// Dialect is how a database writes names, placeholders and times.
type Dialect uint8

// The dialects. What a database is not named for may still speak one of them.
const (
	Standard   Dialect = iota // "name" and ?, times with an offset as text; SQLite, DuckDB
	PostgreSQL                // "name" and $1
	MySQL                     // `name` and ?
	SQLServer                 // [name] and @p1
)

// WriteOptions says how NewSink writes. The zero value is ready to use.
type WriteOptions struct {
	Dialect   Dialect // of the database; the zero value is Standard
	Namespace string  // the schema or database that the table is in; empty is what the connection has
}

// maxParameters and maxInsertRows are within what every database of the dialects takes in one statement: SQL Server takes 2,100 placeholders and 1,000 rows.
const (
	maxParameters = 2000
	maxInsertRows = 1000
)

// check checks o with the names of a table and its columns.
func (o WriteOptions) check(table string, s *dataset.Schema) error {
	var errs []error
	if o.Dialect > SQLServer {
		errs = append(errs, &dataset.OptionError{Field: "sql.WriteOptions.Dialect", Value: strconv.Itoa(int(o.Dialect)), Want: "a known dialect"})
	}
	if strings.ContainsRune(o.Namespace, 0) {
		errs = append(errs, &dataset.OptionError{Field: "sql.WriteOptions.Namespace", Value: "a name with NUL", Want: "a name"})
	}
	if table == "" || strings.ContainsRune(table, 0) {
		errs = append(errs, &dataset.SchemaError{Want: "the name of a table", Got: "an empty name or one with NUL"})
	}
	if s.Len() == 0 {
		errs = append(errs, &dataset.SchemaError{Want: "a column to insert", Got: "no columns"})
	}
	if s.Len() > maxParameters {
		errs = append(errs, &dataset.SchemaError{Want: "at most " + strconv.Itoa(maxParameters) + " columns", Got: strconv.Itoa(s.Len())})
	}
	return errors.Join(errs...)
}

// name quotes a name, so that whatever is in it is a name and nothing else.
func (d Dialect) name(name string) string {
	switch d {
	case MySQL:
		return "`" + strings.ReplaceAll(name, "`", "``") + "`"
	case SQLServer:
		return "[" + strings.ReplaceAll(name, "]", "]]") + "]"
	default:
		return `"` + strings.ReplaceAll(name, `"`, `""`) + `"`
	}
}

// placeholder returns the i-th placeholder of a statement, from 1.
func (d Dialect) placeholder(i int) string {
	switch d {
	case PostgreSQL:
		return "$" + strconv.Itoa(i)
	case SQLServer:
		return "@p" + strconv.Itoa(i)
	default:
		return "?"
	}
}

// insert returns the statement that inserts rows.
func (o WriteOptions) insert(table string, columns []string, rows int) string {
	var b strings.Builder
	b.WriteString("INSERT INTO ")
	if o.Namespace != "" {
		b.WriteString(o.Dialect.name(o.Namespace) + ".")
	}
	b.WriteString(o.Dialect.name(table))
	separator := " ("
	for _, c := range columns {
		b.WriteString(separator + o.Dialect.name(c))
		separator = ", "
	}
	b.WriteString(") VALUES ")
	at := 0
	for i := range rows {
		if i > 0 {
			b.WriteString(", ")
		}
		separator = "("
		for range columns {
			at++
			b.WriteString(separator + o.Dialect.placeholder(at))
			separator = ", "
		}
		b.WriteString(")")
	}
	return b.String()
}
