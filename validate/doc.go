// Package validate says what data looks like and whether it is what was agreed, before any model sees it.
package validate
