// Package matrix crosses what can go wrong with what it can hit: each row of the table in
// docs/consistency.md is a fault, and its cells are the operations of Lectern during which it happens,
// at each of their steps. Everything but the servers is real: PostgreSQL is, and Qdrant is the
// stand-in of qdranttest, which both are reached over TCP.
//
// A step is a message to PostgreSQL or a call of Qdrant. What lies between two of them, failpoints
// too, neither store can tell apart.
package matrix
