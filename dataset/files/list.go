package files

import (
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/tidewheel/tidewheel/dataset"
)

// pattern is a pattern of names, part by part.
type pattern []string

// splitPattern returns the folder where a pattern starts and the parts that are matched below it.
func splitPattern(text string) (dir string, p pattern, err error) {
	slashed := filepath.ToSlash(text)
	parts := strings.Split(slashed, "/")
	at := slices.IndexFunc(parts, func(s string) bool { return strings.ContainsAny(s, `*?[\`) })
	if at < 0 {
		at = len(parts) - 1
	}
	for _, s := range parts[at:] {
		if _, err := path.Match(s, ""); err != nil || s == "" || s == "." || s == ".." {
			return "", nil, fmt.Errorf("pattern %q: %w", text, path.ErrBadPattern)
		}
	}
	dir = strings.Join(parts[:at], "/")
	switch {
	case dir == "" && strings.HasPrefix(slashed, "/"):
		dir = "/"
	case dir == "":
		dir = "."
	}
	return filepath.FromSlash(dir), parts[at:], nil
}

// matches reports whether the parts of a name match p, where ** is any number of folders.
func (p pattern) matches(name []string) bool {
	switch {
	case len(p) == 0:
		return len(name) == 0
	case p[0] == "**" && len(p) == 1:
		return len(name) > 0 && !slices.ContainsFunc(name, hidden)
	case p[0] == "**":
		return p[1:].matches(name) || len(name) > 0 && !hidden(name[0]) && p.matches(name[1:])
	case len(name) == 0 || hidden(name[0]) && !hidden(p[0]):
		return false
	}
	ok, err := path.Match(p[0], name[0])
	return err == nil && ok && p[1:].matches(name[1:])
}

// below reports whether something in a folder may match p.
func (p pattern) below(folder []string) bool {
	switch {
	case len(p) == 0 || len(folder) == 0:
		return len(p) > 0
	case p[0] == "**":
		return p[1:].below(folder) || !hidden(folder[0]) && p.below(folder[1:])
	case hidden(folder[0]) && !hidden(p[0]):
		return false
	}
	ok, err := path.Match(p[0], folder[0])
	return err == nil && ok && p[1:].below(folder[1:])
}

func hidden(name string) bool { return strings.HasPrefix(name, ".") || strings.HasPrefix(name, "_") }

// list returns the files below dir that match, by name, with slashes.
func list(dir string, p pattern, limit int) ([]string, error) {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, err
	}
	defer func() { _ = root.Close() }()
	var names []string
	err = fs.WalkDir(root.FS(), ".", func(name string, d fs.DirEntry, err error) error {
		switch parts := strings.Split(name, "/"); {
		case err != nil:
			return err
		case name == ".":
			return nil
		case d.IsDir() && !p.below(parts):
			return fs.SkipDir
		case d.IsDir() || !p.matches(parts):
			return nil
		}
		regular := d.Type().IsRegular()
		if d.Type()&fs.ModeSymlink != 0 {
			info, err := root.Stat(name)
			if err != nil {
				return fmt.Errorf("%s: %w", filepath.Join(dir, name), err)
			}
			regular = info.Mode().IsRegular()
		}
		if !regular {
			return nil
		}
		if names = append(names, name); len(names) > limit {
			return fmt.Errorf("more than %d files: %w", limit, dataset.ErrLimit)
		}
		return nil
	})
	if err == nil && len(names) == 0 {
		err = fmt.Errorf("no file matches: %w", fs.ErrNotExist)
	}
	slices.Sort(names)
	return names, err
}
