// Package onnx compiles an ONNX graph into a scoring plan.
//
// A tensor whose first axis counts rows is a list of registers: one for each value that a row has. Everything else is a constant and is computed when the file is
// read. Numbers are float64 in registers and are rounded to float32 after each operation on float tensors, so that comparisons see the numbers that onnxruntime
// sees. What an operator does follows its specification; where that is silent or onnxruntime departs from it, onnxruntime 1.31.
package onnx
