package simulate

import (
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// Faults are how often an answer with data goes wrong, each from 0 (never) to
// 1 (always). They are drawn in this order, and an answer has one at most.
type Faults struct {
	Slow    float64 `json:"slow"`    // it comes after Delay
	Error   float64 `json:"error"`   // the status 500
	Cut     float64 `json:"cut"`     // the connection ends in the middle
	Hash    float64 `json:"hash"`    // the web's hashes change before it
	Column  float64 `json:"column"`  // a column or member has another name
	HTML    float64 `json:"html"`    // a page where data was due
	Huge    float64 `json:"huge"`    // two gigabytes
	Session float64 `json:"session"` // the web's session is over
	// Delay is how long a slow answer takes; ten seconds if zero.
	Delay time.Duration `json:"delay"`
}

// rates lists the rates by their names.
func (f *Faults) rates() []struct {
	name string
	rate *float64
} {
	return []struct {
		name string
		rate *float64
	}{
		{"slow", &f.Slow},
		{"error", &f.Error},
		{"cut", &f.Cut},
		{"hash", &f.Hash},
		{"column", &f.Column},
		{"html", &f.HTML},
		{"huge", &f.Huge},
		{"session", &f.Session},
	}
}

func (f *Faults) validate() error {
	for _, one := range f.rates() {
		if *one.rate < 0 || *one.rate > 1 {
			return fmt.Errorf("fault %s: not from 0 to 1: %v", one.name, *one.rate)
		}
	}
	return nil
}

// ParseFaults reads "error=0.2,slow=0.1,delay=3s".
func ParseFaults(text string) (Faults, error) {
	var f Faults
	for pair := range strings.SplitSeq(text, ",") {
		if pair = strings.TrimSpace(pair); pair == "" {
			continue
		}
		if err := f.set(pair); err != nil {
			return f, err
		}
	}
	return f, f.validate()
}

func (f *Faults) set(pair string) (err error) {
	name, value, _ := strings.Cut(pair, "=")
	if name == "delay" {
		f.Delay, err = time.ParseDuration(value)
		return err
	}
	for _, one := range f.rates() {
		if one.name == name {
			if *one.rate, err = strconv.ParseFloat(value, 64); err != nil {
				return fmt.Errorf("fault %s: not a number: %q", name, value)
			}
			return nil
		}
	}
	return fmt.Errorf("no such fault: %q", name)
}

// SetFaults changes how often answers go wrong.
func (s *Simulator) SetFaults(f Faults) error {
	if err := f.validate(); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults = f
	return nil
}

// draw returns the fault of an answer, "" for none.
func (s *Simulator) draw() (fault string, delay time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, one := range s.faults.rates() {
		if *one.rate > 0 && s.random.Float64() < *one.rate {
			fault = one.name
			break
		}
	}
	if delay = s.faults.Delay; delay == 0 {
		delay = 10 * time.Second
	}
	return fault, delay
}

// before lets an answer go wrong that has not been made yet; it is true if it
// has been answered.
func (s *Simulator) before(fault string, delay time.Duration, w http.ResponseWriter, r *http.Request) bool {
	switch fault {
	case "slow":
		wait := time.NewTimer(delay)
		defer wait.Stop()
		select {
		case <-wait.C:
		case <-r.Context().Done():
			return true
		}
	case "error":
		http.Error(w, "Internal Server Error", http.StatusInternalServerError)
		return true
	case "html":
		w.Header().Set("Content-Type", "text/html; charset=UTF-8")
		_, _ = w.Write([]byte("<!DOCTYPE html><html><title>We will be right back</title><p>Maintenance</p></html>"))
		return true
	case "hash":
		s.changeHashes()
	}
	return false
}

// send writes an answer with data, wrong if it has to be. renamed is what is
// called by another name where a column changes.
func send(fault string, w http.ResponseWriter, mediaType string, body []byte, renamed [2]string) {
	w.Header().Set("Content-Type", mediaType)
	switch fault {
	case "column":
		body = []byte(strings.Replace(string(body), renamed[0], renamed[1], 1))
	case "cut":
		w.Header().Set("Content-Length", strconv.Itoa(len(body)+1))
		_, _ = w.Write(body[:len(body)/2]) //nolint:gosec // it is data and says so; no browser shows it
		_ = http.NewResponseController(w).Flush()
		panic(http.ErrAbortHandler) // ends the connection
	case "huge":
		if _, err := w.Write(body); err == nil { //nolint:gosec // as above
			_ = fill(w, 2<<30)
		}
		return
	}
	_, _ = w.Write(body) //nolint:gosec // as above
}

// fill writes so many bytes, or until nobody reads any more.
func fill(w http.ResponseWriter, bytes int) error {
	line := []byte(strings.Repeat(" ", 64<<10-1) + "\n")
	for ; bytes > 0; bytes -= len(line) {
		if _, err := w.Write(line); err != nil {
			return errors.Join(errors.New("nobody reads"), err)
		}
	}
	return nil
}
