package arch_test

import (
	"cmp"
	"path"
	"slices"
	"strings"
)

// pkg is what go list says of one package of the root module.
type pkg struct {
	ImportPath   string
	Name         string
	Dir          string
	GoFiles      []string
	TestGoFiles  []string
	XTestGoFiles []string
	Imports      []string
	TestImports  []string
	XTestImports []string
	Deps         []string
}

// violation is one broken rule.
type violation struct {
	rule, pkg, imports string
}

// check returns every violation of the table in the packages, sorted.
func check(pkgs []pkg) []violation {
	var found []violation
	for _, p := range pkgs {
		rel := relative(p.ImportPath)
		report := func(rule, imports string) { found = append(found, violation{rule, rel, imports}) }
		r, known := rowOf(folderOf(rel))
		if !known {
			report("unknown folder", "")
			continue
		}
		for _, imp := range p.Imports {
			checkAnywhere(report, rel, imp)
			if ours(imp) {
				checkOurs(report, r, rel, relative(imp))
			} else {
				checkOutside(report, r, rel, imp)
			}
		}
		for _, imp := range slices.Concat(p.TestImports, p.XTestImports) {
			checkAnywhere(report, rel, imp)
			checkTest(report, rel, imp)
		}
		checkDeps(report, rel, p.Deps)
	}
	slices.SortFunc(found, func(a, b violation) int {
		return cmp.Or(cmp.Compare(a.pkg, b.pkg), cmp.Compare(a.rule, b.rule), cmp.Compare(a.imports, b.imports))
	})
	return slices.Compact(found)
}

// checkAnywhere holds for every file, tests included.
func checkAnywhere(report func(rule, imports string), rel, imp string) {
	for f := range forbidden {
		if matches(f, imp) {
			report("forbidden package", imp)
		}
	}
	for _, c := range confined {
		if c.tests && below(imp, c.path) && !belowAny(rel, c.places) {
			report("confined package", imp)
		}
	}
	if !ours(imp) && !standard(imp) && moduleIn(imp, direct) == "" {
		report("new module", imp)
	}
}

// checkOurs holds for an import of ours in a file that is no test.
func checkOurs(report func(rule, imports string), r row, rel, imp string) {
	from, to := folderOf(rel), folderOf(imp)
	if isTestPackage(imp) && !isTestPackage(rel) {
		report("test package", imp)
	}
	if from == to {
		// The contract never depends on an algorithm.
		if rel == "model" && !slices.Contains(contracts, imp) {
			report("contract", imp)
		}
		return
	}
	switch {
	case slices.Contains(siblings, from) && slices.Contains(siblings, to):
		report("siblings", imp)
	case slices.Contains(r.ours, "*"), slices.Contains(r.ours, to), slices.Contains(r.single, imp):
	default:
		report("import order", imp)
	}
}

// checkOutside holds for an import of others in a file that is no test.
func checkOutside(report func(rule, imports string), r row, rel, imp string) {
	switch {
	case imp == "os/exec":
		report("os/exec", imp)
	case below(imp, "testing") && !isTestPackage(rel):
		report("testing", imp)
	}
	for _, c := range confined {
		if !c.tests && below(imp, c.path) && !belowAny(rel, c.places) {
			report("confined package", imp)
		}
	}
	if m := moduleIn(imp, direct); m != "" && !slices.Contains(r.outside, m) {
		report("outside module", imp)
	}
}

// checkTest holds for the imports of test files, which may be of all of ours
// and of all direct modules.
func checkTest(report func(rule, imports string), rel, imp string) {
	if imp == "os/exec" && !belowAny(rel, execTests) {
		report("os/exec", imp)
	}
}

// checkDeps holds for all that a package pulls in, directly or not.
func checkDeps(report func(rule, imports string), rel string, deps []string) {
	for _, dep := range deps {
		if !ours(dep) && !standard(dep) && moduleIn(dep, direct) == "" && moduleIn(dep, linked) == "" {
			report("linked module", dep)
		}
		for f := range forbidden {
			if strings.HasPrefix(f, arrow) && matches(f, dep) {
				report("forbidden package", dep)
			}
		}
		if dep == "html/template" && !belowAny(rel, pages) {
			report("links html/template", dep)
		}
		if folderOf(rel) != "serve" {
			continue
		}
		if below(dep, parquet) || below(dep, module+"/dataset/parquet") {
			report("serve links Parquet", dep)
		}
		if ours(dep) && folderOf(relative(dep)) == "model" && !slices.Contains(contracts, relative(dep)) {
			report("serve links a trainer", dep)
		}
	}
}

// checkModules returns the modules that are required directly and not listed.
func checkModules(required []string) []violation {
	var found []violation
	for _, m := range required {
		if _, ok := direct[m]; !ok {
			found = append(found, violation{"new module", "go.mod", m})
		}
	}
	return found
}

func rowOf(folder string) (row, bool) {
	i := slices.IndexFunc(table, func(r row) bool { return r.folder == folder })
	if i < 0 {
		return row{}, false
	}
	return table[i], true
}

// folderOf returns the line of the table that a package belongs to: its first
// folder, or the first two below internal.
func folderOf(rel string) string {
	parts := strings.SplitN(rel, "/", 3)
	if parts[0] == "internal" && len(parts) > 1 {
		return parts[0] + "/" + parts[1]
	}
	return parts[0]
}

func relative(importPath string) string {
	if importPath == module {
		return "."
	}
	return strings.TrimPrefix(importPath, module+"/")
}

func ours(imp string) bool { return below(imp, module) }

// standard reports whether the package is of the standard library: a module's
// first element has a dot.
func standard(imp string) bool {
	first, _, _ := strings.Cut(imp, "/")
	return !strings.Contains(first, ".")
}

// matches reads a pattern as go list does: /... is the package and its children.
func matches(pattern, imp string) bool {
	if root, ok := strings.CutSuffix(pattern, "/..."); ok {
		return below(imp, root)
	}
	return imp == pattern
}

func below(imp, root string) bool { return imp == root || strings.HasPrefix(imp, root+"/") }

func belowAny(imp string, roots []string) bool {
	return slices.ContainsFunc(roots, func(root string) bool { return below(imp, root) })
}

// isTestPackage reports whether a package is what implementations must pass:
// its folder is named after its parent and the word test.
func isTestPackage(rel string) bool {
	return path.Base(rel) == path.Base(path.Dir(rel))+"test" || rel == "internal/conform"
}

func moduleIn(imp string, modules map[string]string) string {
	for m := range modules {
		if below(imp, m) {
			return m
		}
	}
	return ""
}
