// Reads and writes a log directory with Go's golang.org/x/mod/sumdb, the code behind Go's checksum database, so that
// Guildhall's log is checked by an implementation that it does not share a line with.
//
//	log read DIR VKEY WITNESS-VKEY   (proofs made by Guildhall as JSON on standard input)
//	log write DIR                    (leaves as a JSON list of base64 on standard input; prints the verifier key)
//	log ask DIR VKEY WITNESS-VKEY ADDRESS OLD-SIZE   (asks a witness of C2SP tlog-witness; prints status and answer)
//	log witness VKEY                 (is such a witness, in memory; prints verifier key and address)
package main

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"time"

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
	case len(os.Args) == 7 && os.Args[1] == "ask":
		err = ask(os.Args[2], os.Args[3], os.Args[4], os.Args[5], os.Args[6])
	case len(os.Args) == 3 && os.Args[1] == "witness":
		err = serve(os.Args[2])
	default:
		err = fmt.Errorf("usage: log read DIR VKEY WITNESS-VKEY | log write DIR | log ask … | log witness VKEY")
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

// checkpoint takes a checkpoint's text apart.
func checkpoint(text string) (tlog.Tree, error) {
	lines := strings.Split(text, "\n")
	if len(lines) < 4 {
		return tlog.Tree{}, fmt.Errorf("not a checkpoint")
	}
	size, err := strconv.ParseInt(lines[1], 10, 64)
	if err != nil {
		return tlog.Tree{}, err
	}
	root, err := tlog.ParseHash(lines[2])
	return tlog.Tree{N: size, Hash: root}, err
}

// ask sends the checkpoint in dir to a witness, with Go's own proof from the tiles beside it, and opens what it answers.
func ask(dir, vkey, witnessKey, address, oldSize string) error {
	signed, err := os.ReadFile(filepath.Join(dir, "checkpoint"))
	if err != nil {
		return err
	}
	log, err := note.NewVerifier(vkey)
	if err != nil {
		return err
	}
	opened, err := note.Open(signed, note.VerifierList(log))
	if err != nil {
		return err
	}
	tree, err := checkpoint(opened.Text)
	if err != nil {
		return err
	}
	old, err := strconv.ParseInt(oldSize, 10, 64)
	if err != nil {
		return err
	}
	body := fmt.Sprintf("old %d\n", old)
	if old > 0 && old < tree.N {
		proof, err := tlog.ProveTree(tree.N, old, tlog.TileHashReader(tree, directory(dir)))
		if err != nil {
			return err
		}
		for _, hash := range proof {
			body += hash.String() + "\n"
		}
	}
	answer, err := http.Post(address+"/add-checkpoint", "text/plain", strings.NewReader(body+"\n"+string(signed)))
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	said, err := io.ReadAll(answer.Body)
	if err != nil {
		return err
	}
	fmt.Printf("%d %s %s", answer.StatusCode, answer.Header.Get("Content-Type"), said)
	if answer.StatusCode != http.StatusOK {
		return nil
	}
	w, err := newWitness(witnessKey)
	if err != nil {
		return err
	}
	// As the specification has it: the answer behind the checkpoint, and the whole opened as one note.
	both, err := note.Open(append(signed, said...), note.VerifierList(log, w))
	if err != nil {
		return err
	}
	if len(both.Sigs) != 2 {
		return fmt.Errorf("%d of 2 signatures were verified", len(both.Sigs))
	}
	return nil
}

// serve is a witness of one log that forgets all when it ends: good for nothing but to be asked by a test.
func serve(vkey string) error {
	log, err := note.NewVerifier(vkey)
	if err != nil {
		return err
	}
	const name = "go.example/witness"
	secret := ed25519.NewKeyFromSeed(bytes.Repeat([]byte{9}, ed25519.SeedSize))
	public := append([]byte{4}, secret.Public().(ed25519.PublicKey)...)
	id := sha256.Sum256(append([]byte(name+"\n"), public...))
	var seen tlog.Tree
	var lock sync.Mutex
	http.HandleFunc("/add-checkpoint", func(w http.ResponseWriter, r *http.Request) {
		lock.Lock()
		defer lock.Unlock()
		body, err := io.ReadAll(r.Body)
		parts := strings.SplitN(string(body), "\n\n", 2)
		if err != nil || r.Method != "POST" || len(parts) != 2 {
			http.Error(w, "malformed", http.StatusBadRequest)
			return
		}
		opened, err := note.Open([]byte(parts[1]), note.VerifierList(log))
		if err != nil {
			http.Error(w, err.Error(), http.StatusForbidden)
			return
		}
		tree, err := checkpoint(opened.Text)
		lines := strings.Split(parts[0], "\n")
		if err != nil || !strings.HasPrefix(lines[0], "old ") {
			http.Error(w, "malformed", http.StatusBadRequest)
			return
		}
		if lines[0] != fmt.Sprintf("old %d", seen.N) {
			w.Header().Set("Content-Type", "text/x.tlog.size")
			w.WriteHeader(http.StatusConflict)
			fmt.Fprintf(w, "%d\n", seen.N)
			return
		}
		var proof tlog.TreeProof
		for _, line := range lines[1:] {
			hash, err := tlog.ParseHash(line)
			if err != nil {
				http.Error(w, err.Error(), http.StatusBadRequest)
				return
			}
			proof = append(proof, hash)
		}
		if seen.N == 0 && len(proof) > 0 || seen.N > 0 && tlog.CheckTree(proof, tree.N, tree.Hash, seen.N, seen.Hash) != nil {
			http.Error(w, "inconsistent", http.StatusUnprocessableEntity)
			return
		}
		seen = tree
		now := uint64(time.Now().Unix())
		message := fmt.Sprintf("cosignature/v1\ntime %d\n%s", now, opened.Text)
		line := binary.BigEndian.AppendUint64(append([]byte{}, id[:4]...), now)
		line = append(line, ed25519.Sign(secret, []byte(message))...)
		fmt.Fprintf(w, "\u2014 %s %s\n", name, base64.StdEncoding.EncodeToString(line))
	})
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	fmt.Printf("%s+%x+%s http://%s\n", name, id[:4], base64.StdEncoding.EncodeToString(public), listener.Addr())
	return http.Serve(listener, nil)
}
