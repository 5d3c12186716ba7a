package pebble

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"sync"
)

// orderLine is in the line that Pebble writes when it has stored a new order,
// before it answers the request.
var orderLine = []byte("Added order ")

// Orders is the number of orders the CA has made since Start, those of runs
// before a Restart too. It is counted in the CA's own log: an order is in it even
// if its answer was lost on the way, and a refused or repeated request that made
// none is not.
func (p *Pebble) Orders() (int, error) {
	n, err := p.orders.count()
	if err != nil {
		return 0, fmt.Errorf("count orders of pebble: %w", err)
	}
	return n, nil
}

// orderLog counts the new orders of a log file and remembers how far it has read.
type orderLog struct {
	file string

	mu    sync.Mutex
	read  int64
	found int
}

// newOrderLog begins at the present end of the file: what is there is of an
// earlier Start.
func newOrderLog(file string) (orderLog, error) {
	info, err := os.Stat(file)
	if errors.Is(err, fs.ErrNotExist) {
		return orderLog{file: file}, nil
	}
	if err != nil {
		return orderLog{}, err
	}
	return orderLog{file: file, read: info.Size()}, nil
}

func (l *orderLog) count() (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	file, err := os.Open(l.file)
	if err != nil {
		return 0, err
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return 0, err
	}
	text, err := io.ReadAll(io.NewSectionReader(file, l.read, info.Size()-l.read))
	if err != nil {
		return 0, err
	}
	whole := text[:bytes.LastIndexByte(text, '\n')+1] // an unfinished line is read next time
	l.found += bytes.Count(whole, orderLine)
	l.read += int64(len(whole))
	return l.found, nil
}
