package secret

// nameCache remembers the classes of short names by their hash: texts repeat them. It is
// bounded by its size, 24 KiB, and a collision evicts.
type nameCache [512]struct {
	name [maxCachedName]byte
	size uint8
	c    Class
}

// maxCachedName is the longest name that is cached, in bytes.
const maxCachedName = 46

// Class returns the class of a name, from the cache where it is there.
func (e *Engine) Class(name []byte) Class {
	if len(name) > maxCachedName {
		return e.names.Class(name)
	}
	hash := uint32(2166136261) // FNV-1a
	for _, b := range name {
		hash = (hash ^ uint32(b)) * 16777619
	}
	entry := &e.cache[hash>>23]
	if entry.size > 0 && string(entry.name[:entry.size]) == string(name) {
		return entry.c
	}
	entry.size, entry.c = uint8(copy(entry.name[:], name)), e.names.Class(name)
	return entry.c
}
