package settings

import (
	"net/url"
	"strings"
)

// finishWebsite: the blob endpoint of a static website's container stays closed to
// the gateway, which reads the same files at the website's own address.
func (s *Settings) finishWebsite(values map[string]string) Faults {
	u, err := url.Parse(s.BlobContainerURL.Reveal())
	website := err == nil && strings.HasSuffix(strings.TrimSuffix(u.Path, "/"), "/$web")
	switch {
	case s.BlobContainerURL == "":
		return nil // it has a fault of its own
	case website && s.Gateway.ManageHTTPListener && s.WebsiteURL == "" && values["ChallengeWebsiteUrl"] == "":
		return Faults{{Setting: "ChallengeWebsiteUrl", Problem: "is missing, but BlobContainerUrl is the container of a static website and ManageHttpListener is true",
			Fix: "Set it to the account's primary endpoint for static websites, such as \"" + websiteExample + "\"; the gateway cannot read the container itself."}}
	case !website && s.WebsiteURL != "":
		return Faults{{Setting: "ChallengeWebsiteUrl", Problem: "is set, and BlobContainerUrl is no container of a static website ($web)",
			Fix: "Let BlobContainerUrl end in /$web, or remove ChallengeWebsiteUrl."}}
	}
	return nil
}

const websiteExample = "https://acmefiles.z6.web.core.windows.net"
