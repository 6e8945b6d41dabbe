// Package modeltest is what every model.Estimator must pass. It is for authors of estimators, the host's own included:
//
//	func TestMine(t *testing.T) {
//		modeltest.TestEstimator(t, modeltest.Traits{Binary: true}, func(t *testing.T, workers int) model.Estimator {
//			return mine.New(mine.Options{Workers: workers})
//		})
//	}
//
// The suite makes rows by itself: two informative numbers, an integer and a bool, for estimators that take them a text, and a target of which most can be
// learnt. Every check is run for every task of the Traits. Traits.Options lists what the constructor must refuse, one call for each bad value and one with all at once.
package modeltest
