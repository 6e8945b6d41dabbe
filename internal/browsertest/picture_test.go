package browsertest

import (
	"bytes"
	"cmp"
	"image"
	"image/color"
	"image/png"
	"maps"
	"slices"
	"testing"
)

// small returns a picture with its 256 most frequent colours, the others replaced by the nearest: a report has few, and takes less than half the bytes then.
func small(t *testing.T, text []byte) []byte {
	t.Helper()
	full, err := png.Decode(bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	bounds := full.Bounds()
	counts := map[color.RGBA]int{}
	at := func(x, y int) color.RGBA { return color.RGBAModel.Convert(full.At(x, y)).(color.RGBA) }
	for y := bounds.Min.Y; y < bounds.Max.Y; y++ {
		for x := bounds.Min.X; x < bounds.Max.X; x++ {
			counts[at(x, y)]++
		}
	}
	order := slices.SortedFunc(maps.Keys(counts), func(a, b color.RGBA) int {
		return cmp.Or(cmp.Compare(counts[b], counts[a]), cmp.Compare(a.R, b.R), cmp.Compare(a.G, b.G), cmp.Compare(a.B, b.B))
	})
	var palette color.Palette
	for _, c := range order[:min(256, len(order))] {
		palette = append(palette, c)
	}
	nearest := map[color.RGBA]uint8{}
	for _, c := range order {
		nearest[c] = uint8(palette.Index(c))
	}
	out := image.NewPaletted(bounds, palette)
	for y := bounds.Min.Y; y < bounds.Max.Y; y++ {
		for x := bounds.Min.X; x < bounds.Max.X; x++ {
			out.SetColorIndex(x, y, nearest[at(x, y)])
		}
	}
	var b bytes.Buffer
	if err := (&png.Encoder{CompressionLevel: png.BestCompression}).Encode(&b, out); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestRareColoursBecomeTheNearestFrequentOnes(t *testing.T) {
	in := image.NewRGBA(image.Rect(0, 0, 256, 3))
	for x := range 256 {
		often := color.RGBA{R: uint8(x), A: 255}
		in.Set(x, 0, often)
		in.Set(x, 1, often)
		in.Set(x, 2, color.RGBA{R: uint8(x), G: 1, A: 255})
	}
	var b bytes.Buffer
	if err := png.Encode(&b, in); err != nil {
		t.Fatal(err)
	}
	out, err := png.Decode(bytes.NewReader(small(t, b.Bytes())))
	if err != nil {
		t.Fatal(err)
	}
	if out.Bounds() != in.Bounds() {
		t.Fatalf("want %v, got %v", in.Bounds(), out.Bounds())
	}
	for x := range 256 {
		for y := range 3 {
			if want := (color.RGBA{R: uint8(x), A: 255}); out.At(x, y) != want {
				t.Errorf("column %d, row %d: want %v, got %v", x, y, want, out.At(x, y))
			}
		}
	}
}
