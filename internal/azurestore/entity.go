package azurestore

import (
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strings"
	"unicode"

	"github.com/Azure/azure-sdk-for-go/sdk/data/aztables"
)

const (
	// chunkSize keeps a binary column below the service's 64 KiB.
	chunkSize = 60 << 10
	// maxEntity is the service's limit for all columns of a row, names included.
	maxEntity = 1 << 20
)

// row is an entity under construction. Documents (JSON of any size) are cut
// into binary columns Name0, Name1, ... because a string column holds half as
// much; the plain columns are for people who look with a storage browser.
type row struct {
	partition, key string
	columns        map[string]any
}

func newRow(partition, key string) row {
	return row{partition: partition, key: key, columns: map[string]any{}}
}

// document adds a document; an empty one adds nothing.
func (r row) document(name string, value []byte) {
	for i := 0; len(value) > 0; i++ {
		n := min(len(value), chunkSize)
		r.columns[fmt.Sprintf("%s%d", name, i)] = aztables.EDMBinary(value[:n])
		value = value[n:]
	}
}

// encode writes the entity, or says by how much it is too large.
func (r row) encode(what string) ([]byte, error) {
	size := 2 * (len(r.partition) + len(r.key))
	for name, value := range r.columns {
		size += 8 + 2*len(name)
		switch v := value.(type) {
		case aztables.EDMBinary:
			size += 4 + len(v)
		case string:
			size += 4 + 2*len(v) // UTF-16; more than enough for the rest
		default:
			size += 8
		}
	}
	if size > maxEntity {
		return nil, &TooLargeError{What: what, Size: size, Limit: maxEntity}
	}
	return json.Marshal(aztables.EDMEntity{
		Entity:     aztables.Entity{PartitionKey: r.partition, RowKey: r.key},
		Properties: r.columns,
	})
}

// decode reads an entity as the service sent it. One with a column that cannot be
// read has its keys and its ETag, so that it does not spoil the page that it is on.
func decode(raw []byte) (aztables.EDMEntity, error) {
	var e aztables.EDMEntity
	if json.Unmarshal(raw, &e) == nil {
		return e, nil
	}
	var keys struct {
		PartitionKey, RowKey string
		ETag                 string `json:"odata.etag"`
	}
	if err := json.Unmarshal(raw, &keys); err != nil {
		return e, fmt.Errorf("decode entity: %w", err)
	}
	return aztables.EDMEntity{Entity: aztables.Entity{PartitionKey: keys.PartitionKey, RowKey: keys.RowKey}, ETag: keys.ETag}, nil
}

// documentOf puts a document together again; nil if there is none. A chunk that is
// missing or of another type is an error.
func documentOf(e aztables.EDMEntity, name string) (value []byte, err error) {
	chunks := 0
	for column := range e.Properties {
		if n, ok := strings.CutPrefix(column, name); ok && n != "" && strings.Trim(n, "0123456789") == "" {
			chunks++
		}
	}
	for i := range chunks {
		column := fmt.Sprintf("%s%d", name, i)
		chunk, ok := e.Properties[column].(aztables.EDMBinary)
		if !ok {
			return nil, fmt.Errorf("the column %s is not there, or not binary", column)
		}
		value = append(value, chunk...)
	}
	return value, nil
}

// readData reads the document Data of a row into what it is of.
func readData(e aztables.EDMEntity, into any) error {
	if _, newer := e.Properties[schemaColumn]; newer {
		return errNewer
	}
	data, err := documentOf(e, "Data")
	if err != nil {
		return err
	}
	if err := json.Unmarshal(data, into); err != nil {
		return fmt.Errorf("decode Data: %w", err)
	}
	return nil
}

// readJSON reads a document that holds JSON, or nothing.
func readJSON(e aztables.EDMEntity, name string) (json.RawMessage, error) {
	value, err := documentOf(e, name)
	if err == nil && len(value) > 0 && !json.Valid(value) {
		err = fmt.Errorf("%s is not JSON", name)
	}
	return value, err
}

// textOf is a string column; "" if there is none.
func textOf(e aztables.EDMEntity, name string) string {
	text, _ := e.Properties[name].(string)
	return text
}

// readable makes a short column for people out of any text.
func readable(s string) string {
	s = strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) {
			return '.'
		}
		return r
	}, s)
	if runes := []rune(s); len(runes) > 200 {
		return string(runes[:200])
	}
	return s
}

// newCommit is the id of one write: how it recognises its own row.
func newCommit() string {
	var b [8]byte
	rand.Read(b[:]) // never fails: crypto/rand crashes the process instead
	return hex.EncodeToString(b[:])
}
