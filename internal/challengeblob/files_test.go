package challengeblob_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/to"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/container"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/sas"

	"certgate/internal/challengeblob"
	"certgate/internal/durable"
	"certgate/internal/issuance"
	"certgate/localstack/azurite"
	"certgate/localstack/azurite/azuritetest"
)

const (
	token   = "evaGxfADs6pSRb2LAv9IZf17Dt3juxGJ-PCt92wr-oA"
	content = token + ".9jg46WB3rR_AHD-EBXdN7cBkH1WOu0tA3M9fm21mqTI"
)

func TestValidationFilesOnTheEmulator(t *testing.T) {
	account := azuritetest.Start(t).BlobURL

	t.Run("what is put is served to everybody as text that nobody caches", func(t *testing.T) {
		t.Parallel()
		url := publicContainer(t, account, "served")
		files := open(t, url)
		put(t, files, token, "an older content")
		put(t, files, token, content)

		status, header, body := get(t, url+"/.well-known/acme-challenge/"+token)
		if status != http.StatusOK || body != content {
			t.Errorf("served %d %q", status, body)
		}
		if header.Get("Content-Type") != "text/plain" || header.Get("Cache-Control") != "no-store" {
			t.Errorf("served with %q, %q", header.Get("Content-Type"), header.Get("Cache-Control"))
		}
	})

	t.Run("a deleted file is gone, and deleting it again is fine", func(t *testing.T) {
		t.Parallel()
		url := publicContainer(t, account, "deleted")
		files := open(t, url)
		put(t, files, token, content)
		for range 2 {
			if err := files.Delete(context.Background(), token); err != nil {
				t.Fatal(err)
			}
		}
		if status, _, _ := get(t, url+"/.well-known/acme-challenge/"+token); status != http.StatusNotFound {
			t.Errorf("served %d after the deletion", status)
		}
	})

	t.Run("a file with a snapshot can be deleted", func(t *testing.T) {
		t.Parallel()
		url := publicContainer(t, account, "snapshots")
		files := open(t, url)
		put(t, files, token, content)
		blob := administrator(t, url).NewBlobClient(".well-known/acme-challenge/" + token)
		if _, err := blob.CreateSnapshot(context.Background(), nil); err != nil {
			t.Fatal(err)
		}
		if err := files.Delete(context.Background(), token); err != nil {
			t.Fatal(err)
		}
	})

	t.Run("check leaves nothing in the container", func(t *testing.T) {
		t.Parallel()
		url := publicContainer(t, account, "checked")
		if err := open(t, url).Check(context.Background()); err != nil {
			t.Fatal(err)
		}
		page, err := administrator(t, url).NewListBlobsFlatPager(nil).NextPage(context.Background())
		if err != nil {
			t.Fatal(err)
		}
		if n := len(page.Segment.BlobItems); n != 0 {
			t.Errorf("%d blobs after a check", n)
		}
	})

	t.Run("a missing container is a failure for writing and checking, not for deleting", func(t *testing.T) {
		t.Parallel()
		files := open(t, account+"/nowhere")
		for name, err := range map[string]error{
			"put":   files.Put(context.Background(), token, content),
			"check": files.Check(context.Background()),
		} {
			if f := asFailure(t, err); f.Code != issuance.CodeStorageContainerMissing || !strings.Contains(f.Message, "nowhere") {
				t.Errorf("%s: %v", name, f)
			}
		}
		if err := files.Delete(context.Background(), token); err != nil {
			t.Errorf("delete: %v", err)
		}
	})

	t.Run("a shared access signature is enough", func(t *testing.T) {
		t.Parallel()
		url := publicContainer(t, account, "signed")
		signed := signedURL(t, url, sas.ContainerPermissions{Read: true, Create: true, Write: true, Delete: true})
		files, err := challengeblob.New(challengeblob.Config{ContainerURL: signed})
		if err != nil {
			t.Fatal(err)
		}
		put(t, files, token, content)
		if err := files.Check(context.Background()); err != nil {
			t.Errorf("check: %v", err)
		}
		if status, _, _ := get(t, url+"/.well-known/acme-challenge/"+token); status != http.StatusOK {
			t.Errorf("served %d", status)
		}
		if err := files.Delete(context.Background(), token); err != nil {
			t.Errorf("delete: %v", err)
		}
	})

	t.Run("a signature that only reads is refused without being told to anybody", func(t *testing.T) {
		t.Parallel()
		signed := signedURL(t, publicContainer(t, account, "readonly"), sas.ContainerPermissions{Read: true})
		files, err := challengeblob.New(challengeblob.Config{ContainerURL: signed})
		if err != nil {
			t.Fatal(err)
		}
		failure := asFailure(t, files.Put(context.Background(), token, content))
		if failure.Code != issuance.CodeStorageAccessDenied || !strings.Contains(failure.Message, "shared access signature") {
			t.Errorf("got %v", failure)
		}
		if strings.Contains(failure.Error(), "sig=") {
			t.Error("the error tells the signature")
		}
	})
}

