package site

import (
	"context"
	"time"

	"certgate/localstack/pause"
	"certgate/localstack/process"
)

// afterDeath is the pause before the emulator is started again, so that one that
// cannot start does not keep the machine busy.
const afterDeath = time.Second

// watch starts the emulator again whenever it ends by itself, until Stop. It ends of
// less than the platform would: a sign-in cookie that is not base64 of JSON throws in
// it, and nothing catches that.
func (s *Site) watch() {
	ctx, stop := context.WithCancel(context.Background())
	s.stop, s.watched = stop, make(chan struct{})
	go func() {
		defer close(s.watched)
		for {
			child := s.running()
			select {
			case <-ctx.Done():
				return
			case <-child.Done():
			}
			s.options.Log.Error("the web site's emulator has ended; it is started again", "state", child.State(), "last lines", child.Tail(5))
			for s.again(ctx) != nil {
			}
			if ctx.Err() != nil {
				return
			}
			s.options.Log.Error("the web site's emulator answers again", "url", s.URL())
		}
	}()
}

// again starts the emulator; it is nil as well when ctx has ended.
func (s *Site) again(ctx context.Context) error {
	if pause.For(ctx, afterDeath) != nil {
		return nil
	}
	defer process.KeepPorts(s.options.Port)()
	err := s.run(ctx)
	if err != nil && ctx.Err() == nil {
		s.options.Log.Error("the web site's emulator does not start", "error", err)
		return err
	}
	return nil
}

func (s *Site) running() *process.Process {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.child
}
