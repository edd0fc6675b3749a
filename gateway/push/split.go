package push

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/google/uuid"

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
	old := !parcel.NextAt.Before(parcel.Created) // history, or tried before: it has no head start
	for i, body := range bodies {
		part := store.Parcel{Delivery: parcel.Delivery, MediaType: parcel.MediaType, Body: body, Parent: parcel.ID, History: old}
		part.ID, part.TraceID = following(parcel.ID, i+1), fmt.Sprintf("%s:chunk:%d", parcel.ID, i+1)
		part.Attempts, part.Class, part.State = 0, "", store.Waiting
		o.Parts = append(o.Parts, part)
	}
	return true
}

// following returns the nth id behind another, before all that were made later:
// what is split keeps its place among the deliveries of its user.
func following(id string, n int) string {
	u, err := uuid.Parse(strings.TrimPrefix(id, "msg_"))
	if err != nil {
		return newID()
	}
	binary.BigEndian.PutUint64(u[8:], binary.BigEndian.Uint64(u[8:])+uint64(n))
	return "msg_" + u.String()
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
