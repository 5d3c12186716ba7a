package storm

import (
	"encoding/base64"
	"fmt"
	"strings"

	"software.sslmate.com/src/go-pkcs12"
)

// former is the name of a listener that somebody made for a hostname which certgate takes
// over, of its rule and of its certificate entry.
const former = "former-"

// plantFormer puts the listeners of those lives on the gateway, each with an uploaded
// certificate of its own.
func plantFormer(doc object, lives []Life) {
	p := properties(doc)
	id, _ := doc["id"].(string)
	add := func(collection, name string, members object) object {
		list, _ := p[collection].([]any)
		p[collection] = append(list, object{"name": name, "properties": members})
		return object{"id": fmt.Sprintf("%s/%s/%s", id, collection, name)}
	}
	port := object{"id": id + "/frontendPorts/port-https"}
	for _, life := range lives {
		if life.Begins != TakeOver {
			continue
		}
		host := life.Hostnames[0]
		name := former + strings.ReplaceAll(host, ".", "-")
		u, certificate := selfSigned(host)
		pfx, err := pkcs12.Modern.Encode(u.key, certificate, nil, "former")
		must(err)
		listener := add("httpListeners", name, object{
			"protocol": "Https", "hostName": host, "requireServerNameIndication": true,
			"frontendIPConfiguration": firstOf(doc, "frontendIPConfigurations"), "frontendPort": port,
			"sslCertificate": add("sslCertificates", name, object{"data": base64.StdEncoding.EncodeToString(pfx), "password": "former"}),
		})
		add("requestRoutingRules", name, object{
			"ruleType": "Basic", "priority": freePriority(doc), "httpListener": listener,
			"backendAddressPool": firstOf(doc, "backendAddressPools"), "backendHttpSettings": firstOf(doc, "backendHttpSettingsCollection"),
		})
	}
}

// givenUp leaves out which certificate a listener has that was there before: this alone
// certgate may change of it.
func givenUp(child object) object {
	if name, _ := child["name"].(string); strings.HasPrefix(name, former) {
		delete(properties(child), "sslCertificate")
	}
	return child
}
