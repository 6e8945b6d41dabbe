package ipc

import (
	"errors"
	"fmt"
	"io"
	"math"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/apache/arrow/go/v17/arrow/ipc"
	"github.com/apache/arrow/go/v17/arrow/memory"

	"github.com/tidewheel/tidewheel/dataset"
)

// decoder turns messages into batches with the Arrow library, which is kept from what it does not check itself.
type decoder struct {
	s        *Source
	messages *messages
	arena    *arena
	reader   *ipc.Reader
	verifier verifier
}

func (s *Source) newDecoder(f frames) (*decoder, error) {
	d := &decoder{
		s:        s,
		messages: &messages{frames: f, layout: s.layout, want: s.want, schema: s.narrow, ids: s.ids, limit: s.o.MaxBatchBytes},
		arena:    &arena{mem: s.o.Allocator, limit: int(min(s.o.MaxBatchBytes, math.MaxInt)), gos: make(map[*byte]bool)},
		verifier: verifier{checked: make(map[string]arrow.ArrayData)},
	}
	d.messages.keep = d.arena.keep
	err := guard(func() (err error) {
		d.reader, err = ipc.NewReaderFromMessageReader(d.messages, ipc.WithAllocator(d.arena), ipc.WithEnsureNativeEndian(false))
		return err
	})
	return d, err
}

// release gives back the dictionaries.
func (d *decoder) release() {
	d.verifier.release()
	if d.reader != nil {
		_ = guard(func() error { d.reader.Release(); return nil })
		d.reader = nil
	}
}

// next returns the next batch, which the caller releases; io.EOF at the end.
func (d *decoder) next() (dataset.Batch, error) {
	var b dataset.Batch
	d.arena.begin()
	err := guard(func() (err error) {
		b, err = d.decode()
		return err
	})
	if err != nil && !errors.Is(err, io.EOF) { // the library may have left what it took
		d.release()
		d.arena.undo()
	}
	return b, err
}

func (d *decoder) decode() (dataset.Batch, error) {
	if !d.reader.Next() {
		err := d.reader.Err()
		switch {
		case d.messages.err != nil && !(d.messages.isEnd() && err != nil):
			return dataset.Batch{}, d.messages.err
		case errors.Is(err, dataset.ErrLimit):
			return dataset.Batch{}, overflow{d.arena.limit}
		case err == nil:
			return dataset.Batch{}, formatError("", "record batches", "none that can be read")
		default:
			return dataset.Batch{}, formatError("", "well-formed content", err.Error())
		}
	}
	rec := d.reader.Record()
	columns := make([]arrow.Array, len(d.s.order))
	for i, at := range d.s.order {
		columns[i] = rec.Column(at)
		place := rec.ColumnName(at)
		if err := d.verifier.data(columns[i].Data(), place); err != nil {
			return dataset.Batch{}, err
		}
		if times, ok := columns[i].(*array.Timestamp); ok && d.s.units[at] != arrow.Microsecond {
			c, err := toMicros(d.arena, times, d.s.units[at], d.s.schema.Field(i).Type)
			if err != nil {
				return dataset.Batch{}, fmt.Errorf("column %q: %w", place, err)
			}
			defer c.Release()
			columns[i] = c
		}
	}
	return dataset.NewBatch(d.s.schema, columns, int(rec.NumRows()))
}

// toMicros returns timestamps of another unit in microseconds. Nulls keep whatever stands behind them.
func toMicros(mem memory.Allocator, a *array.Timestamp, unit arrow.TimeUnit, t dataset.Type) (arrow.Array, error) {
	times, over := int64(1), int64(1)
	switch unit {
	case arrow.Second:
		times = 1_000_000
	case arrow.Millisecond:
		times = 1_000
	default:
		over = 1_000
	}
	buf := memory.NewResizableBuffer(mem)
	defer buf.Release()
	buf.Resize(8 * a.Len())
	out := arrow.GetData[int64](buf.Bytes())
	for i, v := range a.TimestampValues() {
		t := int64(v)
		switch {
		case a.IsNull(i):
			out[i] = 0
			continue
		case t%over != 0:
			return nil, formatError("", "timestamps of whole microseconds", fmt.Sprintf("a finer one in row %d of a batch", i))
		case t > math.MaxInt64/times || t < math.MinInt64/times:
			return nil, formatError("", "timestamps within 64 bits of microseconds", fmt.Sprintf("one beyond in row %d of a batch", i))
		}
		out[i] = t / over * times
	}
	dt, err := t.Arrow()
	if err != nil {
		return nil, err
	}
	data := array.NewData(dt, a.Len(), []*memory.Buffer{a.Data().Buffers()[0], buf}, nil, a.NullN(), 0)
	defer data.Release()
	return array.MakeFromData(data), nil
}
