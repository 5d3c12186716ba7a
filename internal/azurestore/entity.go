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

// decode reads an entity as the service sent it.
func decode(raw []byte) (aztables.EDMEntity, error) {
	var e aztables.EDMEntity
	if err := json.Unmarshal(raw, &e); err != nil {
		return e, fmt.Errorf("decode entity: %w", err)
	}
	return e, nil
}

// documentOf puts a document together again; nil if there is none.
func documentOf(e aztables.EDMEntity, name string) []byte {
	var value []byte
	for i := 0; ; i++ {
		chunk, ok := e.Properties[fmt.Sprintf("%s%d", name, i)].(aztables.EDMBinary)
		if !ok {
			return value
		}
		value = append(value, chunk...)
	}
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
