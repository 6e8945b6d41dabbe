package lab

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/apache/arrow/go/v17/arrow/memory"

	"github.com/tidewheel/tidewheel/dataset"
)

// timeLayouts are the forms of text that -time reads besides the ISO forms that the readers know.
func timeLayouts() []string {
	days := []string{"1/2/2006", "2/1/2006", "2006/1/2", "1-2-2006", "2-1-2006", "1.2.2006", "2.1.2006", "2006.1.2", "2006-1-2", "Jan 2, 2006", "January 2, 2006", "2 Jan 2006", "2-Jan-2006"}
	out := slices.Clone(days)
	for _, d := range days {
		out = append(out, d+" 15:04", d+" 15:04:05", d+"T15:04:05", d+" 3:04 PM", d+" 3:04:05 PM")
	}
	return append(out, time.RFC3339, time.RFC1123, time.RFC1123Z)
}

// withTimes returns src with the text of column replaced by timestamps when all of it has one form of timeLayouts, and no other that reads it differently.
func withTimes(ctx context.Context, src dataset.Source, column string) (dataset.Source, error) {
	layout, err := timeLayout(ctx, src, column)
	if err != nil {
		return nil, err
	}
	f, _ := src.Schema().Lookup(column)
	f.Type = dataset.Timestamp
	s, err := src.Schema().With(f)
	if err != nil {
		return nil, err
	}
	at := s.Index(column)
	return dataset.Map(src, s, func(_ context.Context, b dataset.Batch) (dataset.Batch, error) {
		build := array.NewTimestampBuilder(memory.DefaultAllocator, &arrow.TimestampType{Unit: arrow.Microsecond})
		defer build.Release()
		texts, err := dataset.NewTexts(b.Column(at))
		if err != nil {
			return dataset.Batch{}, err
		}
		for i := range b.NumRows() {
			when, err := time.Parse(layout, texts.Value(i))
			if err != nil {
				return dataset.Batch{}, fmt.Errorf("flag -time: column %q: want the same rows each time it is read, got others", column)
			}
			build.Append(arrow.Timestamp(when.UnixMicro()))
		}
		times := build.NewArray()
		defer times.Release()
		columns := slices.Clone(b.Record().Columns())
		columns[at] = times
		return dataset.NewBatch(s, columns, b.NumRows())
	}), nil
}

// timeLayout returns the one layout that reads every row of a text column.
func timeLayout(ctx context.Context, src dataset.Source, column string) (string, error) {
	one, err := dataset.Select(ctx, src, column)
	if err != nil {
		return "", err
	}
	layouts, row := timeLayouts(), 0
	differ := false // whether the layouts left have read some row differently
	for b, err := range one.Batches(ctx) {
		if err != nil {
			return "", err
		}
		texts, err := dataset.NewTexts(b.Column(0))
		if err != nil {
			return "", err
		}
		for i := range b.NumRows() {
			row++
			if !texts.IsNull(i) {
				layouts = slices.DeleteFunc(layouts, func(l string) bool { _, err := time.Parse(l, texts.Value(i)); return err != nil })
			} else {
				layouts = nil
			}
			if len(layouts) == 0 {
				return "", fmt.Errorf("flag -time: column %q: row %d: want numbers, dates or times, all in one form such as 2006-01-02 or 1/2/2006, got another text or none", column, row)
			}
			differ = differ || readDiffers(layouts, texts.Value(i))
		}
	}
	if len(layouts) > 1 && differ {
		return "", fmt.Errorf("flag -time: column %q: want dates in a form that can be told, such as 2006-01-02, got some that may have the day or the month first", column)
	}
	return layouts[0], nil
}

// readDiffers reports whether text is not the same time in all layouts, which all read it.
func readDiffers(layouts []string, text string) bool {
	for i, l := range layouts {
		t, _ := time.Parse(l, text)
		if first, _ := time.Parse(layouts[0], text); i > 0 && !t.Equal(first) {
			return true
		}
	}
	return false
}
