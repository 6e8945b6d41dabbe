package csv

import (
	"io"

	"github.com/tidewheel/tidewheel/dataset/internal/textfile"
)

// Encoding is how the characters of a file are written.
type Encoding uint8

// The encodings. Latin1 is ISO 8859-1: each byte is the character of that number.
const (
	EncodingAuto Encoding = iota // what a byte order mark says, else UTF-8
	EncodingUTF8
	EncodingUTF16LE
	EncodingUTF16BE
	EncodingLatin1
)

// String returns the name of the encoding.
func (e Encoding) String() string {
	switch e {
	case EncodingUTF8:
		return "UTF-8"
	case EncodingUTF16LE:
		return "UTF-16LE"
	case EncodingUTF16BE:
		return "UTF-16BE"
	case EncodingLatin1:
		return "Latin-1"
	default:
		return "auto"
	}
}

// decoded returns the text of r as UTF-8.
func (e Encoding) decoded(r io.Reader) io.Reader {
	switch e {
	case EncodingUTF16LE:
		return textfile.Decode(r, textfile.UTF16LE, "csv")
	case EncodingUTF16BE:
		return textfile.Decode(r, textfile.UTF16BE, "csv")
	case EncodingLatin1:
		return textfile.Decode(r, textfile.Latin1, "csv")
	case EncodingUTF8:
		return r
	default:
		return textfile.Marked(r, "csv")
	}
}
