// Package explain says why a model scored as it did: for one row, and for a model as a whole. It is for callers that hold a Predictor and for hosts that must
// give reasons beside a score.
//
//	Explainer              contributions of the columns to a row's raw scores, and their interactions: exact Shapley values of trees, and of linear models
//	Reasoner               the strongest reasons of one row beside its score, without an allocation; as text
//	PermutationImportance  how much worse a metric gets when a column is permuted, for any Predictor
//	PartialDependence      the mean answer along one or two columns, and individual curves (ICE), for any Predictor
//	AccumulatedEffects     accumulated local effects (ALE), which hold where columns go together, for any Predictor
//	FindCounterfactual     a cheap change of allowed columns that reaches an asked-for answer, for any Predictor
//
// An Explainer takes a model's scoring operations apart, so it explains whatever package model's Planned holds, from this library or another: features,
// then trees, linear terms and sums of them. What it does not cover it refuses by name with a *model.UnsupportedError.
//
//	e, err := explain.New(p, explain.Options{})
//	if err != nil {
//		return err
//	}
//	c, err := e.Contributions(ctx, batch)
//	if err != nil {
//		return err
//	}
//	fmt.Println(c.Base[0], c.Row(0, 0)) // these sum to c.Score(0, 0)
//
// Values of columns that the schema calls personal are used in the arithmetic and never returned or printed.
package explain
