// Package gocode writes a model as Go code: a file of one package that scores rows with the standard library alone, for programs too small for anything else.
//
// It is for builds at the edge: no bundle to load, nothing to check at run time, about 50 bytes of program for each leaf of a tree. The code gives the bits of
// the model that it was written from, on every architecture (compared on amd64, arm64, arm and in WebAssembly, `wasip1` and `js`). It does not check rows by their schema; that is what packages validate and serve are for.
//
//	//go:generate go run github.com/tidewheel/tidewheel/examples/generate -model churn.txt -package churn -out model.go
//
// is the directive that takes any model's file; a program of the host's own that calls Write serves as well.
//
// The file has a type Row with a field for each column, a type Result, and func Score(*Row) Result, which allocates nothing and is safe for concurrent use.
package gocode
