package keyvault_test

import "testing"

func TestARetiredCertificateIsBroughtBackByImportingIt(t *testing.T) {
	t.Parallel()
	s := simulate(t)
	v := s.vault(t)
	pfx, _ := uploaded(t, s, "s3cret", "shop.example.com")
	first, err := v.Import(t.Context(), shop, pfx, "s3cret")
	if err != nil {
		t.Fatal(err)
	}
	if err := v.Disable(t.Context(), shop.Name); err != nil {
		t.Fatal(err)
	}
	again, err := v.Import(t.Context(), shop, pfx, "s3cret")
	if err != nil {
		t.Fatal(err)
	}
	if again.Version == first.Version || !again.Enabled {
		t.Errorf("imported again after it was disabled: %+v", again)
	}
	if current, err := v.Certificate(t.Context(), shop.Name); err != nil || !current.Enabled || current.Version != again.Version {
		t.Errorf("in force: %+v, %v", current, err)
	}
}
