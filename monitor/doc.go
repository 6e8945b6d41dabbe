// Package monitor watches a model where it runs: it counts what the model is given and what it answers, window by window, and says when that no longer looks
// like the data it was made from.
//
// It is for hosts that score in their own process. A Monitor is made from the Profile that is sealed in the model's bundle, and is an observer of the scoring call:
//
//	scores, err := monitor.ScoreProfile(ctx, predictor, holdout)                             // what the model answers on the reference, optional
//	watch, err := monitor.New(profile, monitor.Options{Model: "late", Version: "3", Scores: scores})
//	scorer, err := serve.New[Flight](bundle, serve.Options{Observers: []serve.Observer{watch}})
//	mux.Handle("GET /metrics", watch.Handler())
//	stop := watch.OnAlert(func(a monitor.Alert) { logger.Warn("model alert", zap.String("kind", string(a.Kind))) })
//	defer stop()
//
// # What is compared
//
// After every Options.WindowRows rows the window closes. Each feature is counted in the bins that the Profile has sealed with their reference counts, so figures of
// any two windows compare: the population stability index (PSI) and the Jensen–Shannon distance (base 2). So are the prediction and the probability, when
// Options.Scores says what they were. Missing values, texts outside the listed categories and numbers outside the reference's range are counted too. Of personal
// columns, keys, times and targets only missing values are counted. Nothing that a Monitor gives out holds a value of a row.
//
// # When it alarms
//
// PSI of two samples of one distribution is not 0: with B bins, n reference and m current values it is (B−1)·(1/n+1/m) on average. A window speaks for drift of a
// column when both hold: PSI less this null level is at least Options.PSI, and Pearson's chi-square of the same counts passes the level that chance passes in a share
// Options.Alpha of windows, shared among the columns. The first decides for large windows, the second for small ones. Bins that expect fewer than five values are pooled
// for this. A share (missing, unseen, out of range) must rise by Options.Rise and beyond the Wilson interval of the reference.
//
// A signal is raised when two of the last three windows are over the threshold, and cleared when two of the last three are below 0.7 of it. Signals that are raised
// in one window are one Alert for each Kind, its columns ranked by how far they are over their thresholds. A column with too many
// missing or unseen values raises no drift. A test of
// this package measures it on independent rows of 20 unchanged columns: windows of 50 to 5,000 rows speak for drift in at most 5 in 100, and at most 2 in 1,000 send an
// alert. Rows that depend on each other, as in a time series, alarm more often: for them choose larger windows or a reference of the same season.
//
// # Cost
//
// Observe allocates nothing, the closing of a window included, and takes about a microsecond for 28 columns; memory does not grow. No goroutine runs unless OnAlert
// starts it, nothing is written, no clock is read.
package monitor
