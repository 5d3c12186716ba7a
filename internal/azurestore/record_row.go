package azurestore

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/data/aztables"

	"certgate/internal/durable"
	"certgate/internal/issuance/managed"
)

// recordPartition holds every record with its indexes. One partition takes 2,000
// operations a second (a limit of the Table service), and ten thousand records
// change a few times a day; in return a page of the list and a look at what is
// due are one query, and a record changes with its indexes in one transaction.
const recordPartition = "records"

// The rows of a record. Names go into keys in lower case because the vault's
// names do not differ by case alone.
func recordKey(name string) string { return "n|" + escape(strings.ToLower(name)) }

func recordDueKey(next time.Time, name string) string {
	if next.IsZero() {
		return ""
	}
	return "d|" + sortable(next) + "|" + escape(strings.ToLower(name))
}

func recordExpiryKey(notAfter time.Time, name string) string {
	return "e|" + sortable(notAfter) + "|" + escape(strings.ToLower(name))
}

// recordVersion is what managed.Record.ETag holds for this store: the row's
// ETag and the keys of its index rows, which the next save has to delete without
// having to read first.
type recordVersion struct {
	due, expiry string
	etag        azcore.ETag
}

// absent stands for no due row.
const absent = "-"

func (v recordVersion) String() string {
	due := v.due
	if due == "" {
		due = absent
	}
	return due + " " + v.expiry + " " + string(v.etag)
}

// nameInKey is the name of a record by a key of its rows, in lower case; "" if the key
// is none of ours.
func nameInKey(key string) string {
	name, _ := unescape(lastPart(key))
	return name
}

func parseRecordVersion(s string) (v recordVersion, ok bool) {
	parts := strings.SplitN(s, " ", 3)
	if len(parts) != 3 || parts[2] == "" {
		return v, false
	}
	v = recordVersion{due: parts[0], expiry: parts[1], etag: azcore.ETag(parts[2])}
	if v.due == absent {
		v.due = ""
	}
	return v, true
}

func recordVersionOf(r *managed.Record, etag azcore.ETag) recordVersion {
	return recordVersion{due: recordDueKey(r.NextCheck, r.Name), expiry: recordExpiryKey(r.NotAfter, r.Name), etag: etag}
}

// recordRow is the row n|, and under another key the copy that the list by
// expiry is made of; the plain columns are for people.
func recordRow(r *managed.Record, key string) (row, error) {
	kept := newRow(recordPartition, key)
	data, err := json.Marshal(r)
	if err != nil {
		return kept, fmt.Errorf("encode record %s: %w", r.Name, err)
	}
	kept.document("Data", data)
	kept.columns["Name"], kept.columns["Hostnames"] = readable(r.Name), readable(strings.Join(r.Hostnames, ", "))
	kept.columns["NotAfter"] = r.NotAfter.UTC().Format(time.RFC3339)
	return kept, nil
}

// decodeRecord reads a row n| or e|. The ETag is set for the first. Its error is a
// *durable.UnreadableError.
func decodeRecord(e aztables.EDMEntity) (*managed.Record, error) {
	var r managed.Record
	err := readData(e, &r)
	switch {
	case err != nil:
	case escape(strings.ToLower(r.Name)) != lastPart(e.RowKey):
		err = errors.New("it has another name than its row")
	case r.NotAfter.IsZero():
		err = errors.New("it has no expiry")
	}
	if err != nil {
		return nil, damaged(durable.RowRecord, nameInKey(e.RowKey), e, err)
	}
	r.UTC()
	if strings.HasPrefix(e.RowKey, "n|") {
		r.ETag = recordVersionOf(&r, azcore.ETag(e.ETag)).String()
	}
	return &r, nil
}
