// Package registry seals models and keeps their versions.
//
// Callers Seal a fitted model into a Bundle, one file that holds everything needed to score and to audit it, and Register it in a Registry, which gives it a
// version that never changes, lets aliases point at versions, retires them, and writes every step into a hash-chained journal. Implementers of a back end write
// a Store of three methods and check it with package registrytest; package store has a directory and memory.
//
//	Contents   what goes into a bundle: model, schema, profile, evaluation, card, lineage
//	Bundle     the sealed model; Encode, Decode, ReadFile; its digest is its version
//	Registry   Register, Load, SetAlias, Retire, Record, Entries, Verify
//	Store      Get, PutNew, List: all that a registry asks of a back end
//
// A bundle is data only: loading runs no code, checks every digest before it decodes, and scores golden rows again, to the same bits, before it is handed out.
//
// A Registry's state is its journal: each change is one journal entry, put under the next number if no other is there. So a change is either there as a whole or not
// at all, of writers that collide one wins and the others see its result, and a crash at any point leaves the state before or after.
package registry
