package ipc

import (
	"errors"
	"fmt"
	"slices"

	"github.com/tidewheel/tidewheel/dataset"
)

// Fields of the tables of Arrow's FlatBuffers (format/Schema.fbs, Message.fbs and File.fbs of Arrow 17).
const (
	messageVersion, messageHeaderType, messageHeader, messageBodyLength    = 0, 1, 2, 3
	schemaEndianness, schemaFields, schemaMetadata                         = 0, 1, 2
	fieldName, fieldTypeType, fieldType, fieldDictionary, fieldChildren    = 0, 2, 3, 4, 5
	fieldMetadata                                                          = 6
	batchLength, batchNodes, batchBuffers, batchCompression, batchVariadic = 0, 1, 2, 3, 4
	dictionaryID, dictionaryData, dictionaryDelta                          = 0, 1, 2
	footerDictionaries, footerBatches                                      = 2, 3
	headerSchema, headerDictionary, headerBatch                            = 1, 2, 3
	versionV4, versionV5                                                   = 3, 4
	typeInt, typeFloat, typeBinary, typeUtf8, typeBool, typeDecimal        = 2, 3, 4, 5, 6, 7
	typeDate, typeTimestamp, typeList, typeStruct, typeFixedSizeList       = 8, 10, 12, 13, 16
	typeLargeUtf8                                                          = 20
)

// typeForm is what a type of Arrow is called and how many buffers it has; a union has more.
type typeForm struct {
	name    string
	buffers int
}

// forms returns the types of Arrow by their number.
func forms() []typeForm {
	return []typeForm{
		{"none", 0},
		{"null", 0},
		{"int", 2},
		{"floating point", 2},
		{"binary", 3},
		{"utf8", 3},
		{"bool", 2},
		{"decimal", 2},
		{"date", 2},
		{"time of day", 2},
		{"timestamp", 2},
		{"interval", 2},
		{"list", 2},
		{"struct", 1},
		{"union", 1},
		{"fixed_size_binary", 2},
		{"fixed_size_list", 1},
		{"map", 2},
		{"duration", 2},
		{"large_binary", 3},
		{"large_utf8", 3},
		{"large_list", 2},
		{"run_end_encoded", 0},
		{"binary_view", 2},
		{"utf8_view", 2},
		{"list_view", 3},
		{"large_list_view", 3},
	}
}

// Limits of a schema.
const (
	maxDepth  = 64
	maxFields = 100_000
)

// column is what the schema message says of a top-level column.
type column struct {
	name         string
	slot         int     // of its offset in the vector of fields
	nodes        int     // in a record batch
	buffers      int     // the same, without those of views
	views        int     // columns of views, which have a counted number of buffers more
	dictionaries []int64 // the ids of its dictionaries
	refused      string  // the first type of it that is outside the package's, empty for none
}

// layout is the form of a file's record batches.
type layout struct {
	message []byte // the schema message
	columns []column
}

func formatError(column, want, got string) error {
	return &dataset.FormatError{Format: "arrow", Column: column, Want: want, Got: got}
}

var (
	errFlat       = formatError("", "well-formed metadata", "offsets outside it")
	errSchemaSize = fmt.Errorf("schema of more than %d fields, %d levels or its own size in text: %w", maxFields, maxDepth, dataset.ErrLimit)
)

// header returns the position of a message's header and its type.
func header(f *flat) (at, kind int, err error) {
	root := f.follow(0)
	version := f.fieldInt16(root, messageVersion)
	at, kind = f.table(root, messageHeader), f.fieldByte(root, messageHeaderType)
	switch {
	case f.bad || at == 0:
		return 0, 0, errFlat
	case version != versionV4 && version != versionV5:
		return 0, 0, fmt.Errorf("metadata version %d: %w", version+1, dataset.ErrUnsupported)
	}
	return at, kind, nil
}

// walk reads a schema message. The metadata may name one part many times, so that it stands for far more than its own size: fields, depth and texts are counted.
type walk struct {
	flat
	forms  []typeForm
	fields int
	texts  int
	v5     bool
}

func readLayout(message []byte) (*layout, error) {
	w := &walk{flat: flat{b: message}, forms: forms()}
	at, kind, err := header(&w.flat)
	if err != nil {
		return nil, err
	}
	if kind != headerSchema {
		return nil, formatError("", "a schema as the first message", fmt.Sprintf("message type %d", kind))
	}
	if w.fieldInt16(at, schemaEndianness) != 0 {
		return nil, fmt.Errorf("big-endian values: %w", dataset.ErrUnsupported)
	}
	w.v5 = w.fieldInt16(w.follow(0), messageVersion) == versionV5
	w.metadata(at, schemaMetadata)
	start, n := w.vector(at, schemaFields, 4)
	if n > maxFields || w.texts > len(message) {
		return nil, errSchemaSize
	}
	l := &layout{message: message, columns: make([]column, n)}
	for i := range l.columns {
		c := &l.columns[i]
		c.slot = start + 4*i
		table := w.follow(c.slot)
		c.name = w.text(table, fieldName)
		if err := w.column(c, table, 0); err != nil {
			return nil, err
		}
	}
	if w.bad {
		return nil, errFlat
	}
	return l, nil
}

