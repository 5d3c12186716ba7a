package storm

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strconv"
	"time"

	"certgate/localstack/process"
)

// notificationsLog is where they are kept, in the stack's folder.
const notificationsLog = "notifications.log"

// receiver takes notifications and keeps their bodies for the audit.
type receiver struct {
	url    string
	server *http.Server
	file   *os.File
}

func startReceiver(path string) (*receiver, error) {
	port, err := process.FreePort()
	if err != nil {
		return nil, err
	}
	listener, err := net.Listen("tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(port)))
	if err != nil {
		return nil, fmt.Errorf("receiver of notifications: %w", err)
	}
	r := &receiver{url: "http://" + listener.Addr().String()}
	if r.file, err = os.Create(path); err != nil {
		listener.Close()
		return nil, fmt.Errorf("receiver of notifications: %w", err)
	}
	r.server = &http.Server{Handler: r, ReadHeaderTimeout: 10 * time.Second}
	go r.server.Serve(listener) // ends with close
	return r, nil
}

func (r *receiver) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	body, err := io.ReadAll(io.LimitReader(req.Body, 1<<20))
	if err == nil {
		_, err = r.file.Write(append(body, '\n'))
	}
	if err != nil {
		w.WriteHeader(http.StatusServiceUnavailable)
	}
}

func (r *receiver) close() {
	r.server.Close()
	r.file.Close()
}
