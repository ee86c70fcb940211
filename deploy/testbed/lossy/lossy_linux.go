// Package lossy is a file system that forgets in a power cut what was not synced:
// bytes of files by fsync, names by fsync of their directory. It can fail an fsync too.
//
// The one rule: what was synced, and only that, is certain to be there after a cut.
package lossy

import (
	"bytes"
	"context"
	"math/rand/v2"
	"os"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/hanwen/go-fuse/v2/fs"
	"github.com/hanwen/go-fuse/v2/fuse"
)

// FS is one such file system. Make it with New.
type FS struct {
	mu   sync.Mutex // held for one operation
	root *node
	// dead says that the power is off: everything fails. It goes at operation cutAt,
	// which is done or not as luck decides.
	dead       bool
	operations int
	cutAt      int
	luck       *rand.Rand
	failSync   func() bool
}

type node struct {
	fs.Inode
	of          *FS
	data        []byte
	stable      []byte
	stableNames map[string]*node
	poisoned    bool
}

// New makes an empty file system whose luck decides what a cut leaves of what was not
// synced.
func New(luck *rand.Rand) *FS { return &FS{luck: luck} }

// Mount returns the directory of the file system; unmount it before Restore.
func (l *FS) Mount(t testing.TB) (dir string, unmount func()) {
	t.Helper()
	if _, err := os.Stat("/dev/fuse"); err != nil {
		t.Skip("SKIPPED, nothing was tested: no /dev/fuse for a file system that loses what is not synced")
	}
	dir = t.TempDir()
	l.root = l.make(nil)
	options := &fs.Options{MountOptions: fuse.MountOptions{DirectMountStrict: true, FsName: "lossy", DisableReadDirPlus: true}}
	server, err := fs.Mount(dir, l.root, options)
	if err != nil {
		if os.Getenv("CI") != "" {
			t.Fatalf("there is a /dev/fuse, but: %v", err)
		}
		t.Skipf("SKIPPED, nothing was tested: cannot mount: %v", err)
	}
	var once sync.Once
	unmount = func() {
		once.Do(func() {
			// A process that was killed a moment ago may hold its files still.
			err := server.Unmount()
			for deadline := time.Now().Add(20 * time.Second); err != nil && time.Now().Before(deadline); err = server.Unmount() {
				<-time.After(50 * time.Millisecond)
			}
			if err != nil {
				t.Errorf("unmounting: %v", err)
			}
		})
	}
	t.Cleanup(unmount)
	return dir, unmount
}

func (l *FS) make(data []byte) *node {
	return &node{of: l, data: data, stable: bytes.Clone(data), stableNames: map[string]*node{}}
}

// Cut switches the power off: from now on everything fails.
func (l *FS) Cut() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.dead = true
}

// CutAfter switches the power off after so many operations, the last of which is done
// or not as luck decides.
func (l *FS) CutAfter(operations int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.cutAt = l.operations + operations
}

// Dead reports whether the power is off.
func (l *FS) Dead() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.dead
}

// FailSync has a function be asked at every fsync of a file, whether to fail. What was
// not on disk of that file then never comes there, though later calls report success.
func (l *FS) FailSync(ask func() bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.failSync = ask
}

// Restore fills dir with what survived the cut of l: what was synced, and of what was
// not a part that luck decides.
func (l *FS) Restore(t testing.TB, dir string) {
	t.Helper()
	l.mu.Lock()
	defer l.mu.Unlock()
	var copyOf func(n *node, path string)
	copyOf = func(n *node, path string) {
		for name, child := range n.stableNames {
			to := path + "/" + name
			if child.IsDir() {
				if err := os.Mkdir(to, 0o700); err != nil {
					t.Fatal(err)
				}
				copyOf(child, to)
				continue
			}
			data := bytes.Clone(child.stable)
			if more := len(child.data) - len(data); more > 0 && !child.poisoned {
				switch l.luck.IntN(3) {
				case 1: // cut off
					data = append(data, child.data[len(data):len(data)+l.luck.IntN(more+1)]...)
				case 2: // the length came to disk, and some of the sectors
					start := len(data)
					data = append(data, make([]byte, more)...)
					for i := start; i < len(data); i += 512 {
						if l.luck.IntN(2) == 0 {
							end := min(i+512, len(data))
							copy(data[i:end], child.data[i:end])
						}
					}
				}
			}
			if err := os.WriteFile(to, data, 0o600); err != nil {
				t.Fatal(err)
			}
		}
	}
	copyOf(l.root, dir)
}

