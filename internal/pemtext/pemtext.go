// Package pemtext finds the PEM blocks of a text (RFC 7468) however it arrived:
// with its line breaks lost, or with the text around the blocks that tools write
// there ("Bag Attributes"). What is nearly a block, and would be lost if it were
// taken for such text, is an error that names it.
package pemtext

import (
	"encoding/base64"
	"fmt"
	"regexp"
	"strings"
	"unicode"
)

// Block is one block.
type Block struct {
	Label string
	DER   []byte
	// DEKInfo is the DEK-Info header of a block that is encrypted in the old way
	// (RFC 1421 section 4.6.1.3), "" for others.
	DEKInfo string
}

// Error says what is wrong with a text. It quotes labels and nothing else.
type Error struct{ sentence string }

func (e *Error) Error() string { return e.sentence }

func fault(format string, args ...any) error { return &Error{fmt.Sprintf(format, args...)} }

var (
	armoured = regexp.MustCompile(`(?s)-----BEGIN ([A-Z0-9 ]{1,40})-----(.*?)-----END ([A-Z0-9 ]{1,40})-----`)
	headers  = regexp.MustCompile(`(?s)^\s*Proc-Type:.*?DEK-Info:\s*([A-Z0-9-]{1,40}),\s*([0-9A-Fa-f]{1,64})`)
	// marker is a line that begins or ends a block, also a damaged one.
	marker = regexp.MustCompile(`-{1,10} ?(BEGIN|END) [A-Za-z0-9 ]{1,40}-{0,10}|(BEGIN|END) [A-Z0-9 ]{1,40}-{1,10}`)
	// content is a line of a block's content: fingerprints that tools print are
	// shorter, or hexadecimal.
	content = regexp.MustCompile(`^[A-Za-z0-9+/_-]{60,}={0,2}$`)
	hex     = regexp.MustCompile(`^[0-9A-Fa-f]*$`)
)

// Present reports whether a text has a block, or something that was one.
func Present(text string) bool { return marker.MatchString(text) }

// Blocks reads every block of a text. Errors are *Error.
func Blocks(text string) ([]Block, error) {
	var out []Block
	var around strings.Builder
	at := 0
	for _, m := range armoured.FindAllStringSubmatchIndex(text, -1) {
		around.WriteString(text[at:m[0]] + "\n")
		at = m[1]
		block, err := read(len(out)+1, text[m[2]:m[3]], text[m[4]:m[5]], text[m[6]:m[7]])
		if err != nil {
			return nil, err
		}
		out = append(out, block)
	}
	around.WriteString(text[at:])
	if line := marker.FindString(around.String()); line != "" {
		return nil, fault("The line %q begins or ends no block: a dash or its other line is missing, or the text is damaged or cut off.", strings.TrimSpace(line))
	}
	for _, word := range strings.Fields(around.String()) {
		if content.MatchString(word) && !hex.MatchString(word) {
			return nil, fault("There is base64 outside of the blocks: the lines that begin and end a block are missing around it.")
		}
	}
	return out, nil
}

func read(number int, label, body, end string) (Block, error) {
	if line := marker.FindString(body); line != "" {
		return Block{}, fault("Block %d (%s) is not ended before the line %q.", number, label, strings.TrimSpace(line))
	}
	if label != end {
		return Block{}, fault("Block %d begins as %s and ends as %s.", number, label, end)
	}
	b := Block{Label: label}
	if h := headers.FindStringSubmatch(body); h != nil {
		b.DEKInfo, body = h[1]+","+h[2], body[len(h[0]):]
	}
	var ok bool
	if b.DER, ok = Base64(body); !ok {
		return Block{}, fault("Block %d (%s) is damaged or cut off.", number, label)
	}
	return b, nil
}

// Base64 decodes one or several base64 texts behind each other, with or without
// padding, in the usual or in the URL alphabet. ok is false if there is nothing, or
// anything else.
func Base64(text string) (der []byte, ok bool) {
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
