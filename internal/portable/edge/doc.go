// Package edge holds the tests of models as Go code, which build programs of it: they give the bits of the models, and are small.
package edge
