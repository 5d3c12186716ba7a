package api

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"unicode/utf8"
)

// maxBody bounds a request body: enough for 1,000 hostnames of the longest kind,
// indented and with their Unicode letters escaped.
const maxBody = 1 << 20

// decodeBody reads a JSON object strictly: UTF-8, nothing unknown, nothing twice,
// nothing behind it.
func decodeBody(w http.ResponseWriter, r *http.Request, into any) error {
	return decodeBodyOf(w, r, into, maxBody, "Send fewer hostnames per request.", `{"hostnames":[{"hostname":"shop.example.com"}]}`)
}

// decodeBodyOf is decodeBody with a limit in bytes and what to do about a larger
// body, and an example for a missing one.
func decodeBodyOf(w http.ResponseWriter, r *http.Request, into any, limit int64, tooLargeFix, example string) error {
	raw, err := io.ReadAll(http.MaxBytesReader(w, r.Body, limit))
	var tooLarge *http.MaxBytesError
	if errors.As(err, &tooLarge) {
		return problem(CodeBodyTooLarge, fmt.Sprintf("The request body is larger than %d bytes.", limit), tooLargeFix)
	}
	if err != nil {
		return problem(CodeBodyNotJSON, "The request body could not be read to its end.", "Send the whole body.")
	}
	if len(bytes.TrimSpace(raw)) == 0 {
		return problem(CodeBodyEmpty, "The request has no body.", "Send a JSON object such as "+example+".")
	}
	if !utf8.Valid(raw) {
		return problem(CodeBodyNotJSON, "The request body is not UTF-8.", "Send JSON in UTF-8 (RFC 8259 section 8.1).")
	}
	d := json.NewDecoder(bytes.NewReader(raw))
	d.DisallowUnknownFields()
	if err := d.Decode(into); err != nil {
		return explainJSON(err)
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return problem(CodeBodyNotJSON, "The request body has something behind its JSON object.", "Send one JSON object.")
	}
	if member, twice := repeated(raw); twice {
		return problem(CodeBodyRepeatedField, "The request body has the field "+quoted(member)+" twice.", "Send it once: readers differ in which of the two they take.")
	}
	return nil
}

func explainJSON(err error) *Problem {
	var syntax *json.SyntaxError
	var wrongType *json.UnmarshalTypeError
	switch {
	case errors.As(err, &wrongType):
		where := wrongType.Field
		if where == "" {
			where = "the body"
		}
		return problem(CodeBodyWrongType, fmt.Sprintf("%s is a %s.", where, wrongType.Value), fmt.Sprintf("Send %s as %s.", where, jsonKind(wrongType.Type.Kind().String())))
	case errors.As(err, &syntax):
		return problem(CodeBodyNotJSON, fmt.Sprintf("The request body is not JSON (at byte %d).", syntax.Offset), "Send a JSON object with Content-Type application/json.")
	case strings.HasPrefix(err.Error(), "json: unknown field "):
		return problem(CodeBodyUnknownField, "The request body has the unknown field "+quoted(unknownField(err))+".", "Remove it; GET /api/openapi.json describes the body.")
	default:
		return problem(CodeBodyNotJSON, "The request body is not a complete JSON object.", "Send a JSON object with Content-Type application/json.")
	}
}

// unknownField is the name in the decoder's error, which quotes it.
func unknownField(err error) string {
	text := strings.TrimPrefix(err.Error(), "json: unknown field ")
	if name, err := strconv.Unquote(text); err == nil {
		return name
	}
	return text
}

// maxQuoted is how many characters of a caller's own words a reply repeats.
const maxQuoted = 80

// quoted makes a caller's words fit for a reply: short, and without control
// characters.
func quoted(s string) string {
	if runes := []rune(s); len(runes) > maxQuoted {
		s = string(runes[:maxQuoted]) + "…"
	}
	return strconv.Quote(s)
}

func jsonKind(kind string) string {
	switch kind {
	case "struct", "map":
		return "an object"
	case "slice", "array":
		return "an array"
	case "string":
		return "a string"
	default:
		return "a " + kind
	}
}
