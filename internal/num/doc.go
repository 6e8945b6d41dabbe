// Package num holds the elementary functions that scoring and metrics call, written so that every architecture gives
// the same bits.
//
// The standard math package has assembly for some functions on some architectures, and the compiler may fuse x*y + z
// into one rounding where the processor can (arm64, ppc64, s390x, riscv64; not amd64 or wasm). Both change last bits.
// Here every product is converted with float64(...) before it is added, which the Go specification defines as a
// rounding, and only operations that IEEE 754 defines exactly are used: + - * /, comparisons and bit patterns.
//
// Errors of Exp, Log, Log1p, Expm1, Pow, Tanh and Sigmoid are below 1 unit in the last place (about 0.52 measured,
// against mpmath; subnormal results below 1). No function allocates; all are safe for concurrent use.
//
//	p := num.Sigmoid(margin)          // the same bits everywhere
//	num.Softmax(row)                  // in place
//	loss := -num.Log(p)
//	var total num.Accumulator         // compensated sum
//	total.Add(loss)
package num
