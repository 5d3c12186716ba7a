package e2e

import (
	"testing"

	"certgate/localstack/localstacktest"
)

func TestMain(m *testing.M) { localstacktest.Main(m) }