func TestTokensThatAreNotBase64URLAreRefused(t *testing.T) {
	t.Parallel()
	// Nothing listens there: a token that got through would be a network error.
	files, err := challengeblob.New(challengeblob.Config{
		ContainerURL: "http://127.0.0.1:1/devstoreaccount1/validation",
		SharedKey:    &challengeblob.SharedKey{Account: azurite.AccountName, Key: azurite.AccountKey},
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, bad := range []string{"", "../index.html", "a/b", "a.b", "a%2fb", "a b", "padding=", "täken", strings.Repeat("a", 513)} {
		for _, err := range []error{files.Put(context.Background(), bad, "x"), files.Delete(context.Background(), bad)} {
			if err == nil || !strings.HasPrefix(err.Error(), "challenge token is") {
				t.Errorf("token %.20q: %v", bad, err)
			}
		}
	}
}

func open(t *testing.T, url string) *challengeblob.Container {
	t.Helper()
	files, err := challengeblob.New(challengeblob.Config{
		ContainerURL: url,
		SharedKey:    &challengeblob.SharedKey{Account: azurite.AccountName, Key: azurite.AccountKey},
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

func put(t *testing.T, files *challengeblob.Container, token, content string) {
	t.Helper()
	if err := files.Put(context.Background(), token, content); err != nil {
		t.Fatal(err)
	}
}

func publicContainer(t *testing.T, account, name string) string {
	t.Helper()
	url := account + "/" + name
	_, err := administrator(t, url).Create(context.Background(), &container.CreateOptions{Access: to.Ptr(container.PublicAccessTypeBlob)})
	if err != nil {
		t.Fatal(err)
	}
	return url
}

func administrator(t *testing.T, url string) *container.Client {
	t.Helper()
	key, err := container.NewSharedKeyCredential(azurite.AccountName, azurite.AccountKey)
	if err != nil {
		t.Fatal(err)
	}
	client, err := container.NewClientWithSharedKeyCredential(url, key, nil)
	if err != nil {
		t.Fatal(err)
	}
	return client
}

func signedURL(t *testing.T, url string, may sas.ContainerPermissions) string {
	t.Helper()
	signed, err := administrator(t, url).GetSASURL(may, time.Now().Add(time.Hour), nil)
	if err != nil {
		t.Fatal(err)
	}
	return signed
}

func get(t *testing.T, url string) (int, http.Header, string) {
	t.Helper()
	reply, err := http.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer reply.Body.Close()
	body, err := io.ReadAll(reply.Body)
	if err != nil {
		t.Fatal(err)
	}
	return reply.StatusCode, reply.Header, string(body)
}

func asFailure(t *testing.T, err error) *durable.Failure {
	t.Helper()
	var failure *durable.Failure
	if !errors.As(err, &failure) {
		t.Fatalf("%v (%T) is not a failure", err, err)
	}
	return failure
}
