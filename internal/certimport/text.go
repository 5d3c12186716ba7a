package certimport

import (
	"encoding/base64"
	"encoding/pem"
	"regexp"
	"strings"
	"unicode"
)

// item is one thing in a text: a PEM block, or bare base64 (empty label).
type item struct {
	label string
	der   []byte
	// dekInfo is the DEK-Info header of a block that is encrypted in the old way
	// (RFC 1421 section 4.6.1.3), "" for others.
	dekInfo string
}

// block is the item as the standard library decrypts it.
func (i item) block() *pem.Block {
	return &pem.Block{Type: i.label, Bytes: i.der, Headers: map[string]string{"DEK-Info": i.dekInfo}}
}

const armour = "-----BEGIN "

var (
	armoured = regexp.MustCompile(`(?s)-----BEGIN ([A-Z0-9 ]{1,40})-----(.*?)-----END ([A-Z0-9 ]{1,40})-----`)
	headers  = regexp.MustCompile(`(?s)^\s*Proc-Type:.*?DEK-Info:\s*([A-Z0-9-]{1,40}),\s*([0-9A-Fa-f]{1,64})`)
)

// split finds the items of a text. Line breaks count for nothing, because forms,
// shells and JSON lose or escape them; text around PEM blocks is left out, as
// tools write "Bag Attributes" there. ok is false if the text is neither PEM nor
// base64, or a block is cut off.
func split(text string) (items []item, ok bool) {
	return splitNested(plainLines(text), true)
}

func splitNested(text string, mayNest bool) (items []item, ok bool) {
	if !strings.Contains(text, armour) {
		der, ok := unbase64(text)
		if ok && mayNest && strings.HasPrefix(string(der), armour) { // a PEM file in base64
			return splitNested(string(der), false)
		}
		return []item{{der: der}}, ok
	}
	blocks := armoured.FindAllStringSubmatch(text, -1)
	if len(blocks) != strings.Count(text, armour) {
		return nil, false
	}
	for _, b := range blocks {
		i, body := item{label: b[1]}, b[2]
		if h := headers.FindStringSubmatch(body); h != nil {
			i.dekInfo, body = h[1]+","+h[2], body[len(h[0]):]
		}
		if i.der, ok = unbase64(body); !ok || b[1] != b[3] {
			return nil, false
		}
		items = append(items, i)
	}
	return items, true
}

// plainLines undoes what happens to a text on its way into a JSON string.
func plainLines(text string) string {
	text = strings.NewReplacer(`\r`, "\n", `\n`, "\n", "\r", "\n").Replace(text)
	return strings.TrimFunc(text, func(r rune) bool { return unicode.IsSpace(r) || strings.ContainsRune("\"'\ufeff", r) })
}

// unbase64 decodes one or several base64 texts behind each other, with or
// without padding, in the usual or in the URL alphabet.
func unbase64(text string) (der []byte, ok bool) {
	text = strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r):
			return -1
		case r == '-':
			return '+'
		case r == '_':
			return '/'
		}
		return r
	}, text)
	for _, part := range strings.FieldsFunc(text, func(r rune) bool { return r == '=' }) {
		decoded, err := base64.RawStdEncoding.DecodeString(part)
		if err != nil {
			return nil, false
		}
		der = append(der, decoded...)
	}
	return der, len(der) > 0
}
