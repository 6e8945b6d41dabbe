// Package membound holds tests only: the example programs run as processes of their own over generated CSV files, and the kernel says what memory and time they took.
//
// Ten times the rows take the same memory, and every program that takes a file stays within 512 MiB, with a collector that knows of three quarters of it. By default
// the files are small. TIDEWHEEL_MEMORY_MB is the size of the large one in megabytes: with 2000, programs that hold nothing for each row must have the same peak,
// within 20 %, on 2 GB as on 200 MB, take at most 11 times the CPU time for ten times the rows (medians of three interleaved rounds), and the table of
// docs/benchmarks.md is printed. It needs 9 GB of disk where TMPDIR is.
// TIDEWHEEL_TREE_ROWS is the number of rows, 10000000 say, that a boosting is trained on without a file.
package membound
