// Package dummy is the baseline that every model must beat: it predicts one constant, learnt from the target alone.
//
//	e, err := dummy.New(dummy.Options{})           // the shares of the classes, or the mean
//	p, err := e.Fit(ctx, training)                 // a model.Predictor like any other
//
// An Estimator is immutable and safe for concurrent use.
package dummy
