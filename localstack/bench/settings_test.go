package bench

import (
	"context"
	"strings"
	"testing"
	"time"
)

func TestSettingsThatCannotBeMeasuredAreRefusedBeforeAnythingStarts(t *testing.T) {
	t.Parallel()
	good := Settings{Root: "../..", Runs: 1, Hostnames: 99, LegoRuns: 1, IdleFor: time.Minute, Sizes: []int{1000}}
	if err := good.check(); err != nil {
		t.Fatal(err)
	}
	for says, spoil := range map[string]func(*Settings){
		"run":       func(s *Settings) { s.Runs = 0 },
		"2 to 99":   func(s *Settings) { s.Hostnames = 100 },
		"lego":      func(s *Settings) { s.LegoRuns = 0 },
		"pollers":   func(s *Settings) { s.IdleFor = time.Second },
		"sizes":     func(s *Settings) { s.Sizes = []int{1000, 1} },
		"no figure": func(s *Settings) { s.Only = []int{1, 8} },
	} {
		s := good
		spoil(&s)
		if _, err := Run(context.Background(), s); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%s: %v", says, err)
		}
	}
}

func TestOnlyTheWantedFiguresAreMeasured(t *testing.T) {
	t.Parallel()
	if s := (Settings{}); !s.wants(Many) || !s.wants(Scale, Puts) {
		t.Error("without a choice all are wanted")
	}
	if s := (Settings{Only: []int{Puts}}); s.wants(Many, Scale) || !s.wants(Single, Puts) {
		t.Error("with a choice only those are")
	}
}
