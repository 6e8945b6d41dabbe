// Package model holds the contracts of learning: what a problem is, what fits, what predicts, and what a release must reach.
//
// Callers state a Problem, build an Estimator of one of the families below this package, Fit it to a Training, and get a Predictor, which is immutable, safe for
// concurrent use, and carries its Signature. Implementers of a family write an Estimator whose Fit returns NewPredictor over scoring operations.
//
//	Problem     the task, the target, and the columns with other roles
//	Training    a Problem with its rows
//	Estimator   Fit(ctx, Training) gives a new Predictor; tree.Boosting, linear.Logistic, linear.Regression, dummy.Estimator, a Recipe
//	Recipe      features and an estimator as one Estimator that takes raw columns
//	Predictor   Predict(ctx, Batch) gives a batch of prediction, probability and raw
//	Evaluate    a Predictor's metrics with confidence intervals on rows it has not seen
//	Gate        what an Evaluation must reach
//
// Metrics are in package metric, cross-validation in package selection, foreign formats in package interchange, and what every Estimator must pass in package
// modeltest.
package model
