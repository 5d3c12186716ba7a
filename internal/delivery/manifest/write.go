package manifest

import (
	"bytes"
	"fmt"
	"strings"

	"go.yaml.in/yaml/v3"
)

// part is one object of a manifest, with what is to be known of it.
type part struct {
	note   string // sentences; "" for none
	object object
}

// Write writes the manifest of a certificate: YAML documents, each under what is to be
// known of it.
func Write(o Options, w Wanted) (string, error) {
	parts := append(o.bring(w), o.serve(w)...)
	var out bytes.Buffer
	out.WriteString("# " + w.title() + "\n")
	for _, p := range parts {
		out.WriteString("---\n")
		for _, line := range wrap(p.note) {
			out.WriteString("# " + line + "\n")
		}
		e := yaml.NewEncoder(&out)
		e.SetIndent(2)
		if err := e.Encode(p.object); err != nil {
			return "", fmt.Errorf("write %s %s: %w", p.object.Kind, p.object.Metadata.Name, err)
		}
		if err := e.Close(); err != nil {
			return "", fmt.Errorf("write %s %s: %w", p.object.Kind, p.object.Metadata.Name, err)
		}
	}
	return out.String(), nil
}

// wrap breaks a note into lines.
func wrap(note string) (lines []string) {
	line := ""
	for _, word := range strings.Fields(note) {
		if line != "" && len(line)+1+len(word) > 88 {
			lines, line = append(lines, line), ""
		}
		if line != "" {
			line += " "
		}
		line += word
	}
	if line != "" {
		lines = append(lines, line)
	}
	return lines
}

// secret is the Secret that the certificate gets into.
func (o Options) secret(w Wanted) string {
	switch {
	case o.From == AppRouting && o.Entry == Ingress:
		return "keyvault-" + w.object() // the add-on goes by the Ingress's name
	case o.Secret != "":
		return o.Secret
	}
	return w.object()
}

func (o Options) meta(name string) meta { return meta{Name: name, Namespace: o.Namespace} }
