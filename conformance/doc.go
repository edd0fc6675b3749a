// Package conformance is what we promise and the proof: cases from an export
// to every representation, suites that every implementation of an interface
// runs, outside readers of what leaves, and the import rules.
package conformance
