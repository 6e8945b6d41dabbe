package servetest

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/tidewheel/tidewheel/validate/validatetest"
)

func malformed(s *stand) error {
	row := s.dialect.write(false, s.cells(0))
	bodies := append([]string{
		``, ` `, `12`, `"text"`, `null`, `{`, row[:len(row)/2], row + `{}`, row + `,`, row[:len(row)-1], strings.Replace(row, `:`, ``, 1), strings.Replace(row, `,`, `,,`, 1),
		strings.Replace(row, `DE`, "D\xff", 1), strings.Replace(row, `DE`, `D\ud800`, 1), strings.Replace(row, `DE`, "D\n", 1), "\xef\xbb\xbf\x00" + row,
	}, s.dialect.broken...)
	for _, body := range bodies {
		if _, err := s.refuse(fmt.Sprintf("%.60q", body), body, http.StatusBadRequest); err != nil {
			return err
		}
	}
	return nil
}

// soon is longer than any answer to a small request takes, and shorter than anyone waits.
const soon = 3 * time.Second

func deepBody(s *stand) error {
	n := int(min(s.limits.MaxBytes/2, 1<<20))
	row := s.dialect.write(false, s.cells(0))
	for _, body := range []string{
		strings.Repeat("[", n), row[:len(row)-1] + `,"x":` + strings.Repeat("[", n), strings.Repeat(`{"x":`, n/5), row[:len(row)-1] + `,"x":` + strings.Repeat("[", n/2) + strings.Repeat("]", n/2) + `}`,
	} {
		start := time.Now()
		if _, err := s.refuse(fmt.Sprintf("%.60q", body), body[:min(len(body), int(s.limits.MaxBytes))], http.StatusBadRequest, http.StatusRequestEntityTooLarge); err != nil {
			return err
		}
		if took := time.Since(start); took > soon {
			return fmt.Errorf("want an answer within %v, got one after %v", soon, took)
		}
	}
	return nil
}

// unsized hides the length of a body, as a client that sends it in chunks does.
type unsized struct{ io.Reader }

func bodySize(s *stand) error {
	row := s.dialect.write(false, s.cells(0))
	for _, c := range []struct{ over, status int }{{0, http.StatusOK}, {1, http.StatusRequestEntityTooLarge}} {
		body := row + strings.Repeat(" ", int(s.limits.MaxBytes)+c.over-len(row))
		for _, reader := range []io.Reader{strings.NewReader(body), unsized{strings.NewReader(body)}} {
			if err := s.send(s.request(s.ctx, reader)).is(c.status); err != nil {
				return fmt.Errorf("a body of %d bytes: %w", len(body), err)
			}
		}
	}
	return nil
}

// endless is a body of blanks that counts what is read of it, and gives up at some time.
type endless struct{ read, most int64 }

func (e *endless) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = ' '
	}
	if e.read += int64(len(p)); e.read > e.most {
		return 0, io.ErrUnexpectedEOF
	}
	return len(p), nil
}

func endlessBody(s *stand) error {
	most := 2*s.limits.MaxBytes + 1<<20
	body := endless{most: 2 * most}
	if _, err := s.refused("a body without end", s.request(s.ctx, unsized{&body}), http.StatusRequestEntityTooLarge); err != nil {
		return err
	}
	if body.read > most {
		return fmt.Errorf("want at most %d bytes read, got %d", most, body.read)
	}
	return nil
}

func mostRows(s *stand) error {
	rows := make([][]validatetest.Cell, s.limits.MaxRows+1)
	for i := range rows {
		rows[i] = s.cells(i % len(s.rows))
	}
	// Where so many rows do not fit into a body, its size decides, which another check looks at.
	if body := s.dialect.write(true, rows[:s.limits.MaxRows]...); int64(len(body)) <= s.limits.MaxBytes {
		a, err := s.score(body)
		if err != nil {
			return err
		}
		if len(a.results) != s.limits.MaxRows {
			return fmt.Errorf("want %d results, got %d", s.limits.MaxRows, len(a.results))
		}
	}
	_, err := s.refuse(fmt.Sprintf("%d rows", len(rows)), s.dialect.write(true, rows...), http.StatusRequestEntityTooLarge)
	return err
}

// perByte and atAll bound what a request may allocate: so many bytes for each of its body, and so many at all.
const (
	perByte = 100
	atAll   = 16 << 20
)

func boundedMemory(s *stand) error {
	n := int(min(s.limits.MaxBytes, 1<<20))
	row := s.dialect.write(false, s.cells(0))
	var keys strings.Builder
	for i := 0; keys.Len() < n-len(row)-64; i++ {
		keys.WriteString(`,"k` + strconv.Itoa(i) + `":0`)
	}
	for _, body := range []string{
		"[" + strings.Repeat("{},", min(n/3, s.limits.MaxRows-1)) + "{}]", row[:len(row)-1] + keys.String() + "}", `{"x":"` + strings.Repeat(`\u0041`, n/6-10) + `"}`,
		`{"inputs":[{"name":"amount","shape":[9007199254740992],"datatype":"FP64","data":[1]}]}`, `{"inputs":[{"name":"amount","shape":[2147483647,2147483647],"datatype":"BYTES","data":[]}]}`,
	} {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		a := s.post(body)
		runtime.ReadMemStats(&after)
		if a.status == 0 || a.status >= http.StatusInternalServerError {
			return fmt.Errorf("%.60q: %w", body, a.unexpected(http.StatusBadRequest))
		}
		if took, most := after.TotalAlloc-before.TotalAlloc, uint64(perByte*len(body)+atAll); took > most {
			return fmt.Errorf("a body of %d bytes: want at most %d bytes allocated, got %d", len(body), most, took)
		}
	}
	return nil
}

