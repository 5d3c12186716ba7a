package main

import (
	"strings"

	"certgate/internal/gatewaydoc"
	"certgate/internal/settings"
)

// gatewaySettings say what new entries of the gateway look like.
func gatewaySettings(s settings.Settings) gatewaydoc.Settings {
	out := gatewaydoc.Settings{BackendPool: s.Gateway.BackendPoolName, HTTPSettings: s.Gateway.BackendSettingsName, HTTPSPort: s.Gateway.HTTPSPort}
	if s.Gateway.ManageHTTPListener {
		files, _, _ := strings.Cut(s.BlobContainerURL.Reveal(), "?") // a SAS has no business on the gateway
		if s.WebsiteURL != "" {
			files = s.WebsiteURL
		}
		out.HTTP = &gatewaydoc.HTTPSide{Port: s.Gateway.HTTPPort, FilesURL: files}
	}
	return out
}
