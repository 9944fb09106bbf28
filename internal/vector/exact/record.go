package exact

import (
	"encoding/binary"
	"errors"
	"hash/crc32"
	"math"

	"github.com/google/uuid"

	"github.com/lectern-project/lectern/internal/book"
	"github.com/lectern-project/lectern/internal/vector"
)

// A record is a point as it stands in the file under its id, little endian:
//
//	4 bytes   CRC-32C of the id and everything that follows
//	4 uvarint dimensions of the dense vector, number of sparse entries, lengths of scope and doc_id
//	16 bytes  chunk_id
//	scope, doc_id
//	dimensions x float32
//	entries x uvarint, each the difference to the index before it (the first to 0)
//	entries x float32
type record struct {
	dims, entries int
	chunkID       uuid.UUID
	scope, docID  []byte
	dense         []byte
	indices       []byte
	values        []byte
}

var (
	castagnoli = crc32.MakeTable(crc32.Castagnoli)
	errRecord  = errors.New("not a record")
)

const checksumSize = 4

func checksum(id uuid.UUID, body []byte) uint32 {
	return crc32.Update(crc32.Checksum(id[:], castagnoli), castagnoli, body)
}

// encodeRecord returns the record of p, with dense in place of p.Dense.
func encodeRecord(p vector.Point, dense []float32) []byte {
	to := make([]byte, checksumSize)
	for _, n := range []int{len(dense), len(p.Sparse.Indices), len(p.Scope), len(p.DocID)} {
		to = binary.AppendUvarint(to, uint64(n))
	}
	to = append(to, p.ChunkID[:]...)
	to = append(to, p.Scope...)
	to = append(to, p.DocID...)
	to = appendFloats(to, dense)
	last := uint32(0)
	for _, index := range p.Sparse.Indices {
		to = binary.AppendUvarint(to, uint64(index-last))
		last = index
	}
	to = appendFloats(to, p.Sparse.Values)
	sum := checksum(p.ID, to[checksumSize:])
	binary.LittleEndian.PutUint32(to, sum)
	return to
}

func appendFloats(to []byte, values []float32) []byte {
	for _, v := range values {
		to = binary.LittleEndian.AppendUint32(to, math.Float32bits(v))
	}
	return to
}

// readFloats fills to from as many float32 in from.
func readFloats(to []float32, from []byte) {
	for i := range to {
		to[i] = math.Float32frombits(binary.LittleEndian.Uint32(from[4*i:]))
	}
}

// intact reports whether value is what was written under id.
func intact(id uuid.UUID, value []byte) bool {
	return len(value) > checksumSize &&
		binary.LittleEndian.Uint32(value) == checksum(id, value[checksumSize:])
}

// parseRecord finds the parts of value; they share its memory. It does not check the checksum.
func parseRecord(value []byte) (record, error) {
	var r record
	if len(value) < checksumSize {
		return r, errRecord
	}
	rest := value[checksumSize:]
	var sizes [4]int
	for i := range sizes {
		n, length := binary.Uvarint(rest)
		if length <= 0 || n > uint64(len(value)) {
			return r, errRecord
		}
		sizes[i], rest = int(n), rest[length:]
	}
	r.dims, r.entries = sizes[0], sizes[1]
	fixed := len(r.chunkID) + sizes[2] + sizes[3] + 4*r.dims + 4*r.entries
	if len(rest) < fixed {
		return r, errRecord
	}
	cut := func(n int) (part []byte) {
		part, rest = rest[:n:n], rest[n:]
		return part
	}
	copy(r.chunkID[:], cut(len(r.chunkID)))
	r.scope, r.docID = cut(sizes[2]), cut(sizes[3])
	r.dense = cut(4 * r.dims)
	r.indices = cut(len(rest) - 4*r.entries)
	r.values = rest
	return r, nil
}

// sparse calls yield with each entry of the sparse vector until it returns false.
func (r record) sparse(yield func(index uint32, value float32) bool) {
	for e := r.firstEntry(); e.valid; e.next() {
		if !yield(e.index, e.value) {
			return
		}
	}
}

// entry walks over a sparse vector; it stands on one entry while it is valid.
type entry struct {
	indices, values []byte // of the entries after this one
	index           uint32
	value           float32
	valid           bool
}

func (r record) firstEntry() entry {
	e := entry{indices: r.indices, values: r.values}
	e.next()
	return e
}

func (e *entry) next() {
	delta, n := binary.Uvarint(e.indices)
	if e.valid = n > 0 && len(e.values) >= 4; !e.valid {
		return
	}
	e.index += uint32(delta)
	e.value = math.Float32frombits(binary.LittleEndian.Uint32(e.values))
	e.indices, e.values = e.indices[n:], e.values[4:]
}

// point copies the record out of the file.
func (r record) point(id uuid.UUID) vector.Point {
	p := vector.Point{
		ID: id, DocID: string(r.docID), ChunkID: r.chunkID, Scope: book.Scope(r.scope),
	}
	if r.dims > 0 {
		p.Dense = make([]float32, r.dims)
		readFloats(p.Dense, r.dense)
	}
	for index, value := range r.sparse {
		p.Sparse.Indices = append(p.Sparse.Indices, index)
		p.Sparse.Values = append(p.Sparse.Values, value)
	}
	return p
}
