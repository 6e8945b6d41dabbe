// Package arch holds no code: its tests check the shape of the house.
//
// The table in table_test.go says which folder may import which, with the
// reason of each row, and which outside modules there are. The tests read the
// tree with go list and fail on an import that the table does not allow and on
// a folder that it does not know, so that a new folder, a new direction of
// import and a new dependency are decisions. Each rule is itself tested: a
// planted violation must be found under the name of its rule.
//
// Bring the reason first (docs/decisions) and change the table then; do not
// change it to make a build pass.
package arch
