package applehealth

import (
	"cmp"
	"errors"
	"slices"
	"time"

	"nutrigate/mapping"
	"nutrigate/mapping/record"
)

const sleepType = "HKCategoryTypeIdentifierSleepAnalysis"

// apart is how long after one sample of sleep the next begins at the latest if
// both are of one sleep. An export has the stages one by one, and not which
// belong together.
const apart = time.Hour

// A nap is one sample of sleep, as the survey keeps it.
type nap struct {
	place
	start, end int64
	source     string
	day        record.Date
}

// maxNaps bounds what the survey keeps: a century of nights of twenty stages.
const maxNaps = 750_000

// addNap notes a sample of sleep.
func (b *planBuilder) addNap(n nap) error {
	if len(b.naps) == maxNaps {
		return errors.New("more samples of sleep than a life has up to here")
	}
	if known, ok := b.sources[n.source]; ok {
		n.source = known // one text for all
	} else {
		b.sources[n.source] = n.source
	}
	b.naps = append(b.naps, n)
	return nil
}

// addSleeps puts the samples of each sleep into the day on which it starts.
func (b *planBuilder) addSleeps() error {
	slices.SortStableFunc(b.naps, func(a, c nap) int {
		return cmp.Or(cmp.Compare(a.source, c.source), cmp.Compare(a.start, c.start))
	})
	var until int64
	for i := range b.naps {
		n := &b.naps[i]
		if i > 0 && n.source == b.naps[i-1].source && n.start <= until+int64(apart/time.Second) {
			n.day = b.naps[i-1].day
			until = max(until, n.end)
		} else {
			until = n.end
		}
		b.gap()
		if err := b.add(n.day, n.place); err != nil {
			return err
		}
	}
	b.naps, b.sources = nil, nil
	return nil
}

// sleepStage is one sample of sleep.
type sleepStage struct {
	*element
	stage      string
	start, end moment
}

// sleeps makes one sleep of the samples of one source that lie together.
func (d *day) sleeps() error {
	all, err := d.stages()
	if err != nil {
		return err
	}
	slices.SortStableFunc(all, func(a, b sleepStage) int {
		return cmp.Or(cmp.Compare(a.get("sourceName"), b.get("sourceName")), a.start.at.Compare(b.start.at))
	})
	for first := 0; first < len(all); {
		next, until := first+1, all[first].end.at
		for next < len(all) && all[next].get("sourceName") == all[first].get("sourceName") && !all[next].start.at.After(until.Add(apart)) {
			if all[next].end.at.After(until) {
				until = all[next].end.at
			}
			next++
		}
		if err := d.sleep(all[first:next], until); err != nil {
			return err
		}
		first = next
	}
	return nil
}

func (d *day) stages() ([]sleepStage, error) {
	var all []sleepStage
	for i := range d.samples {
		e := &d.samples[i]
		if e.get("type") != sleepType {
			continue
		}
		start, err := d.moment(e, "startDate")
		if err != nil {
			return nil, err
		}
		end, err := d.moment(e, "endDate")
		if err != nil {
			return nil, err
		}
		stage, known := stages()[e.get("value")]
		switch {
		case end.at.Before(start.at):
			return nil, d.fault(e, "endDate", "the sleep ends before it starts")
		case !known:
			d.issues.add(mapping.Unknown, sleepType+" "+e.get("value"), "the table lacks this stage of sleep; it is left out")
			continue
		}
		d.loseMeta(e, "HKWasUserEntered")
		all = append(all, sleepStage{e, stage, start, end})
	}
	return all, nil
}

func (d *day) sleep(parts []sleepStage, until time.Time) error {
	if len(parts) > 1 {
		d.issues.add(mapping.Assumed, sleepType, "the samples of one source that are no more than an hour apart were taken as one sleep")
	}
	first := &parts[0]
	r, start, err := d.record(record.KindSleep, first.element)
	if err != nil {
		return err
	}
	there := until.In(start.at.Location())
	r.Sleep = &record.Sleep{
		Device: d.device(first.element), EndDay: record.DateOf(there), EndTime: record.Clock(there.Format(time.TimeOnly)),
	}
	for _, p := range parts {
		r.Sleep.Stages = append(r.Sleep.Stages, record.Stage{
			Stage: p.stage, At: secondsSince(start.at, p.start.at), Length: secondsSince(p.start.at, p.end.at),
		})
	}
	d.records = append(d.records, r)
	return nil
}
