package registry

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/internal/plan"
	"github.com/tidewheel/tidewheel/model"
	"github.com/tidewheel/tidewheel/validate"
)

// MaxBundleBytes is the largest bundle that ReadFile and Decode accept.
const MaxBundleBytes = 1 << 30

// ReadFile reads the bundle of a file and checks it as Decode does.
func ReadFile(path string) (*Bundle, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("registry: read bundle: %w", err)
	}
	defer func() { _ = f.Close() }() // read only
	info, err := f.Stat()
	if err != nil {
		return nil, fmt.Errorf("registry: read bundle: %w", err)
	}
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("registry: read bundle %s: want a file, got a directory or device", path)
	}
	text, err := io.ReadAll(io.LimitReader(f, MaxBundleBytes+1))
	if err != nil {
		return nil, fmt.Errorf("registry: read bundle: %w", err)
	}
	b, err := Decode(text)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return b, nil
}

// Decode reads a bundle. It runs no code of the bundle, allocates in proportion to len(text) and at most 256 MiB more for the registers of its plan, which the
// self-test fills, and refuses with ErrTampered: another magic or version, a length, order or digest that differs, an extra, missing or renamed part, a part that
// does not decode, and golden rows that do not score to the same bits through both entrances. It keeps text.
func Decode(text []byte) (*Bundle, error) {
	b, err := decode(text)
	if err != nil {
		return nil, fmt.Errorf("registry: decode bundle: %w", err)
	}
	return b, nil
}

func decode(text []byte) (*Bundle, error) {
	if len(text) > MaxBundleBytes {
		return nil, fmt.Errorf("over %d bytes: %w", MaxBundleBytes, dataset.ErrLimit)
	}
	if len(text) < headerBytes || string(text[:len(magic)]) != magic {
		return nil, tampered("want a bundle, got other bytes")
	}
	if v := text[len(magic)]; v != FormatVersion {
		return nil, tampered("want format version %d, got %d", FormatVersion, v)
	}
	head, rest, err := section(text[len(magic)+1:], maxManifest, "manifest")
	if err != nil {
		return nil, err
	}
	var m manifest
	if err := strictJSON(head, &m); err != nil {
		return nil, tampered("manifest: %v", err)
	}
	if m.Version != FormatVersion || !ValidName(m.Name) {
		return nil, tampered("manifest: want version %d and a valid name", FormatVersion)
	}
	parts, rest, err := m.split(rest)
	if err != nil {
		return nil, err
	}
	b := &Bundle{name: m.Name, digest: digestOf(head), sealed: slices.Clip(text[:len(text)-len(rest)])}
	tail, rest, err := section(rest, maxAttestations, "attestations")
	if err != nil {
		return nil, err
	}
	if len(rest) > 0 {
		return nil, tampered("want the end of the file, got %d bytes more", len(rest))
	}
	if err := strictJSON(tail, &b.attestations); err != nil {
		return nil, tampered("attestations: %v", err)
	}
	for _, a := range b.attestations {
		if a.Subject != b.digest {
			return nil, tampered("attestation %q: about another bundle", a.Kind)
		}
	}
	return b, b.open(parts)
}

// section cuts a length, digest and bytes off text, and checks the digest.
func section(text []byte, limit int, name string) (body, rest []byte, err error) {
	if len(text) < sectionBytes {
		return nil, nil, tampered("%s: cut off", name)
	}
	n := int64(binary.LittleEndian.Uint32(text))
	if n > int64(limit) || n > int64(len(text)-sectionBytes) {
		return nil, nil, tampered("%s: want at most %d bytes, got a length of %d", name, min(limit, len(text)-sectionBytes), n)
	}
	body = text[sectionBytes : sectionBytes+int(n)]
	if sum := sha256.Sum256(body); !bytes.Equal(sum[:], text[4:sectionBytes]) {
		return nil, nil, tampered("%s: another digest", name)
	}
	return body, text[sectionBytes+int(n):], nil
}

// split cuts the parts off text and checks kinds, order and digests.
func (m *manifest) split(text []byte) (parts map[string][]byte, rest []byte, err error) {
	order := []string{partSchema, partModel, partPlan, partProfile, partGolden, partEvaluation, partCard, partLineage}
	optional := []string{partProfile, partEvaluation}
	parts = make(map[string][]byte, len(m.Parts))
	at := 0
	for _, p := range m.Parts {
		for at < len(order) && order[at] != p.Kind && slices.Contains(optional, order[at]) {
			at++
		}
		if at == len(order) || order[at] != p.Kind || p.Version != 1 {
			return nil, nil, tampered("part %q of version %d: not one of this format, or out of order", p.Kind, p.Version)
		}
		at++
		if p.Length < 0 || p.Length > int64(len(text)) {
			return nil, nil, tampered("part %s: want %d bytes, got %d", p.Kind, p.Length, len(text))
		}
		parts[p.Kind], text = text[:p.Length:p.Length], text[p.Length:]
		if digestOf(parts[p.Kind]) != p.Digest {
			return nil, nil, tampered("part %s: another digest", p.Kind)
		}
	}
	for ; at < len(order); at++ {
		if !slices.Contains(optional, order[at]) {
			return nil, nil, tampered("part %s: missing", order[at])
		}
	}
	return parts, text, nil
}

// open decodes the parts, puts the predictor together and runs the self-test.
func (b *Bundle) open(parts map[string][]byte) (err error) {
	if b.schema, err = dataset.ParseSchema(parts[partSchema]); err != nil {
		return tampered("part schema: %v", err)
	}
	var head modelPart
	if err := strictJSON(parts[partModel], &head); err != nil {
		return tampered("part model: %v", err)
	}
	p, err := plan.Decode(parts[partPlan])
	if err != nil {
		return tampered("part plan: %v", err)
	}
	task, err := model.ParseTask(head.Task)
	if err != nil {
		return tampered("part model: %v", err)
	}
	problem := model.Problem{Task: task, Target: head.Target, Classes: head.Classes}
	target := dataset.Field{Name: head.Target, Type: head.Type, Unit: head.Unit}
	if b.predictor, err = model.NewPredictor(problem, b.schema, target, p); err != nil {
		return tampered("part plan: %v", err)
	}
	if text, ok := parts[partProfile]; ok {
		if b.profile, err = validate.ParseProfile(text); err != nil {
			return tampered("part profile: %v", err)
		}
	}
	if text, ok := parts[partEvaluation]; ok {
		b.evaluation = new(model.Evaluation)
		if err := strictJSON(text, b.evaluation); err != nil {
			return tampered("part evaluation: %v", err)
		}
	}
	if err := strictJSON(parts[partCard], &b.card); err != nil {
		return tampered("part card: %v", err)
	}
	if err := strictJSON(parts[partLineage], &b.lineage); err != nil {
		return tampered("part lineage: %v", err)
	}
	var rows golden
	if err := strictJSON(parts[partGolden], &rows); err != nil {
		return tampered("part golden: %v", err)
	}
	if err := rows.verify(b.predictor); err != nil {
		return tampered("self-test: %v", err)
	}
	return nil
}

// strictJSON decodes one value without unknown keys and without anything behind it.
func strictJSON(text []byte, v any) error {
	dec := json.NewDecoder(bytes.NewReader(text))
	dec.DisallowUnknownFields()
	if err := dec.Decode(v); err != nil {
		return err
	}
	if _, err := dec.Token(); err != io.EOF {
		return errors.New("more behind the value")
	}
	return nil
}

func tampered(format string, args ...any) error {
	return fmt.Errorf("%w: %s", ErrTampered, fmt.Sprintf(format, args...))
}
