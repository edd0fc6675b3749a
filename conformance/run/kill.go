package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

const (
	kills     = 50
	perPerson = 4 // kills while one person's diaries are imported
	diaryDays = 20
	lastDay   = "2026-02-09"
)

// A killing is a gateway that is killed again and again while people's diaries
// are imported, and two endpoints are told of it.
type killing struct {
	*proof
	tenant
	hook  *hook
	cut   int           // imports that were
	reach time.Duration // up to how long after the imports begin the gateway is killed
}

// person names one of those whose diaries are imported.
func person(n int) string { return "person-" + strconv.Itoa(n) }

const people = (kills+perPerson-1)/perPerson + 1

// killed proves that nothing is lost when the process ends at any moment: the
// store holds in the end what one import gives, every day has been delivered,
// whatever came twice has one id, and the order is kept where it was asked for.
func (p *proof) killed(ctx context.Context) result {
	r := result{check: check{oracle: "kill", what: fmt.Sprintf("the gateway, killed %d times while it imports, and what its endpoints got", kills)}, count: "-"}
	start := time.Now()
	k := &killing{proof: p, tenant: tenant{devID: "kill"}, reach: 400 * time.Millisecond}
	var faults []string
	if faults, r.err = k.run(ctx); r.err == nil && len(faults) > 0 {
		r.err = fmt.Errorf("%d faults", len(faults))
	}
	r.took = time.Since(start)
	if r.err != nil {
		fmt.Fprintf(p.out, "\nkill: %v\n%s\n", r.err, strings.Join(faults[:min(50, len(faults))], "\n"))
	}
	if k.hook != nil {
		plain, _ := k.hook.all("/plain")
		ordered, _ := k.hook.all("/ordered")
		r.count = strconv.Itoa(len(plain) + len(ordered))
	}
	return r
}

// killedDelivering is the same while deliveries are under way. A gateway that was
// killed holds its endpoints for some seconds more, which the test gives back.
func (p *proof) killedDelivering(ctx context.Context) result {
	r := result{check: check{oracle: "kill", what: fmt.Sprintf("the gateway, killed %d times while it delivers", kills)}, count: strconv.Itoa(kills)}
	start := time.Now()
	cmd := exec.CommandContext(ctx, "go", "test", "./gateway/push", "-count=1", "-v", "-run", "^TestStories$/kill_-9")
	cmd.Env = append(os.Environ(), "NUTRIGATE_TEST_KILLS="+strconv.Itoa(kills))
	output, err := cmd.CombinedOutput()
	if err == nil && !bytes.Contains(output, []byte(fmt.Sprintf(", %d kills", kills))) {
		err = errors.New("the test was not run")
	}
	if err != nil {
		r.err = fmt.Errorf("go test: %w", err)
		fmt.Fprintf(p.out, "\nkill: %v\n%s\n", r.err, output)
	}
	r.took = time.Since(start)
	return r
}

func (k *killing) run(ctx context.Context) (faults []string, err error) {
	if err := k.prepare(ctx); err != nil {
		return nil, err
	}
	defer k.hook.stop()
	for i := range kills {
		// A person's diary without times, twice, and the same with times, twice.
		stage := i % perPerson * 2 / perPerson
		if err := k.importAndKill(ctx, part{i / perPerson, stage}, part{i/perPerson + 1, 0}); err != nil {
			return nil, fmt.Errorf("kill %d: %w", i+1, err)
		}
	}
	if k.cut < kills/4 {
		return nil, fmt.Errorf("only %d of %d imports were under way when the gateway was killed", k.cut, 2*kills)
	}
	return k.judge(ctx)
}

// prepare makes the diaries, the tenant and its endpoints.
func (k *killing) prepare(ctx context.Context) (err error) {
	if k.hook, err = newHook(ctx); err != nil {
		return err
	}
	for n := range people {
		for stage, times := range []string{"false", "true"} {
			err := k.call(ctx, k.program, "synth", "--zip", "--seed", strconv.Itoa(40+n), "--timestamps="+times,
				"--days", strconv.Itoa(diaryDays), "--end", lastDay, "--out", k.folder(part{n, stage}))
			if err != nil {
				return err
			}
		}
	}
	if k.key, err = k.keyIn(ctx, k.path("kill", "data")); err != nil {
		return err
	}
	base, stop, err := k.serve(ctx, k.path("kill", "data"))
	if err != nil {
		return err
	}
	defer stop()
	for path, ordered := range map[string]bool{"/plain": false, "/ordered": true} {
		doc, err := json.Marshal(map[string]any{"url": k.hook.url + path, "ordered": ordered})
		if err != nil {
			return err
		}
		if _, err := k.ask(ctx, http.MethodPost, base+"/v2/endpoints", http.Header{"Content-Type": {"application/json"}}, doc); err != nil {
			return err
		}
	}
	return nil
}

// A part is one export of a person.
type part struct{ person, stage int }

func (k *killing) folder(d part) string {
	return k.path("kill", "diaries", person(d.person), strconv.Itoa(d.stage))
}

