// Package featurestest is what every features.Fitter must pass. It is for authors of fitters:
//
//	func TestMine(t *testing.T) {
//		featurestest.TestTransformer(t, featurestest.Traits{Schema: columns}, func(t *testing.T, mem memory.Allocator) features.Fitter {
//			return mine
//		})
//	}
//
// The suite makes rows of Traits.Schema by itself, with nulls, NaN, categories that training never met, and dictionaries whose codes differ from batch to batch.
package featurestest
