// Package ipc reads and writes Apache Arrow IPC as datasets, in both of its forms: the file (also known as Feather version 2), named .arrow, and the stream,
// named .arrows. The reader tells them apart by their bytes, whatever the name.
//
// Open gives a rewindable source of a file, NewSource one of an io.ReaderAt, NewStream a one-shot source of a pipe or a connection, Create a sink that writes a
// file. A batch of the source is a record batch of the file, as it was cut.
//
// # Types
//
//	bool, int8 to int64, uint8 to uint64, float32, float64   themselves
//	utf8, large_utf8                                         themselves, which must be UTF-8
//	dictionary of utf8 or large_utf8, any integer as index   dictionary; deltas and replacements are followed
//	binary, date32, decimal128                               themselves
//	timestamp of s, ms, us or ns                             timestamp[us] with the zone of the file; a value finer than a microsecond is refused
//	list, fixed_size_list, struct of these                   themselves; a timestamp inside must be of us
//
// Anything else (large_list, views, maps, unions, times of day, durations, float16, decimal256 and the like) is refused with dataset.ErrUnsupported and the
// column's name, when the column is wanted: Options.Columns leaves it out. Columns that are not wanted are neither copied nor decompressed. Buffers may be
// compressed with LZ4 or Zstandard. Big-endian files and schemas without columns are refused.
//
// # Trust
//
// Nothing in a file is believed: sizes, offsets, codes, counts of nulls and UTF-8 are checked before a batch is yielded. A damaged file ends with a
// *dataset.FormatError, one that asks for more memory than Options allows with dataset.ErrLimit. A stream ends with its end mark, which every writer of Arrow
// writes; one that ends without it was cut off and is an error.
//
// # Schema
//
// Create writes the schema with all its rules under the key tidewheel.schema of the schema's metadata, and Open takes it from there. A file without the key has the
// names, types and nullability of its columns.
package ipc
