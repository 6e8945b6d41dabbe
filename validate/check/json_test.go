package check_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/internal/alloc"
	"github.com/tidewheel/tidewheel/validate"
	"github.com/tidewheel/tidewheel/validate/check"
)

func midnight() time.Time { return time.Unix(0, 0) }

// fromHost gives a list all that it may take from the host.
func fromHost(t testing.TB) check.ParseOptions {
	t.Helper()
	src := table(t, "id:int64 Seq:float64", "1 0.5", "2 1.5", "3 2.5")
	p, err := validate.ProfileOf(t.Context(), src, validate.ProfileOptions{})
	if err != nil {
		t.Fatal(err)
	}
	return check.ParseOptions{
		Clock: midnight, Reference: p,
		Source: func(name string) (dataset.Source, error) {
			if name != "customers.csv" {
				return nil, fmt.Errorf("source: %w", os.ErrNotExist)
			}
			return src, nil
		},
		Expression: func(rule validate.Rule, text string) (check.Check, error) {
			if text == "" {
				return nil, errors.New("no text")
			}
			return check.Own{Rule: rule, Columns: []string{"id"}, Judge: even{}}, nil
		},
	}
}

// testdata/checks.json has each check with each of its keys. It stays as it is: later versions must read it.
func TestEveryCheckHasAForm(t *testing.T) {
	text, err := os.ReadFile("testdata/checks.json")
	if err != nil {
		t.Fatal(err)
	}
	host := fromHost(t)
	list, err := check.Parse(text, host)
	if err != nil {
		t.Fatal(err)
	}
	met := make(map[string]bool)
	for _, c := range list {
		met[reflect.TypeOf(c).Name()] = true
	}
	docs, err := os.ReadFile("../../docs/checks.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range regexp.MustCompile("(?m)^\\| `([A-Z][A-Za-z]+)`").FindAllStringSubmatch(string(docs), -1) {
		if !met[m[1]] {
			t.Errorf("testdata/checks.json has no %s", m[1])
		}
	}
	if _, err := check.New(list, check.Options{}); err != nil {
		t.Error(err)
	}
	list = slices.DeleteFunc(list, func(c check.Check) bool {
		_, own := c.(check.Own)
		_, references := c.(check.References)
		_, same := c.(check.SameRowCount)
		return own || references || same
	})
	written, err := list.MarshalJSON()
	if err != nil {
		t.Fatal(err)
	}
	var want bytes.Buffer
	if err := json.Compact(&want, text); err != nil {
		t.Fatal(err)
	}
	var kept []string
	for item := range strings.SplitSeq(strings.TrimSuffix(want.String(), "]}"), `,{"check":"`) {
		if !strings.HasPrefix(item, "references") && !strings.HasPrefix(item, "same_row_count") && !strings.HasPrefix(item, "expression") {
			kept = append(kept, item)
		}
	}
	if got := string(written); got != strings.Join(kept, `,{"check":"`)+"]}" {
		t.Errorf("%s\nwant\n%s]}", got, strings.Join(kept, `,{"check":"`))
	}
	again, err := check.Parse(written, host)
	if err != nil || fmt.Sprintf("%#v", again) != fmt.Sprintf("%#v", list) {
		t.Errorf("%v: %#v", err, again)
	}
}

