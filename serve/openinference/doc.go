// Package openinference serves the models of a serve.Router by the REST form of the Open Inference Protocol, version 2, as KServe, Triton and MLServer do.
//
//	router := serve.NewRouter(model)
//	h, err := openinference.NewHandler(router, openinference.Options{})
//	mux.Handle("/v2", h) // without it, a ServeMux answers GET /v2 with a redirect
//	mux.Handle("/v2/", h)
//
// The paths are GET /v2, /v2/health/live, /v2/health/ready, /v2/models/M, /v2/models/M/ready and POST /v2/models/M/infer, each of the last three also as
// /v2/models/M/versions/V/…. Under another prefix, put http.StripPrefix around the handler. A version is the artifact's digest, with or without "sha256:".
//
// An inference request has one tensor for each column of the schema, by name, of shape [n] or [n,1], in any order, with JSON null for a missing value; texts,
// dates and times are BYTES. A model whose columns are all numbers also takes one tensor of any name and of shape [n,p], columns in schema order. Data may be flat
// or nested, or binary as the protocol's extension binary_tensor_data says, in requests and in responses; there, NaN is the missing value.
//
// The outputs are "prediction", of the target's own type, and for a classification "probability", FP64: [n] of the positive class where there are two classes, else
// [n,k] in the order of the classes.
//
// Every row is checked by the schema's rules and the reference profile first. If one is refused, the whole request is, with status 400 and an error that names row,
// field and rule. What was accepted although it is odd is told in the response's parameters: "flagged" and "counted" are numbers of rows, "findings" is a text
// that lists them.
package openinference
