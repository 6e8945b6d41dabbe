// Package chaos holds tests only: processes that write registries, bundles and data files are killed at random points, and race each other, and what they leave is
// checked; so are trainings, which must end in the same bundle, streams, which must deliver each row once, and downloads, which must be whole or not there. The test binary starts itself as the writer.
//
// What was acknowledged is there, what was not is there whole or not at all, nothing that is read is half-written, and what a kill leaves beside disturbs nobody.
// A kill is not a loss of power: the system still writes what it was given, so that these tests do not see a flush that is missing.
//
// TIDEWHEEL_KILLS and TIDEWHEEL_WRITERS raise the number of kills (60) and of racing writers (16).
package chaos
