package settings

import (
	"encoding/base64"
	"errors"
	"log/slog"
	"net/mail"
	"regexp"
	"strings"
	"unicode/utf8"

	"certgate/internal/issuance/managed"
)

var (
	guidForm = regexp.MustCompile(`^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$`)
	// Child resources of Microsoft.Network: 1 to 80 characters.
	gatewayForm = regexp.MustCompile(`^[0-9A-Za-z]([0-9A-Za-z._-]{0,78}[0-9A-Za-z_])?$`)
	// Resource groups: 1 to 90 letters of any script, digits and _ - . ( ), no
	// full stop at the end. Counted in the pattern, each of the 90 is a table of all
	// scripts, which the handler would make at each start.
	groupForm   = regexp.MustCompile(`^[\p{L}\p{Nd}_.()-]*[\p{L}\p{Nd}_()-]$`)
	accountForm = regexp.MustCompile(`^[a-z0-9]{3,24}$`)
)

// matching makes a parser for texts of one form.
func matching(form *regexp.Regexp, value, why string) (string, error) {
	if !form.MatchString(value) {
		return "", errors.New(why)
	}
	return value, nil
}

func anyText(v string) (string, error) { return v, nil }

func guid(v string) (string, error) {
	return matching(guidForm, v, "is not a GUID")
}

func gatewayPart(v string) (string, error) {
	return matching(gatewayForm, v, "is not a name of a gateway or its parts (1 to 80 letters, digits, dots, underscores and hyphens; an id is not a name)")
}

func resourceGroup(v string) (string, error) {
	if utf8.RuneCountInString(v) > 90 {
		return "", errors.New("is longer than the 90 characters of a resource group's name")
	}
	return matching(groupForm, v, "is not the name of a resource group (1 to 90 letters, digits, underscores, hyphens, dots and parentheses)")
}

func storageAccount(v string) (string, error) {
	return matching(accountForm, v, "is not the name of a storage account (3 to 24 lower-case letters and digits)")
}

func profile(v string) (string, error) {
	if !managed.IsProfile(v) {
		return "", errors.New("is not the name of a certificate profile (up to 64 letters, digits, dots, underscores and hyphens)")
	}
	return v, nil
}

func email(v string) (string, error) {
	if strings.HasPrefix(strings.ToLower(v), "mailto:") {
		return "", errors.New("begins with mailto:, which does not belong there")
	}
	parsed, err := mail.ParseAddress(v)
	if err != nil || parsed.Address != v {
		return "", errors.New("is not a single plain e-mail address")
	}
	if _, domain, _ := strings.Cut(v, "@"); !strings.Contains(domain, ".") {
		return "", errors.New("has no public domain")
	}
	return v, nil
}

// hmacKey checks the base64 that authorities hand out, which some do in the
// URL alphabet (RFC 8555 section 7.3.4), some in the other, some padded.
func hmacKey(v string) (Secret, error) {
	plain := strings.TrimRight(strings.NewReplacer("+", "-", "/", "_").Replace(v), "=")
	key, err := base64.RawURLEncoding.DecodeString(plain)
	if err != nil {
		return "", errors.New("is not base64")
	}
	if len(key) < 16 {
		return "", errors.New("is shorter than any HMAC key; is it the key id?")
	}
	return Secret(plain), nil
}

func readLogLevel(s *Settings, v string) error {
	s.LogLevel = map[string]slog.Level{
		"debug": slog.LevelDebug, "information": slog.LevelInfo, "warning": slog.LevelWarn, "error": slog.LevelError,
	}[v]
	return nil
}
