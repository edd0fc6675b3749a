package fhir

import (
	"strconv"
	"time"
)

// An Entry of a Bundle.
type Entry struct {
	// FullURL is the resource's absolute address, or urn:uuid: and its id.
	FullURL string
	// Resource is the stored document; it goes into the Bundle as it is.
	Resource []byte
	// Mode says why it is there: match, include or outcome. Of a searchset only.
	Mode string
	// Change is what was done to the resource. Of a history, where each entry has
	// it; what was deleted has no Resource (R4, http.html#history).
	Change *Change
}

// A Change is an entry's request, and what came of it.
type Change struct {
	Method string // POST, PUT or DELETE
	URL    string // relative to the base: Observation/1
	// Version and Modified are those that came of it; 0 and zero where nobody asks.
	Version  int
	Modified time.Time
}

// A Link of a Bundle: self, first, next, previous.
type Link struct{ Relation, URL string }

// Bundle puts stored documents together without reading them. kind is
// "collection", "searchset" or "history"; total, which a searchset alone has, is
// the number of matches, or negative where it was not counted.
func Bundle(kind string, entries []Entry, links []Link, total int) []byte {
	size := 256
	for i := range entries {
		size += len(entries[i].Resource) + len(entries[i].FullURL) + 64
	}
	b := append(make([]byte, 0, size), `{"resourceType":"Bundle","type":`...)
	b = appendJSON(b, kind)
	if total >= 0 {
		b = strconv.AppendInt(append(b, `,"total":`...), int64(total), 10)
	}
	b = appendLinks(b, links)
	b = appendEntries(b, entries)
	return append(b, '}')
}

func appendLinks(b []byte, links []Link) []byte {
	for i, l := range links {
		b = append(b, listed(i, `,"link":[`)...)
		b = appendJSON(append(b, `{"relation":`...), l.Relation)
		b = appendJSON(append(b, `,"url":`...), l.URL)
		b = append(b, '}')
	}
	return closed(b, len(links))
}

func appendEntries(b []byte, entries []Entry) []byte {
	for i := range entries {
		e := &entries[i]
		b = append(b, listed(i, `,"entry":[`)...)
		first := 0 // members of the entry that are written
		member := func(name string) {
			b = append(append(b, listed(first, `{`)...), name...)
			first++
		}
		if e.FullURL != "" {
			member(`"fullUrl":`)
			b = appendJSON(b, e.FullURL)
		}
		if len(e.Resource) > 0 {
			member(`"resource":`)
			b = append(b, e.Resource...)
		}
		if e.Mode != "" {
			member(`"search":`)
			b = append(appendJSON(append(b, `{"mode":`...), e.Mode), '}')
		}
		if e.Change != nil {
			member(`"request":`)
			b = appendChange(b, *e.Change)
		}
		b = append(b, '}')
	}
	return closed(b, len(entries))
}

// appendChange writes the request, and the response that a history must have
// (R4, bundle.html, bdl-4).
func appendChange(b []byte, c Change) []byte {
	status := "200"
	switch c.Method {
	case "DELETE":
		status = "204"
	case "POST":
		status = "201"
	}
	b = appendJSON(append(b, `{"method":`...), c.Method)
	b = appendJSON(append(b, `,"url":`...), c.URL)
	b = appendJSON(append(b, `},"response":{"status":`...), status)
	if c.Version > 0 {
		b = append(strconv.AppendInt(append(b, `,"etag":"W/\"`...), int64(c.Version), 10), `\""`...)
	}
	if !c.Modified.IsZero() {
		b = appendJSON(append(b, `,"lastModified":`...), instant(c.Modified))
	}
	return append(b, '}')
}

// An Answered is what one request of a batch was answered.
type Answered struct {
	Status   int
	ETag     string    // empty: none
	Modified time.Time // zero: nobody knows
	Resource []byte    // nil: none
	Outcome  []byte    // an OperationOutcome; nil: none
}

// BatchResponse is the answer to a Bundle of the type batch or transaction, in
// the order of its requests (R4, http.html#transaction-response).
func BatchResponse(kind string, all []Answered) []byte {
	b := append([]byte(`{"resourceType":"Bundle","type":"`), kind...)
	b = append(b, `-response"`...)
	for i, a := range all {
		b = append(append(b, listed(i, `,"entry":[`)...), '{')
		if len(a.Resource) > 0 {
			b = append(append(append(b, `"resource":`...), a.Resource...), ',')
		}
		b = strconv.AppendInt(append(b, `"response":{"status":"`...), int64(a.Status), 10)
		b = append(b, '"')
		if a.ETag != "" {
			b = appendJSON(append(b, `,"etag":`...), a.ETag)
		}
		if !a.Modified.IsZero() {
			b = appendJSON(append(b, `,"lastModified":`...), instant(a.Modified))
		}
		if len(a.Outcome) > 0 {
			b = append(append(b, `,"outcome":`...), a.Outcome...)
		}
		b = append(b, `}}`...)
	}
	return append(closed(b, len(all)), '}')
}

// listed returns what stands before the i-th element of a list: FHIR has no
// empty lists, so the first one opens it.
func listed(i int, open string) string {
	if i == 0 {
		return open
	}
	return ","
}

func closed(b []byte, n int) []byte {
	if n == 0 {
		return b
	}
	return append(b, ']')
}

func appendJSON(b []byte, s string) []byte {
	quoted, err := marshal(s)
	if err != nil { // a string always encodes
		return append(b, '"', '"')
	}
	return append(b, quoted...)
}
