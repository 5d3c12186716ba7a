package bench

import "testing"

func TestTheMedianIsTheMiddleOfTheSamples(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		samples      []float64
		median, mean float64
	}{
		{nil, 0, 0},
		{[]float64{3}, 3, 3},
		{[]float64{9, 1, 2}, 2, 4},
		{[]float64{10, 1, 3, 2}, 2.5, 4},
	} {
		if got := median(c.samples); got != c.median {
			t.Errorf("median of %v is %v, want %v", c.samples, got, c.median)
		}
		if got := mean(c.samples); got != c.mean {
			t.Errorf("mean of %v is %v, want %v", c.samples, got, c.mean)
		}
	}
}
