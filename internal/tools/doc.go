// Package tools pins the programs that develop tidewheel: golangci-lint,
// gofumpt, benchstat, apidiff and govulncheck.
//
// It is a module of its own, so that none of their dependencies reaches the
// module graph of a host that requires tidewheel. The versions are in go.mod;
// one is run with
//
//	go tool -modfile=internal/tools/go.mod benchstat old.txt new.txt
//
// The folder goproxy holds the one program that is our own: it publishes the
// committed tree into a file module proxy.
package tools