// do runs f with the lock, unless the power is off.
func (n *node) do(f func() syscall.Errno) syscall.Errno {
	n.of.mu.Lock()
	defer n.of.mu.Unlock()
	if n.of.dead {
		return syscall.EIO
	}
	if n.of.operations++; n.of.operations == n.of.cutAt {
		n.of.dead = true
		if n.of.luck.IntN(2) == 0 {
			f()
		}
		return syscall.EIO
	}
	return f()
}

func (n *node) Create(ctx context.Context, name string, _, mode uint32, out *fuse.EntryOut) (node *fs.Inode, fh fs.FileHandle, flags uint32, errno syscall.Errno) {
	errno = n.do(func() syscall.Errno {
		node = n.NewPersistentInode(ctx, n.of.make(nil), fs.StableAttr{Mode: syscall.S_IFREG})
		return 0
	})
	return node, nil, fuse.FOPEN_DIRECT_IO, errno
}

func (n *node) Mkdir(ctx context.Context, name string, mode uint32, out *fuse.EntryOut) (node *fs.Inode, errno syscall.Errno) {
	errno = n.do(func() syscall.Errno {
		node = n.NewPersistentInode(ctx, n.of.make(nil), fs.StableAttr{Mode: syscall.S_IFDIR})
		return 0
	})
	return node, errno
}

func (n *node) Open(ctx context.Context, flags uint32) (fs.FileHandle, uint32, syscall.Errno) {
	return nil, fuse.FOPEN_DIRECT_IO, n.do(func() syscall.Errno { return 0 })
}

func (n *node) Read(ctx context.Context, _ fs.FileHandle, dest []byte, off int64) (result fuse.ReadResult, errno syscall.Errno) {
	errno = n.do(func() syscall.Errno {
		from := min(off, int64(len(n.data)))
		to := min(from+int64(len(dest)), int64(len(n.data)))
		result = fuse.ReadResultData(bytes.Clone(n.data[from:to]))
		return 0
	})
	return result, errno
}

func (n *node) Write(ctx context.Context, _ fs.FileHandle, data []byte, off int64) (uint32, syscall.Errno) {
	return uint32(len(data)), n.do(func() syscall.Errno {
		if end := int(off) + len(data); end > len(n.data) {
			n.data = append(n.data, make([]byte, end-len(n.data))...)
		}
		copy(n.data[off:], data)
		return 0
	})
}

// Getattr is no operation that is counted: a cut between two looks at a file cuts nothing.
func (n *node) Getattr(ctx context.Context, _ fs.FileHandle, out *fuse.AttrOut) syscall.Errno {
	n.of.mu.Lock()
	defer n.of.mu.Unlock()
	if n.of.dead {
		return syscall.EIO
	}
	out.Size = uint64(len(n.data))
	return 0
}

func (n *node) Setattr(ctx context.Context, _ fs.FileHandle, in *fuse.SetAttrIn, out *fuse.AttrOut) syscall.Errno {
	return n.do(func() syscall.Errno {
		if size, ok := in.GetSize(); ok {
			n.data = append(n.data[:min(int(size), len(n.data))], make([]byte, max(0, int(size)-len(n.data)))...)
		}
		out.Size = uint64(len(n.data))
		return 0
	})
}

func (n *node) Fsync(ctx context.Context, _ fs.FileHandle, _ uint32) syscall.Errno {
	return n.do(func() syscall.Errno {
		if n.IsDir() {
			clear(n.stableNames)
			for name, child := range n.Children() {
				n.stableNames[name] = child.Operations().(*node)
			}
			return 0
		}
		if n.of.failSync != nil && n.of.failSync() {
			n.poisoned = true
			return syscall.EIO
		}
		if !n.poisoned {
			n.stable = bytes.Clone(n.data)
		}
		return 0
	})
}

func (n *node) Unlink(ctx context.Context, name string) syscall.Errno {
	return n.do(func() syscall.Errno { return 0 })
}

func (n *node) Rmdir(ctx context.Context, name string) syscall.Errno {
	return n.do(func() syscall.Errno { return 0 })
}

func (n *node) Rename(ctx context.Context, name string, _ fs.InodeEmbedder, to string, _ uint32) syscall.Errno {
	return n.do(func() syscall.Errno { return 0 })
}
