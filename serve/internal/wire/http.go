package wire

import (
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"strings"

	"github.com/tidewheel/tidewheel/dataset"
)

// Body reads the whole body of a request. It errors with dataset.ErrLimit for more than limit bytes, and with the error of the connection.
func Body(w http.ResponseWriter, r *http.Request, limit int64) (string, error) {
	var b strings.Builder
	if r.ContentLength > limit {
		return "", tooLarge(limit)
	}
	if r.ContentLength > 0 {
		b.Grow(int(r.ContentLength))
	}
	if _, err := io.Copy(&b, http.MaxBytesReader(w, r.Body, limit)); err != nil {
		var over *http.MaxBytesError
		if errors.As(err, &over) {
			return "", tooLarge(limit)
		}
		return "", fmt.Errorf("body: %w", err)
	}
	return b.String(), nil
}

func tooLarge(limit int64) error {
	return fmt.Errorf("body: want at most %d bytes: %w", limit, dataset.ErrLimit)
}

// IsJSON reports whether a request says that its body is plain JSON. One that says nothing counts as JSON: several clients send no type.
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
	return (media == "application/json" || strings.HasSuffix(media, "+json")) && (charset == "" || charset == "utf-8")
}
