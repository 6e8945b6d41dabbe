package sketch

import "errors"

// ErrDecode is the error that every failure to read a binary form is.
var ErrDecode = errors.New("sketch: decode: not a canonical binary form")

// ErrMismatch is the error of merging sketches that were made with different options (capacity, longest value).
var ErrMismatch = errors.New("sketch: merge: different options")

// ErrOption is the error of a constructor whose options cannot be used.
var ErrOption = errors.New("sketch: new: bad option")

// DecodeError says which kind of sketch could not be read and why. It is ErrDecode.
type DecodeError struct {
	Kind string // the type that was being read, for example "moments"
	What string // what was wrong, without any value of the data
}

// Error returns the kind and the reason.
func (e *DecodeError) Error() string { return "sketch: decode: " + e.Kind + ": " + e.What }

// Is reports whether target is ErrDecode.
func (e *DecodeError) Is(target error) bool { return target == ErrDecode }
