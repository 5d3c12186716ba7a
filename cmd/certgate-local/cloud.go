package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"certgate/localstack"
	"certgate/localstack/armsim"
)

// cloud starts all that the app calls, and not the app: a Functions host is to run
// it, with the settings that are written into dist/.
func cloud(ctx context.Context, root string) error {
	dir := filepath.Join(root, ".local")
	stack, err := localstack.Start(ctx, localstack.Options{
		Root: root, Dir: dir, Keep: true, NoHost: true, Ports: localstack.UsualPorts(), Log: os.Stderr,
		UpdateTakes: 9 * time.Second, UpdatePoll: armsim.RecordedPace(), SecretPoll: time.Minute,
	})
	if err != nil {
		return err
	}
	file := filepath.Join(root, "dist", "local.settings.json")
	if err := stack.WriteLocalSettings(file); err != nil {
		stack.Close()
		return err
	}
	fmt.Printf(`
Storage, authority, vault, Resource Manager and gateway are up. The settings are in
%s. In another terminal:

  func start --script-root dist

The tools fetch the extension bundle when they first start: let them do that once
before, because these settings lead their calls to the stack.

Ctrl-C ends the stack.
`, file)
	<-ctx.Done()
	fmt.Println("\nEnding the stack.")
	return stack.Close()
}
