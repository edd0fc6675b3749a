package source

import (
	"context"
	"time"

	"nutrigate/mapping/record"
)

// An Ask is what one fetch of one account shall bring.
type Ask struct {
	// Secret is what the route needs to get in, as it gave it out itself.
	Secret []byte
	// Span are the days, short enough for the route.
	Span Span
	// Latest says that the span ends today, so that what has no day is fetched too.
	Latest bool
	// Spend is called before each request that the source counts; with an error
	// the fetch ends with it. It must not be nil.
	Spend func(context.Context) error
}

// Fetched is what came of an Ask.
type Fetched struct {
	Documents []Document
	// Secret is to be kept in place of the one that was given, also if the fetch
	// failed; nil: that one is still right.
	Secret []byte
	// Since is the day since when the account has data; empty where nobody said.
	Since record.Date
}

// A Class is why a source gives nothing, as far as it matters for what to do.
type Class string

// The classes of failure.
const (
	Credentials   Class = "credentials"    // it lets nobody in with these; the person has to connect again
	OneTimeCode   Class = "one_time_code"  // it wants a code that only the person has
	Throttled     Class = "throttled"      // it was asked too often
	Down          Class = "upstream_down"  // it cannot be reached, or has an error of its own
	FormatChanged Class = "format_changed" // it answers, but not as it is known to
	Revoked       Class = "revoked"        // the person took the access back
)

// A Failure is why a source gave nothing. Its message is for the person, and
// holds nothing that came from the source.
type Failure struct {
	Class   Class
	Message string
	// After is how long the source wants to be left alone; 0 where it does not say.
	After time.Duration
	Cause error
}

// Error returns the class and the message.
func (f *Failure) Error() string { return string(f.Class) + ": " + f.Message }

// Unwrap returns the cause.
func (f *Failure) Unwrap() error { return f.Cause }
