package bench

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"

	"certgate/internal/azurestore"
	"certgate/internal/durable"
	"certgate/internal/issuance/managed"
	"certgate/localstack/azurite"
	"certgate/localstack/storagedoor"
)

const (
	// looks is how often each list and sweep is made.
	looks = 5
	// page is a page of a list as people get it by default.
	page = 100
	// silentFor is more than the time for which a due row may be silent.
	silentFor = 12 * time.Minute
)

// scaleSample is one list or sweep over one number of stored instances.
type scaleSample struct {
	size         int
	key, name    string
	calls        float64
	milliseconds []float64
}

// scales measures lists and sweeps over tables of several sizes, each in an
// emulator of its own.
func (b *bench) scales(ctx context.Context) error {
	for _, size := range b.Sizes {
		dir, err := os.MkdirTemp("", "certgate-bench-scale-")
		if err != nil {
			return err
		}
		err = b.scaleOf(ctx, size, dir)
		os.RemoveAll(dir)
		if err != nil {
			return fmt.Errorf("%d instances: %w", size, err)
		}
	}
	return nil
}

func (b *bench) scaleOf(ctx context.Context, size int, dir string) error {
	emulator, err := azurite.Start(ctx, azurite.Options{Dir: filepath.Join(dir, "azurite")})
	if err != nil {
		return err
	}
	defer emulator.Stop()
	door, err := storagedoor.Start(storagedoor.Config{Upstream: emulator.Ports()})
	if err != nil {
		return err
	}
	defer door.Close()
	b.say("storing %d instances", size)
	began, before := time.Now(), processorTimes()
	rows, err := seed(ctx, emulator.ConnectionString(), azurestore.DefaultTable, size, began.UTC())
	if err != nil {
		return err
	}
	b.say("stored %d instances and %d certificates, %d rows, in %.0f s, of the processor %s", size, size/perRecord, rows, time.Since(began).Seconds(), split(processorTimes().since(before)))
	b.scale = append(b.scale, scaleSample{size: size, key: "seed", name: fmt.Sprintf("storing %d rows", rows), milliseconds: []float64{time.Since(began).Seconds() * 1000}})

	store, err := azurestore.New(azurestore.Config{ConnectionString: door.ConnectionString()})
	if err != nil {
		return err
	}
	for _, l := range scaleLooks(store, began.UTC(), size) {
		sample := scaleSample{size: size, key: l.key, name: l.name}
		before := door.Counts()
		for range looks {
			from := time.Now()
			n, err := l.look(ctx)
			if err != nil {
				return fmt.Errorf("%s: %w", l.name, err)
			}
			if n != l.finds {
				return fmt.Errorf("%s: %d found, %d are there", l.name, n, l.finds)
			}
			sample.milliseconds = append(sample.milliseconds, float64(time.Since(from).Microseconds())/1000)
		}
		sample.calls = float64(door.Counts().Sub(before).Of(storagedoor.Table)) / looks
		b.scale = append(b.scale, sample)
	}
	return nil
}

// scaleLook is a list or a sweep, and how many it has to find.
type scaleLook struct {
	key, name string
	finds     int
	look      func(ctx context.Context) (found int, err error)
}

func scaleLooks(store *azurestore.Store, now time.Time, size int) []scaleLook {
	list := func(f durable.Filter) func(context.Context) (int, error) {
		return func(ctx context.Context) (int, error) {
			all, _, err := store.List(ctx, f)
			return len(all), err
		}
	}
	return []scaleLook{
		{"row", "one row, for comparison", 1, func(ctx context.Context) (int, error) {
			_, err := store.Record(ctx, "h0-example-test")
			return 1, err
		}},
		{"list", "first page of the instances", page, list(durable.Filter{Top: page})},
		{"list.deep", "a page far back", min(page, size-size/2-1), list(durable.Filter{Top: page, From: now.Add(-retained), To: now.Add(-24*time.Hour - time.Duration(size/2)*time.Second)})},
		{"certificates", "first page of the certificates", min(page, size/perRecord), func(ctx context.Context) (int, error) {
			all, _, err := store.ListRecords(ctx, managed.Filter{Top: page})
			return len(all), err
		}},
		{"renewal", "renewal scan", min(found, size/perRecord), func(ctx context.Context) (int, error) {
			all, err := store.DueRecords(ctx, now, 200)
			return len(all), err
		}},
		{"rescue", "sweep for silent instances", found, func(ctx context.Context) (int, error) {
			all, err := store.Due(ctx, now.Add(-silentFor), 500)
			return len(all), err
		}},
		{"retention", "sweep for old instances", found, func(ctx context.Context) (int, error) {
			all, err := store.EndedBefore(ctx, now.Add(-retained), 500)
			return len(all), err
		}},
	}
}

// reportScale prints each list and sweep for every size, and how its calls grow.
func (b *bench) reportScale(r *Report) {
	var keys []string
	by := map[string][]scaleSample{}
	for _, s := range b.scale {
		if by[s.key] == nil {
			keys = append(keys, s.key)
		}
		by[s.key] = append(by[s.key], s)
	}
	for _, key := range keys {
		samples := by[key]
		slices.SortStableFunc(samples, func(x, y scaleSample) int { return x.size - y.size })
		for _, s := range samples {
			label := fmt.Sprintf("%d instances, %s", s.size, s.name)
			if s.calls > 0 {
				r.add(Scale, fmt.Sprintf("scale.%d.%s.calls", s.size, key), label, s.calls, "calls")
			}
			r.addMedian(Scale, fmt.Sprintf("scale.%d.%s.milliseconds", s.size, key), label, s.milliseconds, "ms")
		}
		first, last := samples[0], samples[len(samples)-1]
		if len(samples) > 1 && first.calls > 0 && key != "row" {
			r.add(Scale, "scale."+key+".growth", fmt.Sprintf("%s, calls with %d in relation to %d", first.name, last.size, first.size), last.calls/first.calls, "").atMost(1)
		}
	}
}
