//go:build !unix

package cli

// respectMemoryLimit does nothing where the limits of a process are not known.
func respectMemoryLimit() {}
