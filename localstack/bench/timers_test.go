package bench

import "testing"

func TestTimersRunAsOftenAsTheirSchedulesSay(t *testing.T) {
	t.Parallel()
	perHour, err := timersOf("../..")
	if err != nil {
		t.Fatal(err)
	}
	for function, perDay := range map[string]float64{"Rescue": 288, "RenewDue": 96, "RenewCertificates": 2, "Watch": 24, "PurgeHistory": 1} {
		if got := perHour[function] * 24; got < perDay-0.001 || got > perDay+0.001 {
			t.Errorf("%s runs %v times a day, its schedule says %v", function, got, perDay)
		}
	}
	if _, ok := perHour["RunStep"]; ok {
		t.Error("RunStep has no timer")
	}
	if _, err := runsPerDay("0 99 * * * *"); err == nil {
		t.Error("a schedule that is none was read")
	}
}
