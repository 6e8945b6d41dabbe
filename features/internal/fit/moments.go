package fit

import "github.com/tidewheel/tidewheel/internal/sketch"

// Moments is the Statistic of count, mean, variance, minimum and maximum.
type Moments struct{ sketch.Moments }

// Merge implements Statistic.
func (m *Moments) Merge(next *Moments) { m.Moments.Merge(&next.Moments) }
