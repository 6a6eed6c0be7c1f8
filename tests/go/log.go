// Reads and writes a log directory with Go's golang.org/x/mod/sumdb, the code behind Go's checksum database, so that
// Guildhall's log is checked by an implementation that it does not share a line with.
//
//	log read DIR VKEY WITNESS-VKEY   (proofs made by Guildhall as JSON on standard input)
//	log write DIR                    (leaves as a JSON list of base64 on standard input; prints the verifier key)
package main

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

const height = 8

type inclusion struct {
	Index int64    `json:"index"`
	Leaf  []byte   `json:"leaf"`
	Path  [][]byte `json:"path"`
}

type consistency struct {
	Size int64    `json:"size"`
	Head []byte   `json:"head"`
	Path [][]byte `json:"path"`
}

type proofs struct {
	Inclusion   []inclusion   `json:"inclusion"`
	Consistency []consistency `json:"consistency"`
}

func main() {
	var err error
	switch {
	case len(os.Args) == 5 && os.Args[1] == "read":
		err = read(os.Args[2], os.Args[3], os.Args[4])
	case len(os.Args) == 3 && os.Args[1] == "write":
		err = write(os.Args[2])
	default:
		err = fmt.Errorf("usage: log read DIR VKEY WITNESS-VKEY | log write DIR")
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// place gives the path of a tile as C2SP names it: without the height that sumdb puts in front of the level.
func place(dir string, tile tlog.Tile) string {
	return filepath.Join(dir, strings.Replace(tile.Path(), fmt.Sprintf("tile/%d/", height), "tile/", 1))
}

type directory string

func (d directory) Height() int                         { return height }
func (d directory) SaveTiles(_ []tlog.Tile, _ [][]byte) {}
func (d directory) ReadTiles(tiles []tlog.Tile) ([][]byte, error) {
	var contents [][]byte
	for _, tile := range tiles {
		content, err := os.ReadFile(place(string(d), tile))
		if err != nil {
			return nil, err
		}
		contents = append(contents, content)
	}
	return contents, nil
}

// witness verifies C2SP cosignatures (tlog-cosignature, Ed25519), which Go's package leaves to others.
type witness struct {
	name string
	id   uint32
	key  ed25519.PublicKey
}

func (w witness) Name() string    { return w.name }
func (w witness) KeyHash() uint32 { return w.id }
func (w witness) Verify(msg, sig []byte) bool {
	if len(sig) != 8+ed25519.SignatureSize {
		return false
	}
	head := fmt.Sprintf("cosignature/v1\ntime %d\n", binary.BigEndian.Uint64(sig))
	return ed25519.Verify(w.key, append([]byte(head), msg...), sig[8:])
}

func newWitness(vkey string) (witness, error) {
	parts := strings.SplitN(vkey, "+", 3)
	if len(parts) != 3 {
		return witness{}, fmt.Errorf("not a verifier key: %s", vkey)
	}
	raw, err := base64.StdEncoding.DecodeString(parts[2])
	if err != nil || len(raw) != 33 || raw[0] != 4 {
		return witness{}, fmt.Errorf("not a cosigner's key: %s", vkey)
	}
	sum := sha256.Sum256(append([]byte(parts[0]+"\n"), raw...))
	id := binary.BigEndian.Uint32(sum[:4])
	if stated, err := strconv.ParseUint(parts[1], 16, 32); err != nil || uint32(stated) != id {
		return witness{}, fmt.Errorf("key id %s should be %08x", parts[1], id)
	}
	return witness{parts[0], id, raw[1:]}, nil
}

// head opens the checkpoint: the log's signature and the witness's must both be there and hold.
func head(dir, vkey, witnessKey string) (tlog.Tree, error) {
	signed, err := os.ReadFile(filepath.Join(dir, "checkpoint"))
	if err != nil {
		return tlog.Tree{}, err
	}
	log, err := note.NewVerifier(vkey)
	if err != nil {
		return tlog.Tree{}, err
	}
	w, err := newWitness(witnessKey)
	if err != nil {
		return tlog.Tree{}, err
	}
	opened, err := note.Open(signed, note.VerifierList(log, w))
	if err != nil {
		return tlog.Tree{}, err
	}
	if len(opened.Sigs) != 2 {
		return tlog.Tree{}, fmt.Errorf("%d of 2 signatures were verified", len(opened.Sigs))
	}
	lines := strings.Split(opened.Text, "\n")
	if len(lines) != 4 || lines[0] != log.Name() {
		return tlog.Tree{}, fmt.Errorf("not a checkpoint of %s", log.Name())
	}
	size, err := strconv.ParseInt(lines[1], 10, 64)
	if err != nil {
		return tlog.Tree{}, err
	}
	root, err := tlog.ParseHash(lines[2])
	return tlog.Tree{N: size, Hash: root}, err
}

func hash(raw []byte) (h tlog.Hash) {
	copy(h[:], raw)
	return h
}

func same(ours []tlog.Hash, theirs [][]byte) bool {
	if len(ours) != len(theirs) {
		return false
	}
	for i := range ours {
		if !bytes.Equal(ours[i][:], theirs[i]) {
			return false
		}
	}
	return true
}

func read(dir, vkey, witnessKey string) error {
	tree, err := head(dir, vkey, witnessKey)
	if err != nil {
		return err
	}
	// This reader proves every hash that it reads against the tree's head.
	hashes := tlog.TileHashReader(tree, directory(dir))
	root, err := tlog.TreeHash(tree.N, hashes)
	if err != nil {
		return err
	}
	if root != tree.Hash {
		return fmt.Errorf("the tiles give the head %v", root)
	}
	leaves, err := entries(dir, tree.N)
	if err != nil {
		return err
	}
	for start := 0; start < len(leaves); start += 1 << height {
		var indexes []int64
		for i := start; i < len(leaves) && i < start+1<<height; i++ {
			indexes = append(indexes, tlog.StoredHashIndex(0, int64(i)))
		}
		logged, err := hashes.ReadHashes(indexes)
		if err != nil {
			return err
		}
		for i := range indexes {
			if logged[i] != tlog.RecordHash(leaves[start+i]) {
				return fmt.Errorf("leaf %d is not what its hash says", start+i)
			}
		}
	}
	var made proofs
	if err := json.NewDecoder(os.Stdin).Decode(&made); err != nil {
		return err
	}
	for _, p := range made.Inclusion {
		ours, err := tlog.ProveRecord(tree.N, p.Index, hashes)
		if err != nil {
			return err
		}
		if !same(ours, p.Path) {
			return fmt.Errorf("inclusion path of leaf %d differs", p.Index)
		}
		if err := tlog.CheckRecord(ours, tree.N, tree.Hash, p.Index, tlog.RecordHash(p.Leaf)); err != nil {
			return err
		}
	}
	for _, p := range made.Consistency {
		ours, err := tlog.ProveTree(tree.N, p.Size, hashes)
		if err != nil {
			return err
		}
		if !same(ours, p.Path) {
			return fmt.Errorf("consistency path from %d differs", p.Size)
		}
		if err := tlog.CheckTree(ours, tree.N, tree.Hash, p.Size, hash(p.Head)); err != nil {
			return err
		}
	}
	fmt.Printf("%d leaves, %d inclusion paths, %d consistency paths\n", len(leaves), len(made.Inclusion), len(made.Consistency))
	return nil
}

func entries(dir string, size int64) ([][]byte, error) {
	var leaves [][]byte
	for n := int64(0); n<<height < size; n++ {
		width := size - n<<height
		if width > 1<<height {
			width = 1 << height
		}
		// Level -1 is sumdb's name for what stands beside the hashes.
		tile := tlog.Tile{H: height, L: -1, N: n, W: int(width)}
		bundle, err := os.ReadFile(strings.Replace(place(dir, tile), "tile/data/", "tile/entries/", 1))
		if err != nil {
			return nil, err
		}
		for ; width > 0; width-- {
			if len(bundle) < 2 || len(bundle)-2 < int(binary.BigEndian.Uint16(bundle)) {
				return nil, fmt.Errorf("entry bundle %d is too short", n)
			}
			end := 2 + int(binary.BigEndian.Uint16(bundle))
			leaves = append(leaves, bundle[2:end])
			bundle = bundle[end:]
		}
		if len(bundle) != 0 {
			return nil, fmt.Errorf("entry bundle %d is too long", n)
		}
	}
	return leaves, nil
}

func write(dir string) error {
	var leaves [][]byte
	if err := json.NewDecoder(os.Stdin).Decode(&leaves); err != nil {
		return err
	}
	var stored []tlog.Hash
	hashes := tlog.HashReaderFunc(func(indexes []int64) ([]tlog.Hash, error) {
		var found []tlog.Hash
		for _, index := range indexes {
			found = append(found, stored[index])
		}
		return found, nil
	})
	for i, leaf := range leaves {
		fresh, err := tlog.StoredHashes(int64(i), leaf, hashes)
		if err != nil {
			return err
		}
		stored = append(stored, fresh...)
	}
	size := int64(len(leaves))
	for _, tile := range tlog.NewTiles(height, 0, size) {
		content, err := tlog.ReadTileData(tile, hashes)
		if err != nil {
			return err
		}
		file := place(dir, tile)
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(file, content, 0o644); err != nil {
			return err
		}
	}
	root, err := tlog.TreeHash(size, hashes)
	if err != nil {
		return err
	}
	// A key from a fixed seed: the same run gives the same bytes.
	skey, vkey, err := note.GenerateKey(bytes.NewReader(bytes.Repeat([]byte{7}, 64)), "go.example/log")
	if err != nil {
		return err
	}
	signer, err := note.NewSigner(skey)
	if err != nil {
		return err
	}
	signed, err := note.Sign(&note.Note{Text: fmt.Sprintf("go.example/log\n%d\n%v\n", size, root)}, signer)
	if err != nil {
		return err
	}
	fmt.Println(vkey)
	return os.WriteFile(filepath.Join(dir, "checkpoint"), signed, 0o644)
}
