package localstack

import (
	"context"
	"errors"
	"fmt"
	"time"

	"certgate/localstack/funchost"
	"certgate/localstack/process"
)

var errClosed = errors.New("the stack is closed")

// RestartStorage stops the storage emulator and starts it again with the same
// ports and data. Until it returns, clients meet broken connections. Nothing that
// a client has been told of is lost, as the real service loses nothing: requests
// under way are answered first, and the emulator ends in good order, because it
// keeps its data in memory and writes it to disk when it ends. It needs
// Options.StorageOnDisk or Keep, and never returns to a hook of the door, whose
// own request it waits for. When it fails, it may be called again. An emulator that
// was killed before starts with what it had written until some seconds before that.
func (s *Stack) RestartStorage(ctx context.Context) error { return s.StorageAway(ctx, 0) }

// StorageAway is RestartStorage with a time in which storage is away.
func (s *Stack) StorageAway(ctx context.Context, away time.Duration) error {
	if !s.onDisk() {
		return errors.New("restart storage: its data is in memory alone: start the stack with StorageOnDisk")
	}
	s.storageTurn.Lock()
	defer s.storageTurn.Unlock()
	if s.closing.Load() {
		return fmt.Errorf("restart storage: %w", errClosed)
	}
	ports := s.Azurite.Ports()
	defer process.KeepPorts(ports.Blob, ports.Queue, ports.Table)()
	if err := s.Door.Shut(ctx); err != nil {
		return fmt.Errorf("restart storage: %w", err)
	}
	defer s.Door.Open()
	if err := s.Azurite.RestartAfter(ctx, away); err != nil {
		return fmt.Errorf("restart storage: %w", err)
	}
	// A killed emulator may have forgotten it.
	return s.makeContainer(ctx)
}

// RestartHost kills a Functions host, the first being 0, as the loss of its machine
// would, with the handler and all that is in flight (funchost.ErrKilled says what
// becomes of it), and starts a new one on the same address. It returns when that one is
// ready. Done does not report it, Host stays valid; in between, callers of the API and
// KillHandler get errors, where it is the only host. Options.Deliver must not call it:
// the old host ends when that has returned. When it fails, it may be called again.
func (s *Stack) RestartHost(ctx context.Context, number int) error {
	s.hostTurn.Lock()
	defer s.hostTurn.Unlock()
	if s.closing.Load() {
		return fmt.Errorf("restart the Functions host: %w", errClosed)
	}
	h := s.hosts[number]
	defer process.KeepPorts(s.Ports.API)()
	h.run.end(funchost.ErrKilled)
	s.runHost(ctx, h)
	if err := s.hostReady(ctx, h); err != nil {
		return fmt.Errorf("restart the Functions host: %w", err)
	}
	return nil
}
