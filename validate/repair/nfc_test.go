package repair_test

import (
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"testing"

	"github.com/tidewheel/tidewheel/validate/repair"
)

// The digests are of unicodedata.normalize("NFC", …) of Python 3.11.7, Unicode 14.0.0, by testdata/gen/nfc.py.
const (
	pointsDigest    = "cd4893d72bd9a5c8b1aace117be38c9f65b9e9d16c111a401d70a48adb88990a"
	sequencesDigest = "74412e4b46736b890e3184a21c8081a8be83bf96563764ce05b2dee8a58bd6e0"
)

func TestNormalFormC(t *testing.T) {
	form := repair.NormalForm()
	h := sha256.New()
	for _, between := range [][2]rune{{0, 0x3400}, {0xa000, 0xd800}, {0xf900, 0x1f000}, {0x2f800, 0x2fa20}, {0xe0100, 0xe0200}} {
		for c := between[0]; c < between[1]; c++ {
			for _, s := range []string{string(c), string(c) + "\u0301", "a\u0323" + string(c), "\u1100" + string(c), string(c) + "\u11a8"} {
				out := form(s)
				if form(out) != out {
					t.Fatalf("%+q is not stable", s)
				}
				h.Write([]byte(out))
			}
		}
	}
	if got := hex.EncodeToString(h.Sum(nil)); got != pointsDigest {
		t.Errorf("characters: got %s", got)
	}
	marked := []rune(repair.Composed + repair.Decomposed + "aeo\u1100\u1161\u11a8\uac00")
	for e := range slices.Chunk([]rune(repair.Classes), 3) {
		marked = append(marked, e[0])
	}
	slices.Sort(marked)
	marked = slices.Compact(marked)
	x := uint32(1)
	h.Reset()
	for range 20_000 {
		var s []rune
		for range 6 {
			x = 1664525*x + 1013904223
			s = append(s, marked[int(x>>8)%len(marked)])
		}
		h.Write([]byte(form(string(s))))
	}
	if got := hex.EncodeToString(h.Sum(nil)); got != sequencesDigest {
		t.Errorf("sequences: got %s", got)
	}
	if s := "e\u0301\xff"; form(s) != s {
		t.Error("a text that is not UTF-8 is changed")
	}
}
