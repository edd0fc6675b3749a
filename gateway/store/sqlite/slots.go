package sqlite

import (
	"strings"

	"nutrigate/mapping/record"
)

// slotDigits is how wide a slot's number is stored: text then sorts as numbers do.
const slotDigits = 8

// storedSlot returns the slot as the store keeps it.
func storedSlot(kind record.Kind, slot string) string {
	if !numbered(kind) {
		return slot
	}
	at := strings.LastIndexByte(slot, '|') + 1
	if len(slot)-at >= slotDigits {
		return slot
	}
	return slot[:at] + strings.Repeat("0", slotDigits-(len(slot)-at)) + slot[at:]
}

// plainSlot returns the slot as the record has it.
func plainSlot(kind record.Kind, stored string) string {
	if !numbered(kind) {
		return stored
	}
	at := strings.LastIndexByte(stored, '|') + 1
	number := strings.TrimLeft(stored[at:], "0")
	if number == "" {
		number = "0"
	}
	return stored[:at] + number
}

// numbered reports whether slots of the kind end in a number; those of the
// others are names (of a nutrient, of a meal's group), which are left alone.
func numbered(kind record.Kind) bool {
	switch kind {
	case record.KindServing, record.KindExercise, record.KindBiometric, record.KindSleep, record.KindNote, record.KindFast:
		return true
	}
	return false
}
