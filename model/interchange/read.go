package interchange

import (
	"bytes"
	"fmt"
	"io"
	"strconv"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/model"
)

// Limits of every reader.
const (
	defaultMaxBytes = 1 << 30
	maxClasses      = 10_000
	maxFeatures     = 100_000
)

// readAll reads a file of at most limit bytes, the default for 0. options is the type that the limit is a field of.
func readAll(r io.Reader, limit int64, options string) ([]byte, error) {
	if limit < 0 {
		return nil, &model.OptionError{Field: options + ".MaxBytes", Value: strconv.FormatInt(limit, 10), Want: "0 or more"}
	}
	if limit == 0 {
		limit = defaultMaxBytes
	}
	var text bytes.Buffer
	n, err := text.ReadFrom(io.LimitReader(r, limit))
	if err != nil {
		return nil, err
	}
	if n == limit {
		if more, _ := io.CopyN(io.Discard, r, 1); more > 0 {
			return nil, fmt.Errorf("over %d bytes: %w", limit, dataset.ErrLimit)
		}
	}
	return text.Bytes(), nil
}

func shorten(s string) string {
	const most = 40
	if len(s) > most {
		return s[:most] + "…"
	}
	return s
}
