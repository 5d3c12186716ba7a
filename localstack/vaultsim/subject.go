package vaultsim

import (
	"crypto/x509/pkix"
	"encoding/asn1"
	"fmt"
	"strings"
)

// subjectTypes are the attributes that a subject may have (RFC 4514 section 3).
var subjectTypes = map[string]asn1.ObjectIdentifier{
	"CN": {2, 5, 4, 3}, "C": {2, 5, 4, 6}, "L": {2, 5, 4, 7}, "ST": {2, 5, 4, 8}, "S": {2, 5, 4, 8},
	"O": {2, 5, 4, 10}, "OU": {2, 5, 4, 11}, "E": {1, 2, 840, 113549, 1, 9, 1}, "DC": {0, 9, 2342, 19200300, 100, 1, 25},
}

// subjectNames is the other way round, in the service's words.
var subjectNames = map[string]string{
	"2.5.4.3": "CN", "2.5.4.6": "C", "2.5.4.7": "L", "2.5.4.8": "S", "2.5.4.10": "O", "2.5.4.11": "OU", "1.2.840.113549.1.9.1": "E",
	"0.9.2342.19200300.100.1.25": "DC",
}

// parseSubject reads "CN=a.example, O=Example" into Names (and ExtraNames, which
// is what encoding takes). A value may stand in quotes.
func parseSubject(text string) (pkix.Name, error) {
	var name pkix.Name
	if strings.TrimSpace(text) == "" {
		return name, nil
	}
	for _, part := range subjectParts(text) {
		key, value, ok := strings.Cut(part, "=")
		id := subjectTypes[strings.ToUpper(strings.TrimSpace(key))]
		value = strings.TrimSpace(value)
		if inner, quoted := strings.CutPrefix(value, `"`); quoted {
			value, quoted = strings.CutSuffix(inner, `"`)
			ok = ok && quoted
		}
		if !ok || id == nil || value == "" {
			return name, badParameter("Property policy.x509_props has invalid value. Invalid X.500 distinguished name\r\n")
		}
		name.Names = append(name.Names, pkix.AttributeTypeAndValue{Type: id, Value: value})
	}
	name.ExtraNames = name.Names
	return name, nil
}

// subjectParts splits at the commas outside of quotes.
func subjectParts(text string) []string {
	var parts []string
	start, quoted := 0, false
	for i, c := range text {
		switch {
		case c == '"':
			quoted = !quoted
		case c == ',' && !quoted:
			parts = append(parts, text[start:i])
			start = i + 1
		}
	}
	return append(parts, text[start:])
}

// subjectText is the subject of a certificate as the service writes it: from its
// end to its beginning. Attributes that it has no name for are left out.
func subjectText(raw []byte) string {
	var name pkix.RDNSequence
	if _, err := asn1.Unmarshal(raw, &name); err != nil {
		return ""
	}
	var parts []string
	for i := len(name) - 1; i >= 0; i-- {
		for _, attribute := range name[i] {
			key, value := subjectNames[attribute.Type.String()], fmt.Sprint(attribute.Value)
			if key == "" || value == "" || strings.Contains(value, `"`) {
				continue
			}
			if strings.ContainsAny(value, ",=+<>#;") {
				value = `"` + value + `"`
			}
			parts = append(parts, key+"="+value)
		}
	}
	return strings.Join(parts, ", ")
}
