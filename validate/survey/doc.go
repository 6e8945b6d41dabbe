// Package survey looks closer at data than a validate.Profile does, in one pass beside it: what texts look like, in what order numbers come, which cells are missing together, which rows
// come twice, and how columns depend on each other.
//
//	source ─▶ validate.Profiler ─▶ Profile ─┐
//	      └─▶ Surveyor ──────────▶ Survey ──┴▶ Infer ─▶ dataset.Schema with patterns, keys and personal columns, and why
//
// It is for whoever meets data for the first time. Programs that score link none of it.
//
//	first, err := survey.New(src.Schema(), survey.Options{})
//	type folds = dataset.Both[*validate.Profiler, *survey.Surveyor]
//	both, err := dataset.Run(ctx, src, func() *folds {
//		return &folds{First: validate.NewProfiler(src.Schema()), Second: first.Fresh()}
//	}, dataset.RunOptions{})
//	inferred, err := survey.Infer([]*validate.Profile{both.First.Profile()}, []*survey.Survey{both.Second.Survey()}, survey.InferOptions{})
//	for _, s := range inferred.Suggestions {
//		fmt.Println(s.Column, s.Kind, s.Reason)
//	}
//
// # What is exact
//
// Votes, looks and order are counts of every value. Shapes and patterns of missing cells are counted as frequent texts are: exactly while there are at most 256, else with a stated
// bound. Duplicates and Unique come from the 2,048 rows and the 512 values of a column whose hashes are smallest, each counted as often as it came: exact while there are no more, and the same
// for any order and any shards. Dependencies come from rows drawn by a hash of the row, its place in its fold and the seed; the rows are held by a Surveyor only and stand in no Survey.
//
// # Lifetimes
//
// A Survey is plain data. A Surveyor is used by one goroutine at a time; batches are borrowed.
package survey
