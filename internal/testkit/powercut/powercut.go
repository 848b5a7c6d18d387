// Package powercut is a disk that can lose its power: a file system (FUSE, so programs use it as any other) that knows what was
// synchronised and what was not. After a cut everything that was is there; of the rest, a sector here and there, in any order. Only tests
// and measurements import it.
package powercut

import (
	"context"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"syscall"

	"github.com/hanwen/go-fuse/v2/fs"
	"github.com/hanwen/go-fuse/v2/fuse"
)

// sector is what a disk writes whole or not at all.
const sector = 512

// Disk is mounted until it is closed.
type Disk struct {
	mu     sync.Mutex // over all that is on it
	root   *node
	server *fuse.Server
	lies   bool
}

// node is a file or a directory.
type node struct {
	fs.Inode
	disk *Disk
	mode uint32

	// of a file
	content []byte // as programs see it
	kept    []byte // as it was when it was last synchronised
	since   []write

	// of a directory
	names map[string]*node // as they were when it was last synchronised
}

// write is one that was not synchronised: of bytes at a place, or of the length.
type write struct {
	at     int64
	bytes  []byte
	length bool // it is now at
}

// Mount puts an empty disk at dir. It needs /dev/fuse and the right to mount.
func Mount(dir string) (*Disk, error) {
	d := &Disk{}
	d.root = d.node(syscall.S_IFDIR | 0o755)
	var err error
	d.server, err = fs.Mount(dir, d.root, &fs.Options{MountOptions: fuse.MountOptions{DirectMount: true, FsName: "powercut", Name: "powercut", MaxWrite: 1 << 20}})
	if err != nil {
		return nil, fmt.Errorf("mount: %w", err)
	}
	return d, nil
}

// Close takes the disk away. Whoever still uses it must be gone.
func (d *Disk) Close() error { return d.server.Unmount() }

// Lie has the disk say that it has synchronised what it has not, as some do: with it a test sees that it would find out.
func (d *Disk) Lie() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.lies = true
}

// Cut writes into a directory what is on the disk when the power fails now; those who use it notice nothing. share is how much of
// what was not synchronised has reached the disk all the same: 0 is none of it, 1 all, between them chance decides sector by sector.
// lost is how many bytes did not.
func (d *Disk) Cut(into string, share float64, chance *rand.Rand) (lost int, err error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	survives := func() bool { return share >= 1 || share > 0 && chance.Float64() < share }
	return lost, d.cut(d.root, into, survives, &lost)
}

func (d *Disk) cut(dir *node, into string, survives func() bool, lost *int) error {
	now := map[string]*node{}
	for name, child := range dir.Children() {
		now[name] = child.Operations().(*node)
	}
	there := maps.Clone(dir.names)
	for name := range dir.names {
		if now[name] != dir.names[name] && survives() { // it was removed, or something else has its name
			delete(there, name)
		}
	}
	for name, n := range now {
		if there[name] == nil && survives() {
			there[name] = n
		}
	}
	for _, name := range slices.Sorted(maps.Keys(there)) {
		n, path := there[name], filepath.Join(into, name)
		if n.mode&syscall.S_IFDIR != 0 {
			if err := os.Mkdir(path, 0o755); err != nil {
				return err
			}
			if err := d.cut(n, path, survives, lost); err != nil {
				return err
			}
			continue
		}
		content := slices.Clone(n.kept)
		for _, w := range n.since {
			for part := range w.sectors() {
				if survives() {
					content = part.on(content)
				} else {
					*lost += len(part.bytes)
				}
			}
		}
		if err := os.WriteFile(path, content, os.FileMode(n.mode&0o777)); err != nil {
			return err
		}
	}
	return nil
}

// sectors are the parts of a write that reach the disk or not.
func (w write) sectors() func(func(write) bool) {
	return func(yield func(write) bool) {
		if w.length {
			yield(w)
			return
		}
		for at, rest := w.at, w.bytes; len(rest) > 0; {
			n := min(int64(len(rest)), sector-at%sector)
			if !yield(write{at: at, bytes: rest[:n]}) {
				return
			}
			at, rest = at+n, rest[n:]
		}
	}
}

// on does a write to a file's content.
func (w write) on(content []byte) []byte {
	end := w.at + int64(len(w.bytes))
	if n := end - int64(len(content)); n > 0 {
		content = append(content, make([]byte, n)...)
	}
	if w.length {
		return content[:w.at]
	}
	copy(content[w.at:], w.bytes)
	return content
}

func (d *Disk) node(mode uint32) *node { return &node{disk: d, mode: mode, names: map[string]*node{}} }

// do changes a file.
func (n *node) do(w write) {
	n.content = w.on(n.content)
	n.since = append(n.since, w)
}

