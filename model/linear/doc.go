// Package linear fits models that are a weighted sum of their features: least squares and ridge regression, and logistic regression of two or more classes.
//
// Both estimators take numeric features without missing values. Put features.Pipeline steps (impute, scale, encode) in front with a model.Recipe. They do not
// need standardised features to converge, but a penalty treats all coefficients alike, so it asks for features of one scale.
//
//	Regression   least squares, or ridge with L2
//	Logistic     maximum likelihood of two or more classes with L2 (C = 1 by default)
//	Model        a fitted model with its coefficients and the report of its fit
//
// The same rows in the same order give the same bits for any number of workers.
package linear
