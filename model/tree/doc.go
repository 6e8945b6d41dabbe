// Package tree holds the models made of decision trees: gradient boosting over histograms, random forests, and isolation forests, which find anomalies.
//
// Callers build a Boosting from BoostingOptions, whose zero value has LightGBM's defaults, and Fit it to a model.Training. The Predictor that comes back reads
// numbers, dates and booleans as they are and text as categories, with missing values in any of them.
//
//	Objective        what is minimised: squared, absolute and Huber error, quantiles, Poisson, gamma and Tweedie deviance, log loss, LambdaRank
//	BoostingOptions  trees, leaves and the order they grow in, penalties, constraints, sampling, early stopping
//	ObjectiveFunction, Metric, Round
//	                 losses and measures of the host's own, and what it is told after each round
//	GOSSOptions, DartOptions, CheckpointOptions
//	                 rows sampled by gradients, trees dropped, trainings that survive their process
//	Boosting         a model.Estimator for regression, two classes, more classes, and rankings
//	Model            its Predictor, with the number of rounds kept and the importance of each column
//	RandomForest, ExtraTrees, DecisionTree
//	                 estimators of means and shares of classes, and of quantiles, from ForestOptions and DecisionTreeOptions
//	Forest           their Predictor, with importances and the score of rows out of the bag
//	IsolationForest  an estimator for the task model.Anomaly, from IsolationOptions; Isolation is its Predictor
//
// Training of boosting bins every column into at most 255 bins, grows each tree leaf by leaf where the loss falls most, or depth by depth, and sums gradients as whole numbers, so that the
// sums are exact: the same rows, options and seed give the same bits for any number of workers. On equal data, options and without sampling it grows the
// trees of LightGBM 4.7.0 (raw scores within 2e-6 in the tests), ties apart. Forests use the same bins, and whole numbers too.
//
// Source: Friedman (2001), "Greedy function approximation"; Ke et al. (2017), "LightGBM"; Shi et al. (2022), "Quantized training of gradient boosting decision
// trees"; Breiman (2001), "Random forests"; Geurts, Ernst, Wehenkel (2006), "Extremely randomized trees"; Meinshausen (2006), "Quantile regression forests"; Liu, Ting,
// Zhou (2008), "Isolation forest".
package tree
