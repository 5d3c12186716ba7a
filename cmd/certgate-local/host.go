package main

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"

	"certgate/localstack"
	"certgate/localstack/funchost"
)

// host runs the app with the local Functions host in place of `func start`: from a
// script root as it is deployed, and the settings file in it, alone.
func host(ctx context.Context, root string, args []string) error {
	folder := filepath.Join(root, "dist")
	if len(args) > 0 {
		folder = args[0]
	}
	env, err := localstack.ReadLocalSettings(filepath.Join(folder, "local.settings.json"))
	if err != nil {
		return fmt.Errorf("%w (make cloud writes them)", err)
	}
	h, err := funchost.New(funchost.Config{ScriptRoot: folder, Env: env, Logger: slog.New(slog.NewTextHandler(os.Stderr, nil))})
	if err != nil {
		return err
	}
	go func() {
		select {
		case <-h.Ready():
			fmt.Printf("The app is at http://%s/api. Ctrl-C ends it.\n", h.Addr())
		case <-ctx.Done():
		}
	}()
	return h.Run(ctx)
}
