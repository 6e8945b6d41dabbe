package registry

import "errors"

// Sentinels that a host acts on.
var (
	// ErrTampered says that bytes are no bundle, or not the bundle that was sealed: a digest, a length, or the self-test differs.
	ErrTampered = errors.New("not a bundle as it was sealed")
	// ErrNotFound says that there is no such model, version, alias or object.
	ErrNotFound = errors.New("not found")
	// ErrExists says that something is there already: an object, or an alias that was expected to be elsewhere.
	ErrExists = errors.New("already there")
	// ErrRetired says that a version was retired.
	ErrRetired = errors.New("version is retired")
	// ErrJournal says that the journal's chain is broken.
	ErrJournal = errors.New("journal is broken")
)
