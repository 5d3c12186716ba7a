package storagedoor_test

import (
	"net/http/httptest"
	"testing"

	"certgate/localstack/storagedoor"
)

func TestKindsThatTheOtherTestsDoNotMeet(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ service, method, target, want string }{
		{"queue", "GET", "/devstoreaccount1/?comp=list", "queue list"},
		{"queue", "PUT", "/devstoreaccount1/q?comp=metadata", "queue other"},
		{"queue", "GET", "/devstoreaccount1/q?comp=acl", "queue other"},
		{"queue", "HEAD", "/devstoreaccount1/q/messages", "queue other"},
		{"table", "GET", "/devstoreaccount1/Tables", "table list"},
		{"table", "PUT", "/devstoreaccount1/?restype=service&comp=properties", "table other"},
		{"table", "GET", "/devstoreaccount1/t", "table query"},
		{"table", "MERGE", "/devstoreaccount1/t(PartitionKey='a',RowKey='b')", "table merge"},
		{"table", "PATCH", "/devstoreaccount1/Tables", "table other"},
		{"blob", "GET", "/devstoreaccount1/?comp=list", "blob list"},
		{"blob", "HEAD", "/devstoreaccount1/c/b", "blob head"},
		{"blob", "GET", "/devstoreaccount1/c?restype=container", "blob other"},
		{"blob", "PUT", "/devstoreaccount1/c/b?comp=lease", "blob other"},
		{"blob", "PUT", "/devstoreaccount1/c/b?comp=blocklist", "blob put"},
	} {
		if got := storagedoor.Kind(c.service, httptest.NewRequest(c.method, c.target, nil)); got != c.want {
			t.Errorf("%s %s: %s, want %s", c.method, c.target, got, c.want)
		}
	}
}

// The price of the door is the difference between the two.
func BenchmarkQueuePut(b *testing.B) {
	direct := clientsOf(b, startEmulator(b).ConnectionString(), noRetry)
	_, err := direct.queue.Create(b.Context(), nil)
	ok(b, err)
	door := clientsOf(b, openDoor(b, startEmulator(b).Ports()).ConnectionString(), noRetry)
	for name, c := range map[string]clients{"direct": direct, "door": door} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				_, err := c.queue.EnqueueMessage(b.Context(), "x", nil)
				ok(b, err)
			}
		})
	}
}
