// Package csv reads and writes delimited text as datasets: RFC 4180 with UTF-8, a header line, and any single-byte delimiter.
//
// Open gives a rewindable source of a file, NewSource one of a reader, Create a sink that writes a file. Options has what other dialects need: UTF-16 (known by its
// byte order mark) and Latin-1, another quote, comments, a decimal comma, thousands, no header, ragged records. Detect guesses them for a file and says why.
//
// # Cells
//
// Without a schema every cell is looked at to infer one, in a large file those of its first Options.InferBytes, so the result depends on the file alone. A column
// takes the first of these types that holds every cell that is not null:
//
//	bool                true, false (also True, TRUE, False, FALSE)
//	int64               an optional sign and digits; leading zeros are dropped, as in pandas and pyarrow: declare codes as utf8 to keep them
//	float64             decimal notation, inf and infinity in any case; a column of integers, one of which int64 cannot hold, stays text
//	date32              2006-01-02
//	timestamp[us]       2006-01-02 15:04[:05[.999999]] with a space or T; dates are midnight
//	timestamp[us,UTC]   the same with Z or an offset in every cell
//	utf8                anything; also a column without a value
//
// A column that has nulls is nullable. Around numbers, bools and times spaces are ignored; in text they count. A null is a cell that is one of
// Options.NullTokens; in a text column a quoted cell is never null, so "" is the empty text and what Create writes reads back as it was, but for NaN, which is
// one of the default null tokens. Floats are written in the shortest form that reads back to the same bits, nulls as nothing. Source.Report says what was
// inferred and which line decided it. Behind the first Options.InferBytes, 256 MiB by default, cells must fit the types and columns are nullable: one that does not
// fit is an error with its line and column. Options.Types says the type of such a column, and InferBytes below 0 has all cells looked at, for which a file larger than
// KeepBytes is read almost twice.
//
// With a schema each cell must be a value of its column's type without loss: 3.0 is an integer, 3.5 and a number out of range are not; 0 and 1 are bools; a
// decimal must fit its scale; a timestamp with a zone wants an offset, a naive one must have none.
//
// A malformed file is a *dataset.FormatError with its line: ragged rows, bytes that are not UTF-8, NUL bytes, an open quote, text behind a closing quote, a lone
// carriage return, a column name that is empty or there twice. Empty lines are skipped; line ends may be mixed. A cell longer than Options.MaxFieldBytes and a
// record of more cells than Options.MaxColumns are dataset.ErrLimit.
//
// # Speed and memory
//
// Text is cut into blocks at the ends of records, and Options.Workers goroutines parse blocks, a column at a time; the rows are the same for any number of them.
// Inferring keeps the columns it reads, up to Options.KeepBytes of them, and hands them to the first range, which reads on behind them, so that a file of any size is
// read once; every further range is another reading. With a schema nothing is kept: a range holds one batch and a few blocks.
package csv
