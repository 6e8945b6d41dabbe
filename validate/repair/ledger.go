package repair

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"slices"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/apache/arrow/go/v17/arrow/memory"

	"github.com/tidewheel/tidewheel/dataset"
)

// The columns of a ledger.
const (
	LedgerRow    = "row"    // int64: the row's address in the source that was repaired, from 0
	LedgerColumn = "column" // utf8: the column; empty for a row that was left out
	LedgerRule   = "rule"   // utf8: what changed it: trim, lower, upper, fold, nfc, map, nearest, dates, clip, rescale, convert, impute, smooth, several joined by +, or dedupe
	LedgerOld    = "old"    // utf8, nullable: the value before, as text that reads back exactly, or its hash; null when it was null
	LedgerNew    = "new"    // utf8, nullable: the value after, likewise; null for a row that was left out
	LedgerHashed = "hashed" // bool: old and new are hashes, since the column is personal
)

// LedgerSchema returns the schema of a ledger: a row for each changed cell and each row that was left out, in order of the rows and then of the columns.
func LedgerSchema() (*dataset.Schema, error) {
	return dataset.NewSchema(
		dataset.Field{Name: LedgerRow, Type: dataset.Int64, Role: dataset.Key},
		dataset.Field{Name: LedgerColumn, Type: dataset.Utf8},
		dataset.Field{Name: LedgerRule, Type: dataset.Utf8},
		dataset.Field{Name: LedgerOld, Type: dataset.Utf8, Nullable: true},
		dataset.Field{Name: LedgerNew, Type: dataset.Utf8, Nullable: true},
		dataset.Field{Name: LedgerHashed, Type: dataset.Bool},
	)
}

// Hash returns what stands in a ledger for a value of a personal column: the HMAC-SHA-256 by key of the column's name, its length before it in eight bytes
// (big-endian), and the value's text, in hex. Who holds the key can so look for a value; who does not cannot, and cannot guess it either.
func Hash(key []byte, column, value string) string {
	h := hmac.New(sha256.New, key)
	message := binary.BigEndian.AppendUint64(nil, uint64(len(column)))
	message = append(append(message, column...), value...)
	h.Write(message) // never fails
	return hex.EncodeToString(h.Sum(nil))
}

// change is one row of a ledger: a cell, or with column -1 a row that was left out.
type change struct {
	row      int64
	column   int
	rule     string
	old, new string
	oldNull  bool
}

// ledger writes changes to a sink, which may be nil.
type ledger struct {
	sink     dataset.Sink
	schema   *dataset.Schema
	source   *dataset.Schema
	personal []bool
	key      []byte
	mem      memory.Allocator
}

// write writes sorted changes in batches of at most pieceRows.
func (l *ledger) write(ctx context.Context, changes []change) error {
	if l.sink == nil {
		return nil
	}
	for part := range slices.Chunk(changes, pieceRows) {
		b, err := l.batch(part)
		if err != nil {
			return err
		}
		err = l.sink.Write(ctx, b)
		b.Release()
		if err != nil {
			return err
		}
	}
	return nil
}

func (l *ledger) batch(changes []change) (dataset.Batch, error) {
	rows, hashed := array.NewInt64Builder(l.mem), array.NewBooleanBuilder(l.mem)
	var texts [4]*array.StringBuilder // column, rule, old, new
	for i := range texts {
		texts[i] = array.NewStringBuilder(l.mem)
		defer texts[i].Release()
	}
	defer rows.Release()
	defer hashed.Release()
	for _, c := range changes {
		rows.Append(c.row)
		texts[1].Append(c.rule)
		if c.column < 0 {
			texts[0].Append("")
			texts[2].AppendNull()
			texts[3].AppendNull()
			hashed.Append(false)
			continue
		}
		name, hide := l.source.Field(c.column).Name, l.personal[c.column]
		if hide {
			c.old, c.new = Hash(l.key, name, c.old), Hash(l.key, name, c.new)
		}
		texts[0].Append(name)
		if c.oldNull {
			texts[2].AppendNull()
		} else {
			texts[2].Append(c.old)
		}
		texts[3].Append(c.new)
		hashed.Append(hide)
	}
	columns := []arrow.Array{rows.NewArray()}
	for _, b := range texts {
		columns = append(columns, b.NewArray())
	}
	columns = append(columns, hashed.NewArray())
	defer func() {
		for _, c := range columns {
			c.Release()
		}
	}()
	return dataset.NewBatch(l.schema, columns, len(changes))
}

// merge adds what a later repair did to cells, as changes of rows at addresses, to the earlier ones of the same cells.
func merge(earlier, later []change) []change {
	if len(later) == 0 {
		return earlier
	}
	type place struct {
		row    int64
		column int
	}
	at := make(map[place]int, len(earlier))
	for i, c := range earlier {
		at[place{c.row, c.column}] = i
	}
	for _, c := range later {
		i, again := at[place{c.row, c.column}]
		if !again {
			earlier = append(earlier, c)
			continue
		}
		earlier[i].new = c.new
		earlier[i].rule += "+" + c.rule
	}
	return slices.DeleteFunc(earlier, func(c change) bool { return c.column >= 0 && !c.oldNull && c.old == c.new })
}