// errNoColumns refuses what nothing in the data bounds: any number of rows.
var errNoColumns = &dataset.SchemaError{Want: "at least one column", Got: "none"}

func (w *walk) column(c *column, table, depth int) error {
	w.fields++
	_, name := w.vector(table, fieldName, 1)
	w.texts += name
	w.metadata(table, fieldMetadata)
	kind := w.fieldByte(table, fieldTypeType)
	typ := w.table(table, fieldType)
	if kind == typeTimestamp {
		_, zone := w.vector(typ, 1, 1)
		w.texts += zone
	}
	switch {
	case w.bad:
		return errFlat
	case w.fields > maxFields || depth > maxDepth || w.texts > len(w.b):
		return errSchemaSize
	case kind >= len(w.forms) || kind == 0:
		return fmt.Errorf("column %q: arrow type %d: %w", c.name, kind, dataset.ErrUnsupported)
	case !slices.Contains([]int{
		typeInt, typeFloat, typeBinary, typeUtf8, typeBool, typeDecimal, typeDate, typeTimestamp, typeList, typeStruct, typeFixedSizeList, typeLargeUtf8,
	}, kind) && c.refused == "":
		c.refused = w.forms[kind].name
	}
	own := *c // what stands before the column's children
	c.count(w, kind, typ)
	start, n := w.vector(table, fieldChildren, 4)
	for i := range n {
		if err := w.column(c, w.follow(start+4*i), depth+1); err != nil {
			return err
		}
	}
	if d := w.table(table, fieldDictionary); d > 0 { // codes stand in the place of the values and their children
		c.nodes, c.buffers, c.views = own.nodes+1, own.buffers+2, own.views
		c.dictionaries = append(c.dictionaries, w.fieldInt64(d, 0))
	}
	return nil
}

// count adds the nodes and buffers of one field.
func (c *column) count(w *walk, kind, typ int) {
	c.nodes++
	c.buffers += w.forms[kind].buffers
	switch w.forms[kind].name {
	case "union": // its types stand; offsets when it is dense; before version 5 a validity
		if typ > 0 && w.fieldInt16(typ, 0) == 1 {
			c.buffers++
		}
		if !w.v5 {
			c.buffers++
		}
	case "binary_view", "utf8_view":
		c.views++
	}
}

// metadata counts the texts of a vector of keys and values.
func (w *walk) metadata(table, field int) {
	start, n := w.vector(table, field, 4)
	for i := range n {
		pair := w.follow(start + 4*i)
		_, key := w.vector(pair, 0, 1)
		_, value := w.vector(pair, 1, 1)
		if w.texts += key + value; w.bad || w.texts > len(w.b) {
			return
		}
	}
}

// narrow returns the schema message with the wanted columns alone, in the order of the file.
func (l *layout) narrow(want []bool) ([]byte, error) {
	f := &flat{b: slices.Clone(l.message)}
	kept := 0
	for i, c := range l.columns {
		if want[i] {
			slot := l.columns[kept].slot
			f.putInt32(slot, f.follow(c.slot)-slot)
			kept++
		}
	}
	if len(l.columns) > 0 {
		f.putInt32(l.columns[0].slot-4, kept)
	}
	if f.bad {
		return nil, errFlat
	}
	again, err := readLayout(f.b) // the vector may have overlapped something else
	if err != nil || len(again.columns) != kept {
		return nil, errors.Join(errFlat, err)
	}
	return f.b, nil
}

// pick returns the places of the named columns, all of them for nil.
func (l *layout) pick(names []string) ([]int, error) {
	var out []int
	if names == nil {
		for i := range l.columns {
			out = append(out, i)
		}
	}
	for _, name := range names {
		found := -1
		for i, c := range l.columns {
			if c.name != name {
				continue
			}
			if found >= 0 {
				return nil, &dataset.SchemaError{Column: name, Want: "one column of that name", Got: "more"}
			}
			found = i
		}
		if found < 0 {
			return nil, &dataset.SchemaError{Column: name, Want: "a column of the file", Got: "no such column"}
		}
		out = append(out, found)
	}
	for _, i := range out {
		if c := l.columns[i]; c.refused != "" {
			return nil, fmt.Errorf("column %q: arrow type %s: %w", c.name, c.refused, dataset.ErrUnsupported)
		}
	}
	return out, nil
}
