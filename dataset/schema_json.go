package dataset

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
)

// schemaVersion is the major version of the JSON form; a reader refuses any other.
const schemaVersion = 1

// maxSchemaBytes bounds the JSON that ParseSchema reads.
const maxSchemaBytes = 64 << 20

type schemaJSON struct {
	Version int         `json:"tidewheel.schema"`
	Fields  []fieldJSON `json:"fields"`
}

type fieldJSON struct {
	Name        string   `json:"name"`
	Type        Type     `json:"type"`
	Nullable    bool     `json:"nullable,omitempty"`
	Role        Role     `json:"role,omitempty"`
	Unit        string   `json:"unit,omitempty"`
	Min         *float64 `json:"min,omitempty"`
	Max         *float64 `json:"max,omitempty"`
	OneOf       []string `json:"one_of,omitempty"`
	Pattern     string   `json:"pattern,omitempty"`
	Unseen      Unseen   `json:"unseen,omitempty"`
	Personal    bool     `json:"personal,omitempty"`
	Sensitive   bool     `json:"sensitive,omitempty"`
	Purpose     string   `json:"purpose,omitempty"`
	Description string   `json:"description,omitempty"`
}

// canonical returns the JSON form without spaces, with fields in their order and keys in the order of fieldJSON.
func (s *Schema) canonical() []byte {
	doc := schemaJSON{Version: schemaVersion, Fields: make([]fieldJSON, len(s.fields))}
	for i, f := range s.fields {
		doc.Fields[i] = fieldJSON(f)
	}
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(doc); err != nil { // bounds are finite and all else is text
		return nil
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n"))
}

// MarshalJSON returns the canonical JSON form, {"tidewheel.schema":1,"fields":[…]}. It never fails.
func (s *Schema) MarshalJSON() ([]byte, error) { return s.canonical(), nil }

// UnmarshalJSON reads what ParseSchema reads.
func (s *Schema) UnmarshalJSON(text []byte) error {
	p, err := ParseSchema(text)
	if err != nil {
		return err
	}
	*s = *p
	return nil
}

// ParseSchema reads the JSON form. It is strict: an unknown version, key or type, a trailing value, or more than 64 MiB is an error, so that a rule that
// this version cannot keep is never dropped in silence.
func ParseSchema(text []byte) (*Schema, error) {
	if len(text) > maxSchemaBytes {
		return nil, fmt.Errorf("dataset: parse schema: %d bytes: %w", len(text), ErrLimit)
	}
	var head struct {
		Version *int `json:"tidewheel.schema"`
	}
	if err := json.Unmarshal(text, &head); err != nil {
		return nil, fmt.Errorf("dataset: parse schema: %w", &FormatError{Format: "schema", Want: "a JSON object", Got: err.Error()})
	}
	if head.Version == nil || *head.Version != schemaVersion {
		return nil, fmt.Errorf("dataset: parse schema: %w",
			&FormatError{Format: "schema", Want: fmt.Sprintf(`"tidewheel.schema": %d`, schemaVersion), Got: "another version or none"})
	}
	dec := json.NewDecoder(bytes.NewReader(text))
	dec.DisallowUnknownFields()
	var doc schemaJSON
	if err := dec.Decode(&doc); err != nil {
		return nil, fmt.Errorf("dataset: parse schema: %w", &FormatError{Format: "schema", Want: "known keys of the right type", Got: err.Error()})
	}
	if _, err := dec.Token(); err != io.EOF {
		return nil, fmt.Errorf("dataset: parse schema: %w", &FormatError{Format: "schema", Want: "one JSON object", Got: "more behind it"})
	}
	fields := make([]Field, len(doc.Fields))
	for i, f := range doc.Fields {
		fields[i] = Field(f)
	}
	return NewSchema(fields...)
}
