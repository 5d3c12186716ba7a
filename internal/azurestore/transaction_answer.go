package azurestore

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/runtime"
)

// readAnswers reads the multipart answer to a transaction: a batch with one
// changeset in it, which has an HTTP response for each operation, or only that
// of the refused one.
func readAnswers(answer *http.Response) ([]azcore.ETag, error) {
	body, err := runtime.Payload(answer)
	if err != nil {
		return nil, fmt.Errorf("read the answer to a transaction: %w", err)
	}
	batch, err := firstPart(body)
	if err != nil {
		return nil, err
	}
	var etags []azcore.ETag
	for parts := multipartOf(batch); ; {
		part, err := parts.NextPart()
		if errors.Is(err, io.EOF) {
			return etags, nil
		}
		if err != nil {
			return nil, fmt.Errorf("read the answer to a transaction: %w", err)
		}
		operation, err := http.ReadResponse(bufio.NewReader(part), nil)
		if err != nil {
			return nil, fmt.Errorf("read the answer to an operation: %w", err)
		}
		if operation.StatusCode >= http.StatusBadRequest {
			return nil, refusalOf(operation)
		}
		etags = append(etags, azcore.ETag(operation.Header.Get("ETag")))
	}
}

func firstPart(body []byte) ([]byte, error) {
	part, err := multipartOf(body).NextPart()
	if err != nil {
		return nil, fmt.Errorf("read the answer to a transaction: %w", err)
	}
	content, err := io.ReadAll(part)
	if err != nil && !errors.Is(err, io.ErrUnexpectedEOF) {
		return nil, fmt.Errorf("read the answer to a transaction: %w", err)
	}
	return content, nil
}

// multipartOf takes the boundary from the first line.
func multipartOf(body []byte) *multipart.Reader {
	line, _, _ := bytes.Cut(body, []byte("\n"))
	return multipart.NewReader(bytes.NewReader(body), string(bytes.TrimPrefix(bytes.TrimSpace(line), []byte("--"))))
}

// refusalOf reads {"odata.error":{"code":...}}. An answer without it still has
// its status.
func refusalOf(operation *http.Response) error {
	var refusal struct {
		Error struct {
			Code string `json:"code"`
		} `json:"odata.error"`
	}
	body, _ := io.ReadAll(operation.Body)
	_ = json.Unmarshal(body, &refusal)
	return &ServiceError{Status: operation.StatusCode, Code: refusal.Error.Code}
}
