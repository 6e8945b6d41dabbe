//go:build !(darwin || dragonfly || freebsd || illumos || linux || netbsd || openbsd)

package http

import (
	"crypto/rand"
	"os"
)

// resumes says that nothing is taken up where it cannot be told whether somebody writes it.
const resumes = false

// uniqueName makes each fetch write a file of its own.
func uniqueName() string { return "." + rand.Text() }

// tryLock has nothing to lock.
func tryLock(*os.File) (bool, error) { return true, nil }
