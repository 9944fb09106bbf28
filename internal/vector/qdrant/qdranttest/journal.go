package qdranttest

import (
	"bufio"
	"errors"
	"io"
	"os"

	"google.golang.org/protobuf/encoding/protodelim"
	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/anypb"
)

// journal is the list of all changes since the beginning, in memory and, with a path, in a file.
// The file survives kill -9; it is not synchronised, so it may not survive the machine.
type journal struct {
	changes []proto.Message
	ends    []int64 // where in the file each change ends
	file    *os.File
}

// openJournal reads the file, as far as it was written to the end, and creates it if it is absent.
func openJournal(path string) (*journal, error) {
	j := &journal{}
	if path == "" {
		return j, nil
	}
	file, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	j.file = file
	return j, j.load()
}

func (j *journal) load() error {
	in := bufio.NewReader(j.file)
	for {
		record := new(anypb.Any)
		err := protodelim.UnmarshalOptions{MaxSize: -1}.UnmarshalFrom(in, record)
		if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
			return j.truncate(len(j.changes)) // without what was written in part
		}
		if err != nil {
			return err
		}
		change, err := record.UnmarshalNew()
		if err != nil {
			return err
		}
		j.note(change, protowire.SizeBytes(proto.Size(record)))
	}
}

// add returns when the change is in the file.
func (j *journal) add(change proto.Message) error {
	written := 0
	if j.file != nil {
		record, err := anypb.New(change)
		if err != nil {
			return err
		}
		if written, err = protodelim.MarshalTo(j.file, record); err != nil {
			return err
		}
	}
	j.note(change, written)
	return nil
}

func (j *journal) note(change proto.Message, size int) {
	j.changes = append(j.changes, change)
	j.ends = append(j.ends, j.end(len(j.ends))+int64(size))
}

// end is where the first n changes end in the file.
func (j *journal) end(n int) int64 {
	if n == 0 {
		return 0
	}
	return j.ends[n-1]
}

// truncate keeps the first n changes.
func (j *journal) truncate(n int) error {
	j.changes, j.ends = j.changes[:n], j.ends[:n]
	if j.file == nil {
		return nil
	}
	if err := j.file.Truncate(j.end(n)); err != nil {
		return err
	}
	_, err := j.file.Seek(0, io.SeekEnd)
	return err
}

func (j *journal) close() error {
	if j.file == nil {
		return nil
	}
	return j.file.Close()
}
