package main

import (
	"fmt"
	"go/types"
	"os"
	"path"
	"slices"
	"strings"

	"golang.org/x/tools/go/packages"
)

// load returns the public packages of the module at dir, sorted by path, and
// the module's path. Nothing below a folder named internal and no program is
// public. The types are those of linux/amd64.
func load(dir string) ([]*types.Package, string, error) {
	found, err := packages.Load(&packages.Config{
		Dir:  dir,
		Mode: packages.NeedName | packages.NeedModule | packages.NeedTypes | packages.NeedImports | packages.NeedSyntax | packages.NeedTypesInfo,
		Env:  append(os.Environ(), "GOOS=linux", "GOARCH=amd64", "CGO_ENABLED=0", "GOWORK=off"),
	}, "./...")
	if err != nil {
		return nil, "", fmt.Errorf("surface: %w", err)
	}
	var public []*types.Package
	var module string
	for _, p := range found {
		if !isPublic(p.PkgPath, p.Name) {
			continue
		}
		if len(p.Errors) > 0 {
			return nil, "", fmt.Errorf("surface: %s: %w", p.PkgPath, p.Errors[0])
		}
		module = p.Module.Path
		public = append(public, p.Types)
	}
	slices.SortFunc(public, func(a, b *types.Package) int { return strings.Compare(a.Path(), b.Path()) })
	return public, module, nil
}

func isPublic(importPath, name string) bool {
	return name != "main" && !slices.Contains(strings.Split(importPath, "/"), "internal")
}

// api returns one line for each exported fact of the public packages of the
// module at dir. The lines of a package stand together, sorted.
func api(dir string) ([]string, error) {
	public, module, err := load(dir)
	if err != nil {
		return nil, err
	}
	lines := []string{"Every exported name of the root module, written by .ci/run -write api and compared by .ci/run api."}
	for _, p := range public {
		name := strings.TrimPrefix(strings.TrimPrefix(p.Path(), module), "/")
		if name == "" {
			name = path.Base(module)
		}
		facts := describe(p, module)
		slices.Sort(facts)
		for _, f := range facts {
			lines = append(lines, name+", "+f)
		}
	}
	return lines, nil
}

// listing collects the lines of one package.
type listing struct {
	pkg    *types.Package
	module string
	lines  []string
	uses   map[string]bool // packages of other modules that the lines name
}

// describe returns the lines of one package, in no order.
func describe(p *types.Package, module string) []string {
	l := listing{pkg: p, module: module, uses: make(map[string]bool)}
	for _, name := range p.Scope().Names() {
		obj := p.Scope().Lookup(name)
		if !obj.Exported() {
			continue
		}
		switch obj := obj.(type) {
		case *types.Const:
			l.add("const %s %s = %s", name, l.text(obj.Type()), obj.Val().ExactString())
		case *types.Var:
			l.add("var %s %s", name, l.text(obj.Type()))
		case *types.Func:
			l.add("func %s%s", name, l.signature(obj.Signature()))
		case *types.TypeName:
			l.typeName(obj)
		}
	}
	for used := range l.uses {
		l.add("(names) %s", used)
	}
	return l.lines
}

func (l *listing) add(format string, args ...any) {
	l.lines = append(l.lines, fmt.Sprintf(format, args...))
}

func (l *listing) text(t types.Type) string { return types.TypeString(t, l.qualifier) }

func (l *listing) signature(s *types.Signature) string {
	return strings.TrimPrefix(l.text(s), "func")
}

// qualifier names a package by its last word, and notes its path: the same name
// in another version of a module is another type.
func (l *listing) qualifier(p *types.Package) string {
	if p == l.pkg {
		return ""
	}
	first, _, _ := strings.Cut(p.Path(), "/")
	if strings.Contains(first, ".") && p.Path() != l.module && !strings.HasPrefix(p.Path(), l.module+"/") {
		l.uses[p.Path()] = true
	}
	return p.Name()
}

func (l *listing) typeName(obj *types.TypeName) {
	name := obj.Name()
	if obj.IsAlias() {
		l.add("type %s = %s", name, l.text(types.Unalias(obj.Type())))
		return
	}
	named, ok := obj.Type().(*types.Named)
	if !ok {
		return
	}
	head := name + l.typeParams(named.TypeParams())
	switch t := named.Underlying().(type) {
	case *types.Struct:
		l.structType(name, head, t)
	case *types.Interface:
		l.interfaceType(name, head, t)
		return // its methods are its lines
	default:
		l.add("type %s %s", head, l.text(t))
	}
	l.methods(named)
}

func (l *listing) typeParams(list *types.TypeParamList) string {
	if list.Len() == 0 {
		return ""
	}
	var parts []string
	for p := range list.TypeParams() {
		parts = append(parts, p.Obj().Name()+" "+l.text(p.Constraint()))
	}
	return "[" + strings.Join(parts, ", ") + "]"
}

func (l *listing) structType(name, head string, t *types.Struct) {
	l.add("type %s struct", head)
	hidden := false
	for i := range t.NumFields() {
		f := t.Field(i)
		if !f.Exported() {
			hidden = true
			continue
		}
		line := f.Name() + " " + l.text(f.Type())
		if f.Embedded() {
			line = "embedded " + l.text(f.Type())
		}
		if tag := t.Tag(i); tag != "" {
			line += " `" + tag + "`"
		}
		l.add("type %s struct, %s", name, line)
	}
	if hidden {
		l.add("type %s struct, unexported fields", name)
	}
	if name == head && !types.Comparable(t) { // a generic one is as its arguments are
		l.add("type %s struct, not comparable", name)
	}
}

func (l *listing) interfaceType(name, head string, t *types.Interface) {
	if !t.IsMethodSet() {
		l.add("type %s %s", head, l.text(t))
		return
	}
	l.add("type %s interface", head)
	for m := range t.Methods() {
		if m.Exported() {
			l.add("type %s interface, %s%s", name, m.Name(), l.signature(m.Signature()))
		} else {
			l.add("type %s interface, unexported methods", name)
		}
	}
}

// methods adds the exported methods of a type, those of embedded fields
// included, each with the receiver that has it.
func (l *listing) methods(named *types.Named) {
	byValue := types.NewMethodSet(named)
	for sel := range types.NewMethodSet(types.NewPointer(named)).Methods() {
		if !sel.Obj().Exported() {
			continue
		}
		receiver := named.Obj().Name()
		if byValue.Lookup(l.pkg, sel.Obj().Name()) == nil {
			receiver = "*" + receiver
		}
		l.add("method (%s) %s%s", receiver, sel.Obj().Name(), strings.TrimPrefix(l.text(sel.Type()), "func"))
	}
}
