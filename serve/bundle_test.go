package serve_test

import (
	"testing"

	"github.com/tidewheel/tidewheel/registry"
	"github.com/tidewheel/tidewheel/serve"
	"github.com/tidewheel/tidewheel/serve/internal/fixture"
)

var _ serve.Artifact = (*registry.Bundle)(nil)

func TestBundleServesTheBitsOfTheModelThatWasSealed(t *testing.T) {
	a, rows := artifact(t, fixture.Options{}), orders(300, 13)
	sealed, err := registry.Seal(registry.Contents{Name: "levels", Model: a.Predictor(), Schema: a.Schema(), Profile: a.Profile()})
	if err != nil {
		t.Fatal(err)
	}
	bytes, err := sealed.Encode()
	if err != nil {
		t.Fatal(err)
	}
	bundle, err := registry.Decode(bytes)
	if err != nil {
		t.Fatal(err)
	}
	s, err := serve.New[order](bundle, serve.Options{})
	if err != nil {
		t.Fatal(err)
	}
	_, probability, raw := expected(t, a, rows)
	for i, row := range rows {
		p, err := s.Score(t.Context(), row)
		if err != nil || p.Version != bundle.Digest() || !sameBits(p.Probability, probability[3*i:3*i+3]) || !sameBits(p.Raw, raw[3*i:3*i+3]) {
			t.Fatalf("row %d: %v, or other bits than the model that was sealed", i, err)
		}
	}
}
