package survey_test

import (
	"fmt"
	"slices"
	"testing"

	"certgate/internal/inventory"
	"certgate/internal/issuance/survey"
)

func TestWhatAListenerHasIsSeenAfresh(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.adds("bot.example.com", acmebot)
	w.adds("alone.example.com", nil)
	own := w.adds("own.example.com", map[string]string{"ManagedBy": "certgate", "Hostname": "own.example.com"})
	elsewhere := w.adds("moved.example.com", map[string]string{"ManagedBy": "certgate", "Hostname": "moved.example.com"})
	w.gateway.Found[3].Entry = "by-hand"
	uploaded := w.adds("pfx.example.com", nil)
	w.gateway.Found[4].SecretID = ""
	other := w.adds("other.example.com", acmebot)
	w.gateway.Found[5].Port = 8443
	hosts := []string{"new.example.com"}
	for _, f := range []inventory.Found{w.gateway.Found[0], w.gateway.Found[1], own, elsewhere, uploaded, other} {
		hosts = append(hosts, f.Hostnames[0])
	}
	p := survey.Ports{Gateway: w, Vaults: w, OwnVault: vault, Now: w.clock.Now}
	list, err := p.Occupants(t.Context(), hosts)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, o := range list {
		got = append(got, fmt.Sprintf("%s %s %s %q", o.Hostname, o.Entry, o.RenewedBy, o.Manager))
	}
	want := []string{`bot.example.com bot-example-com acmebot "Acmebot"`, `alone.example.com alone-example-com nobody ""`, `pfx.example.com pfx-example-com unknown ""`}
	if !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	if w.documents != 1 || len(w.reads) != 4 {
		t.Errorf("%d readings of the gateway, %q of the vault", w.documents, w.reads)
	}
}
