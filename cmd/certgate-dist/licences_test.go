package main

import (
	"bytes"
	"os"
	"testing"
)

func TestThePackageBringsTheLicencesOfAllThatIsInTheProgram(t *testing.T) {
	t.Chdir("../..")
	text, err := licences()
	if err != nil {
		t.Fatal(err)
	}
	own, err := os.ReadFile("LICENSE")
	if err != nil {
		t.Fatal(err)
	}
	modules, err := linked("./handler")
	if err != nil || len(modules) < 20 {
		t.Fatalf("%d modules, %v", len(modules), err)
	}
	for _, m := range modules {
		if !bytes.Contains(text, []byte("\n"+m.Path+" "+m.Version+"\n")) {
			t.Errorf("%s is not named", m.Path)
		}
	}
	for _, part := range []string{string(bytes.TrimSpace(own)), "Copyright (c) Microsoft Corporation", "Copyright 2009 The Go Authors", "Apache License"} {
		if !bytes.Contains(text, []byte(part)) {
			t.Errorf("the licences lack %.60q", part)
		}
	}
}

func TestAModuleWithoutALicenceIsRefused(t *testing.T) {
	t.Parallel()
	if _, err := licenceFiles(t.TempDir()); err == nil {
		t.Error("a folder without a licence is taken")
	}
}
