package localstack

import (
	"context"
	"fmt"
	"path/filepath"

	"certgate/localstack/site"
)

// startSite serves static/ as Static Web Apps does, in front of the API.
func (s *Stack) startSite(ctx context.Context) (err error) {
	if !s.options.Site {
		return nil
	}
	s.Site, err = site.Start(ctx, site.Options{
		Dir: s.path("site"), SiteDir: filepath.Join(s.options.Root, "static"), APIBase: s.API(), Port: s.Ports.Site, Log: s.log,
	})
	if err != nil {
		return fmt.Errorf("web site: %w", err)
	}
	s.onClose(s.Site.Stop)
	return nil
}
