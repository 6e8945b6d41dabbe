package num_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"strings"
	"testing"
)

// Every product of variables stands inside float64(...): the only form that the language keeps from being fused with
// an addition. A product of two constants is exact arithmetic of the compiler.
func TestEveryProductIsRoundedExplicitly(t *testing.T) {
	t.Parallel()
	names, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	files := token.NewFileSet()
	products, rounded := 0, map[ast.Expr]bool{}
	for _, name := range names {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(files, name, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(file, func(n ast.Node) bool {
			if call, ok := n.(*ast.CallExpr); ok && len(call.Args) == 1 {
				if name, ok := call.Fun.(*ast.Ident); ok && name.Name == "float64" {
					rounded[call.Args[0]] = true
				}
			}
			if e, ok := n.(ast.Expr); ok && isProduct(e) {
				products++
				if !rounded[e] {
					t.Errorf("%s: a product outside float64(...)", files.Position(e.Pos()))
				}
			}
			return true
		})
	}
	if products < 50 {
		t.Errorf("%d products seen, which is too few to be all", products)
	}
}

func isProduct(e ast.Expr) bool {
	b, ok := e.(*ast.BinaryExpr)
	if !ok || b.Op != token.MUL {
		return false
	}
	_, x := b.X.(*ast.BasicLit)
	_, y := b.Y.(*ast.BasicLit)
	return !(x && y)
}
