// Package http reads the JSON of web APIs as datasets, and fetches the files of public data sets into a folder.
//
// NewSource gives a source of an API whose answers hold an array of objects, a page each:
//
//	src, err := http.NewSource(ctx, "https://api.example.com/v1/payments?limit=500", http.Options{
//		Requests: http.Requests{Header: nethttp.Header{"Authorization": {"Bearer " + token}}},
//		Records:  "data.items",
//		Paging:   http.Cursor{Path: "data.next", Parameter: "after"},
//	})
//
// Fetch brings a file into a cache, once, and proves what it is by its digest; the caller opens it as any other file:
//
//	file, err := http.Fetch(ctx, cache, http.Dataset{Name: "adult.csv", URL: "https://…", SHA256: "…", Licence: "CC BY 4.0"}, http.FetchOptions{})
//	src, err := csv.Open(file.Path, csv.Options{})
//
// # What is believed
//
// Nothing that a server says is believed unchecked. Answers are bounded, also when they are compressed; a type that is not JSON is refused with status and address. Of
// redirects at most 5 are followed, never from https to http, for an API only on its own host; what the caller sets in headers goes to the scheme, host and
// port of the URL alone. A next page
// is of the same scheme, host and port as the first. Pages that come twice, and more than MaxPages of them, are errors, so that rows are neither repeated nor cut off in silence.
//
// Errors name scheme, host and path. They never hold the query, user or password of a URL, a header or any of the answer.
//
// # Failures
//
// A request that fails on the network or with status 408, 425, 429, 500, 502, 503 or 504 is made again, up to Requests.Attempts times, after a wait that doubles and has
// jitter, or that the server asks for in Retry-After. A server that asks for more than Requests.MaxWait is not waited for. No other status is tried again.
package http
