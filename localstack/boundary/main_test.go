package boundary_test

import (
	"testing"

	"certgate/localstack/localstacktest"
)

func TestMain(m *testing.M) { localstacktest.Main(m) }
