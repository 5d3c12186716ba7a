package appgateway_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/tidwall/sjson"

	"certgate/internal/appgateway/appgatewaytest"
	"certgate/internal/issuance"
)

func TestPublicAddressesOfBothFamilies(t *testing.T) {
	t.Parallel()
	arm := appgatewaytest.Start(t)
	doc, err := sjson.SetRawBytes(arm.Document(), "properties.frontendIPConfigurations.2", []byte(`{"name":"v6","properties":{"publicIPAddress":{"id":"/subscriptions/sub/resourceGroups/other/providers/Microsoft.Network/publicIPAddresses/gw-ip6"}}}`))
	if err != nil {
		t.Fatal(err)
	}
	arm.Foreign(doc)
	arm.Script(func(s *appgatewaytest.Server) { s.PublicIPs["gw-ip6"] = "2001:db8::10" })
	c := client(t, arm.Options())
	for range 3 {
		got, err := c.PublicAddresses(t.Context())
		if err != nil || !slices.Equal(got, []netip.Addr{netip.MustParseAddr("192.0.2.10"), netip.MustParseAddr("2001:db8::10")}) {
			t.Fatalf("addresses are %v (%v)", got, err)
		}
	}
	if n := len(arm.Requests()); n != 3 {
		t.Errorf("%d requests, want 3: what was read is remembered", n)
	}
}

func TestPublicAddressesAreReadAgainAfterAWhile(t *testing.T) {
	t.Parallel()
	var calls int
	transport := transportFunc(func(r *http.Request) (*http.Response, error) {
		calls++
		body := string(appgatewaytest.Gateway())
		if strings.Contains(r.URL.Path, "publicIPAddresses") {
			body = `{"properties":{"ipAddress":"192.0.2.10"}}`
		}
		w := httptest.NewRecorder()
		w.WriteString(body)
		return w.Result(), nil
	})
	synctest.Test(t, func(t *testing.T) {
		options := leadTo("http://arm.example")
		options.Transport = transport
		c := client(t, options)
		for _, wait := range []time.Duration{0, time.Minute, 5 * time.Minute} {
			time.Sleep(wait)
			if _, err := c.PublicAddresses(context.Background()); err != nil {
				t.Fatal(err)
			}
		}
	})
	if calls != 4 {
		t.Errorf("%d calls, want 4: two reads of two documents", calls)
	}
}

func TestAGatewayWithoutAPublicAddressIsAFailure(t *testing.T) {
	t.Parallel()
	for _, ips := range []map[string]string{{"gw-ip": ""}, {}} {
		arm := appgatewaytest.Start(t)
		arm.PublicIPs = ips
		_, err := client(t, arm.Options()).PublicAddresses(t.Context())
		wantFailure(t, err, issuance.CodeGatewayNoPublicIP, "gw")
	}
}
