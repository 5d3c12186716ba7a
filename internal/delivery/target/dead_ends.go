package target

import "strings"

// deadEnds are services that people ask for and that cannot be helped, each with the
// reason: a part of a sentence, to go on with behind the kind.
var deadEnds = map[string]string{
	"cdn":              "is retired: Azure CDN takes no new domains since August 2025 and ends in 2027. Use Azure Front Door Standard or Premium",
	"cdnclassic":       "is retired: Azure CDN takes no new domains since August 2025 and ends in 2027. Use Azure Front Door Standard or Premium",
	"frontdoorclassic": "is retired: Front Door (classic) takes no new domains since August 2025 and ends in March 2027. Use Azure Front Door Standard or Premium",
	"staticwebapp":     "takes no certificate of your own: Static Web Apps makes its own ones. Put Azure Front Door in front of it if it must serve yours",
	"storage":          "serves no certificate for your own hostname: a storage account's website does that only behind Azure Front Door",
	"cloudservice":     "is retired: Cloud Services take certificates only with a deployment of the whole service",
	"functionproxy":    "is gone: Functions Proxies ended with version 3 of the Functions runtime. The gateway in front is the proxy",
	"apimanagement":    "keeps its hostnames in one document with the rest of the service, which certgate does not write. Refer there to the certificate's secret without a version, and use the kind endpoint to look at it",
}

// deadEnd is why there is no such kind; "" where there is no such reason.
func deadEnd(kind string) string {
	plain := strings.NewReplacer("-", "", "_", "", " ", "").Replace(strings.ToLower(kind))
	if plain == "apim" {
		plain = "apimanagement"
	}
	return deadEnds[strings.TrimSuffix(plain, "s")]
}
