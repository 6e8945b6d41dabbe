package textfile_test

import (
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/dataset/internal/textfile"
)

// unseekable is a reader whose Seek fails, as that of a pipe.
type unseekable struct{ io.Reader }

func (unseekable) Seek(int64, int) (int64, error) { return 0, errors.New("a pipe") }

// What is skipped is counted in bytes of text, whatever the reader can and whatever was read before.
func TestSkipPassesOverText(t *testing.T) {
	utf16 := "\xff\xfea\x00b\x00c\x00d\x00e\x00f\x00g\x00"
	for name, open := range map[string]func() io.Reader{
		"reader":           func() io.Reader { return io.MultiReader(strings.NewReader("abcdefg")) },
		"seeker":           func() io.Reader { return strings.NewReader("abcdefg") },
		"pipe":             func() io.Reader { return unseekable{strings.NewReader("abcdefg")} },
		"marked seeker":    func() io.Reader { return textfile.Marked(strings.NewReader("abcdefg"), "csv") },
		"marked reader":    func() io.Reader { return textfile.Marked(io.MultiReader(strings.NewReader("abcdefg")), "csv") },
		"UTF-16 by a mark": func() io.Reader { return textfile.Marked(strings.NewReader(utf16), "csv") },
	} {
		for before := range 4 {
			r := open()
			head := make([]byte, before)
			if _, err := io.ReadFull(r, head); err != nil {
				t.Fatal(err)
			}
			if err := textfile.Skip(r, 2); err != nil {
				t.Fatal(err)
			}
			if rest, err := io.ReadAll(r); err != nil || string(head)+"··"+string(rest) != "abcdefg"[:before]+"··"+"abcdefg"[before+2:] {
				t.Errorf("%s: %q and %q, %v", name, head, rest, err)
			}
		}
	}
	if err := textfile.Skip(io.MultiReader(strings.NewReader("ab")), 3); !errors.Is(err, io.EOF) {
		t.Errorf("behind the end: error is %v", err)
	}
}

func TestReadersAreOpenedAgainWhenTheyCanSeek(t *testing.T) {
	r := strings.NewReader("abc")
	if _, err := r.ReadByte(); err != nil {
		t.Fatal(err)
	}
	open, rewindable, err := textfile.FromReader(r)
	if err != nil || !rewindable {
		t.Fatal(rewindable, err)
	}
	for range 2 {
		if err := open.With(func(r io.Reader) error {
			text, err := io.ReadAll(r)
			if string(text) != "bc" {
				t.Errorf("got %q", text)
			}
			return err
		}); err != nil {
			t.Error(err)
		}
	}
	open, rewindable, err = textfile.FromReader(io.MultiReader(strings.NewReader("abc")))
	if err != nil || rewindable {
		t.Fatal(rewindable, err)
	}
	none := func(io.Reader) error { return nil }
	if err := open.With(none); err != nil {
		t.Error(err)
	}
	if err := open.With(none); !errors.Is(err, dataset.ErrConsumed) {
		t.Errorf("error is %v", err)
	}
}
