package postgres

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgtype"

	"github.com/tidewheel/tidewheel/dataset"
)

// form is how the server writes a value in binary.
type form uint8

const (
	formNone form = iota
	formBool
	formInt2
	formInt4
	formInt8
	formOID
	formFloat4
	formFloat8
	formNumeric
	formText
	formJSONB
	formBytea
	formUUID
	formDate
	formTime
	formTimestamp
	formTimestampTZ
	formArray
)

// served is a column of a result.
type served struct {
	name     string
	typeName string
	form     form
	elem     form   // of an array
	elemOID  uint32 // of an array
	json     bool
	size     int32 // the type's modifier, -1 for none
}

// scalar returns the form of a type of the server, and the type of Arrow columns for it.
func scalar(oid uint32) (form, dataset.Type) {
	switch oid {
	case pgtype.BoolOID:
		return formBool, dataset.Bool
	case pgtype.Int2OID:
		return formInt2, dataset.Int16
	case pgtype.Int4OID:
		return formInt4, dataset.Int32
	case pgtype.Int8OID:
		return formInt8, dataset.Int64
	case pgtype.OIDOID:
		return formOID, dataset.Int64
	case pgtype.Float4OID:
		return formFloat4, dataset.Float32
	case pgtype.Float8OID:
		return formFloat8, dataset.Float64
	case pgtype.NumericOID:
		return formNumeric, dataset.Decimal128(38, 18)
	case pgtype.TextOID, pgtype.VarcharOID, pgtype.BPCharOID, pgtype.NameOID, pgtype.QCharOID, pgtype.XMLOID, pgtype.UnknownOID:
		return formText, dataset.Utf8
	case pgtype.JSONOID:
		return formText, dataset.JSON
	case pgtype.JSONBOID:
		return formJSONB, dataset.JSON
	case pgtype.ByteaOID:
		return formBytea, dataset.Binary
	case pgtype.UUIDOID:
		return formUUID, dataset.Utf8
	case pgtype.DateOID:
		return formDate, dataset.Date32
	case pgtype.TimeOID:
		return formTime, dataset.Utf8
	case pgtype.TimestampOID:
		return formTimestamp, dataset.Timestamp
	case pgtype.TimestamptzOID:
		return formTimestampTZ, dataset.TimeUTC
	default:
		return formNone, ""
	}
}

// element returns the type of the elements of an array type, 0 for any other type.
func element(oid uint32) uint32 {
	switch oid {
	case pgtype.BoolArrayOID:
		return pgtype.BoolOID
	case pgtype.Int2ArrayOID:
		return pgtype.Int2OID
	case pgtype.Int4ArrayOID:
		return pgtype.Int4OID
	case pgtype.Int8ArrayOID:
		return pgtype.Int8OID
	case pgtype.Float4ArrayOID:
		return pgtype.Float4OID
	case pgtype.Float8ArrayOID:
		return pgtype.Float8OID
	case pgtype.NumericArrayOID:
		return pgtype.NumericOID
	case pgtype.TextArrayOID:
		return pgtype.TextOID
	case pgtype.VarcharArrayOID:
		return pgtype.VarcharOID
	case pgtype.BPCharArrayOID:
		return pgtype.BPCharOID
	case pgtype.UUIDArrayOID:
		return pgtype.UUIDOID
	case pgtype.DateArrayOID:
		return pgtype.DateOID
	case pgtype.TimestampArrayOID:
		return pgtype.TimestampOID
	case pgtype.TimestamptzArrayOID:
		return pgtype.TimestamptzOID
	default:
		return 0
	}
}

// natural returns the type of column that holds every value of c, but for infinite times and decimals without a size; "" for a type that none holds.
func (c served) natural() dataset.Type {
	switch {
	case c.form == formNumeric && c.size >= 4:
		precision, scale := numericSize(c.size)
		if precision > 38 || scale < 0 || scale > precision {
			return ""
		}
		return dataset.Decimal128(precision, scale)
	case c.form == formArray:
		_, t := scalar(c.elemOID)
		return dataset.List(t)
	case c.json:
		return dataset.JSON
	}
	for _, oid := range []uint32{
		pgtype.BoolOID, pgtype.Int2OID, pgtype.Int4OID, pgtype.Int8OID, pgtype.OIDOID, pgtype.Float4OID, pgtype.Float8OID, pgtype.NumericOID, pgtype.TextOID,
		pgtype.ByteaOID, pgtype.UUIDOID, pgtype.DateOID, pgtype.TimeOID, pgtype.TimestampOID, pgtype.TimestamptzOID,
	} {
		if f, t := scalar(oid); f == c.form {
			return t
		}
	}
	return ""
}

// numericSize returns precision and scale of a modifier of numeric.
func numericSize(modifier int32) (precision, scale int) {
	m := modifier - 4
	return int(m >> 16 & 0xffff), int((m&0x7ff)^1024) - 1024
}

// names are the types of the server that are not built in.
type names map[uint32]struct {
	name string
	enum bool
}

// lookUp asks for the types of fields that are not built in.
func lookUp(ctx context.Context, conn *pgx.Conn, fields []pgconn.FieldDescription) (names, error) {
	var unknown []uint32
	for _, f := range fields {
		if form, _ := scalar(f.DataTypeOID); form == formNone && element(f.DataTypeOID) == 0 {
			unknown = append(unknown, f.DataTypeOID)
		}
	}
	if len(unknown) == 0 {
		return nil, nil
	}
	rows, err := conn.Query(ctx, "SELECT oid, typname::text, typtype = 'e' FROM pg_catalog.pg_type WHERE oid = ANY($1)", unknown)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	out := names{}
	for rows.Next() {
		var oid uint32
		var known struct {
			name string
			enum bool
		}
		if err := rows.Scan(&oid, &known.name, &known.enum); err != nil {
			return nil, err
		}
		out[oid] = known
	}
	return out, rows.Err()
}

// columns returns the columns of a result.
func (n names) columns(fields []pgconn.FieldDescription) []served {
	out := make([]served, len(fields))
	for i, f := range fields {
		c := served{name: f.Name, typeName: fmt.Sprintf("%d", f.DataTypeOID), size: f.TypeModifier}
		var t dataset.Type
		c.form, t = scalar(f.DataTypeOID)
		c.json = t == dataset.JSON
		if known, ok := n[f.DataTypeOID]; ok {
			c.typeName = known.name
			if known.enum {
				c.form = formText
			}
		}
		if elem := element(f.DataTypeOID); elem != 0 {
			c.form, c.elemOID = formArray, elem
			c.elem, _ = scalar(elem)
		}
		out[i] = c
	}
	return out
}
