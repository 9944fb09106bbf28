// Package book holds Lectern's words: documents, chunks, passages, citations, embedding spaces,
// principals and errors, and the rules that need nothing but themselves. It does no I/O and
// imports no other package of the project.
package book
