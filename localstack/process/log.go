package process

import (
	"bytes"
	"io"
	"os"
	"strings"
	"sync"
)

// tailBytes is how much of the log's end is looked at for the last lines.
const tailBytes = 16 << 10

// Tail returns up to n last lines that this run of the child has written.
func (p *Process) Tail(n int) []string {
	file, err := os.Open(p.spec.LogFile)
	if err != nil {
		return nil
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return nil
	}
	from := max(p.logFrom, info.Size()-tailBytes)
	text, err := io.ReadAll(io.NewSectionReader(file, from, info.Size()-from))
	if err != nil || len(bytes.TrimSpace(text)) == 0 {
		return nil
	}
	lines := strings.Split(strings.TrimRight(string(text), "\r\n"), "\n")
	return lines[max(0, len(lines)-n):]
}

// prefixWriter passes on whole lines, each with a prefix, so that the output of
// several children can share a terminal.
type prefixWriter struct {
	prefix string
	to     io.Writer

	mu      sync.Mutex
	partial []byte
}

// Write never fails: a terminal that is gone must not stop the child's log.
func (w *prefixWriter) Write(b []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.partial = append(w.partial, b...)
	end := bytes.LastIndexByte(w.partial, '\n') + 1
	if end == 0 {
		return len(b), nil
	}
	var out bytes.Buffer
	for line := range bytes.Lines(w.partial[:end]) {
		out.WriteString(w.prefix)
		out.Write(line)
	}
	w.partial = append(w.partial[:0], w.partial[end:]...)
	_, _ = w.to.Write(out.Bytes())
	return len(b), nil
}

// flush passes on a last line that has no line end.
func (w *prefixWriter) flush() {
	w.mu.Lock()
	unfinished := len(w.partial) > 0
	w.mu.Unlock()
	if unfinished {
		_, _ = w.Write([]byte("\n"))
	}
}
