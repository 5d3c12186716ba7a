package azurestore_test

import (
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/google/go-cmp/cmp"

	"certgate/internal/azurestore"
	"certgate/internal/durable"
)

// The service may answer a query with few rows, or none, and say where to go
// on; the emulator does not, so an answer made by hand stands in for it.
func TestAShortOrEmptyPageIsNotTheEnd(t *testing.T) {
	t.Parallel()
	first, last := durable.NewID("claim"), durable.NewID("claim")
	row := func(id, due string) string {
		return `{"PartitionKey":"` + id[:1] + `","RowKey":"d|` + due + `|` + id + `"}`
	}
	pages := map[string]struct{ rows, next string }{ // by NextRowKey of the request
		"": {row(first, "20300101T000000.000000000"), "second"}, "second": {"", "third"}, "third": {row(last, "20300101T000001.000000000"), ""},
	}
	transport := answering(func(r *http.Request) (*http.Response, error) {
		page := pages[r.URL.Query().Get("NextRowKey")]
		if !strings.Contains(r.URL.Query().Get("$filter"), "PartitionKey eq '"+first[:1]+"'") {
			page.rows, page.next = "", ""
		}
		answer := &http.Response{StatusCode: http.StatusOK, Header: http.Header{}, Request: r}
		if page.next != "" {
			answer.Header.Set("X-Ms-Continuation-NextPartitionKey", first[:1])
			answer.Header.Set("X-Ms-Continuation-NextRowKey", page.next)
		}
		answer.Body = io.NopCloser(strings.NewReader(`{"value":[` + page.rows + `]}`))
		return answer, nil
	})
	store, err := azurestore.New(azurestore.Config{
		Credential: token("t"), TableURL: "https://acc.table.example", ClientOptions: azcore.ClientOptions{Transport: transport},
	})
	if err != nil {
		t.Fatal(err)
	}
	due, err := store.Due(t.Context(), instance("claim").DueAt, 5)
	if diff := cmp.Diff([]string{first, last}, due); err != nil || diff != "" {
		t.Errorf("due gave %v (-want +got):\n%s", err, diff)
	}
}