func TestWhatIsNoListIsRefused(t *testing.T) {
	one := func(c string) string { return `{"tidewheel.checks":1,"checks":[` + c + `]}` }
	deep := strings.Repeat(`{"check":"when","column":"a","value":1,"then":`, 20) + `{"check":"not_null","column":"a"}` + strings.Repeat(`}`, 20)
	for _, text := range []string{
		``, `null`, `[]`, `{}`, `{"checks":[]}`, `{"tidewheel.checks":2,"checks":[]}`, `{"tidewheel.checks":1}`, `{"tidewheel.checks":1,"checks":{}}`, `{"tidewheel.checks":1,"checks":null}`,
		`{"tidewheel.checks":1,"checks":[],"more":1}`, `{"tidewheel.checks":1,"checks":[]} x`, `{"tidewheel.checks":1,"checks":[],"checks":[]}`, `{"tidewheel.checks":1,"checks":[`,
		one(`1`), one(`null`), one(`{}`), one(`{"check":null}`), one(`{"check":1}`), one(`{"check":"NotNull","column":"a"}`), one(`{"check":"own","rule":"a"}`), one(`{"check":"nothing"}`),
		one(`{"check":"not_null","Column":"a"}`), one(`{"check":"not_null","column":"a","more":1}`), one(`{"check":"not_null","column":"a","column":"b"}`), one(`{"check":"not_null","column":null}`),
		one(`{"check":"not_null","column":1}`), one(`{"check":"between","column":"a","min":"1"}`), one(`{"check":"between","column":"a","min":1e999}`), one(`{"check":"length","column":"a","min":1.5}`),
		one(`{"check":"in_set","column":"a","texts":[null]}`), one(`{"check":"in_set","column":"a","texts":["a",1]}`), one(`{"check":"in_set","column":"a","texts":"a"}`), one(`{"check":"holds","column":"a","value":true}`),
		one(`{"check":"holds","column":"a","value":1,"operator":"="}`), one(`{"check":"holds","column":"a","value":1,"operator":1}`), one(`{"check":"outliers","column":"a","method":"best"}`),
		one(`{"check":"outliers","column":"a","method":1}`), one(`{"check":"freshness","column":"a","max_age":"1 day"}`), one(`{"check":"freshness","column":"a","max_age":5}`), one(`{"check":"not_future","column":"a","clock":1}`),
		one(`{"check":"terms","of":{"check":"not_null","column":"a"},"severity":"bad"}`), one(`{"check":"terms","of":{"check":"not_null","column":"a"},"severity":3}`), one(`{"check":"terms","check":{"check":"not_null","column":"a"}}`),
		one(`{"check":"when","column":"a","value":1,"then":null}`), one(`{"check":"references","columns":["id"],"to":1}`), one(`{"check":"references","columns":["id"],"to":"nowhere.csv"}`),
		one(`{"check":"expression","rule":"a"}`), one(`{"check":"expression","rule":"a","text":"","more":1}`), one(`{"check":"expression","rule":"a","text":""}`), one(`{"check":"like","column":"a","reference":{}}`), one(deep), one("{\"check\":\"not_null\",\"column\":\"\xff\"}"),
	} {
		list, err := check.Parse([]byte(text), fromHost(t))
		if err == nil || list != nil {
			t.Errorf("%s: %v, %v", text, list, err)
		}
	}
	for _, text := range []string{
		one(`{"check":"not_future","column":"a"}`), one(`{"check":"freshness","column":"a","max_age":"1h"}`), one(`{"check":"references","columns":["id"],"to":"customers.csv"}`), one(`{"check":"expression","rule":"a","text":"a"}`),
	} {
		var option *dataset.OptionError
		if _, err := check.Parse([]byte(text), check.ParseOptions{}); !errors.As(err, &option) {
			t.Errorf("%s without a host: %v", text, err)
		}
	}
	if _, err := check.Parse(make([]byte, 1<<20+1), check.ParseOptions{}); !errors.Is(err, dataset.ErrLimit) {
		t.Errorf("2 MiB: %v", err)
	}
	for _, l := range []check.List{{check.Own{}}, {nil}, {check.References{To: table(t, "a:int64")}}, {check.When{Then: check.Own{}}}, {check.Between{Min: nan}}} {
		if out, err := l.MarshalJSON(); err == nil {
			t.Errorf("%#v: %s", l, out)
		}
	}
}

func FuzzParse(f *testing.F) {
	text, err := os.ReadFile("testdata/checks.json")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(text)
	for item := range bytes.Lines(text) {
		f.Add(slices.Concat([]byte(`{"tidewheel.checks":1,"checks":[`), bytes.Trim(item, "\t,\n"), []byte("]}")))
	}
	o := fromHost(f)
	f.Fuzz(func(t *testing.T, text []byte) {
		var list check.List
		var err error
		if bad := alloc.Bound(2<<20+100*len(text), func() { list, err = check.Parse(text, o) }); bad != nil {
			t.Error(bad)
		}
		if err != nil {
			return
		}
		written, err := list.MarshalJSON()
		if err != nil {
			return // of checks that need the host
		}
		again, err := check.Parse(written, o)
		if err != nil || fmt.Sprintf("%#v", again) != fmt.Sprintf("%#v", list) {
			t.Errorf("%s: %v", written, err)
		}
	})
}
