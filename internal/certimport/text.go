package certimport

import (
	"encoding/pem"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf16"

	"certgate/internal/pemtext"
)

// item is one thing in a text: a PEM block, or bare base64 (empty label).
type item struct {
	label   string
	der     []byte
	dekInfo string // of a block that is encrypted in the old way, "" for others
}

// block is the item as the standard library decrypts it.
func (i item) block() *pem.Block {
	return &pem.Block{Type: i.label, Bytes: i.der, Headers: map[string]string{"DEK-Info": i.dekInfo}}
}

// split finds the items of a text. Line breaks count for nothing, because forms,
// shells and JSON lose or escape them. No items and no error: the text is neither
// PEM nor base64.
func split(text string) ([]item, error) {
	text = plainText(text)
	if !pemtext.Present(text) {
		der, ok := pemtext.Base64(text)
		if !ok {
			return nil, nil
		}
		if text = plainText(decoded(der)); !pemtext.Present(text) {
			return []item{{der: der}}, nil
		} // a PEM file in base64, whatever it begins with
	}
	blocks, err := pemtext.Blocks(text)
	if err != nil {
		return nil, err
	}
	items := make([]item, 0, len(blocks))
	for _, b := range blocks {
		items = append(items, item{b.Label, b.DER, b.DEKInfo})
	}
	return items, nil
}

// dataURL is how browsers hand out a file (RFC 2397).
var dataURL = regexp.MustCompile(`(?i)^data:[^,]{0,200},`)

// plainText undoes what happens to a text on its way into a JSON string: escaped
// line breaks, quotes, marks of its encoding, the zeros of UTF-16.
func plainText(text string) string {
	text = strings.NewReplacer(`\r`, "\n", `\n`, "\n", "\r", "\n", "\x00", "").Replace(text)
	text = strings.TrimFunc(text, func(r rune) bool {
		return unicode.IsSpace(r) || strings.ContainsRune("\"'\ufeff\ufffd\u00ff\u00fe\u00ef\u00bb\u00bf", r)
	})
	return dataURL.ReplaceAllString(text, "")
}

// decoded is the text of a file: UTF-16 with its mark, or else bytes as they are.
func decoded(file []byte) string {
	if len(file) < 2 || len(file)%2 != 0 {
		return string(file)
	}
	var little bool
	switch {
	case file[0] == 0xff && file[1] == 0xfe:
		little = true
	case file[0] == 0xfe && file[1] == 0xff:
	default:
		return string(file)
	}
	units := make([]uint16, 0, len(file)/2)
	for i := 0; i < len(file); i += 2 {
		high, low := file[i], file[i+1]
		if little {
			high, low = low, high
		}
		units = append(units, uint16(high)<<8|uint16(low))
	}
	return string(utf16.Decode(units))
}
