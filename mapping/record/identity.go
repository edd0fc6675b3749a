package record

import (
	"strconv"
	"strings"

	"github.com/google/uuid"
)

// NewID returns the public id of the record that fills slot on a person's day:
// a UUID of version 5 in the name space of the person's own id (RFC 9562
// section 5.5). It is the same at every import and tells nothing of the person.
//
// subject is a UUID; any other text is first turned into one. The day of an
// undated kind takes no part.
func NewID(subject string, kind Kind, day Date, slot string) string {
	space, err := uuid.Parse(subject)
	if err != nil {
		space = uuid.NewSHA1(uuid.NameSpaceOID, []byte(subject))
	}
	if kind.Undated() {
		day = ""
	}
	return uuid.NewSHA1(space, []byte(string(kind)+"|"+string(day)+"|"+slot)).String()
}

// ownSlot returns the slot of a record of which a day can have only one: the
// total of a nutrient, a meal's group. Records of other kinds are numbered,
// and it returns false.
func (r *Record) ownSlot() (string, bool) {
	switch r.Kind {
	case KindDay, KindPlan:
		return r.prefix(), true
	case KindTotal:
		return r.prefix() + r.Total.Nutrient, true
	case KindMeal:
		return r.prefix() + r.Meal.Group, true
	case KindTarget:
		return r.prefix() + r.Target.Nutrient, true
	}
	return "", false
}

// prefix keeps the slots of a source apart from those of others. Those of
// Cronometer have none: they are older than the second source.
func (r *Record) prefix() string {
	if r.Source == "" {
		return ""
	}
	return r.Source + "|"
}

// series groups the numbered records of a day that are compared with each
// other: measurements of one metric from one device, and otherwise all of a kind.
func (r *Record) series() string {
	if r.Biometric == nil {
		return r.prefix()
	}
	return r.prefix() + r.Biometric.Metric + "|" + r.Biometric.Device + "|"
}

// numbered returns the slot of the n-th record of a series.
func numbered(series string, n int) string { return series + strconv.Itoa(n) }

// Ordinal returns the number in a numbered record's slot, counted from 0; 0
// for a record that has none. Records of one day and kind sort by it.
func (r *Record) Ordinal() int {
	n, err := strconv.Atoi(r.Slot[strings.LastIndexByte(r.Slot, '|')+1:])
	if err != nil {
		return 0
	}
	return n
}
