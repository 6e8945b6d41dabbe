// Package sketch holds the building blocks of column statistics that are folds: each takes values one at a time, takes bounded memory,
// merges with another of its kind and has a canonical binary form.
//
//	Moments    count, mean, variance, skewness, kurtosis, minimum, maximum of finite numbers
//	Quantiles  ranks and quantiles of numbers, exact up to 1,024 values
//	Distinct   the number of distinct values, exact up to 1,024 of them
//	TopK       the most frequent strings with a bound on the error of their counts
//	TopNumbers the most frequent numbers, likewise
//
// They are for package validate, which folds a dataset into a profile, and for package monitor, which folds a window of predictions.
//
// Every result is a function of the sequence of values and merges alone: there is no clock, no random number, no map order, and products are
// rounded before they are summed, so equal sequences give equal bits and equal bytes on every architecture. A merge is not always the same bits
// as one long pass (sums round differently), so whoever needs equal bits for any number of workers cuts the data at fixed places and merges in order.
//
// The binary form is canonical: equal states give equal bytes, a state that was read continues exactly as the one that was written, and the
// decoders refuse every other byte sequence with an error that is ErrDecode. They allocate no more than the stated sizes. All integers and
// floats are little endian; the first two bytes are the kind and the version.
//
// Adding a value allocates nothing once the internal tables have grown (at most a few times in the life of a sketch).
// A sketch is not safe for concurrent use while values are added or merged; methods that only read are safe beside each other.
package sketch
