package bench

import (
	"math"
	"testing"

	"certgate/localstack/storagedoor"
)

// lineOf finds a number by its key.
func lineOf(t *testing.T, r *Report, key string) *Line {
	t.Helper()
	for _, l := range r.Lines {
		if l.Key == key {
			return l
		}
	}
	t.Fatalf("there is no %s in the report", key)
	return nil
}

func met(l *Line) bool { return l.Met != nil && *l.Met }

// 20 certificates in 10 seconds: 2 a second, with 40 storage calls each.
func fullGateway() manySamples {
	return manySamples{
		issued: []issued{{
			hostnames: 20, seconds: 10, parentSeconds: 12, puts: 2,
			storage: storagedoor.Counts{"queue put": 300, "table batch": 500, "blob put": 20},
			cpu:     map[string]float64{"node": 8, "handler": 2.5},
		}},
	}
}

func TestCertgateIsComparedWithTheTighterOfTwoCeilings(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name     string
		bare     float64 // seconds for 20
		rate     float64 // calls a second
		want     float64
		reaching bool
	}{
		{"the storage is tighter", 1, 100, 0.8, true}, // 100/40 = 2.5 certificates a second
		{"the authority is tighter", 5, 1000, 0.5, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			b := &bench{Settings: Settings{Hostnames: 20}, full: fullGateway()}
			b.full.bare, b.full.storageRate = []float64{c.bare}, []float64{c.rate}
			r := newReport(1)
			b.reportMany(r)
			l := lineOf(t, r, "many.vs.ceiling")
			if math.Abs(l.Value-c.want) > 0.001 || met(l) != c.reaching {
				t.Errorf("part of the ceiling %v, met %v", l.Value, met(l))
			}
		})
	}
}

func TestLegoOneAfterAnotherTakesTheMeanOfItsRunsForEachHostname(t *testing.T) {
	t.Parallel()
	b := &bench{Settings: Settings{Hostnames: 20}, full: fullGateway(), lego: []float64{4, 8, 6}}
	r := newReport(1)
	b.reportMany(r)
	if l := lineOf(t, r, "many.lego.seconds"); l.Value != 120 {
		t.Errorf("lego takes %v s for 20", l.Value)
	}
	if l := lineOf(t, r, "many.vs.lego"); l.Value != 12 || !met(l) {
		t.Errorf("certgate is %v times as fast, met %v", l.Value, met(l))
	}
}

func TestOneHostnameMayTakeNoLongerThanOneRunOfLego(t *testing.T) {
	t.Parallel()
	b := &bench{lego: []float64{5, 5.5, 6}, few: map[int][]issued{1: {{hostnames: 1, seconds: 6}, {hostnames: 1, seconds: 5}, {hostnames: 1, seconds: 4}}}}
	r := newReport(1)
	b.reportSingle(r)
	if l := lineOf(t, r, "single.certgate.seconds"); l.Value != 5 || l.Aim != "<= 5.5" || !met(l) {
		t.Errorf("one hostname: %v, aim %s, met %v", l.Value, l.Aim, met(l))
	}
}

func TestOnlyCallsToQueuesAndTablesArePaidPerCertificate(t *testing.T) {
	t.Parallel()
	b := &bench{Settings: Settings{Hostnames: 20}, full: fullGateway(), few: map[int][]issued{}}
	r := newReport(1)
	b.reportTransactions(r)
	b.reportPuts(r)
	if l := lineOf(t, r, "transactions.20"); l.Value != 40 || l.Note != "by kind: queue put 15, table batch 25" {
		t.Errorf("%v calls, %s", l.Value, l.Note)
	}
	if l := lineOf(t, r, "puts.20"); l.Value != 2 || !met(l) {
		t.Errorf("%v writes of the gateway", l.Value)
	}
}

func TestAnIdleHourIsThePollersAndEachTimerByItsSchedule(t *testing.T) {
	t.Parallel()
	b := &bench{Settings: Settings{Hostnames: 99}, timers: map[string]float64{"RenewDue": 4, "Rescue": 12}, idleCosts: []idleCost{
		{certificates: 99, pollers: 3600, timers: map[string]float64{"RenewDue": 1, "Rescue": 4}, firstSweep: 199},
		{certificates: 0, pollers: 3600, timers: map[string]float64{"RenewDue": 1, "Rescue": 4}, firstSweep: 1},
	}}
	r := newReport(1)
	b.reportIdle(r)
	if l := lineOf(t, r, "idle.99.timers"); l.Value != 52 {
		t.Errorf("timers cost %v calls an hour", l.Value)
	}
	if l := lineOf(t, r, "idle.ratio"); l.Value != 1 || !met(l) {
		t.Errorf("99 certificates cost %v times as much as none", l.Value)
	}
}
