package wire

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"slices"
	"strings"

	"github.com/tidewheel/tidewheel/dataset"
)

// Body reads the whole body of a request. It errors with dataset.ErrLimit for more than limit bytes, and with the error of the connection.
func Body(w http.ResponseWriter, r *http.Request, limit int64) (string, error) {
	if r.ContentLength > limit {
		return "", tooLarge(limit)
	}
	b := make([]byte, 0, min(max(r.ContentLength, 0), 1<<20)+bytes.MinRead) // with room to see the end
	body := http.MaxBytesReader(w, r.Body, limit)
	for {
		n, err := body.Read(b[len(b):cap(b)])
		b = b[:len(b)+n]
		var over *http.MaxBytesError
		switch {
		case errors.Is(err, io.EOF):
			return string(b), nil
		case errors.As(err, &over):
			return "", tooLarge(limit)
		case err != nil:
			return "", fmt.Errorf("body: %w", err)
		}
		b = slices.Grow(b, bytes.MinRead)
	}
}

func tooLarge(limit int64) error {
	return fmt.Errorf("body: want at most %d bytes: %w", limit, dataset.ErrLimit)
}

// IsJSON reports whether a request says that its body is plain JSON. One that says nothing counts as JSON, since several clients send no type, and so does the
// type of a form, which curl -d sends unless it is told another.
func IsJSON(r *http.Request) bool {
	if e := r.Header.Get("Content-Encoding"); e != "" && e != "identity" {
		return false
	}
	header := r.Header.Get("Content-Type")
	if header == "" {
		return true
	}
	media, params, err := mime.ParseMediaType(header)
	if err != nil {
		return false
	}
	charset := strings.ToLower(params["charset"])
	return (media == "application/json" || media == "application/x-www-form-urlencoded" || strings.HasSuffix(media, "+json")) && (charset == "" || charset == "utf-8")
}
