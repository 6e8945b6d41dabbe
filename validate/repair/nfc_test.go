package repair_test

import (
	"bytes"
	"encoding/json"
	"os"
	"strings"
	"testing"

	"github.com/tidewheel/tidewheel/validate/repair"
)

// testdata/nfc.jsonl is of unicodedata.normalize("NFC", …) of Python 3.11, Unicode 14.0.0, by testdata/gen/nfc.py.
func TestNormalFormC(t *testing.T) {
	text, err := os.ReadFile("testdata/nfc.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	pairs := 0
	for line := range bytes.Lines(text) {
		var pair [2]string
		if err := json.Unmarshal(line, &pair); err != nil {
			t.Fatal(err)
		}
		pairs++
		if got := repair.NormalForm(pair[0]); got != pair[1] {
			t.Errorf("%+q: want %+q, got %+q", pair[0], pair[1], got)
		}
		if got := repair.NormalForm(pair[1]); got != pair[1] {
			t.Errorf("%+q is not stable: %+q", pair[1], got)
		}
	}
	if pairs != 600 {
		t.Errorf("%d pairs", pairs)
	}
	if s := "e\u0301\xff"; repair.NormalForm(s) != s {
		t.Error("a text that is not UTF-8 is changed")
	}
	if s := strings.Repeat("a"+strings.Repeat("\u0301", 40), 3); repair.NormalForm(repair.NormalForm(s)) != repair.NormalForm(s) {
		t.Error("many marks: twice is not once")
	}
}
