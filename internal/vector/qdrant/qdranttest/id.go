package qdranttest

import (
	"bytes"
	"cmp"

	"github.com/google/uuid"
	"github.com/qdrant/go-client/qdrant"
)

// pointID is a number or a UUID.
type pointID struct {
	number uint64
	uuid   uuid.UUID
	isUUID bool
}

func readID(id *qdrant.PointId) (pointID, error) {
	switch id := id.GetPointIdOptions().(type) {
	case *qdrant.PointId_Num:
		return pointID{number: id.Num}, nil
	case *qdrant.PointId_Uuid:
		parsed, err := uuid.Parse(id.Uuid)
		if err != nil {
			return pointID{}, invalid("Unable to parse UUID: %s", id.Uuid)
		}
		return pointID{uuid: parsed, isUUID: true}, nil
	}
	return pointID{}, invalid("Empty ID is not allowed")
}

func (id pointID) proto() *qdrant.PointId {
	if id.isUUID {
		return qdrant.NewIDUUID(id.uuid.String())
	}
	return qdrant.NewIDNum(id.number)
}

// compareIDs puts numbers before UUIDs, each ascending.
func compareIDs(a, b pointID) int {
	switch {
	case a.isUUID != b.isUUID:
		if b.isUUID {
			return -1
		}
		return 1
	case a.isUUID:
		return bytes.Compare(a.uuid[:], b.uuid[:])
	}
	return cmp.Compare(a.number, b.number)
}
