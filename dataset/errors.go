package dataset

import (
	"errors"
	"fmt"
	"strings"
)

// Sentinels that a host acts on. Compare with errors.Is.
var (
	// ErrSchema says that data, a declaration or a request does not fit a schema. Its facts are in a *SchemaError.
	ErrSchema = errors.New("does not fit the schema")
	// ErrConsumed says that a one-shot source was ranged a second time. Wrap such a source in Cache.
	ErrConsumed = errors.New("source already consumed")
	// ErrFormat says that outside bytes are not what their format asks for. Its facts are in a *FormatError.
	ErrFormat = errors.New("malformed data")
	// ErrLimit says that input is larger than a stated limit.
	ErrLimit = errors.New("over the limit")
	// ErrUnsupported says that something is outside the closed list that tidewheel handles.
	ErrUnsupported = errors.New("unsupported")
)

// SchemaError is a difference between a schema and what was met. It wraps ErrSchema. Want and Got hold names, types and rules, never values of rows.
type SchemaError struct {
	Column string // the column, empty when the whole schema is meant
	Want   string
	Got    string
}

// Error implements error.
func (e *SchemaError) Error() string {
	where := "schema"
	if e.Column != "" {
		where = fmt.Sprintf("column %q", e.Column)
	}
	return fmt.Sprintf("%s: want %s, got %s", where, e.Want, e.Got)
}

// Is reports whether target is ErrSchema.
func (e *SchemaError) Is(target error) bool { return target == ErrSchema }

// FormatError is a fault in outside bytes, with its address. It wraps ErrFormat. It holds no values of rows.
type FormatError struct {
	Format string // "csv", "jsonl", "parquet", "arrow" …
	Line   int64  // 1-based line where the format has lines, else 0
	Column string // the column, where known
	Want   string
	Got    string
}

// Error implements error.
func (e *FormatError) Error() string {
	var b strings.Builder
	b.WriteString(e.Format)
	if e.Line > 0 {
		fmt.Fprintf(&b, ": line %d", e.Line)
	}
	if e.Column != "" {
		fmt.Fprintf(&b, ": column %q", e.Column)
	}
	fmt.Fprintf(&b, ": want %s, got %s", e.Want, e.Got)
	return b.String()
}

// Is reports whether target is ErrFormat.
func (e *FormatError) Is(target error) bool { return target == ErrFormat }

// UnsupportedError is something in outside data that tidewheel does not handle, with its address. It wraps ErrUnsupported. It holds no values of rows.
type UnsupportedError struct {
	Format string // "csv", "jsonl", "parquet", "arrow" …
	Column string // the column, empty when all of the data is meant; a nested one by its path, with points between the names
	What   string // what is not handled
}

// Error implements error.
func (e *UnsupportedError) Error() string {
	where := e.Format
	if e.Column != "" {
		where += fmt.Sprintf(": column %q", e.Column)
	}
	return where + ": unsupported: " + e.What
}

// Is reports whether target is ErrUnsupported.
func (e *UnsupportedError) Is(target error) bool { return target == ErrUnsupported }

// OptionError is a field of an options struct that a constructor refuses. Constructors check every field and return the errors joined, so that a caller
// sees all of them at once.
type OptionError struct {
	Field string // the options struct and field: "tree.BoostingOptions.Leaves"
	Value string // the refused value
	Want  string // what is accepted
}

// Error implements error.
func (e *OptionError) Error() string {
	return fmt.Sprintf("option %s: want %s, got %s", e.Field, e.Want, e.Value)
}
