package lexical_test

import (
	"bytes"
	"encoding/binary"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/lectern-project/lectern/internal/lexical"
)

func TestRank(t *testing.T) {
	if got := lexical.Rank("the"); got != 1 {
		t.Errorf("the has rank %d, want 1", got)
	}
	year, robot := lexical.Rank("year"), lexical.Rank("robot")
	if year > 200 || robot != lexical.CommonWords+1 {
		t.Errorf("year has rank %d and robot %d", year, robot)
	}
	for _, stem := range []string{"", "chocolatey", "机器"} {
		if got := lexical.Rank(stem); got != lexical.CommonWords+1 {
			t.Errorf("%q has rank %d", stem, got)
		}
	}
}

// TestCommonWordsAreOfTheVocabulary repeats how the list was made.
func TestCommonWordsAreOfTheVocabulary(t *testing.T) {
	model, err := os.ReadFile("../embed/static/lectern-static-en.bin")
	if err != nil {
		t.Fatal(err)
	}
	const header, firstWord = 40, 1996 // what stands before is special or single characters
	var want []string
	rest := model[header:]
	for id := range binary.LittleEndian.Uint32(model[16:]) {
		word := rest[1 : 1+rest[0]]
		rest = rest[1+len(word):]
		if id >= firstWord && len(word) > 1 && len(bytes.Trim(word, lowerCase)) == 0 {
			want = append(want, string(word))
		}
	}
	list, err := os.ReadFile("common.txt")
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(strings.Fields(string(list)), want[:lexical.CommonWords]) {
		t.Error("common.txt is not the first words of the model's vocabulary")
	}
}

const lowerCase = "abcdefghijklmnopqrstuvwxyz"
