package settings

import (
	"errors"
	"strconv"
)

// maxEventStreams leaves half of the host's places for calls (host.json,
// maxConcurrentRequests).
const maxEventStreams = 50

func liveSettings() []Setting {
	return []Setting{
		{Name: "EventStreams", Default: "0", Example: "20",
			Meaning: "how many calls at once, in each process, may follow an instance by `GET /api/instances/{id}/events`, at most 50; 0 turns it off", read: into(func(s *Settings) *int { return &s.EventStreams }, eventStreams)},
	}
}

func eventStreams(value string) (int, error) {
	n, err := strconv.Atoi(value)
	if err != nil || n < 0 || n > maxEventStreams {
		return 0, errors.New("is not a number from 0 to 50")
	}
	return n, nil
}
