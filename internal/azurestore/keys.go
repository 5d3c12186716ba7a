package azurestore

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"math"
	"strings"
	"time"

	"certgate/internal/durable"
)

// A row key may have up to 1 KiB and must not contain / \ # ? or control
// characters (Table service data model). "|" separates the parts of ours, and
// "}" is the character after it, so that a prefix is the range [p|, p}).

func instanceKey(id string) string { return "i|" + id }

func claimKey(claim string) string {
	sum := sha256.Sum256([]byte(claim))
	return "c|" + hex.EncodeToString(sum[:])
}

func itemKey(claim, id string) string { return claimKey(claim) + "|" + escape(id) }

// historyKey ends in the commit so that two events never meet, whatever their
// sequence numbers and times are.
func historyKey(id string, e durable.Event, commit string) string {
	return fmt.Sprintf("h|%s|%012d|%s|%s", id, e.Seq, sortable(e.Time), commit)
}

func dueKey(due time.Time, id string) string {
	return "d|" + sortable(durable.DueMinute(due)) + "|" + id
}

func endedKey(ended time.Time, id string) string { return "e|" + sortable(ended) + "|" + id }

func listKey(created time.Time, id string) string { return "l|" + inverted(created) + "|" + id }

// after returns the end of the range of keys that start with prefix and "|".
func after(prefix string) string { return prefix + "}" }

const sortableForm = "20060102T150405.000000000"

// sortable writes a time so that text order is time order, years 0 to 9999.
func sortable(t time.Time) string { return t.UTC().Format(sortableForm) }

// inverted writes a time so that text order is the reverse of time order. Times
// outside 1970 to 2262 are taken to those ends.
func inverted(t time.Time) string {
	first, last := time.Unix(0, 0), time.Unix(0, math.MaxInt64)
	nanos := int64(0)
	switch {
	case t.After(last):
		nanos = math.MaxInt64
	case t.After(first):
		nanos = t.UnixNano()
	}
	return fmt.Sprintf("%019d", math.MaxInt64-nanos)
}

// escape makes a row key part of any text: what is not a letter, a digit or one
// of -._ becomes =XX. A long one becomes its hash.
func escape(s string) string {
	var b strings.Builder
	for i := range len(s) {
		if c := s[i]; 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || strings.IndexByte("-._", c) >= 0 {
			b.WriteByte(c)
		} else {
			fmt.Fprintf(&b, "=%02X", c)
		}
	}
	if b.Len() > 200 {
		sum := sha256.Sum256([]byte(s))
		return "==" + hex.EncodeToString(sum[:])
	}
	return b.String()
}

// validID reports whether id has the form of durable.NewID. Ids come from URLs;
// one that has not this form is never put into a key or a filter.
func validID(id string) bool {
	return len(id) == 32 && strings.Trim(id, "0123456789abcdef") == "" && id[0] < '0'+durable.Shards
}

// shardOfID is the partition of a valid id.
func shardOfID(id string) string { return id[:1] }

// shards lists the partitions of instances.
func shards() []string {
	var all []string
	for i := range durable.Shards {
		all = append(all, string(rune('0'+i)))
	}
	return all
}
