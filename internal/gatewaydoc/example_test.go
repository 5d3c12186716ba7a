package gatewaydoc_test

import (
	"fmt"

	"github.com/tidwall/gjson"

	"certgate/internal/gatewaydoc"
	"certgate/internal/issuance"
)

// A listener is added to a gateway, and taken off again. What the document had
// before comes back byte for byte, members that nobody here knows included.
func Example() {
	read := []byte(`{"id":"/g", "new":{"of":"next year"}, "properties":{"provisioningState":"Succeeded",
		"frontendIPConfigurations":[{"name":"public","properties":{"publicIPAddress":{"id":"/ip"}}}],
		"backendAddressPools":[{"name":"app"}], "backendHttpSettingsCollection":[{"name":"app-https"}]}}`)
	doc, err := gatewaydoc.Parse(read)
	if err != nil {
		panic(err)
	}
	shop := issuance.Listener{Name: "shop-example-com", Hostname: "shop.example.com", SecretID: "https://v.vault.azure.net/secrets/shop-example-com"}
	to := gatewaydoc.Settings{BackendPool: "app", HTTPSettings: "app-https"}

	changed, err := doc.Want(shop, to)
	fmt.Println("wanted:", changed, err)
	changed, err = doc.Want(shop, to)
	fmt.Println("wanted again:", changed, err)
	fmt.Println("stands:", doc.Has(shop, to), doc.Condition())
	for _, room := range doc.Limits() {
		fmt.Println(room.Used, "of", room.Limit, room.Kind)
	}
	written, err := doc.Bytes()
	if err != nil {
		panic(err)
	}
	fmt.Println(gjson.GetBytes(written, "properties.httpListeners.0.properties.hostName"), gjson.GetBytes(written, "new"))

	changed, err = doc.Remove(shop.Name, shop.SecretID)
	fmt.Println("removed:", changed, err, doc.Has(shop, to))
	// Output:
	// wanted: true <nil>
	// wanted again: false <nil>
	// stands: true Succeeded
	// 1 of 100 certificates
	// 1 of 200 listeners
	// 1 of 100 active listeners
	// 1 of 400 rules
	// shop.example.com {"of":"next year"}
	// removed: true <nil> false
}