// sync makes a file as it is, with its name, or a directory's names safe.
func (n *node) sync() {
	for _, w := range n.since {
		n.kept = w.on(n.kept)
	}
	n.since = nil
	for at := n; ; { // with the way to it, as ext4 and others do
		name, above := at.Parent()
		if above == nil {
			break
		}
		parent := above.Operations().(*node)
		parent.names[name] = at
		at = parent
	}
	if n.mode&syscall.S_IFDIR != 0 {
		clear(n.names)
		for name, child := range n.Children() {
			n.names[name] = child.Operations().(*node)
		}
	}
}

func (n *node) attr(out *fuse.Attr) {
	out.Mode, out.Size, out.Nlink = n.mode, uint64(len(n.content)), 1
	out.Blksize, out.Blocks = 4096, (out.Size+511)/512
}

// What follows is the file system; each is called by the kernel.

func (n *node) Getattr(_ context.Context, _ fs.FileHandle, out *fuse.AttrOut) syscall.Errno {
	n.disk.mu.Lock()
	defer n.disk.mu.Unlock()
	n.attr(&out.Attr)
	return 0
}

func (n *node) Setattr(_ context.Context, _ fs.FileHandle, in *fuse.SetAttrIn, out *fuse.AttrOut) syscall.Errno {
	n.disk.mu.Lock()
	defer n.disk.mu.Unlock()
	if mode, ok := in.GetMode(); ok {
		n.mode = n.mode&^0o7777 | mode&0o7777
	}
	if size, ok := in.GetSize(); ok {
		n.do(write{at: int64(size), length: true})
	}
	n.attr(&out.Attr)
	return 0
}

func (n *node) Lookup(_ context.Context, name string, out *fuse.EntryOut) (*fs.Inode, syscall.Errno) {
	child := n.GetChild(name)
	if child == nil {
		return nil, syscall.ENOENT
	}
	n.disk.mu.Lock()
	defer n.disk.mu.Unlock()
	child.Operations().(*node).attr(&out.Attr)
	return child, 0
}

func (n *node) make(ctx context.Context, name string, mode uint32, out *fuse.EntryOut) *fs.Inode {
	n.disk.mu.Lock()
	defer n.disk.mu.Unlock()
	made := n.disk.node(mode)
	child := n.NewPersistentInode(ctx, made, fs.StableAttr{Mode: mode & syscall.S_IFMT})
	n.AddChild(name, child, true)
	made.attr(&out.Attr)
	return child
}

func (n *node) Create(ctx context.Context, name string, _ uint32, mode uint32, out *fuse.EntryOut) (*fs.Inode, fs.FileHandle, uint32, syscall.Errno) {
	return n.make(ctx, name, syscall.S_IFREG|mode&0o7777, out), nil, 0, 0
}

func (n *node) Mkdir(ctx context.Context, name string, mode uint32, out *fuse.EntryOut) (*fs.Inode, syscall.Errno) {
	return n.make(ctx, name, syscall.S_IFDIR|mode&0o7777, out), 0
}

func (n *node) Open(context.Context, uint32) (fs.FileHandle, uint32, syscall.Errno) {
	return nil, fuse.FOPEN_KEEP_CACHE, 0
}

func (n *node) Read(_ context.Context, _ fs.FileHandle, dest []byte, at int64) (fuse.ReadResult, syscall.Errno) {
	n.disk.mu.Lock()
	defer n.disk.mu.Unlock()
	got := 0
	if at < int64(len(n.content)) {
		got = copy(dest, n.content[at:])
	}
	return fuse.ReadResultData(dest[:got]), 0
}

func (n *node) Write(_ context.Context, _ fs.FileHandle, data []byte, at int64) (uint32, syscall.Errno) {
	n.disk.mu.Lock()
	defer n.disk.mu.Unlock()
	n.do(write{at: at, bytes: slices.Clone(data)})
	return uint32(len(data)), 0
}

func (n *node) Fsync(context.Context, fs.FileHandle, uint32) syscall.Errno {
	n.disk.mu.Lock()
	defer n.disk.mu.Unlock()
	if !n.disk.lies {
		n.sync()
	}
	return 0
}

func (n *node) Link(_ context.Context, target fs.InodeEmbedder, _ string, out *fuse.EntryOut) (*fs.Inode, syscall.Errno) {
	n.disk.mu.Lock()
	defer n.disk.mu.Unlock()
	target.(*node).attr(&out.Attr)
	return target.EmbeddedInode(), 0
}

func (n *node) Unlink(context.Context, string) syscall.Errno { return 0 }

func (n *node) Rmdir(_ context.Context, name string) syscall.Errno {
	if child := n.GetChild(name); child != nil && len(child.Children()) > 0 {
		return syscall.ENOTEMPTY
	}
	return 0
}

func (n *node) Rename(context.Context, string, fs.InodeEmbedder, string, uint32) syscall.Errno {
	return 0
}

func (n *node) Statfs(_ context.Context, out *fuse.StatfsOut) syscall.Errno {
	out.Bsize, out.Frsize, out.NameLen = 4096, 4096, 255
	out.Blocks, out.Bfree, out.Bavail, out.Files, out.Ffree = 1<<22, 1<<21, 1<<21, 1<<20, 1<<19
	return 0
}
