// Package source is where documents come from. Each source is a package below it.
package source

import "io"

// A Document is one file of an export, not yet read.
type Document struct {
	// Name is the file's own name, for messages: "servings.csv", or
	// "export.zip/servings.csv" for a file in an archive.
	Name string
	// Size in bytes, uncompressed; -1 if not known.
	Size int64
	// Open may be called more than once; each reader starts at the beginning
	// and is closed by the caller.
	Open func() (io.ReadSeekCloser, error)
}
