package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"time"
)

// judge starts the gateway for the last time, imports the last diaries whole,
// and says what is wrong in the end.
func (k *killing) judge(ctx context.Context) (faults []string, err error) {
	base, stop, err := k.serve(ctx, k.path("kill", "data"))
	if err != nil {
		return nil, err
	}
	defer stop()
	ends, err := k.imported(ctx, base)
	if err != nil {
		return nil, err
	}
	clean, err := k.importedOnce(ctx)
	if err != nil {
		return nil, err
	}
	if !slices.Equal(ends.alike, clean.alike) {
		faults = append(faults, fmt.Sprintf("the store has %d documents, one import gives %d, and they differ: %s",
			len(ends.alike), len(clean.alike), firstDifference(ends.alike, clean.alike)))
	}
	if err := k.settled(ctx, base, ends.users); err != nil {
		return faults, err
	}
	known, err := k.known(ctx, base)
	if err != nil {
		return faults, err
	}
	for _, path := range []string{"/plain", "/ordered"} {
		got, err := k.hook.all(path)
		if err != nil {
			return faults, err
		}
		for _, fault := range append(strangers(got, known), lastWords(got, ends.docs)...) {
			faults = append(faults, path+": "+fault)
		}
	}
	ordered, _ := k.hook.all("/ordered")
	return append(faults, outOfOrder(ordered)...), nil
}

// imported imports the last diary of each of the people, and returns what there is then.
func (k *killing) imported(ctx context.Context, base string) (contents, error) {
	for n := range people {
		if err := k.upload(ctx, base, part{n, 1}); err != nil {
			return contents{}, err
		}
	}
	return k.contents(ctx, base)
}

// importedOnce is what one import gives a gateway that nobody kills.
func (k *killing) importedOnce(ctx context.Context) (contents, error) {
	other := &killing{proof: k.proof, tenant: k.tenant}
	var err error
	if other.key, err = k.keyIn(ctx, k.path("kill", "clean")); err != nil {
		return contents{}, err
	}
	base, stop, err := k.serve(ctx, k.path("kill", "clean"))
	if err != nil {
		return contents{}, err
	}
	defer stop()
	return other.imported(ctx, base)
}

// settled asks for something to be delivered about each of the users, and waits
// until that has come, which is after all that was on the log before, and until
// nothing waits to be delivered any more. For a while the endpoints may be leased
// to a process that was killed.
func (k *killing) settled(ctx context.Context, base string, users []string) error {
	var refs []string
	for _, user := range users {
		doc, err := k.ask(ctx, http.MethodGet, base+"/v2/athlete?to_webhook=true&user_id="+user, nil, nil)
		var asked struct{ Reference string }
		if err == nil {
			err = json.Unmarshal(doc, &asked)
		}
		if err != nil || asked.Reference == "" {
			return fmt.Errorf("ask for a delivery: %w, reference %q", err, asked.Reference)
		}
		refs = append(refs, asked.Reference)
	}
	for end := time.Now().Add(3 * time.Minute); time.Now().Before(end); time.Sleep(200 * time.Millisecond) {
		if !k.hook.has("/plain", refs) || !k.hook.has("/ordered", refs) {
			continue
		}
		list, err := k.list(ctx, base, "state=waiting&limit=1")
		if err != nil {
			return err
		}
		if len(list.Deliveries) == 0 {
			return nil
		}
	}
	return errors.New("deliveries still wait after three minutes")
}

// strangers finds ids that the gateway does not know, so that what they brought
// has been or will be sent under another one too, and ids whose bytes differ.
func strangers(got []delivery, known map[string]bool) (faults []string) {
	bodies := map[string]string{}
	for _, d := range got {
		if body, ok := bodies[d.id]; ok && body != d.body {
			faults = append(faults, d.id+" came with other bytes")
		}
		if !known[d.id] {
			faults = append(faults, d.id+" came, and the gateway does not know it")
		}
		bodies[d.id] = d.body
	}
	return faults
}

// known are the ids of all that the gateway delivered.
func (k *killing) known(ctx context.Context, base string) (map[string]bool, error) {
	ids := map[string]bool{}
	for next := ""; ; {
		list, err := k.list(ctx, base, "state=delivered&limit=1000&after="+next)
		if err != nil {
			return nil, err
		}
		for _, d := range list.Deliveries {
			ids[d.ID] = true
		}
		if next = list.Next; next == "" {
			return ids, nil
		}
	}
}

// deliveries are a page of the gateway's list.
type deliveries struct {
	Deliveries []struct{ ID string }
	Next       string
}

func (k *killing) list(ctx context.Context, base, query string) (list deliveries, err error) {
	doc, err := k.ask(ctx, http.MethodGet, base+"/v2/deliveries?"+query, nil, nil)
	if err == nil {
		err = json.Unmarshal(doc, &list)
	}
	if err != nil {
		return list, fmt.Errorf("list deliveries: %w", err)
	}
	return list, nil
}

// lastWords finds documents of which the newest delivery is not what the store
// has.
func lastWords(got []delivery, want map[string]string) (faults []string) {
	newest := slices.Clone(got)
	slices.SortStableFunc(newest, func(a, b delivery) int { return int(a.at - b.at) })
	last := map[string]string{}
	for _, d := range newest {
		for _, doc := range d.Data {
			last[keyOf(d.event, doc)] = string(doc)
		}
	}
	for key, doc := range want {
		if came, ok := last[key]; !ok {
			faults = append(faults, key+" never came")
		} else if came != doc {
			faults = append(faults, key+" came as it was before")
		}
	}
	slices.Sort(faults)
	return faults
}

// outOfOrder finds deliveries of a user that came after a later one.
func outOfOrder(got []delivery) (faults []string) {
	last := map[string]delivery{}
	for _, d := range got {
		if before := last[d.User.ID]; d.at < before.at {
			faults = append(faults, fmt.Sprintf("/ordered: %s came after %s", d.id, before.id))
		}
		last[d.User.ID] = d
	}
	return faults
}

// firstDifference shows where the first two that differ do so.
func firstDifference(a, b []string) string {
	for i := range min(len(a), len(b)) {
		for j := range min(len(a[i]), len(b[i])) {
			if a[i][j] != b[i][j] {
				from := max(0, j-200)
				return fmt.Sprintf("%.60s…\n…%.400s\nand …%.400s", a[i], a[i][from:], b[i][from:])
			}
		}
	}
	return "one has more"
}
