package textfile_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"
	"unicode/utf16"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/dataset/internal/textfile"
)

func units(text string, order binary.AppendByteOrder) []byte {
	var out []byte
	for _, u := range utf16.Encode([]rune(text)) {
		out = order.AppendUint16(out, u)
	}
	return out
}

func TestDecodeGivesUTF8(t *testing.T) {
	text := strings.Repeat("a,é,€,😀\n", 20_000)
	latin := "caf\xe9 \x80\xff\n"
	for _, c := range []struct {
		name string
		r    func() io.Reader
		want string
	}{
		{"UTF-8", func() io.Reader { return strings.NewReader(text) }, text},
		{"a mark of UTF-8", func() io.Reader { return strings.NewReader("\xef\xbb\xbf" + text) }, "\xef\xbb\xbf" + text},
		{"a mark of UTF-16LE", func() io.Reader {
			return bytes.NewReader(append([]byte("\xff\xfe"), units(text, binary.LittleEndian)...))
		}, text},
		{"a mark of UTF-16BE", func() io.Reader { return bytes.NewReader(append([]byte("\xfe\xff"), units(text, binary.BigEndian)...)) }, text},
		{"nothing", func() io.Reader { return strings.NewReader("") }, ""},
		{"two bytes", func() io.Reader { return strings.NewReader("ab") }, "ab"},
	} {
		for _, r := range []io.Reader{c.r(), iotest.OneByteReader(c.r()), iotest.DataErrReader(c.r())} {
			if got, err := io.ReadAll(textfile.Marked(r, "csv")); err != nil || string(got) != c.want {
				t.Errorf("%s: %d bytes, %v", c.name, len(got), err)
			}
		}
	}
	if got, err := io.ReadAll(textfile.Decode(strings.NewReader(latin), textfile.Latin1, "csv")); err != nil || string(got) != "café \u0080ÿ\n" {
		t.Errorf("Latin-1: %q, %v", got, err)
	}
	broken := errors.New("broken")
	for _, r := range []io.Reader{textfile.Marked(iotest.ErrReader(broken), "csv"), textfile.Decode(iotest.ErrReader(broken), textfile.Latin1, "csv")} {
		if _, err := io.ReadAll(r); !errors.Is(err, broken) {
			t.Errorf("a broken reader: %v", err)
		}
	}
}

func TestWhatIsNotUTF16IsRefusedWithItsLine(t *testing.T) {
	for _, bad := range [][]byte{
		append(units("a\nb", binary.LittleEndian), 0x00, 0xd8, 'x', 0), append(units("a\nb", binary.LittleEndian), 0x00, 0xdc), append(units("a\nb", binary.LittleEndian), 'x'),
	} {
		for _, r := range []io.Reader{bytes.NewReader(bad), iotest.OneByteReader(bytes.NewReader(bad))} {
			_, err := io.ReadAll(textfile.Decode(r, textfile.UTF16LE, "csv"))
			if facts := new(dataset.FormatError); !errors.As(err, &facts) || facts.Line != 2 || facts.Format != "csv" {
				t.Errorf("%x: error is %v", bad, err)
			}
		}
	}
}

func FuzzDecode(f *testing.F) {
	f.Add([]byte("\xff\xfea\x00"), uint8(0))
	f.Add([]byte("caf\xe9"), uint8(3))
	f.Fuzz(func(t *testing.T, data []byte, e uint8) {
		r := textfile.Decode(bytes.NewReader(data), textfile.Encoding(e%4), "csv")
		if e%5 == 0 {
			r = textfile.Marked(bytes.NewReader(data), "csv")
		}
		out, err := io.ReadAll(r)
		if len(out) > 3*len(data) {
			t.Fatalf("%d bytes of %d", len(out), len(data))
		}
		if facts := new(dataset.FormatError); err != nil && !errors.As(err, &facts) {
			t.Fatal(err)
		}
	})
}
