package registry

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"regexp"
	"slices"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/model"
	"github.com/tidewheel/tidewheel/validate"
)

// FormatVersion is the version of the bundle format that Seal writes. Decode reads every version up to it.
const FormatVersion = 1

// magic starts every bundle; the byte behind it is the format version.
const magic = "TIDEWHL"

// Limits of a bundle.
const (
	maxManifest     = 1 << 20
	maxAttestations = 64 << 20
	sectionBytes    = 4 + sha256.Size // before the bytes of a section: length and digest
	headerBytes     = len(magic) + 1 + sectionBytes
)

// Contents is what Seal puts into a bundle.
type Contents struct {
	Name       string            // the model's name; see ValidName
	Model      model.Predictor   // from an estimator or importer of this module
	Schema     *dataset.Schema   // the rules of the model's input, by name; default: the signature's
	Profile    *validate.Profile // the reference; nil leaves monitoring and the magnitude guard without one
	Evaluation *model.Evaluation // nil for none
	Card       Card              // for people
	Lineage    Lineage           // where it came from
}

// Lineage says where a model came from. It holds no clock, host, worker count or build id, so that sealing the same model again gives the same digest.
type Lineage struct {
	Recipe     string            `json:"recipe,omitempty"`     // the estimator and its features, in words
	Parameters map[string]string `json:"parameters,omitempty"` // hyperparameters by name
	Data       string            `json:"data,omitempty"`       // digest of the training rows
	Commit     string            `json:"commit,omitempty"`     // of the code that trained it
	Parent     string            `json:"parent,omitempty"`     // digest of the bundle that it replaces or continues
}

// Attestation is a statement about a bundle that is not part of what is sealed: a signature, an approval, a timing. Subject is the bundle's digest.
type Attestation struct {
	Kind    string `json:"kind"`
	Subject string `json:"subject"`
	Body    []byte `json:"body"`
}

// Bundle is a sealed model: schema, scoring operations, reference profile, golden rows with their scores, evaluation, card and lineage. It is immutable and safe
// for concurrent use. Its digest is its version. The format is written down in docs/bundle.md.
type Bundle struct {
	name         string
	digest       string
	sealed       []byte // header, manifest and parts
	predictor    *model.Planned
	schema       *dataset.Schema
	profile      *validate.Profile
	evaluation   *model.Evaluation
	card         Card
	lineage      Lineage
	attestations []Attestation
}

// Name returns the model's name.
func (b *Bundle) Name() string { return b.name }

// Digest returns "sha256:" and the hex digest of the manifest, which holds the digests of all parts. It is the bundle's version.
func (b *Bundle) Digest() string { return b.digest }

// Schema returns the rules of the model's input.
func (b *Bundle) Schema() *dataset.Schema { return b.schema }

// Predictor returns the model.
func (b *Bundle) Predictor() *model.Planned { return b.predictor }

// Profile returns the reference profile, nil when none was sealed. It must not be changed.
func (b *Bundle) Profile() *validate.Profile { return b.profile }

// Evaluation returns what the model reached before it was sealed, nil when none was sealed. It must not be changed.
func (b *Bundle) Evaluation() *model.Evaluation { return b.evaluation }

// Card returns the model card.
func (b *Bundle) Card() Card { return b.card }

// Lineage returns where the model came from. Its map must not be changed.
func (b *Bundle) Lineage() Lineage { return b.lineage }

// Attestations returns the statements that travel with the bundle.
func (b *Bundle) Attestations() []Attestation { return slices.Clone(b.attestations) }

// Attest returns the bundle with one more statement. Sealed parts and digest stay as they are. It errors when the statement is about another bundle or the
// statements grow over 64 MiB, or the bundle over MaxBundleBytes.
func (b *Bundle) Attest(a Attestation) (*Bundle, error) {
	if a.Subject != b.digest {
		return nil, fmt.Errorf("registry: attest: want a statement about %s, got one about another bundle", b.digest)
	}
	c := *b
	c.attestations = append(slices.Clone(b.attestations), a)
	text, err := canonicalJSON(c.attestations)
	if err != nil {
		return nil, fmt.Errorf("registry: attest: %w", err)
	}
	if limit := min(maxAttestations, MaxBundleBytes-len(b.sealed)-sectionBytes); len(text) > limit {
		return nil, fmt.Errorf("registry: attest: want at most %d bytes of statements, got %d: %w", limit, len(text), dataset.ErrLimit)
	}
	return &c, nil
}

// nameRule says in words what ValidName accepts.
const nameRule = "1 to 64 of a-z, A-Z, 0-9, '.', '_' and '-', starting with a letter or digit"

// ValidName reports whether s can name a model or an alias: 1 to 64 of a-z, A-Z, 0-9, '.', '_' and '-', starting with a letter or digit.
func ValidName(s string) bool {
	ok, err := regexp.MatchString(`\A[a-zA-Z0-9][a-zA-Z0-9._-]{0,63}\z`, s)
	return ok && err == nil
}

// canonicalJSON returns v without spaces and without HTML escapes. Structs keep their order, maps are sorted by key.
func canonicalJSON(v any) ([]byte, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return nil, fmt.Errorf("registry: encode: %w", err)
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), nil
}

func digestOf(b []byte) string {
	sum := sha256.Sum256(b)
	return "sha256:" + hex.EncodeToString(sum[:])
}
