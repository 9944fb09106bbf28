// Package static embeds English text with a table of word pieces that is part of the binary. It
// needs no network, no start-up of its own worth mentioning and no neural network: the vector of a
// text is the sum of its pieces' rows, scaled to length 1.
//
// # The model file
//
// lectern-static-en.bin, 8,156,420 bytes, SHA-256
// 51a19920e72912f4c3f0d3cd7c93ae5940a139c2959cf50bb31c4a282f266228. Numbers are little endian.
//
//	 0  [8]byte  magic "LECTSE01"
//	 8  uint32   version, 1
//	12  uint32   dimensions, 256
//	16  uint32   N, number of ids, 30,522
//	20  uint32   most pieces of a text that count, 512
//	24  uint32   most code points of a word, 100; a longer one is unknown
//	28  uint32   flags, 7: lower case, strip accents, CJK code points are words
//	32  uint32   length of the vocabulary in bytes
//	36  uint32   CRC-32 (IEEE) of everything from offset 40 to the end
//	40  vocabulary: for each id one length byte and as many bytes of UTF-8; empty for an id
//	    that no text has; then zeros up to a multiple of 4
//	    N float32 scales, then N rows of int8; a row's value is scale * int8
//
// The vocabulary is that of BERT base uncased; pieces that continue a word begin with "##".
//
// # The tokenizer
//
// BERT's uncased WordPiece: remove controls and unassigned code points, set CJK ideographs apart,
// decompose (NFD) and drop nonspacing marks, lower case, split at white space and around every
// punctuation character, then cut each word greedily into its longest known pieces. A word that
// cannot be cut up completely counts as nothing. testdata/golden.jsonl holds the ids and vectors
// of an independent implementation.
//
// # Where it comes from
//
// The rows were distilled from sentence-transformers/all-MiniLM-L6-v2 (Apache-2.0); the file
// NOTICE at the root of the repository has the whole attribution.
package static
