// Package dataset brings rows in and out and carries them between the stages of tidewheel.
//
// It is for every user of tidewheel: callers hold a Schema, Batches and Sources; implementers of a format write a Source or a Sink.
//
//	Schema   the columns and every rule about them; from struct tags, from JSON, from Arrow
//	Batch    rows as Arrow columns under a Schema; the one currency between stages
//	Source   gives batches; a file reader, a query, a stream, a slice of structs
//	Sink     takes batches; visible as a whole at Commit
//	Folder   a statistic over batches; Run folds a Source on all cores, to the same bits for any number of workers
//	Row      one row as values; the entrance for serving
//
// The readers and writers of formats are in the packages below: csv, jsonl, parquet, ipc, libsvm and arff, those of databases in sql, live feeds in stream, web APIs and downloads in http. SchemaOf, FromStructs, ScanStructs and RowReader cross between Go
// structs and the above. Scan and Select narrow a source, Filter and Take a batch, Copy fills a sink; NewSplit, NewPurgedSplit and Assignment divide a source's
// rows. Rows reads a source as values of a Go struct, Digest says whether two sources hold the same. Package files makes one source of many files, package relation joins, concatenates and samples sources. Package datasettest checks a new Source and a new Sink.
//
//	src, err := csv.Open("payments.csv", csv.Options{})
//	split, err := dataset.NewSplit(ctx, src, dataset.SplitOptions{Test: 0.2, Stratify: "fraud"})
//	for b, err := range split.Train.Batches(ctx) { … }
//
// # Lifetimes
//
// A Batch that is passed or yielded is borrowed: it is valid until the callee returns. Retain it to keep it; Release what you retained or were returned. Arrow
// v17 does not notice a double release in a normal build; tests run with the build tag assert, which does.
package dataset
