package funchost

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"strconv"
	"testing"
)

// The test binary is also the custom handler: started by the host with these
// variables, it reports every request to the test and does what it is told.
const (
	controlVariable = "FUNCHOST_TEST_CONTROL" // URL of the test's control server
	startVariable   = "FUNCHOST_TEST_EXIT"    // exit at once with this code
)

func TestMain(m *testing.M) {
	if control := os.Getenv(controlVariable); control != "" {
		handlerMain(control)
		return
	}
	code := m.Run()
	stopEmulator()
	os.Exit(code)
}

// seen is one request as it arrived at the handler.
type seen struct {
	Method, URI, Host string
	Header            http.Header
	Body              []byte
	Chunked           bool
	Arguments         []string
	Env               []string
	PID               int
}

// act is what the handler does with a request.
type act struct {
	Status      int
	ContentType string
	Body        string
	Exit        *int // exit with this code in place of an answer
	Stream      bool // send Body, flush, and stay until the client is gone
}

func handlerMain(control string) {
	if code := os.Getenv(startVariable); code != "" {
		n, _ := strconv.Atoi(code)
		os.Exit(n)
	}
	fmt.Println("handler says hello")
	fmt.Fprintln(os.Stderr, "handler complains")
	fmt.Fprintln(os.Stderr, "handler Warns")
	http.HandleFunc("/{$}", func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(http.StatusNotFound) })
	http.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		a, err := ask(control, seen{
			Method: r.Method, URI: r.RequestURI, Host: r.Host, Header: r.Header, Body: body,
			Chunked: len(r.TransferEncoding) > 0, Arguments: os.Args[1:], Env: os.Environ(), PID: os.Getpid(),
		})
		if err != nil {
			panic(http.ErrAbortHandler)
		}
		if a.Exit != nil {
			os.Exit(*a.Exit)
		}
		if a.ContentType != "" {
			w.Header().Set("Content-Type", a.ContentType)
		}
		w.WriteHeader(a.Status)
		io.WriteString(w, a.Body)
		if a.Stream {
			http.NewResponseController(w).Flush()
			<-r.Context().Done()
			ask(control, seen{Method: "GONE", URI: r.RequestURI})
		}
	})
	err := http.ListenAndServe("127.0.0.1:"+os.Getenv("FUNCTIONS_CUSTOMHANDLER_PORT"), nil)
	fmt.Println(err)
	os.Exit(1)
}

func ask(control string, s seen) (a act, err error) {
	body, _ := json.Marshal(s)
	response, err := http.Post(control, "application/json", bytes.NewReader(body))
	if err != nil {
		return act{}, err
	}
	defer response.Body.Close()
	return a, json.NewDecoder(response.Body).Decode(&a)
}
