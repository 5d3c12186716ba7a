package bench

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"certgate/localstack/storagedoor"
)

// reportTransactions counts what each certificate costs in storage, for requests
// of several sizes.
func (b *bench) reportTransactions(r *Report) {
	b.reportPerCertificate(r, 1, b.few[1])
	for _, n := range b.fewSizes() {
		if n != 10 && n != b.Hostnames { // 10 are measured for the gateway's sake
			b.reportPerCertificate(r, n, b.few[n])
		}
	}
	b.reportPerCertificate(r, b.Hostnames, b.full.issued)
}

func (b *bench) reportPerCertificate(r *Report, n int, results []issued) {
	var each []float64
	for _, i := range results {
		each = append(each, i.perCertificate())
	}
	if len(each) == 0 {
		return
	}
	r.addMedian(Transactions, fmt.Sprintf("transactions.%d", n), fmt.Sprintf("storage calls per certificate, %d together", n), each, "calls").atMost(60).
		noting("by kind: %s", mix(results))
}

// reportPuts counts the writes of the gateway.
func (b *bench) reportPuts(r *Report) {
	for _, n := range []int{1, 10, b.Hostnames} {
		results := b.few[n]
		if n == b.Hostnames {
			results = b.full.issued
		}
		var puts []float64
		for _, i := range results {
			puts = append(puts, float64(i.puts))
		}
		if len(puts) > 0 {
			r.addMedian(Puts, fmt.Sprintf("puts.%d", n), fmt.Sprintf("gateway writes for %d hostnames", n), puts, "PUTs").atMost(3)
		}
	}
}

// mix is what the calls for one certificate were, by kind, on the average.
func mix(results []issued) string {
	each := map[string][]float64{}
	for _, i := range results {
		for kind, n := range i.storage {
			each[kind] = append(each[kind], float64(n)/float64(i.hostnames))
		}
	}
	var parts []string
	for _, kind := range slices.Sorted(maps.Keys(each)) {
		if !strings.HasPrefix(kind, storagedoor.Blob+" ") {
			parts = append(parts, kind+" "+number(mean(each[kind])))
		}
	}
	return strings.Join(parts, ", ")
}
