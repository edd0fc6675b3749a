// Package fault has the kinds of error that a caller can be told of.
//
// The message of a fault is for the caller; it holds no health value and no
// secret. Its cause is for the log and is never shown.
package fault

import (
	"errors"
	"fmt"
)

// Kind is what went wrong, from the caller's point of view.
type Kind string

// The kinds. An error that is no fault counts as Internal.
const (
	Invalid      Kind = "invalid"
	Unauthorized Kind = "unauthorized"
	Forbidden    Kind = "forbidden"
	NotFound     Kind = "not found"
	Gone         Kind = "gone"
	Conflict     Kind = "conflict"
	Outdated     Kind = "outdated" // the caller means an older state than there is
	NotAllowed   Kind = "method not allowed"
	NotAccepted  Kind = "not acceptable"
	Unsupported  Kind = "unsupported media type"
	TooLarge     Kind = "too large"
	Unreadable   Kind = "unreadable" // a document that is not what it should be
	RateLimited  Kind = "rate limited"
	Unavailable  Kind = "unavailable"
	Internal     Kind = "internal"
)

// An Error is a fault of a kind.
type Error struct {
	Kind    Kind
	Message string // for the caller
	// Param names the parameter at fault; empty where it is none.
	Param string
	// Place is where in a received document the fault lies; zero where it is in none.
	Place Place
	Cause error // for the log
}

// A Place is a position in a received document, and what its owner can do.
type Place struct {
	File   string `json:"file,omitempty"`
	Line   int    `json:"line,omitempty"`   // counted from 1; 0 where no line is at fault
	Column string `json:"column,omitempty"` // its name in the header
	Advice string `json:"advice,omitempty"`
}

func (e *Error) Error() string {
	if e.Cause != nil && e.Cause.Error() != e.Message {
		return e.Message + ": " + e.Cause.Error()
	}
	return e.Message
}

func (e *Error) Unwrap() error { return e.Cause }

// New returns a fault with a message for the caller.
func New(kind Kind, format string, args ...any) error {
	return &Error{Kind: kind, Message: fmt.Sprintf(format, args...)}
}

// Wrap returns a fault whose cause goes to the log and whose message goes to the caller.
func Wrap(kind Kind, cause error, format string, args ...any) error {
	return &Error{Kind: kind, Message: fmt.Sprintf(format, args...), Cause: cause}
}

// BadParam returns an Invalid fault about one parameter.
func BadParam(param, format string, args ...any) error {
	return &Error{Kind: Invalid, Param: param, Message: fmt.Sprintf(format, args...)}
}

// KindOf returns the kind of err; Internal if it is no fault.
func KindOf(err error) Kind {
	if f, ok := errors.AsType[*Error](err); ok {
		return f.Kind
	}
	return Internal
}
