package push

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"

	"nutrigate/gateway/store"
)

// split puts the parts of a delivery that was too large into its outcome: one
// for each of its objects. It is false where there is nothing to split.
func split(o *store.Outcome, parcel *store.Parcel) bool {
	bodies := pieces(parcel.Body)
	if len(bodies) < 2 {
		return false
	}
	o.State, o.Class = store.Dead, "split"
	for i, body := range bodies {
		part := store.Parcel{Delivery: parcel.Delivery, MediaType: parcel.MediaType, Body: body, Parent: parcel.ID}
		part.ID, part.TraceID = newID(), fmt.Sprintf("%s:chunk:%d", parcel.ID, i+1)
		part.Attempts, part.Class, part.State = 0, "", store.Waiting
		o.Parts = append(o.Parts, part)
	}
	return true
}

// pieces takes a body apart into one for each object of its list, which stands
// at its end: "data" in Terra's envelope, "entry" in a Bundle, whose first entry
// is the Patient and goes into each. Every byte stays as it is. There are none
// where the body has no such list.
func pieces(body []byte) [][]byte {
	var outer struct {
		Data  []json.RawMessage `json:"data"`
		Entry []json.RawMessage `json:"entry"`
	}
	if json.Unmarshal(body, &outer) != nil {
		return nil
	}
	list, all := outer.Data, 0
	if len(outer.Entry) > 0 {
		list, all = outer.Entry, 1
	}
	tail := slices.Concat(bytes.Join(raw(list), []byte(",")), []byte("]}"))
	if len(list) <= all || !bytes.HasSuffix(body, tail) {
		return nil
	}
	head := body[:len(body)-len(tail)]
	found := make([][]byte, 0, len(list))
	for _, item := range list[all:] {
		kept := append(raw(list[:all]), item)
		found = append(found, slices.Concat(head, bytes.Join(kept, []byte(",")), []byte("]}")))
	}
	return found
}

func raw(list []json.RawMessage) [][]byte {
	all := make([][]byte, len(list))
	for i := range list {
		all[i] = list[i]
	}
	return all
}
