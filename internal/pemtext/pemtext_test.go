package pemtext_test

import (
	"bytes"
	"encoding/pem"
	"strings"
	"testing"

	"certgate/internal/pemtext"
)

var one = string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: bytes.Repeat([]byte("certificate "), 20)}))

func TestTextAroundBlocksIsLeftOutAndNothingElse(t *testing.T) {
	t.Parallel()
	around := "Bag Attributes\n    localKeyID: " + strings.Repeat("2D55", 16) + "\nsubject=/CN=shop\n"
	blocks, err := pemtext.Blocks(around + one + "the end\n" + one)
	if err != nil || len(blocks) != 2 || blocks[1].Label != "CERTIFICATE" || len(blocks[1].DER) != 240 {
		t.Errorf("%d blocks, %v", len(blocks), err)
	}
	for _, text := range []string{one + one[1:], one[1:] + one, one + one[:len(one)-10], one + strings.Repeat("QUJD", 16)} {
		if blocks, err := pemtext.Blocks(text); err == nil {
			t.Errorf("%d blocks of a damaged text", len(blocks))
		}
	}
}

// Whatever the text is: what comes out is whole, or there is a sentence that
// quotes nothing but the lines that begin and end blocks.
func FuzzBlocks(f *testing.F) {
	f.Add(one)
	f.Add(one + one[1:])
	f.Add("-----BEGIN EC PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,00\n\nAAAA\n-----END EC PRIVATE KEY-----")
	f.Fuzz(func(t *testing.T, text string) {
		blocks, err := pemtext.Blocks(text)
		if err != nil {
			if len(blocks) > 0 || len(err.Error()) > 300 {
				t.Fatalf("%d blocks and %v", len(blocks), err)
			}
			return
		}
		for _, b := range blocks {
			if b.Label == "" || len(b.DER) == 0 {
				t.Fatalf("an empty block: %+v", b)
			}
		}
	})
}
