package stream

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math"
	"os"
	"strconv"
	"time"
	"unicode/utf8"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/internal/atomicfile"
)

const (
	tokenVersion = 1
	// MaxPosition is the longest Position in bytes.
	MaxPosition = 8 << 10
	// MaxToken is the longest text of a Token in bytes.
	MaxToken = 64 << 10
)

// Position is where a feed stands, in the feed's own words: an offset, a sequence number, the offsets of partitions. It is UTF-8 of at most MaxPosition bytes.
type Position string

func (p Position) check() error {
	if len(p) > MaxPosition {
		return fmt.Errorf("position of %d bytes, more than %d: %w", len(p), MaxPosition, dataset.ErrLimit)
	}
	if !utf8.ValidString(string(p)) {
		return &dataset.FormatError{Format: "stream", Want: "a position in UTF-8", Got: "other bytes"}
	}
	return nil
}

// Token is where a Source stands between two batches. Save its text with what was made of the rows so far, and give it to Options.Resume to go on behind them. The
// zero Token is the start. A Token is a value; it never changes.
type Token struct {
	position Position
	rows     int64
	late     int64
	bad      int64
	latest   int64 // event time in microseconds, when marked
	marked   bool
}

// Position returns where the feed stands.
func (t Token) Position() Position { return t.position }

// Rows returns how many values were taken from the feed since its start, late and bad ones included.
func (t Token) Rows() int64 { return t.rows }

// Late returns how many of them were late.
func (t Token) Late() int64 { return t.late }

// Bad returns how many of them did not decode and were left out.
func (t Token) Bad() int64 { return t.bad }

// LatestEvent returns the latest event time so far; ok is false before the first. The watermark is Options.Lateness before it.
func (t Token) LatestEvent() (latest time.Time, ok bool) {
	if !t.marked {
		return time.Time{}, false
	}
	return time.UnixMicro(t.latest).UTC(), true
}

// Part returns a name for what is made of the rows behind the token: its number of rows in 19 digits, so that names sort as the rows do.
func (t Token) Part() string { return fmt.Sprintf("%019d", t.rows) }

// tokenForm is the text of a token.
type tokenForm struct {
	Version  int      `json:"tidewheel.stream"`
	Position Position `json:"position,omitempty"`
	Rows     int64    `json:"rows"`
	Late     int64    `json:"late,omitempty"`
	Bad      int64    `json:"bad,omitempty"`
	Latest   *int64   `json:"latest_us,omitempty"`
}

// MarshalText implements encoding.TextMarshaler. The text is JSON on one line, at most MaxToken bytes.
func (t Token) MarshalText() ([]byte, error) {
	if err := t.position.check(); err != nil {
		return nil, fmt.Errorf("stream: token: %w", err)
	}
	form := tokenForm{Version: tokenVersion, Position: t.position, Rows: t.rows, Late: t.late, Bad: t.bad}
	if t.marked {
		form.Latest = &t.latest
	}
	return json.Marshal(form)
}

// UnmarshalText implements encoding.TextUnmarshaler. It takes what MarshalText gives and nothing else: unknown fields, another version, counts that cannot be and
// anything behind the token are a *dataset.FormatError, more than MaxToken bytes dataset.ErrLimit. On an error t stays as it was.
func (t *Token) UnmarshalText(text []byte) error {
	if len(text) > MaxToken {
		return fmt.Errorf("stream: token of %d bytes, more than %d: %w", len(text), MaxToken, dataset.ErrLimit)
	}
	bad := func(want, got string) error {
		return &dataset.FormatError{Format: "stream token", Want: want, Got: got}
	}
	if !utf8.Valid(text) {
		return bad("UTF-8", "other bytes")
	}
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	var form tokenForm
	if err := d.Decode(&form); err != nil {
		return bad("the text of a token", "other text")
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return bad("the end behind the token", "more text")
	}
	if form.Version != tokenVersion {
		return bad("version "+strconv.Itoa(tokenVersion), "version "+strconv.Itoa(form.Version))
	}
	if form.Rows < 0 || form.Late < 0 || form.Bad < 0 || form.Late > form.Rows || form.Bad > form.Rows-form.Late {
		return bad("counts of rows, of which some are late or bad", "counts that cannot be")
	}
	if err := form.Position.check(); err != nil {
		return fmt.Errorf("stream: token: %w", err)
	}
	*t = Token{position: form.Position, rows: form.Rows, late: form.Late, bad: form.Bad}
	if form.Latest != nil {
		t.latest, t.marked = *form.Latest, true
	}
	return nil
}

// LoadToken reads the token that SaveToken wrote to the file at path, and returns the zero Token when there is no file.
func LoadToken(path string) (Token, error) {
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return Token{}, nil
	}
	if err != nil {
		return Token{}, fmt.Errorf("stream: load token: %w", err)
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, MaxToken+1))
	if err != nil {
		return Token{}, fmt.Errorf("stream: load token: %w", err)
	}
	var t Token
	if err := t.UnmarshalText(bytes.TrimSuffix(text, []byte("\n"))); err != nil {
		return Token{}, fmt.Errorf("stream: load token %s: %w", path, err)
	}
	return t, nil
}

// SaveToken writes t to the file at path, whole or not at all, also when the process is killed, and flushes it to the disk.
func SaveToken(path string, t Token) error {
	text, err := t.MarshalText()
	if err != nil {
		return err
	}
	f, err := atomicfile.Create(path)
	if err != nil {
		return fmt.Errorf("stream: save token: %w", err)
	}
	_, err = f.Write(append(text, '\n'))
	if err == nil {
		err = f.Commit()
	}
	if err != nil {
		_ = f.Abort()
		return fmt.Errorf("stream: save token: %w", err)
	}
	return nil
}

// before returns v - by without overflow.
func before(v int64, by time.Duration) int64 {
	if d := by.Microseconds(); v >= math.MinInt64+d {
		return v - d
	}
	return math.MinInt64
}
