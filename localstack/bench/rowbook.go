package bench

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"regexp"
	"strings"
)

// rowBook stands in for the table service under a store, and only writes down
// which rows there would be. So the store itself makes the rows, in whatever form
// it has, and they can be brought into a real table a hundred at a time, which is
// the only way to a hundred thousand instances within minutes. It knows
// transactions that insert, replace and delete, all of which succeed.
type rowBook struct {
	rows  map[tableKey]json.RawMessage
	bytes int64 // of all transactions so far
}

type tableKey struct{ partition, row string }

// take empties the book.
func (b *rowBook) take() map[tableKey]json.RawMessage {
	rows := b.rows
	b.rows = nil
	return rows
}

// Do answers a transaction as the service does: 202, and in it an answer with an
// ETag for each operation.
func (b *rowBook) Do(req *http.Request) (*http.Response, error) {
	if !strings.HasSuffix(req.URL.Path, "/$batch") {
		return nil, fmt.Errorf("seed: %s %s is no transaction", req.Method, req.URL.Path)
	}
	b.bytes += req.ContentLength
	operations, err := operationsOf(req)
	if err != nil {
		return nil, fmt.Errorf("seed: %w", err)
	}
	var answers bytes.Buffer
	for _, o := range operations {
		if err := b.apply(o); err != nil {
			return nil, fmt.Errorf("seed: %w", err)
		}
		answers.WriteString("--changeset\r\nContent-Type: application/http\r\nContent-Transfer-Encoding: binary\r\n\r\nHTTP/1.1 204 No Content\r\nETag: W/\"seed\"\r\n\r\n\r\n")
	}
	body := "--batch\r\nContent-Type: multipart/mixed; boundary=changeset\r\n\r\n" + answers.String() + "--changeset--\r\n--batch--\r\n"
	return &http.Response{
		StatusCode: http.StatusAccepted, Header: http.Header{"Content-Type": {"multipart/mixed; boundary=batch"}},
		Body: io.NopCloser(strings.NewReader(body)), Request: req,
	}, nil
}

// operation is one of a transaction; no entity for a deletion.
type operation struct {
	method string
	path   string
	entity json.RawMessage
}

// operationsOf reads the multipart body of a transaction: one changeset, with an
// HTTP request for each operation.
func operationsOf(req *http.Request) (operations []operation, err error) {
	changeset, err := parts(req.Header.Get("Content-Type"), req.Body).NextPart()
	if err != nil {
		return nil, fmt.Errorf("read a transaction: %w", err)
	}
	for requests := parts(changeset.Header.Get("Content-Type"), changeset); ; {
		part, err := requests.NextPart()
		if errors.Is(err, io.EOF) {
			return operations, nil
		}
		if err != nil {
			return nil, fmt.Errorf("read a transaction: %w", err)
		}
		text, err := io.ReadAll(part)
		if err != nil {
			return nil, fmt.Errorf("read a transaction: %w", err)
		}
		o, err := parseOperation(text)
		if err != nil {
			return nil, err
		}
		operations = append(operations, o)
	}
}

func parts(contentType string, body io.Reader) *multipart.Reader {
	_, parameters, _ := mime.ParseMediaType(contentType) // without a boundary nothing is found
	return multipart.NewReader(body, parameters["boundary"])
}

// parseOperation reads an HTTP request that has no Content-Length: its body goes
// on to the end of the part.
func parseOperation(text []byte) (operation, error) {
	in := bufio.NewReader(bytes.NewReader(text))
	req, err := http.ReadRequest(in)
	if err != nil {
		return operation{}, fmt.Errorf("read an operation: %w", err)
	}
	body, err := io.ReadAll(in)
	if err != nil {
		return operation{}, fmt.Errorf("read an operation: %w", err)
	}
	return operation{method: req.Method, path: req.URL.Path, entity: bytes.TrimSpace(body)}, nil
}

var deletedKey = regexp.MustCompile(`\(PartitionKey='([^']*)',\s*RowKey='([^']*)'\)$`)

func (b *rowBook) apply(o operation) error {
	if o.method == http.MethodDelete {
		m := deletedKey.FindStringSubmatch(o.path)
		if m == nil {
			return fmt.Errorf("%s names no row", o.path)
		}
		delete(b.rows, tableKey{m[1], m[2]})
		return nil
	}
	var keys struct{ PartitionKey, RowKey string }
	if err := json.Unmarshal(o.entity, &keys); err != nil {
		return fmt.Errorf("read an entity: %w", err)
	}
	if b.rows == nil {
		b.rows = map[tableKey]json.RawMessage{}
	}
	b.rows[tableKey{keys.PartitionKey, keys.RowKey}] = o.entity
	return nil
}