// keyIn makes a tenant in a new store, and returns its key.
func (k *killing) keyIn(ctx context.Context, data string) (string, error) {
	var said []byte
	for _, args := range [][]string{{"tenant", "create", k.devID}, {"key", "create", "--json", "--tenant", k.devID}} {
		cmd := exec.CommandContext(ctx, k.program, args...)
		cmd.Env = append(os.Environ(), "NUTRIGATE_DATA="+data)
		var err error
		if said, err = cmd.Output(); err != nil {
			return "", fmt.Errorf("%s %s: %w", args[0], args[1], err)
		}
	}
	var made struct{ Key string }
	if err := json.Unmarshal(said, &made); err != nil || made.Key == "" {
		return "", fmt.Errorf("make a key: %w", err)
	}
	return made.Key, nil
}

// importAndKill begins to import diaries, and kills the gateway
// after a random time, which is chosen so that about half of the imports are cut.
func (k *killing) importAndKill(ctx context.Context, diaries ...part) error {
	base, cmd, err := k.start(ctx, k.path("kill", "data"))
	if err != nil {
		return err
	}
	var uploads sync.WaitGroup
	failed := make([]error, len(diaries))
	for i, d := range diaries {
		uploads.Go(func() { failed[i] = k.upload(ctx, base, d) })
	}
	time.Sleep(rand.N(k.reach)) //nolint:gosec // any moment will do
	err = cmd.Process.Kill()
	_ = cmd.Wait() // killed
	uploads.Wait()
	cut := 0
	for _, err := range failed {
		if _, refused := errors.AsType[*statusError](err); refused {
			return err
		}
		if err != nil {
			cut++
		}
	}
	if k.cut += cut; cut == 0 {
		k.reach = k.reach * 8 / 10
	} else {
		k.reach = min(k.reach*11/10, time.Second)
	}
	return err
}

func (k *killing) upload(ctx context.Context, base string, d part) error {
	doc, err := os.ReadFile(filepath.Join(k.folder(d), "export.zip"))
	if err != nil {
		return err
	}
	url := base + "/v2/import?zone=Europe/Berlin&name=export.zip&as_of=" + lastDay + "&reference_id=" + person(d.person)
	_, err = k.ask(ctx, http.MethodPost, url, http.Header{"Content-Type": {"application/zip"}}, doc)
	return err
}

// contents is all that a gateway has of the people.
type contents struct {
	users []string
	docs  map[string]string // by type, user and time
	alike []string          // the same, for comparing with another store
}

// What differs from store to store: ids, and the order of two rows of one food,
// which shows in the millisecond that stands for a time that is not known.
var ownToStore = regexp.MustCompile(`[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}|T00:00:00\.\d{3}`)

// alike is a document without what differs from store to store.
func alike(doc json.RawMessage) string {
	doc = ownToStore.ReplaceAll(doc, []byte("-"))
	var parts map[string]json.RawMessage
	var meals []json.RawMessage
	_ = json.Unmarshal(doc, &parts) // it was valid as a part
	_ = json.Unmarshal(parts["meals"], &meals)
	slices.SortFunc(meals, func(a, b json.RawMessage) int { return bytes.Compare(a, b) })
	delete(parts, "meals")
	return fmt.Sprintf("%s %s", parts, meals)
}

func (k *killing) contents(ctx context.Context, base string) (contents, error) {
	all := contents{docs: map[string]string{}}
	for n := range people {
		var found struct {
			Users []struct {
				UserID string `json:"user_id"`
			}
		}
		doc, err := k.ask(ctx, http.MethodGet, base+"/v2/userInfo?reference_id="+person(n), nil, nil)
		if err == nil {
			err = json.Unmarshal(doc, &found)
		}
		if err != nil || len(found.Users) != 1 {
			return all, fmt.Errorf("%s is %d users: %w", person(n), len(found.Users), err)
		}
		all.users = append(all.users, found.Users[0].UserID)
		for _, kind := range []string{"nutrition", "body", "activity", "daily", "sleep"} {
			query := "?to_webhook=false&start_date=2025-12-01&end_date=" + lastDay + "&user_id=" + found.Users[0].UserID
			doc, err := k.ask(ctx, http.MethodGet, base+"/v2/"+kind+query, nil, nil)
			var answer event
			if err == nil {
				err = json.Unmarshal(doc, &answer)
			}
			if err != nil || len(answer.Data) == 0 {
				return all, fmt.Errorf("%s of %s is empty: %w", kind, person(n), err)
			}
			for _, one := range answer.Data {
				all.docs[keyOf(answer, one)] = string(one)
				all.alike = append(all.alike, person(n)+" "+kind+" "+alike(one))
			}
		}
	}
	slices.Sort(all.alike)
	return all, nil
}

// keyOf names what a later version of a document takes the place of.
func keyOf(e event, doc json.RawMessage) string {
	var d struct {
		Metadata struct {
			Start string `json:"start_time"`
			ID    string `json:"summary_id"`
		} `json:"metadata"`
	}
	_ = json.Unmarshal(doc, &d) // it was valid as a part
	return strings.Join([]string{e.Type, e.User.ID, d.Metadata.Start, d.Metadata.ID}, " ")
}
