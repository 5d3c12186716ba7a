package api

import (
	"context"
	"encoding/csv"
	"net/http"
	"strings"
	"time"

	"certgate/internal/issuance/managed"
)

// csvHeader is published: the columns keep their order, new ones come last.
var csvHeader = []string{"name", "hostnames", "state", "issuer", "keyType", "notBefore", "notAfter", "renewal", "installedOn", "served", "revoked", "lastInstance"}

// csvPage is how many records one request to the store reads.
const csvPage = 1000

// csvWithin ends a long list before the platform's own limit does, in the middle
// of a line and without a word.
const csvWithin = 40 * time.Second

// writeCertificatesCSV answers all certificates that fit a filter, whatever its
// top, as a file for spreadsheets (RFC 4180).
func (s *server) writeCertificatesCSV(w http.ResponseWriter, r *http.Request, filter managed.Filter, standing managed.Standing) error {
	ctx, cancel := context.WithTimeout(r.Context(), csvWithin)
	defer cancel()
	now := s.now()
	filter.Top, filter.Token = csvPage, ""
	var rows [][]string
	for {
		page, next, err := s.pageOf(ctx, filter, standing, now)
		if err != nil {
			return err
		}
		listeners := s.listeners(ctx, page...)
		for _, record := range page {
			rows = append(rows, csvRow(s.publishCertificate(record, listeners, now)))
		}
		if filter.Token = next; next == "" {
			break
		}
	}
	// Nothing is written before everything is known: half a file looks like a whole.
	writeCSV(w, "certificates", now, csvHeader, rows)
	return nil
}

// writeCSV sends a table as a file to save, named after what it lists and the day.
func writeCSV(w http.ResponseWriter, name string, now time.Time, header []string, rows [][]string) {
	w.Header().Set("Content-Type", "text/csv; charset=utf-8; header=present")
	w.Header().Set("Content-Disposition", `attachment; filename="`+name+`-`+now.Format(time.DateOnly)+`.csv"`)
	w.Header().Set("Cache-Control", "no-store")
	out := csv.NewWriter(w)
	out.UseCRLF = true
	_ = out.Write(header) // what goes wrong shows in Flush, to a caller who is gone
	for _, row := range rows {
		for i := range row {
			row[i] = plainCell(row[i])
		}
	}
	_ = out.WriteAll(rows)
}

func csvRow(c certificate) []string {
	renewal := "not renewed"
	switch {
	case c.Imported:
		renewal = "imported"
	case c.Renewal != nil:
		renewal = "certgate " + c.Renewal.At
	}
	installed := "unknown"
	if c.Installed != nil {
		var places []string
		for _, p := range c.Installed {
			places = append(places, p.Gateway+"/"+p.Listener)
		}
		installed = strings.Join(places, " ")
	}
	revoked := ""
	if c.Revoked {
		revoked = "revoked"
	}
	return []string{c.Name, strings.Join(c.Hostnames, " "), string(c.State), c.Issuer, c.KeyType, c.NotBefore, c.NotAfter, renewal, installed, string(c.Served), revoked, c.LastInstance}
}

// plainCell keeps a spreadsheet from taking a text for a formula: an issuer's name
// is chosen by others.
func plainCell(text string) string {
	if text != "" && strings.ContainsRune("=+-@\t\r", rune(text[0])) {
		return "'" + text
	}
	return text
}
