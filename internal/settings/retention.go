package settings

import (
	"errors"
	"strconv"
)

// retentionDays takes whole days, at most ten years.
func retentionDays(value string) (int, error) {
	days, err := strconv.Atoi(value)
	if err != nil || days < 1 || days > 3650 {
		return 0, errors.New("is not a number of days from 1 to 3650")
	}
	return days, nil
}
