// Package interchange reads models that other tools trained, as Predictors that score without those tools.
//
//	LightGBM   the text form (versions v3 and v4): raw scores with the bits of LightGBM
//	XGBoost    JSON and UBJ (1.0 to 3.2): raw scores with the bits of XGBoost, which are float32
//	ONNX       graphs of skl2onnx and onnxmltools: labels and numbers of onnxruntime, to 1e-6
//	Skops      skops files of scikit-learn: trees and forests with its bits, the rest to 1e-12
//	MLflow     a directory that holds one of these; its signature is the schema
//
// CheckParity compares what a model answers with what another tool answered. WriteLightGBM and WriteONNX let a model leave.
//
// What was read is a model.Planned like a fitted one: it predicts batches and rows, is sealed, served and watched. Whatever a reader does not support it
// refuses by name with a *model.UnsupportedError; a file that is damaged or cut off is a *dataset.FormatError. Readers run no code of the file and allocate
// no more than a small multiple of its size. All functions are safe for concurrent use.
//
// Features are bound to columns by name and by type, and categories by their values where the file holds them. docs/interchange.md lists what is read and the
// cases that it was compared on.
package interchange
