package api

import (
	"bytes"
	jsonv1 "encoding/json"
	"encoding/json/jsontext"
	"encoding/json/v2"
	"errors"
	"fmt"
	"io"
	"net/http"
	"reflect"
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
	raw, err := readBody(w, r, limit, tooLargeFix)
	if err != nil {
		return err
	}
	if len(bytes.TrimSpace(raw)) == 0 {
		return problem(CodeBodyEmpty, "The request has no body.", "Send a JSON object such as "+example+".")
	}
	if !utf8.Valid(raw) {
		return problem(CodeBodyNotJSON, "The request body is not UTF-8.", "Send JSON in UTF-8 (RFC 8259 section 8.1).")
	}
	d := jsontext.NewDecoder(bytes.NewReader(raw))
	if err := json.UnmarshalDecode(d, into, strict); err != nil {
		return explainJSON(err)
	}
	if _, err := d.ReadToken(); !errors.Is(err, io.EOF) {
		return problem(CodeBodyNotJSON, "The request body has something behind its JSON object.", "Send one JSON object.")
	}
	return nil
}

// readBody reads a body as it is: of limit bytes at most, without a content coding,
// and without the byte order mark that it may have.
func readBody(w http.ResponseWriter, r *http.Request, limit int64, tooLargeFix string) ([]byte, error) {
	if encoding := r.Header.Get("Content-Encoding"); encoding != "" && !strings.EqualFold(encoding, "identity") {
		w.Header().Set("Accept-Encoding", "identity") // RFC 9110 section 15.5.16
		return nil, problem(CodeBodyEncoded, "The request body has the content coding "+quoted(encoding)+".", "Send it as it is, without Content-Encoding.")
	}
	raw, err := io.ReadAll(http.MaxBytesReader(w, r.Body, limit))
	var tooLarge *http.MaxBytesError
	if errors.As(err, &tooLarge) {
		return nil, problem(CodeBodyTooLarge, fmt.Sprintf("The request body is larger than %d bytes.", limit), tooLargeFix)
	}
	if err != nil {
		return nil, problem(CodeBodyNotJSON, "The request body could not be read to its end.", "Send the whole body.")
	}
	return bytes.TrimPrefix(raw, []byte("\ufeff")), nil // RFC 8259 section 8.1: a mark may be ignored
}

// strict takes names in any letter case, as callers of the published API send
// them, and refuses what says two things: a name twice, in whatever case, is read
// differently by different readers (RFC 8259 section 4).
var strict = json.JoinOptions(json.RejectUnknownMembers(true), json.MatchCaseInsensitiveNames(true), jsonv1.MatchCaseSensitiveDelimiter(true))

func explainJSON(err error) *Problem {
	var syntax *jsontext.SyntacticError
	var semantic *json.SemanticError
	switch {
	case errors.Is(err, jsontext.ErrDuplicateName) && errors.As(err, &syntax):
		return problem(CodeBodyRepeatedField, "The request body has the field "+quoted(syntax.JSONPointer.LastToken())+" twice.", "Send it once: readers differ in which of the two they take.")
	case errors.Is(err, json.ErrUnknownName) && errors.As(err, &semantic):
		return problem(CodeBodyUnknownField, "The request body has the unknown field "+quoted(semantic.JSONPointer.LastToken())+".", "Remove it; GET /api/openapi.json describes the body.")
	case errors.As(err, &semantic):
		where := "the body"
		if semantic.JSONPointer != "" {
			where = strings.ReplaceAll(string(semantic.JSONPointer[1:]), "/", ".")
		}
		return problem(CodeBodyWrongType, fmt.Sprintf("%s is %s.", where, jsonKind(semantic.JSONKind)), fmt.Sprintf("Send %s as %s.", where, goKind(semantic.GoType.Kind())))
	case errors.Is(err, io.ErrUnexpectedEOF) || !errors.As(err, &syntax):
		return problem(CodeBodyNotJSON, "The request body is not a complete JSON object.", "Send a JSON object with Content-Type application/json.")
	default:
		return problem(CodeBodyNotJSON, fmt.Sprintf("The request body is not JSON (at byte %d).", syntax.ByteOffset), "Send a JSON object with Content-Type application/json.")
	}
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

// jsonKind names what a caller sent, goKind what the body has there.
func jsonKind(kind jsontext.Kind) string {
	switch kind {
	case '{':
		return "an object"
	case '[':
		return "an array"
	case 't', 'f':
		return "a bool"
	default:
		return "a " + kind.String()
	}
}

func goKind(kind reflect.Kind) string {
	switch kind {
	case reflect.Struct, reflect.Map:
		return "an object"
	case reflect.Slice, reflect.Array:
		return "an array"
	default:
		return "a " + kind.String()
	}
}
