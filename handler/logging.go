package main

import (
	"context"
	"io"
	"log/slog"
)

// invocationKey carries the host's invocation id through a context.
type invocationKey struct{}

func withInvocation(ctx context.Context, id string) context.Context {
	if id == "" {
		return ctx
	}
	return context.WithValue(ctx, invocationKey{}, id)
}

func invocationOf(ctx context.Context) string {
	id, _ := ctx.Value(invocationKey{}).(string)
	return id
}

// newLog writes JSON lines to stdout: the Functions host takes a line on stderr
// for an error, whatever it says.
func newLog(w io.Writer, level slog.Level) *slog.Logger {
	return slog.New(invocationHandler{slog.NewJSONHandler(w, &slog.HandlerOptions{Level: level})})
}

// invocationHandler adds the invocation id to each line, so that a line can be
// found from the host's own log and back.
type invocationHandler struct{ slog.Handler }

func (h invocationHandler) Handle(ctx context.Context, r slog.Record) error {
	if id := invocationOf(ctx); id != "" {
		r.AddAttrs(slog.String("invocation", id))
	}
	return h.Handler.Handle(ctx, r)
}

func (h invocationHandler) WithAttrs(attrs []slog.Attr) slog.Handler {
	return invocationHandler{h.Handler.WithAttrs(attrs)}
}

func (h invocationHandler) WithGroup(name string) slog.Handler {
	return invocationHandler{h.Handler.WithGroup(name)}
}
