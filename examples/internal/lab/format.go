package lab

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// format is the format of a file of rows.
type format string

// The formats.
const (
	delimitedText format = "delimited text"
	jsonText      format = "JSON"
	libsvmText    format = "libsvm"
	arffText      format = "ARFF"
	parquetFile   format = "Parquet"
	arrowFile     format = "Arrow"
)

// wholeFile reports whether the format has its own compression, and no other around it.
func (f format) wholeFile() bool { return f == parquetFile || f == arrowFile }

func isCompressed(path string) bool {
	ext := strings.ToLower(filepath.Ext(path))
	return ext == ".gz" || ext == ".zst"
}

// extension returns the extension of a name in lower case, without that of a compression.
func extension(path string) string {
	ext := strings.ToLower(filepath.Ext(path))
	if isCompressed(path) {
		ext = strings.ToLower(filepath.Ext(path[:len(path)-len(ext)]))
	}
	return ext
}

// isDocument reports whether a name is that of one JSON document and not of lines.
func isDocument(path string) bool { return extension(path) == ".json" }

// byName returns the format that the extension of a name says: the one before .gz or .zst where there is one.
func byName(path string) (format, bool) {
	switch extension(path) {
	case ".csv", ".tsv", ".tab":
		return delimitedText, true
	case ".jsonl", ".ndjson", ".json":
		return jsonText, true
	case ".libsvm", ".svm", ".svmlight":
		return libsvmText, true
	case ".arff":
		return arffText, true
	case ".parquet", ".pq":
		return parquetFile, true
	case ".arrow", ".arrows", ".feather", ".ipc":
		return arrowFile, true
	default:
		return "", false
	}
}

// isNeutral reports whether the extension of a name says nothing of the format.
func isNeutral(path string) bool {
	return slices.Contains([]string{"", ".txt", ".data", ".dat", ".train", ".test"}, strings.ToLower(filepath.Ext(path)))
}

// formatOf returns the format of a file: what its bytes say where they leave no doubt, else what its name says, else what its text looks like where the name says nothing.
func formatOf(path string) (format, error) {
	named, known := byName(path)
	if known && isCompressed(path) {
		return named, nil
	}
	f, sure, err := byContent(path)
	switch {
	case err != nil:
		return "", err
	case sure || !known && f != "" && isNeutral(path):
		return f, nil
	case !known:
		return "", fmt.Errorf("%s: want a name that ends in %s, got %q", path, Formats, filepath.Ext(path))
	}
	return named, nil
}

// byContent returns the format that the first bytes of a file look like, empty when they look like none, and whether they leave no doubt.
func byContent(path string) (found format, sure bool, err error) {
	f, err := os.Open(path)
	if err != nil {
		return "", false, err
	}
	defer f.Close()
	head := make([]byte, 1<<12)
	n, err := io.ReadFull(f, head)
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
		return "", false, err
	}
	head = head[:n]
	if is, start := magicOf(head); is == arrowFile || is == parquetFile && endsIn(f, start) {
		return is, true, nil
	}
	if bytes.HasPrefix(head, []byte("\x1f\x8b")) || bytes.HasPrefix(head, []byte("\x28\xb5\x2f\xfd")) {
		return "", false, fmt.Errorf("%s: want a name that ends in .gz or .zst behind that of a format, such as .csv.gz, of compressed text, got %q", path, filepath.Base(path))
	}
	return looksLike(head), false, nil
}

// magicOf returns the format whose files start as head does.
func magicOf(head []byte) (format, string) {
	for _, m := range []struct {
		start string
		format
	}{{"PAR1", parquetFile}, {"PARE", parquetFile}, {"ARROW1\x00\x00", arrowFile}, {"\xff\xff\xff\xff", arrowFile}} {
		if bytes.HasPrefix(head, []byte(m.start)) {
			return m.format, m.start
		}
	}
	return "", ""
}

// endsIn reports whether the last bytes of f are those.
func endsIn(f *os.File, text string) bool {
	end := make([]byte, len(text))
	if _, err := f.Seek(-int64(len(text)), io.SeekEnd); err != nil {
		return false
	}
	_, err := io.ReadFull(f, end)
	return err == nil && string(end) == text
}

// looksLike returns what text seems to be, empty for bytes that are none.
func looksLike(head []byte) format {
	if bytes.ContainsRune(head, 0) {
		return ""
	}
	text := strings.TrimSpace(strings.TrimPrefix(string(head), "\ufeff"))
	first, _, _ := strings.Cut(text, "\n")
	switch {
	case strings.HasPrefix(text, "{"), regexp.MustCompile(`^\[\s*\{`).MatchString(text):
		return jsonText
	case regexp.MustCompile(`^[-+.0-9eE]+( +qid:[0-9]+)?( +[0-9]+:[-+.0-9eE]+)+\s*(#|$)`).MatchString(first):
		return libsvmText
	case regexp.MustCompile(`(?im)^@relation\s`).MatchString(text):
		return arffText
	case strings.ContainsAny(first, ",;\t|"):
		return delimitedText
	default:
		return ""
	}
}
