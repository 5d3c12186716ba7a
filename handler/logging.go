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

// newLog writes JSON lines, warnings and errors to errs and the others to out, which
// are stderr and stdout: the Functions host takes each line of stdout for information,
// and one of stderr for an error, or a warning if it contains "warn", as the level of
// one does. It drops what a failed invocation says in its reply, so this is how people
// hear of it.
func newLog(out, errs io.Writer, level slog.Level) *slog.Logger {
	options := &slog.HandlerOptions{Level: level}
	return slog.New(invocationHandler{byLevel{slog.NewJSONHandler(out, options), slog.NewJSONHandler(errs, options)}})
}

// byLevel has a stream for warnings and errors, and one for everything else.
type byLevel struct{ usual, wrong slog.Handler }

func (h byLevel) of(level slog.Level) slog.Handler {
	if level >= slog.LevelWarn {
		return h.wrong
	}
	return h.usual
}

func (h byLevel) Enabled(ctx context.Context, level slog.Level) bool {
	return h.of(level).Enabled(ctx, level)
}

func (h byLevel) Handle(ctx context.Context, r slog.Record) error {
	return h.of(r.Level).Handle(ctx, r)
}

func (h byLevel) WithAttrs(attrs []slog.Attr) slog.Handler {
	return byLevel{h.usual.WithAttrs(attrs), h.wrong.WithAttrs(attrs)}
}

func (h byLevel) WithGroup(name string) slog.Handler {
	return byLevel{h.usual.WithGroup(name), h.wrong.WithGroup(name)}
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
