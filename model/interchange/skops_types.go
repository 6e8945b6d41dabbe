package interchange

import "strings"

// skopsCommon returns attributes that every estimator may have and that scoring does not look at, or that it looks at in every estimator.
func skopsCommon() []string {
	return []string{"_sklearn_version", "_sklearn_output_config", "feature_names_in_", "n_features_in_"}
}

// skopsTypes returns the types that are read, with the attributes that scikit-learn 1.9 gives them.
func skopsTypes() map[string][]string {
	const (
		sgd = "alpha average early_stopping epsilon eta0 fit_intercept l1_ratio learning_rate loss max_iter n_iter_no_change penalty power_t random_state shuffle tol " +
			"validation_fraction verbose warm_start coef_ intercept_ t_ n_iter_"
		descent = "alpha copy_X fit_intercept l1_ratio max_iter positive precompute random_state selection tol warm_start n_iter_ coef_ dual_gap_ intercept_"
		tree    = "ccp_alpha class_weight criterion max_depth max_features max_leaf_nodes min_impurity_decrease min_samples_leaf min_samples_split min_weight_fraction_leaf " +
			"monotonic_cst random_state splitter n_outputs_ classes_ n_classes_ max_features_ tree_"
		forest = "bootstrap ccp_alpha class_weight criterion max_depth max_features max_leaf_nodes max_samples min_impurity_decrease min_samples_leaf min_samples_split " +
			"min_weight_fraction_leaf monotonic_cst n_estimators n_jobs oob_score random_state verbose warm_start estimator estimator_params _n_samples n_outputs_ classes_ " +
			"n_classes_ _sample_weight _n_samples_bootstrap estimator_ estimators_ oob_decision_function_ oob_prediction_ oob_score_"
		boosting = "ccp_alpha criterion init learning_rate loss max_depth max_features max_leaf_nodes min_impurity_decrease min_samples_leaf min_samples_split " +
			"min_weight_fraction_leaf n_estimators n_iter_no_change random_state subsample tol validation_fraction verbose warm_start alpha classes_ n_trees_per_iteration_ n_classes_ " +
			"max_features_ _loss init_ estimators_ train_score_ oob_improvement_ oob_scores_ oob_score_ _rng n_estimators_"
		hist = "learning_rate max_iter max_leaf_nodes max_depth min_samples_leaf l2_regularization max_features max_bins monotonic_cst interaction_cst categorical_features " +
			"warm_start early_stopping scoring validation_fraction n_iter_no_change tol verbose random_state loss is_categorical_ _preprocessor _is_categorical_remapped " +
			"n_trees_per_iteration_ _random_seed _feature_subsample_rng _n_features _loss do_early_stopping_ _use_validation_data _bin_mapper _baseline_prediction " +
			"_predictors _scorer train_score_ validation_score_ "
		cross = "alphas cv fit_intercept "
		path  = cross + "copy_X eps l1_ratio max_iter n_jobs positive precompute random_state selection tol verbose alpha_ alphas_ coef_ dual_gap_ intercept_ l1_ratio_ mse_path_ n_iter_"
		ridge = cross + "alpha_per_target gcv_mode scoring store_cv_results alpha_ best_score_ coef_ intercept_ cv_results_ "
		bayes = "alpha_1 alpha_2 compute_score copy_X fit_intercept lambda_1 lambda_2 max_iter tol verbose X_offset_ X_scale_ alpha_ coef_ intercept_ lambda_ n_iter_ scores_ sigma_ "
		lars  = "copy_X eps fit_intercept fit_path jitter precompute random_state verbose active_ alphas_ coef_ coef_path_ intercept_ n_iter_ "
		glm   = "alpha fit_intercept max_iter solver tol verbose warm_start _base_loss coef_ intercept_ n_iter_"
		svm   = "C break_ties cache_size class_weight coef0 decision_function_shape degree epsilon gamma kernel max_iter nu probability random_state shrinking tol verbose _sparse class_weight_ " +
			"classes_ _effective_probability _gamma support_ support_vectors_ _n_support dual_coef_ intercept_ _probA _probB fit_status_ _num_iter shape_fit_ _intercept_ _dual_coef_ n_iter_"
		counts = "alpha class_prior fit_prior force_alpha class_count_ class_log_prior_ classes_ feature_count_ feature_log_prob_ "
		mlp    = "activation alpha batch_size beta_1 beta_2 early_stopping epsilon hidden_layer_sizes learning_rate learning_rate_init loss max_fun max_iter momentum n_iter_no_change " +
			"nesterovs_momentum power_t random_state shuffle solver tol validation_fraction verbose warm_start _label_binarizer classes_ n_outputs_ _random_state n_iter_ t_ n_layers_ " +
			"out_activation_ coefs_ intercepts_ _best_coefs _best_intercepts loss_curve_ _no_improvement_count best_loss_ validation_scores_ best_validation_score_ _optimizer loss_"
		encoder = "categories dtype handle_unknown max_categories min_frequency _infrequent_enabled categories_ "
	)
	types := map[string]string{
		"linear_model._logistic.LogisticRegression": "C class_weight dual fit_intercept intercept_scaling l1_ratio max_iter n_jobs penalty random_state solver tol verbose warm_start classes_ " +
			"n_iter_ coef_ intercept_",
		"linear_model._base.LinearRegression":             "copy_X fit_intercept n_jobs positive tol coef_ rank_ singular_ intercept_",
		"linear_model._ridge.Ridge":                       "alpha copy_X fit_intercept max_iter positive random_state solver tol coef_ n_iter_ solver_ intercept_",
		"linear_model._coordinate_descent.Lasso":          descent,
		"linear_model._coordinate_descent.ElasticNet":     descent,
		"linear_model._stochastic_gradient.SGDRegressor":  sgd,
		"linear_model._stochastic_gradient.SGDClassifier": sgd + " class_weight n_jobs classes_ _expanded_class_weight _loss_function_",
		"linear_model._logistic.LogisticRegressionCV": "Cs class_weight cv dual fit_intercept intercept_scaling l1_ratios max_iter n_jobs penalty random_state refit scoring solver tol " +
			"use_legacy_attributes verbose classes_ Cs_ n_iter_ scores_ coefs_paths_ C_ l1_ratio_ coef_ intercept_ l1_ratios_",
		"linear_model._ridge.RidgeCV":                   ridge,
		"linear_model._ridge.RidgeClassifierCV":         ridge + "class_weight _label_binarizer classes_",
		"linear_model._ridge.RidgeClassifier":           "alpha class_weight copy_X fit_intercept max_iter positive random_state solver tol _label_binarizer classes_ coef_ intercept_ n_iter_ solver_",
		"linear_model._coordinate_descent.LassoCV":      path,
		"linear_model._coordinate_descent.ElasticNetCV": path,
		"linear_model._bayes.BayesianRidge":             bayes + "alpha_init lambda_init",
		"linear_model._bayes.ARDRegression":             bayes + "threshold_lambda",
		"linear_model._huber.HuberRegressor":            "alpha epsilon fit_intercept max_iter tol warm_start coef_ intercept_ n_iter_ outliers_ scale_",
		"linear_model._quantile.QuantileRegressor":      "alpha fit_intercept quantile solver solver_options coef_ intercept_ n_iter_",
		"linear_model._least_angle.Lars":                lars + "n_nonzero_coefs",
		"linear_model._least_angle.LassoLars":           lars + "alpha max_iter positive",
		"linear_model._omp.OrthogonalMatchingPursuit":   "fit_intercept n_nonzero_coefs precompute tol coef_ intercept_ n_iter_ n_nonzero_coefs_",
		"linear_model._glm.glm.PoissonRegressor":        glm,
		"linear_model._glm.glm.GammaRegressor":          glm,
		"linear_model._glm.glm.TweedieRegressor":        glm + " link power",
		"linear_model._perceptron.Perceptron":           sgd + " class_weight n_jobs classes_ _expanded_class_weight _loss_function_",
		"discriminant_analysis.LinearDiscriminantAnalysis": "covariance_estimator n_components priors shrinkage solver store_covariance tol classes_ priors_ _max_components means_ xbar_ " +
			"covariance_ explained_variance_ratio_ scalings_ coef_ intercept_ _n_features_out",
		"svm._classes.LinearSVC":                              "C class_weight dual fit_intercept intercept_scaling loss max_iter multi_class penalty random_state tol verbose classes_ coef_ intercept_ n_iter_",
		"svm._classes.LinearSVR":                              "C dual epsilon fit_intercept intercept_scaling loss max_iter random_state tol verbose coef_ intercept_ n_iter_",
		"svm._classes.SVC":                                    svm,
		"svm._classes.NuSVC":                                  svm,
		"svm._classes.SVR":                                    svm,
		"svm._classes.NuSVR":                                  svm,
		"naive_bayes.GaussianNB":                              "priors var_smoothing class_count_ class_prior_ classes_ epsilon_ theta_ var_",
		"naive_bayes.BernoulliNB":                             counts + "binarize",
		"naive_bayes.MultinomialNB":                           counts,
		"naive_bayes.ComplementNB":                            counts + "norm feature_all_",
		"neural_network._multilayer_perceptron.MLPClassifier": mlp,
		"neural_network._multilayer_perceptron.MLPRegressor":  mlp,
		"decomposition._pca.PCA": "copy iterated_power n_components n_oversamples power_iteration_normalizer random_state svd_solver tol whiten _fit_svd_solver mean_ noise_variance_ " +
			"n_samples_ n_components_ components_ explained_variance_ explained_variance_ratio_ singular_values_",
		"decomposition._truncated_svd.TruncatedSVD": "algorithm n_components n_iter n_oversamples power_iteration_normalizer random_state tol components_ explained_variance_ " +
			"explained_variance_ratio_ singular_values_",
		"preprocessing._polynomial.PolynomialFeatures":            "degree include_bias interaction_only order _max_degree _min_degree _n_out_full n_output_features_",
		"feature_selection._variance_threshold.VarianceThreshold": "threshold variances_",
		"impute._base.MissingIndicator":                           "error_on_new features missing_values sparse _n_features _precomputed features_",
		"preprocessing._data.StandardScaler":                      "copy with_mean with_std n_samples_seen_ mean_ var_ scale_",
		"preprocessing._data.MinMaxScaler":                        "clip copy feature_range n_samples_seen_ scale_ min_ data_min_ data_max_ data_range_",
		"preprocessing._data.RobustScaler":                        "copy quantile_range unit_variance with_centering with_scaling center_ scale_",
		"preprocessing._data.MaxAbsScaler":                        "clip copy n_samples_seen_ max_abs_ scale_",
		"preprocessing._encoders.OneHotEncoder":                   encoder + "drop feature_name_combiner sparse_output _drop_idx_after_grouping drop_idx_ _n_features_outs",
		"preprocessing._encoders.OrdinalEncoder":                  encoder + "encoded_missing_value unknown_value _missing_indices",
		"preprocessing._function_transformer.FunctionTransformer": "func inverse_func validate accept_sparse check_inverse feature_names_out kw_args inv_kw_args",
		"impute._base.SimpleImputer":                              "add_indicator copy fill_value keep_empty_features missing_values strategy _fit_dtype _fill_dtype indicator_ statistics_",
		"compose._column_transformer.ColumnTransformer": "n_jobs remainder sparse_threshold transformer_weights transformers verbose verbose_feature_names_out _columns " +
			"_transformer_to_input_indices _remainder sparse_output_ transformers_ output_indices_",
		"pipeline.Pipeline":                                                                 "memory steps transform_input verbose",
		"tree._classes.DecisionTreeClassifier":                                              tree,
		"tree._classes.DecisionTreeRegressor":                                               tree,
		"tree._classes.ExtraTreeClassifier":                                                 tree,
		"tree._classes.ExtraTreeRegressor":                                                  tree,
		"ensemble._forest.RandomForestClassifier":                                           forest,
		"ensemble._forest.RandomForestRegressor":                                            forest,
		"ensemble._forest.ExtraTreesClassifier":                                             forest,
		"ensemble._forest.ExtraTreesRegressor":                                              forest,
		"ensemble._gb.GradientBoostingClassifier":                                           boosting,
		"ensemble._gb.GradientBoostingRegressor":                                            boosting,
		"ensemble._hist_gradient_boosting.gradient_boosting.HistGradientBoostingClassifier": hist + "class_weight _label_encoder classes_",
		"ensemble._hist_gradient_boosting.gradient_boosting.HistGradientBoostingRegressor":  hist + "quantile",
		"dummy.DummyClassifier":                                                             "strategy random_state constant _strategy sparse_output_ n_outputs_ classes_ n_classes_ class_prior_",
		"dummy.DummyRegressor":                                                              "strategy constant quantile n_outputs_ constant_",
	}
	out := make(map[string][]string, len(types))
	for name, keys := range types {
		out["sklearn."+name] = strings.Fields(keys)
	}
	return out
}
