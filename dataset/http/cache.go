package http

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"io"
	"io/fs"
	nethttp "net/http"
	"net/url"
	"os"
	"runtime"
	"strings"
	"time"
)

const (
	noteVersion = 1
	maxNote     = 64 << 10
	// lockWait is how often a fetch looks whether another has ended.
	lockWait = 50 * time.Millisecond
)

// note is what is known of a file in the cache. It lies beside it as .NAME.json, and as .NAME.resume beside what is not whole yet; nothing in it is believed that the file itself does not show.
type note struct {
	Version      int       `json:"tidewheel.fetch"`
	URL          string    `json:"url"`        // for people, without user and query
	Address      string    `json:"url_sha256"` // of the whole URL
	ETag         string    `json:"etag,omitempty"`
	LastModified string    `json:"last_modified,omitempty"`
	SHA256       string    `json:"sha256,omitempty"`
	Bytes        int64     `json:"bytes,omitempty"`
	Licence      string    `json:"licence,omitempty"`
	Fetched      time.Time `json:"fetched,omitzero"`
}

func (f *fetch) noteName() string { return "." + f.d.Name + ".json" }

// resumeName is that of the note of part.
func (f *fetch) resumeName() string { return "." + f.d.Name + ".resume" }

// newNote returns what an answer says of itself.
func newNote(u *url.URL, h nethttp.Header) note {
	sum := sha256.Sum256([]byte(u.String()))
	return note{
		Version: noteVersion, URL: redacted(u), Address: hex.EncodeToString(sum[:]),
		ETag: printable(h.Get("ETag")), LastModified: printable(h.Get("Last-Modified")),
	}
}

// printable returns text when it may stand in a header, else nothing.
func printable(text string) string {
	if len(text) > 1<<10 || strings.ContainsFunc(text, func(r rune) bool { return r < ' ' || r > '~' }) {
		return ""
	}
	return text
}

// strong returns what tells one version of the content from another byte by byte, empty when there is nothing.
func (n note) strong() string {
	if n.ETag != "" && !strings.HasPrefix(n.ETag, "W/") {
		return n.ETag
	}
	return n.LastModified
}

// readNote returns the note under name, the zero one when there is none that is sound and of the URL u.
func readNote(root *os.Root, name string, u *url.URL) note {
	f, err := openRegular(root, name)
	if err != nil {
		return note{}
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, maxNote+1))
	if err != nil || len(text) > maxNote {
		return note{}
	}
	return decodeNote(text, u)
}

func decodeNote(text []byte, u *url.URL) note {
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	var n note
	if d.Decode(&n) != nil || n.Version != noteVersion || n.Address != newNote(u, nil).Address {
		return note{}
	}
	n.ETag, n.LastModified = printable(n.ETag), printable(n.LastModified)
	return n
}

// writeNote writes a note, whole or not at all. Only who holds the lock of the name writes one.
func writeNote(root *os.Root, name string, n note) error {
	text, err := json.Marshal(n)
	if err != nil {
		return err
	}
	beside := name + ".tmp"
	if err := root.WriteFile(beside, append(text, '\n'), 0o666); err != nil {
		return err
	}
	return root.Rename(beside, name)
}

// openRegular opens a regular file of the folder, and no link.
func openRegular(root *os.Root, name string) (*os.File, error) {
	info, err := root.Lstat(name)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("%s: want a regular file: %w", name, fs.ErrInvalid)
	}
	return root.Open(name)
}

// cached returns the file of the cache when it is good as it is. Else it keeps in old what may still be good.
func (f *fetch) cached(ctx context.Context) (file File, ok bool, err error) {
	f.old = note{}
	in, err := openRegular(f.root, f.d.Name)
	if errors.Is(err, fs.ErrNotExist) {
		return File{}, false, nil
	}
	if err != nil {
		return File{}, false, err
	}
	defer in.Close()
	digest, size, err := digestOf(ctx, in, sha256.New())
	if err != nil {
		return File{}, false, err
	}
	n := readNote(f.root, f.noteName(), f.url)
	known := n.SHA256 == digest
	n.SHA256, n.Bytes = digest, size
	if f.d.SHA256 != "" {
		if !known {
			n.Fetched = time.Time{}
		}
		return f.file(n, true), digest == f.d.SHA256, nil
	}
	if !known || (f.d.Bytes > 0 && size != f.d.Bytes) {
		return File{}, false, nil
	}
	f.old = n
	age := f.o.Clock().Sub(n.Fetched)
	return f.file(n, true), f.o.Offline || age >= 0 && age < f.o.MaxAge, nil
}

