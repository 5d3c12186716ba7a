package target_test

import (
	"strings"
	"testing"
	"time"

	"certgate/internal/delivery/target"
)

func TestATargetIsReadOrEveryFaultIsSaid(t *testing.T) {
	t.Parallel()
	for setting, says := range map[string]string{
		`[]`:         "is not a JSON object of targets by name",
		`{"a":{}} x`: "is not a JSON object of targets by name",
		`{"a":7}`:    `"a" is no JSON object`,
		`{"A b":{"kind":"endpoint","for":["*"]}}`:                                                                                 `"A b" is no name for a target`,
		`{"a":{"for":["*"]}}`:                                                                                                     `"a" has the kind "", which is none of endpoint, kubernetes, vmextension, appservice, containerapps, webpubsub, signalr`,
		`{"a":{"kind":"cdn-classic","for":["*"]}}`:                                                                                `"a" has the kind "cdn-classic", which is retired: Azure CDN takes no new domains`,
		`{"a":{"kind":"StaticWebApps","for":["*"]}}`:                                                                              `which takes no certificate of your own: Static Web Apps`,
		`{"a":{"kind":"apim","for":["*"]}}`:                                                                                       `use the kind endpoint to look at it`,
		`{"a":{"kind":"vmextension","for":["*"]}}`:                                                                                `has the os "", which is neither linux nor windows`,
		`{"a":{"kind":"vmextension","for":["*"],"os":"linux","machine":"a/b"}}`:                                                   `which is no name of one`,
		`{"a":{"kind":"vmextension","for":["*"],"os":"windows","clientId":"x"}}`:                                                  `no GUID`,
		`{"a":{"kind":"vmextension","for":["*"],"os":"windows","machine":"web-01"}}`:                                              "",
		`{"a":{"kind":"endpoint"}}`:                                                                                               "is for no hostname",
		`{"a":{"kind":"endpoint","for":["http://x.example.com"]}}`:                                                                `is for "http://x.example.com"`,
		`{"a":{"kind":"endpoint","for":"*"}}`:                                                                                     `has the member "for" with a value of another type`,
		`{"a":{"kind":"endpoint","for":["*"],"endpoints":["https://x.example"]}}`:                                                 `has the endpoint "https://x.example"`,
		`{"a":{"kind":"endpoint","for":["*"],"endpoints":["x.example:0"]}}`:                                                       `has the endpoint "x.example:0"`,
		`{"a":{"kind":"endpoint","for":["*"],"endpoints":[""]}}`:                                                                  `has the endpoint ""`,
		`{"a":{"kind":"endpoint","for":["*"],"withinMinutes":20000}}`:                                                             "withinMinutes that are not from 1 to 10080",
		`{"a":{"kind":"endpoint","for":["*"],"chain":"none"}}`:                                                                    `has the chain "none"`,
		`{"a":{"kind":"endpoint","for":["*"],"port":1}}`:                                                                          `has the member "port", which this kind does not know`,
		`{"a":{"kind":"kubernetes","for":["*"]}}`:                                                                                 `has the service "": the name of the Service that requests go to is needed, has the clientId ""`,
		`{"a":{"kind":"kubernetes","for":["*"],"service":"web","from":"helm"}}`:                                                   `has from "helm", which is none of csi, akv2k8s, app-routing`,
		`{"a":{"kind":"kubernetes","for":["*"],"service":"web","from":"akv2k8s","entry":"gateway"}}`:                              "lacks class",
		`{"a":{"kind":"kubernetes","for":["*"],"service":"web","from":"akv2k8s","namespace":"Shop"}}`:                             `has the namespace "Shop"`,
		`{"a":{"kind":"kubernetes","for":["*"],"service":"web","from":"akv2k8s","secret":"tls"}}`:                                 "take each other's place",
		`{"a":{"kind":"kubernetes","for":["a.example.com"],"service":"web","from":"app-routing","secret":"tls"}}`:                 "whose name the add-on chooses itself",
		`{"a":{"kind":"kubernetes","for":["a.example.com"],"service":"web","from":"akv2k8s","secret":"tls","servicePort":70000}}`: "which is no port",
		`{"a":{"kind":"kubernetes","for":["*"],"service":"web","from":"akv2k8s","clientid":"x"}}`:                                 "",
		`{"a":{"kind":"kubernetes","for":["*"],"service":"web","from":"akv2k8s","cluster":"x"}}`:                                  `has the member "cluster", which this kind does not know`,
		`{"a":{"kind":"appservice","for":["*"],"plan":"plan"}}`:                                                                   `has the plan "plan", which is not the id of one (/subscriptions/…/resourceGroups/…/providers/Microsoft.Web/serverfarms/…)`,
		`{"a":{"kind":"appservice","for":["*"],"plan":"/subscriptions/11111111-2222-3333-4444-555555555555/resourceGroups/rg/providers/Microsoft.Web/serverFarms/p"}}`:                                                           "the region of the plan is needed",
		`{"a":{"kind":"containerapps","for":["*"],"environment":"/subscriptions/x"}}`:                                                                                                                                            "has the environment",
		`{"a":{"kind":"containerapps","for":["*"],"location":"westeurope","identity":"me","environment":"/subscriptions/11111111-2222-3333-4444-555555555555/resourceGroups/rg/providers/Microsoft.App/managedEnvironments/e"}}`: "has the identity",
		`{"a":{"kind":"signalr","for":["*"],"service":"/subscriptions/11111111-2222-3333-4444-555555555555/resourceGroups/rg/providers/Microsoft.SignalRService/webPubSub/p"}}`:                                                  "has the service",
		`{"a":{"kind":"signalr","for":["*"],"service":"/subscriptions/11111111-2222-3333-4444-555555555555/resourceGroups/rg/providers/Microsoft.SignalRService/signalr/p/../q"}}`:                                               "has the service",
		`{"a":{"kind":"endpoint"},"b":{"kind":"fax","for":["*"]}}`:                                  `"b" has the kind "fax"`,
		`{"a":{"kind":"endpoint","for":["*"],"endpoints":["a:1",":2","[::1]:3","10.0.0.1","::1"]}}`: "",
	} {
		_, err := target.Read(setting)
		if (err == nil) != (says == "") || err != nil && !strings.Contains(err.Error(), says) {
			t.Errorf("%s: %v, want %q", setting, err, says)
		}
	}
}

func TestATargetSaysWhereItIsAndHowLongItMayTake(t *testing.T) {
	t.Parallel()
	list, err := target.Read(`{"mail":{"kind":"endpoint","for":["*.Example.com","bücher.example"],"endpoints":[":465","Edge.example.net","[2001:db8::1]:8443"],"withinMinutes":90}}`)
	if err != nil || len(list) != 1 {
		t.Fatal(list, err)
	}
	mail := list[0]
	var at []string
	for _, e := range mail.Endpoints {
		at = append(at, e.At("a.example.com"))
	}
	if got := strings.Join(at, " "); got != "a.example.com:465 edge.example.net:443 [2001:db8::1]:8443" || mail.Within != 90*time.Minute {
		t.Errorf("it is at %s, within %s", got, mail.Within)
	}
	covered := mail.Covered([]string{"a.example.com", "A.EXAMPLE.COM", "*.example.com", "a.b.example.com", "example.com", "xn--bcher-kva.example", "aexample.com"})
	if got := strings.Join(covered, " "); got != "a.example.com A.EXAMPLE.COM *.example.com xn--bcher-kva.example" {
		t.Errorf("it covers %s", got)
	}
}
