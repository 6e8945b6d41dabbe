package registry

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/internal/atomicfile"
	"github.com/tidewheel/tidewheel/model"
)

// The kinds of part of version 1, in their order. Profile and evaluation may be absent.
const (
	partSchema     = "schema"
	partModel      = "model"
	partPlan       = "plan"
	partProfile    = "profile"
	partGolden     = "golden"
	partEvaluation = "evaluation"
	partCard       = "card"
	partLineage    = "lineage"
)

// manifest is the head of a bundle. The digest of its bytes is the digest of the bundle.
type manifest struct {
	Version int    `json:"tidewheel.bundle"`
	Name    string `json:"name"`
	Parts   []part `json:"parts"`
}

// part is the address of a part: it lies behind the part before it, without a gap.
type part struct {
	Kind    string `json:"kind"`
	Version int    `json:"version"`
	Length  int64  `json:"length"`
	Digest  string `json:"digest"`
}

// modelPart is what a predictor needs beside the schema and the plan.
type modelPart struct {
	Task    string       `json:"task"`
	Target  string       `json:"target"`
	Type    dataset.Type `json:"type"` // of the prediction column
	Unit    string       `json:"unit,omitempty"`
	Classes []string     `json:"classes,omitempty"`
}

// Seal returns the bundle of c. Its bytes, and so its digest, depend on c alone. It errors with model.ErrUnsupported for a predictor without scoring operations (a
// host's own), and with dataset.ErrSchema when c.Schema does not fit the model.
func Seal(c Contents) (*Bundle, error) {
	planned, ok := c.Model.(*model.Planned)
	if !ok {
		return nil, fmt.Errorf("registry: seal: %w",
			&model.UnsupportedError{Format: "bundle", Feature: fmt.Sprintf("a predictor of type %T, which has no scoring operations", c.Model)})
	}
	if !ValidName(c.Name) {
		return nil, fmt.Errorf("registry: seal: %w", &dataset.OptionError{Field: "registry.Contents.Name", Value: fmt.Sprintf("%q", c.Name), Want: nameRule})
	}
	schema, err := sealedSchema(c, planned)
	if err != nil {
		return nil, fmt.Errorf("registry: seal: %w", err)
	}
	rows, err := makeGolden(schema, c.Profile, planned)
	if err != nil {
		return nil, fmt.Errorf("registry: seal: %w", err)
	}
	problem, output := planned.Problem(), planned.Signature().Output.Field(0)
	w := &sealer{head: manifest{Version: FormatVersion, Name: c.Name}}
	w.add(partSchema, schema)
	w.add(partModel, modelPart{problem.Task.String(), problem.Target, output.Type, output.Unit, problem.Classes})
	w.add(partPlan, planned.Plan())
	if c.Profile != nil {
		w.add(partProfile, c.Profile)
	}
	w.add(partGolden, rows)
	if c.Evaluation != nil {
		w.add(partEvaluation, c.Evaluation)
	}
	w.add(partCard, c.Card)
	w.add(partLineage, c.Lineage)
	sealed, err := w.bytes()
	if err != nil {
		return nil, fmt.Errorf("registry: seal: %w", err)
	}
	return Decode(append(sealed, noAttestations()...))
}

// sealedSchema returns the rules of the model's input columns. A column that the model reads is a feature of the bundle, whatever its role was.
func sealedSchema(c Contents, planned *model.Planned) (*dataset.Schema, error) {
	input := planned.Signature().Input
	if c.Schema == nil {
		return input, nil
	}
	s, err := c.Schema.Select(input.Names()...)
	if err != nil {
		return nil, err
	}
	for i, f := range s.Fields() {
		if want := input.Field(i); f.Type.IsText() != want.Type.IsText() || f.Type.IsNumeric() != want.Type.IsNumeric() {
			return nil, &dataset.SchemaError{Column: f.Name, Want: "type " + string(want.Type), Got: "type " + string(f.Type)}
		}
	}
	return s, nil
}

// sealer gathers the parts of a bundle.
type sealer struct {
	head manifest
	body bytes.Buffer
	err  error
}

func (w *sealer) add(kind string, v any) {
	text, err := canonicalJSON(v)
	if err != nil && w.err == nil {
		w.err = fmt.Errorf("%s: %w", kind, err)
	}
	w.head.Parts = append(w.head.Parts, part{Kind: kind, Version: 1, Length: int64(len(text)), Digest: digestOf(text)})
	w.body.Write(text)
}

// bytes returns header, manifest and parts.
func (w *sealer) bytes() ([]byte, error) {
	if w.err != nil {
		return nil, w.err
	}
	head, err := canonicalJSON(w.head)
	if err != nil {
		return nil, err
	}
	if len(head) > maxManifest {
		return nil, fmt.Errorf("manifest of %d bytes, want at most %d: %w", len(head), maxManifest, dataset.ErrLimit)
	}
	out := append([]byte(magic), FormatVersion)
	out = appendSection(out, head)
	return append(out, w.body.Bytes()...), nil
}

// appendSection appends the length, the SHA-256 and the bytes of text.
func appendSection(out, text []byte) []byte {
	out = binary.LittleEndian.AppendUint32(out, uint32(len(text)))
	sum := sha256.Sum256(text)
	out = append(out, sum[:]...)
	return append(out, text...)
}

func noAttestations() []byte { return appendSection(nil, []byte("[]")) }

// Encode returns the bytes of the bundle, attestations included.
func (b *Bundle) Encode() ([]byte, error) {
	list := b.attestations
	if list == nil {
		list = []Attestation{}
	}
	text, err := canonicalJSON(list)
	if err != nil {
		return nil, err
	}
	return appendSection(bytes.Clone(b.sealed), text), nil
}

// WriteFile writes the bundle to a file, which is there whole or, on an error, as it was before. A process that is killed meanwhile leaves a file .NAME.N.tmp
// beside it, which disturbs nothing; the next write of that name removes it where the system can tell that nobody holds it.
func (b *Bundle) WriteFile(path string) error {
	text, err := b.Encode()
	if err != nil {
		return err
	}
	f, err := atomicfile.Create(path)
	if err != nil {
		return fmt.Errorf("registry: write bundle: %w", err)
	}
	if _, err := f.Write(text); err != nil {
		return errors.Join(fmt.Errorf("registry: write bundle: %w", err), f.Abort())
	}
	if err := f.Commit(); err != nil {
		return fmt.Errorf("registry: write bundle: %w", err)
	}
	return nil
}