// digestOf reads in to its end into sum.
func digestOf(ctx context.Context, in io.Reader, sum hash.Hash) (digest string, size int64, err error) {
	p := make([]byte, 256<<10)
	for {
		if err := ctx.Err(); err != nil {
			return "", 0, err
		}
		n, err := in.Read(p)
		size += int64(n)
		sum.Write(p[:n])
		if errors.Is(err, io.EOF) {
			return hex.EncodeToString(sum.Sum(nil)), size, nil
		}
		if err != nil {
			return "", 0, err
		}
	}
}

// lock opens the file beside the target that this fetch alone writes, and waits until no other does.
func (f *fetch) lock(ctx context.Context) error {
	for {
		part, err := f.root.OpenFile(f.partName(), os.O_RDWR|os.O_CREATE, 0o666)
		if err != nil {
			return err
		}
		free, err := tryLock(part)
		if err == nil && free {
			here, err1 := part.Stat()
			there, err2 := f.root.Lstat(f.partName())
			if err1 == nil && err2 == nil && os.SameFile(here, there) {
				f.part = part
				return nil
			}
			if err2 == nil && !there.Mode().IsRegular() {
				err = fmt.Errorf("%s: want a regular file: %w", f.partName(), fs.ErrInvalid)
			}
		}
		_ = part.Close()
		if err != nil {
			return err
		}
		if !free {
			if err := f.o.Sleep(ctx, lockWait); err != nil {
				return err
			}
		} else if err := ctx.Err(); err != nil {
			return err
		}
	}
}

// takeUp goes on with what an earlier fetch has left, when it can be told to be of the same content in the end.
func (f *fetch) takeUp(ctx context.Context) error {
	f.sum = sha256.New()
	f.validator = readNote(f.root, f.resumeName(), f.url)
	if f.validator.Version == 0 || (f.d.SHA256 == "" && f.validator.strong() == "") {
		return f.restart()
	}
	_, size, err := digestOf(ctx, f.part, f.sum)
	if err != nil {
		return err
	}
	if size > f.limit() {
		return f.restart()
	}
	f.size, f.resumed = size, size > 0
	return nil
}

// commit makes part the file.
func (f *fetch) commit(n note) error {
	if err := f.part.Sync(); err != nil {
		return err
	}
	if err := writeNote(f.root, f.noteName(), n); err != nil {
		return err
	}
	if runtime.GOOS == "windows" { // where an open file cannot be renamed
		_ = f.part.Close()
	}
	if err := f.root.Rename(f.partName(), f.d.Name); err != nil {
		return err
	}
	f.size = 0
	_ = f.root.Remove(f.resumeName())
	if runtime.GOOS == "windows" { // which has no flush of a folder
		return nil
	}
	folder, err := f.root.Open(".")
	if err != nil {
		return err
	}
	defer folder.Close()
	return folder.Sync()
}

// unlock lets another fetch write, and removes what nobody can go on with.
func (f *fetch) unlock() error {
	if info, err := f.part.Stat(); err == nil {
		if there, err := f.root.Lstat(f.partName()); err == nil && os.SameFile(info, there) && (f.size == 0 || !resumes) {
			_ = f.root.Remove(f.partName())
			_ = f.root.Remove(f.resumeName())
		}
	}
	if err := f.part.Close(); err != nil && !errors.Is(err, fs.ErrClosed) {
		return err
	}
	return nil
}

// partName is the file beside the target.
func (f *fetch) partName() string {
	if f.unique == "" {
		f.unique = uniqueName()
	}
	return "." + f.d.Name + f.unique + ".part"
}