func contentTypes(s *stand) error {
	for _, h := range [][2]string{
		{"Content-Type", "text/csv"},
		{"Content-Type", "application/octet-stream"},
		{"Content-Type", "application/json; charset=latin1"},
		{"Content-Type", "/;;"},
		{"Content-Encoding", "gzip"},
		{"Content-Encoding", "br"},
	} {
		r := s.request(s.ctx, strings.NewReader(s.dialect.write(false, s.cells(0))))
		r.Header.Set(h[0], h[1])
		statuses := []int{http.StatusUnsupportedMediaType}
		if h[0] == "Content-Encoding" {
			statuses = append(statuses, http.StatusBadRequest) // from one who can decompress and finds that this is not
		}
		if _, err := s.refused(h[0]+": "+h[1], r, statuses...); err != nil {
			return err
		}
	}
	r := s.request(s.ctx, strings.NewReader(s.dialect.write(false, s.cells(0))))
	r.Header.Set("Content-Type", "application/json; charset=UTF-8")
	return s.send(r).is(http.StatusOK)
}

func noContentType(s *stand) error {
	r := s.request(s.ctx, strings.NewReader(s.dialect.write(false, s.cells(0))))
	r.Header.Del("Content-Type")
	return s.send(r).is(http.StatusOK)
}

func methods(s *stand) error {
	for _, method := range []string{http.MethodGet, http.MethodHead, http.MethodPut, http.MethodPatch, http.MethodDelete} {
		r := s.request(s.ctx, strings.NewReader(s.dialect.write(false, s.cells(0))))
		r.Method = method
		a, err := s.refused(method, r, http.StatusMethodNotAllowed)
		if err != nil {
			return err
		}
		if !slices.Contains(strings.Split(strings.ReplaceAll(a.head.Get("Allow"), " ", ""), ","), http.MethodPost) {
			return fmt.Errorf("%s: want the header Allow with POST, got %q", method, a.head.Get("Allow"))
		}
	}
	return nil
}

func credentials(s *stand) error {
	good := s.traits.Credentials
	for name, c := range map[string]string{"none": "", "half": good[:len(good)/2], "more": good + "x", "another": "Bearer " + strings.Repeat("z", len(good))} {
		for _, method := range []string{http.MethodPost, http.MethodGet} {
			r := s.request(s.ctx, strings.NewReader(s.dialect.write(false, s.cells(0))))
			r.Method = method
			r.Header.Set("Authorization", c)
			statuses := []int{http.StatusUnauthorized}
			if method != http.MethodPost {
				statuses = append(statuses, http.StatusMethodNotAllowed) // from a mux, which looks at the method first
			}
			a, err := s.refused("credentials: "+name, r, statuses...)
			if err != nil {
				return err
			}
			if a.status == http.StatusUnauthorized && a.head.Get("WWW-Authenticate") == "" {
				return errors.New("want the header WWW-Authenticate, got none")
			}
		}
	}
	return s.post(s.dialect.write(false, s.cells(0))).is(http.StatusOK)
}

func noModel(s *stand) error {
	s.router.Retire(ModelName)
	body := s.dialect.write(false, s.cells(0))
	if _, err := s.refuse("after the model was retired", body, s.dialect.noModel); err != nil {
		return err
	}
	s.router.Swap(s.models[0])
	_, err := s.score(body)
	return err
}

func givenUp(s *stand) error {
	ctx, cancel := context.WithCancel(s.ctx)
	cancel()
	for _, body := range []string{s.dialect.write(false, s.cells(0)), s.all()} {
		a, err := s.refused("a request whose context has ended", s.request(ctx, strings.NewReader(body)), http.StatusServiceUnavailable, 499, http.StatusRequestTimeout)
		if err != nil {
			return err
		}
		if len(a.results) > 0 {
			return fmt.Errorf("want no results, got %d", len(a.results))
		}
	}
	return nil
}

func answerHead(s *stand) error {
	for _, c := range []struct {
		what, body, kind string
	}{
		{"a good request", s.dialect.write(false, s.cells(0)), "application/json"},
		{"many rows", s.all(), "application/json"},
		{"a refused row", s.spoilt("-1"), s.dialect.problem},
		{"a malformed one", "{", s.dialect.problem},
	} {
		a := s.post(c.body)
		if got := a.head.Get("Content-Type"); got != c.kind {
			return fmt.Errorf("%s: want an answer of type %q, got %q", c.what, c.kind, got)
		}
		if got := a.head.Get("Content-Length"); got != "" && got != strconv.Itoa(len(a.text)) {
			return fmt.Errorf("%s: want length %d, got %q", c.what, len(a.text), got)
		}
		if err := s.dialect.read(&a); err != nil {
			return fmt.Errorf("%s: %w", c.what, err)
		}
	}
	return nil
}
