package managed

import (
	"strings"
	"time"
)

// Matches reports whether the text is part of the record's name or of one of its
// hostnames, in any case. "" matches all.
func (r *Record) Matches(search string) bool {
	search = strings.ToLower(search)
	if strings.Contains(strings.ToLower(r.Name), search) {
		return true
	}
	for _, hostname := range r.Hostnames {
		if strings.Contains(strings.ToLower(hostname), search) {
			return true
		}
	}
	return false
}

// UTC puts every time of the record into UTC, as stores hand them out.
func (r *Record) UTC() {
	times := []*time.Time{&r.NotBefore, &r.NotAfter, &r.RenewAt, &r.NextCheck, &r.ServedAt}
	if r.Window != nil {
		times = append(times, &r.Window.Start, &r.Window.End)
	}
	if r.Problem != nil {
		times = append(times, &r.Problem.At)
	}
	for _, t := range times {
		*t = t.UTC()
	}
}
