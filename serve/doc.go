// Package serve scores rows inside the host's process: a typed Scorer for the host's own structs, and HTTP handlers that share the same models.
//
//	Artifact (a registry.Bundle) ─▶ Model ─┬─▶ Scorer[T]   ScoreInto(ctx, *T, *Prediction): no allocation
//	                                       └─▶ Router ─┬─▶ Handler        one row or many as JSON
//	                                                   └─▶ openinference  Open Inference Protocol v2
//
// Every entrance checks every row by the artifact's schema and its reference profile before the model sees it. A row that breaks a rule is refused with the
// fields and rules (*RefusedError, which wraps ErrRefused); what is accepted although it is odd is listed in Prediction.Findings. Nothing is scored in silence.
//
//	scorer, err := serve.New[Payment](bundle, serve.Options{Observers: []serve.Observer{monitor}})
//	…
//	var p serve.Prediction // reused from call to call
//	if err := scorer.ScoreInto(ctx, &payment, &p); err != nil {
//		var refused *serve.RefusedError
//		if errors.As(err, &refused) { … refused.Findings … }
//	}
//
// A Model is immutable. Putting another one in its place, in a Router or in a Scorer, is one atomic store: calls that are under way finish with the model they
// started with. The package starts no goroutine and opens no listener; NewServer only fills in an http.Server.
package serve
