// Package files makes one source of many files: all that match a pattern, or all in a folder. It is for data that arrives as a file a day or that another tool has written in
// parts, in folders named after the values of a column or not.
//
// Glob and Dir take the function that opens one file, so that every format can be read, of the host's own too:
//
//	src, err := files.Glob("sales/year=*/*.parquet", func(path string) (dataset.Source, error) {
//		return parquet.Open(path, parquet.Options{})
//	}, files.Options{Partitions: []dataset.Field{{Name: "year", Type: dataset.Int32}}})
//
// # Which files
//
// Files come in the order of their names, byte by byte, folders included, so the rows have one order on every machine. Names that start with a point or an underscore (.crc, _SUCCESS,
// _temporary) are left out unless the pattern says them. Links are followed to files below the folder where the pattern starts and are an error when they lead out of it; links to folders are
// not followed. No file at all is an error.
//
// # Schema
//
// All files must have the columns of the first one; an error names the file that does not. A format that infers types from the values of one file, such as CSV, may find others in the next: give
// it a schema.
package files
