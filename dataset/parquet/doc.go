// Package parquet reads and writes Apache Parquet files as datasets, pages to Arrow arrays without rows in between.
//
// Open gives a rewindable source of a file that reads only the columns that are wanted; Create a sink that writes one.
//
// # Types
//
//	BOOLEAN                                 bool
//	INT32, INT64 with or without INT(n)     int8 to int64, uint8 to uint64
//	FLOAT, DOUBLE                           float32, float64
//	FLOAT16                                 float32, exact
//	DATE                                    date32
//	TIMESTAMP of ms, us or ns               timestamp[us,UTC] when adjusted to UTC, else timestamp[us]; a value finer than a microsecond is refused
//	INT96                                   timestamp[us]; a value finer than a microsecond is refused
//	TIME of ms, us or ns                    int64, microseconds since midnight, with the unit us; a value finer than a microsecond is refused
//	STRING, ENUM                            utf8, which must be UTF-8
//	UUID                                    utf8, as 123e4567-e89b-12d3-a456-426614174000
//	JSON                                    json
//	DECIMAL up to 38 digits                 decimal128, exact
//	BYTE_ARRAY, FIXED_LEN_BYTE_ARRAY, BSON  binary
//	GEOMETRY, GEOGRAPHY                     binary, which is well-known binary (WKB)
//	UNKNOWN, which has nulls alone          the physical type
//	a group                                 struct of its fields
//	LIST, or a repeated field               list of its elements, in the two-level and the three-level form
//	MAP                                     list of struct<key,value>, or of the keys when there are no values
//	VARIANT                                 struct<metadata,value> or struct<metadata,value,typed_value>, as stored, undecoded
//
// Anything else (INTERVAL, types nested deeper than those of package dataset, a field of a struct whose name has one of the signs ,:<>()[] in it) is refused with a
// *dataset.UnsupportedError and the column's name, when the column is wanted: Options.Columns leaves it out. So are columns and files that are encrypted. A column is
// nullable when the file declares it optional; what is inside a nested one is always nullable to package dataset. Options.Flatten makes columns of the fields of structs.
//
// Pages may be uncompressed or compressed with Snappy, gzip, Brotli, Zstandard or LZ4, in any encoding of the format. Checksums of pages are verified where the file has
// them.
//
// # Speed
//
// Columns are read by Options.Workers goroutines, of which that of the caller is one, page by page, with the same batches for any number of them. dataset.Scan with a filter passes over row groups by their
// statistics and Bloom filters and over pages by the index of pages; then it reads the columns of the filter, and of the others only pages that have a wanted row.
// Options.Counters counts what was passed over. Options.Dictionary gives texts as the file has them, each value once.
//
// # Limits
//
// A page larger than Options.MaxPageBytes is refused with dataset.ErrLimit before memory is taken for it, and so is one whose data expands to more than its header
// states. Brotli is decompressed before that is known: do not open a file from an untrusted source that uses it. Beside the batches under way, of which there are two
// more than Options.Workers, a range holds a page and a dictionary a column. Arrays of batches that follow each other share allocations of up to 16 MiB: whoever keeps one array keeps the
// whole of its allocation.
//
// The values of one batch of a nested column may be as many as MaxPageBytes, or dataset.ErrLimit asks for fewer BatchRows. A file may have 65,534 columns, those inside
// nested ones counted.
//
// Create writes every type of package dataset, and the schema with all its rules under the key tidewheel.schema of the file's metadata; Open takes it from
// there. A file whose columns are not those of that schema is refused.
package parquet
