// Package tools pins the programs that develop tidewheel: golangci-lint,
// gofumpt, benchstat, apidiff and govulncheck.
//
// It is a module of its own, so that none of their dependencies reaches the
// module graph of a host that requires tidewheel. The versions are in go.mod;
// one is run with
//
//	go tool -modfile=internal/tools/go.mod benchstat old.txt new.txt
//
// Three folders hold programs of our own: goproxy publishes the committed tree
// into a file module proxy, surface writes down the API and the modules that a
// host gets, and coverage sums profiles and compares them with the least allowed.
package tools
