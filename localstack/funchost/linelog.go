package funchost

import (
	"bytes"
	"context"
	"log/slog"
	"strings"
	"sync"
)

// lineLog turns the handler's output into log records: stdout is information,
// stderr an error, or a warning if the line says "warn".
type lineLog struct {
	log    *slog.Logger
	stderr bool

	mu   sync.Mutex
	rest []byte
}

// maxLine bounds what a handler that never ends its line can cost.
const maxLine = 1 << 20

func newLineLog(log *slog.Logger, stream string) *lineLog {
	return &lineLog{log: log.With("stream", stream), stderr: stream == "stderr"}
}

func (l *lineLog) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.rest = append(l.rest, p...)
	for {
		line, rest, found := bytes.Cut(l.rest, []byte("\n"))
		if !found {
			break
		}
		l.emit(line)
		l.rest = rest
	}
	if len(l.rest) > maxLine {
		l.emit(l.rest)
		l.rest = nil
	}
	return len(p), nil
}

// flush writes the line that the handler did not finish.
func (l *lineLog) flush() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.rest) > 0 {
		l.emit(l.rest)
		l.rest = nil
	}
}

func (l *lineLog) emit(line []byte) {
	text := strings.TrimRight(string(line), "\r")
	level := slog.LevelInfo
	switch {
	case text == "":
		return
	case strings.HasPrefix(text, "LanguageWorkerConsoleLog"): // the platform's own log, not the app's
		level = slog.LevelDebug
	case l.stderr && strings.Contains(strings.ToLower(text), "warn"):
		level = slog.LevelWarn
	case l.stderr:
		level = slog.LevelError
	}
	l.log.Log(context.Background(), level, text)
}
