package validate_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/validate"
)

func TestLengthsOfASealedProfileAreChecked(t *testing.T) {
	const head = `{"tidewheel.profile":1,"schema":{"tidewheel.schema":1,"fields":[{"name":"c","type":"binary","nullable":true}]},"rows":4,"columns":[{"name":"c","nulls":1,"distinct":0,"distinct_exact":true`
	p, err := validate.ParseProfile([]byte(head + `,"length":{"min":0,"max":3,"mean":1.5}}]}`))
	if err != nil {
		t.Fatal(err)
	}
	if c, _ := p.Column("c"); c.Length == nil || *c.Length != (validate.LengthProfile{Min: 0, Max: 3, Mean: 1.5}) {
		t.Errorf("got %+v", c.Length)
	}
	for _, bad := range []string{`"min":-1,"max":3,"mean":1`, `"min":0,"max":3,"mean":3.5`, `"min":2,"max":1,"mean":1.5`} {
		var fault *dataset.FormatError
		if _, err := validate.ParseProfile([]byte(head + `,"length":{` + bad + `}}]}`)); !errors.As(err, &fault) || fault.Column != "c" {
			t.Errorf("%s: want a *dataset.FormatError about c, got %v", bad, err)
		}
	}
	personal := strings.Replace(head, `"nullable":true`, `"nullable":true,"personal":true`, 1)
	for what, text := range map[string]string{
		"a personal column":      personal,
		"a column of nulls":      strings.Replace(head, `"nulls":1`, `"nulls":4`, 1),
		"a column without one's": strings.Replace(head, `"binary"`, `"struct<a:int64>"`, 1),
	} {
		if _, err := validate.ParseProfile([]byte(text + `,"length":{"min":0,"max":3,"mean":1.5}}]}`)); err == nil {
			t.Errorf("lengths of %s were taken", what)
		}
	}
}
