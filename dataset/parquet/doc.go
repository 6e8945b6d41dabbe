// Package parquet reads and writes Apache Parquet files as datasets, pages to Arrow arrays without rows in between.
//
// Open gives a rewindable source of a file that reads only the columns that are wanted; Create a sink that writes one.
//
// # Types
//
//	BOOLEAN                                 bool
//	INT32, INT64 with or without INT(n)     int8 to int64, uint8 to uint64
//	FLOAT, DOUBLE                           float32, float64
//	DATE                                    date32
//	TIMESTAMP of ms, us or ns               timestamp[us,UTC] when adjusted to UTC, else timestamp[us]; a value finer than a microsecond is refused
//	INT96                                   timestamp[us]; a value finer than a microsecond is refused
//	STRING, ENUM                            utf8, which must be UTF-8
//	JSON                                    json
//	DECIMAL up to 38 digits                 decimal128, exact
//	BYTE_ARRAY, FIXED_LEN_BYTE_ARRAY, BSON  binary
//
// Anything else (nested and repeated columns, times of day, UUID, FLOAT16, INTERVAL, VARIANT, geometry) is refused with dataset.ErrUnsupported and the column's
// name, when the column is wanted: Options.Columns leaves it out. A column is nullable when the file declares it optional.
//
// Pages may be uncompressed or compressed with Snappy, gzip, Brotli or Zstandard; LZ4 is refused with dataset.ErrUnsupported. Checksums of pages are verified where
// the file has them.
//
// # Limits
//
// A page larger than Options.MaxPageBytes is refused with dataset.ErrLimit before memory is taken for it, and so is one whose data expands to more than its header
// states. Brotli is decompressed before that is known: do not open a file from an untrusted source that uses it. Beside the batches under way, of which there are two
// more than Options.Workers, a range holds a page and a dictionary a column.
//
// Create writes the schema with all its rules under the key tidewheel.schema of the file's metadata, and Open takes it from there. A file whose columns are not
// those of that schema is refused.
package parquet
