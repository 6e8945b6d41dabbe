package sketch

// SortFloats is sorted on its own.
var SortFloats = sortFloats
