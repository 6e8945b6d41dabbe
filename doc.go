// Package tidewheel is the map of an SDK for the whole life of a tabular
// machine-learning model inside the host's own process: data comes in, is
// checked, becomes features, trains a model, is sealed into a bundle, serves and
// is watched, until the model is retrained or retired. It holds no code; import
// the package of the stage that is needed.
//
// # Stages
//
//	        decode once        fold            replace columns      one copy, p×n           reply            after reply
//	files ─▶ dataset ─Batch─▶ validate ─Batch─▶ features ─Batch─▶ model ─Batch─▶ serve ─(in,out)─▶ monitor
//	structs     │                │ Findings        │ Plan            │ Predictor     ▲                │ Alerts
//	            │                ▼                 └───────┬─────────┘               │                ▼
//	            └─ Schema ────────────────────────────▶ registry.Bundle ─────────────┘          host decides
//
// What each is for:
//
//   - dataset: [github.com/tidewheel/tidewheel/dataset] has the Schema, the only
//     place where a column's rules are written; the Batch, the one currency
//     between stages; sources and sinks, whose formats are its children.
//   - validate: profiles of columns, a schema inferred from data, and the check of
//     data against a schema, with the address of each bad row.
//   - features: fitted transformations, compiled into a plan that batch scoring
//     and row scoring share, with the same bits.
//   - model: the contracts of estimators and predictors, evaluation and gates; one
//     family of algorithms in each child.
//   - registry: the sealed bundle, versions, aliases and the journal.
//   - serve: scoring of the host's own types and over HTTP, and the swap of models.
//   - monitor: windows over what was served, drift and alerts.
//   - datasettest, validatetest and so on to monitortest, each below its stage: what
//     an implementation of the host's own must pass, as ours do.
//   - validate/report, model/report and monitor/report: what these three find, as
//     HTML pages that ask for nothing from outside.
//   - examples: one small program for each job, on the user's own files.
//
// # Import order
//
// A stage may import the stages before it, and a test keeps it so:
//
//	dataset    nothing of ours
//	validate   dataset
//	features   dataset
//	model      dataset, validate, features
//	registry   dataset, validate, features, model
//	serve      dataset, validate, the contracts of model
//	monitor    dataset, validate, the contracts of model
//	examples   all
//
// Registry, serve and monitor never import each other: each names the small
// interface that it needs, and the others satisfy it. An algorithm depends on
// the contract in model, never the reverse, so that a scoring program links no
// trainer, and no Parquet unless it reads files.
//
// # What holds everywhere
//
// Builds need no C. Fit returns a new immutable value, and the same seed gives the
// same bits for any number of workers. Options are structs whose zero value is a
// good default. Batches are Arrow records and are borrowed unless the comment of a
// function says otherwise. No package starts a goroutine, opens a listener or
// writes a file or a log line that the host did not ask for.
package tidewheel
