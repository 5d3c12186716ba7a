package gatewaydoc_test

import (
	"testing"

	"certgate/internal/appgateway/appgatewaytest"
)

// A round of the lane with 98 hostnames: the document is read once, each is wanted,
// and after the write each is looked for. "new" has none of them before.
func BenchmarkRound(b *testing.B) {
	empty := appgatewaytest.Gateway()
	for _, collection := range []string{"httpListeners", "requestRoutingRules", "sslCertificates"} {
		empty = with(b, empty, "properties."+collection, "[]")
	}
	wants := listenersFor(98)
	full, _ := apply(b, empty, settings, wants...)
	for name, doc := range map[string][]byte{"new": empty, "standing": full} {
		b.Run("want/"+name, func(b *testing.B) {
			for b.Loop() {
				d := parse(b, doc)
				for _, l := range wants {
					if _, err := d.Want(l, settings); err != nil {
						b.Fatal(err)
					}
				}
				if _, err := d.Bytes(); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
	b.Run("has", func(b *testing.B) {
		b.SetBytes(int64(len(full)))
		for b.Loop() {
			d := parse(b, full)
			for _, l := range wants {
				if !d.Has(l, settings) {
					b.Fatal(l.Hostname)
				}
			}
		}
	})
}
