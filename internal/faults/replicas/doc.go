// Package replicas runs two servers over one PostgreSQL database and one Qdrant stand-in, all of
// them processes, while everything is killed, stopped and cut off, and looks whether the two stores
// agree and nothing that was acknowledged is lost.
package replicas
