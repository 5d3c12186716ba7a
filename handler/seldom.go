package main

import (
	"sync/atomic"
	"time"
)

// seldom is what a timer does not do in each of its runs. Each process counts for
// itself: what is done twice for that does no harm.
type seldom struct {
	every time.Duration
	next  atomic.Int64 // Unix seconds
}

func (s *seldom) due(now time.Time) bool { return now.Unix() >= s.next.Load() }

// done sets the next time: a little earlier, because timers come a little early or late.
func (s *seldom) done(now time.Time) { s.next.Store(now.Add(s.every - time.Minute).Unix()) }
